"""Groundup: deep learning from the ground up, a course that runs."""

__version__ = "0.1.0"
