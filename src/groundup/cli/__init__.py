"""The command line. ``main`` is the entry point; each group of commands has a file of its own."""

from groundup.cli.main import main

__all__ = ["main"]
