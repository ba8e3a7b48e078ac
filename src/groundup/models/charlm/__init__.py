"""A language model over characters."""

from groundup.models.charlm.charlm import CharLM

__all__ = ["CharLM"]
