"""The error function, which NumPy does not have and the exact GELU needs.

    (1)  erf(x) = 2/√π ∫₀ˣ e^(-t²) dt
    (2)  |x| ≤ 15/32:   erf(x) = x P₁(x²) / Q₁(x²)
    (3)  |x| > 15/32:   erf(x) = ±(1 - e^(-x²) P₂(|x|) / Q₂(|x|)),       the sign is that of x

P and Q are polynomials whose largest relative error is as small as their degree allows. Source: W. J. Cody, "Rational
Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), pages 631 to 637. Cody has a
third pair for |x| > 4, which erfc needs. Here 1 - erf(x) is below 2e-8 by then, and what (3) gets wrong of it is lost
in the rounding: float64 results are within three units in the last place everywhere.
"""

from collections.abc import Sequence

import numpy as np

from groundup.core import Array

NEAR = 15 / 32
FLAT = 6.0  # 1 - erf(6) is 2e-17: to float64, 1

# Highest power first.
P1 = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
Q1 = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
P2 = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
Q2 = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip


def erf(x: Array) -> Array:
    """Eqs. 2 and 3 for each number of a float array; float32 stays float32."""
    size = np.minimum(np.abs(x), FLAT)  # beyond it nothing changes, and x² would overflow
    square = size * size
    near = x * (_polynomial(P1, square) / _polynomial(Q1, square))  # Eq. 2
    tail = np.exp(-square) * _polynomial(P2, size) / _polynomial(Q2, size)
    return np.where(size <= NEAR, near, np.copysign(1 - tail, x))  # Eq. 3


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Horner's rule, in place: one array for the whole polynomial."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value
