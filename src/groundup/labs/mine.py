"""The learner's files in place of the library's: a finder that Python asks first when a module is imported.

The mapping, {"groundup.nn.linear.linear": "/home/amina/workspace/nn/linear.py"}, comes in GROUNDUP_MINE as JSON, into
a process of its own: it has to be there before the first layer is imported, and what their code does stays there.
This module therefore imports nothing of the library.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

VARIABLE = "GROUNDUP_MINE"


class MineFinder(MetaPathFinder):
    """Finds the mapped modules in the learner's files; every other module is found as ever."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = dict(files)
        self.used: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.files:
            return None
        self.used.append(fullname)
        return spec_from_file_location(fullname, self.files[fullname])


def install(files: Mapping[str, Path]) -> MineFinder:
    """Put the files in place. Raises RuntimeError when one comes too late, FileNotFoundError when one is not there."""
    late = [module for module in files if module in sys.modules]
    if late:
        raise RuntimeError(f"mine.install: expected to come before {', '.join(late)} is imported, got there too late")
    missing = [str(file) for file in files.values() if not Path(file).is_file()]
    if missing:
        raise FileNotFoundError(f"mine.install: expected a file at {', '.join(missing)}, found none")
    finder = MineFinder(files)
    sys.meta_path.insert(0, finder)
    return finder


def from_environment() -> MineFinder | None:
    """Install what GROUNDUP_MINE names; None when it is not set."""
    files = mapped()
    return install({module: Path(file) for module, file in files.items()}) if files else None


def mapped() -> dict[str, str]:
    """What GROUNDUP_MINE asks for: part of a run's configuration."""
    return dict(json.loads(os.environ.get(VARIABLE) or "{}"))


def used() -> list[str]:
    """The modules that were taken from the learner in this process."""
    return [module for finder in sys.meta_path if isinstance(finder, MineFinder) for module in finder.used]
