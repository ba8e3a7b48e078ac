"""From images to rows, and back."""

from groundup.nn.flatten.fast import Flatten
from groundup.nn.flatten.flatten import Unflatten

__all__ = ["Flatten", "Unflatten"]
