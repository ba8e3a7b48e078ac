"""Taps: the intermediate values of a function, so that a check can say which of them was the first to go wrong.

A concept names them in the order they are computed (scores, scaled, hidden, weights, mixed). They are local variables:
whoever uses the names of the equations gets them looked at, and whoever does not loses nothing.
"""

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import numpy as np

from groundup.course.check.plan import AnyArray


class Taps:
    """While it is set, what the named locals of these functions of a file held when the function returned first."""

    def __init__(self, names: Sequence[str], functions: Sequence[str], filename: str) -> None:
        self.names, self.functions, self.filename = names, functions, filename
        self.seen: dict[str, AnyArray] = {}

    def set(self) -> None:
        """From now on, look. Nothing is looked at where no names are given."""
        if self.names:
            sys.setprofile(self._look)

    def off(self) -> None:
        """Stop looking."""
        if self.names:
            sys.setprofile(None)

    def _look(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "return" or code.co_filename != self.filename or code.co_qualname not in self.functions:
            return
        for name in self.names:
            value = frame.f_locals.get(name)
            if name not in self.seen and type(value) is np.ndarray and value.dtype.kind in "fiub":
                self.seen[name] = value.copy()
