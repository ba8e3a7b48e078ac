"""The studio: the course in a browser, on this machine alone."""

from groundup.studio.server import serve

__all__ = ["serve"]
