"""What one number deep in a network sees of its input."""

from groundup.core.receptive_field.receptive_field import Field, Window, field_of, paths, through

__all__ = ["Field", "Window", "field_of", "paths", "through"]
