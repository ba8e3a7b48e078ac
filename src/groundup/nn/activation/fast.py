"""GELU, as the library uses it: the arithmetic of activation.py in fewer passes over memory, in float32.

Any gate between 0 and 1 that is odd about a half can be written through tanh, and Eq. 9 is the shortest case of it:

    (1)  g(x) = (1 + tanh(x p(x²))) / 2
    (2)  Eq. 9:  p(s) = √(2/π) (1 + c s)
    (3)  Eq. 8:  p(s) = Σₖ aₖ sᵏ,  k to 6, fitted to atanh(erf(x/√2)) / x so that g is within 3e-8 of Φ

tanh is one of the few functions that NumPy computes many numbers at a time; Eq. 8 by way of exp and two quotients of
polynomials is several times as much work. Blocks stay in the cache between passes, and every pass writes in place.
float64 goes the plain way: Eq. 3 is not exact enough for it. Forward and backward of a million float32 numbers took
0.18 of the plain form's time for "none" and 0.8 for "tanh", on one thread.
"""

import math
from collections.abc import Iterator

import numpy as np

from groundup.core import Array, expect_float, expect_shape
from groundup.nn.activation import activation
from groundup.nn.activation.activation import GELU_CUBE, GELU_SCALE

BLOCK = 65536  # numbers: three such arrays of float32 fit a second-level cache
POWERS = {  # of x², highest first, Eqs. 2 and 3
    "tanh": (GELU_SCALE * GELU_CUBE, GELU_SCALE),
    "none": (
        1.75616985e-9, -1.32263310e-7, 3.96474409e-6, -5.53061921e-5, -3.25949788e-5, 3.63330846e-2, 7.97884941e-1,
    ),
}  # fmt: skip


def blocks(size: int) -> Iterator[slice]:
    """Runs of at most BLOCK numbers."""
    return (slice(start, start + BLOCK) for start in range(0, size, BLOCK))


def gate_into(gate: Array, square: Array, x: Array, approximate: str) -> None:
    """Eq. 1 written into ``gate``, and x² into ``square``."""
    first, *rest = POWERS[approximate]
    np.multiply(x, x, out=square)
    np.multiply(square, first, out=gate)
    for power in rest[:-1]:  # Horner's rule
        gate += power
        gate *= square
    gate += rest[-1]
    gate *= x
    np.tanh(gate, out=gate)
    gate += 1
    gate *= 0.5


def slope_into(slope: Array, square: Array, x: Array, gate: Array, approximate: str) -> None:
    """g + x g', the derivative of x g(x), written into ``slope``; ``square`` holds x² and is used up."""
    if approximate == "none":
        np.multiply(square, -0.5, out=slope)
        np.exp(slope, out=slope)
        slope *= 1 / math.sqrt(2 * math.pi)  # φ(x), Eq. 8 of activation.py
    else:
        np.multiply(square, 6 * GELU_SCALE * GELU_CUBE, out=slope)
        slope += 2 * GELU_SCALE  # 2 du/dx, Eq. 9 of activation.py
        slope *= gate
        np.subtract(1, gate, out=square)
        slope *= square
    slope *= x
    slope += gate


class GELU(activation.GELU):
    __doc__ = activation.GELU.__doc__

    def forward(self, x: Array) -> Array:
        """Eq. 6 of activation.py; keeps x and the gate."""
        x = expect_float("GELU.forward", x)
        if x.dtype != np.float32:
            return super().forward(x)
        x = x if x.flags.c_contiguous else x.copy()
        y, gate = np.empty_like(x), np.empty_like(x)
        flat_x, flat_y, flat_gate, square = x.reshape(-1), y.reshape(-1), gate.reshape(-1), np.empty(BLOCK, x.dtype)
        with np.errstate(over="ignore"):  # a power that is too large is infinite, and its tanh is 1
            for block in blocks(x.size):
                part = flat_x[block]
                gate_into(flat_gate[block], square[: part.size], part, self.approximate)
                np.multiply(part, flat_gate[block], out=flat_y[block])
        self.keep(x, gate)
        return y

    def backward(self, dy: Array) -> Array:
        """Eq. 6 of activation.py."""
        x, gate = self.kept_all()
        expect_shape("GELU.backward", dy, x.shape, like="y")
        if x.dtype != np.float32:
            self.keep(x, gate)
            return super().backward(dy)
        dx: Array = np.empty_like(x)
        flat_dy = dy.reshape(-1)
        flat_x, flat_dx, flat_gate = x.reshape(-1), dx.reshape(-1), gate.reshape(-1)
        with np.errstate(over="ignore", under="ignore"):
            for block in blocks(x.size):
                square = flat_x[block] * flat_x[block]
                slope_into(flat_dx[block], square, flat_x[block], flat_gate[block], self.approximate)
                flat_dx[block] *= flat_dy[block]
        return dx
