"""Exercises as notebooks: ``write`` makes one; ``check_here`` and ``hint_here`` are what its cells call."""

from groundup.course.notebook.here import check_here, hint_here
from groundup.course.notebook.write import NotebookError, build, untouched, write

__all__ = ["NotebookError", "build", "check_here", "hint_here", "untouched", "write"]
