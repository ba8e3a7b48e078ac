"""Sweeps: many runs of one lab under other settings, to find those that do best in validation."""

from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.sweep import run_sweep
from groundup.ops.sweep.watch import status

__all__ = ["Plan", "run_sweep", "status"]
