"""Every model of the library as a subject of ``lab compare``: its data, its settings, its blueprint."""

from typing import Any

from groundup.labs.network import NetworkSettings
from groundup.labs.task import Task

MODELS: dict[str, tuple[str, type[NetworkSettings], dict[str, Any], Any]] = {}
__all__ = ["MODELS", "Task"]
