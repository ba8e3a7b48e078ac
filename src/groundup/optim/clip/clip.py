"""Clipping: a bound on how far one step can go.

With all gradients of a model seen as one long vector g:

    (1)  gⱼ ← min(max(gⱼ, -c), c)                    by value: each entry on its own
    (2)  ‖g‖ₚ = (Σⱼ |gⱼ|ᵖ)^(1/p),   ‖g‖_∞ = maxⱼ |gⱼ|    over every entry of every parameter
    (3)  g ← g · min(1, M / (‖g‖ₚ + 10⁻⁶))              by norm: shorter, in the same direction

Clip after ``backward`` and before ``step``. Names, defaults and the 10⁻⁶ are those of torch.nn.utils.
Derivation: lesson.md, "Derive".  Source: Pascanu, Mikolov, Bengio, ICML 2013, Algorithm 1.
"""

from collections.abc import Iterable
from math import inf, isfinite, sqrt

import numpy as np

from groundup.core import Array, Parameter


def clip_grad_value_(parameters: Iterable[Parameter] | Parameter, clip_value: float) -> None:
    """Cut every entry of every gradient to [-clip_value, clip_value], Eq. 1, in place. Raises ValueError."""
    bound = _at_least_zero("clip_grad_value_", "clip_value", clip_value)
    for parameter in _listed("clip_grad_value_", parameters):
        np.clip(parameter.grad, -bound, bound, out=parameter.grad)


def get_total_norm(tensors: Iterable[Array], norm_type: float = 2.0, error_if_nonfinite: bool = False) -> float:
    """The norm of all arrays as one long vector, Eq. 2; 0 of none.

    Raises ValueError for a norm type that is not above 0; RuntimeError, if asked to, where the norm is inf or nan.
    """
    p, arrays = _norm_type(norm_type), list(tensors)
    total = _euclidean(arrays) if p == 2 else inf
    if not isfinite(total):  # another norm, or squares that float32 cannot hold
        total = norm_of_all([np.abs(array, dtype=np.float64).ravel() for array in arrays], p)
    if error_if_nonfinite and not isfinite(total):
        raise RuntimeError(
            f"get_total_norm: expected a finite norm, got {total}; a gradient overflowed, and scaling cannot mend it: "
            "skip this step, or lower the learning rate"
        )
    return total


def norm_of_all(sizes: list[Array], p: float) -> float:
    """‖·‖ₚ over every entry of every one of these lines of absolute values, Eq. 2."""
    if p == inf:
        return float(np.max([s.max(initial=0) for s in sizes], initial=0))  # not Python's max: it loses a nan
    total = sum(float((s**p).sum()) for s in sizes)  # powers add up, norms do not
    return float(total ** (1 / p))


def _euclidean(arrays: list[Array]) -> float:
    """‖·‖₂ by dot products, which take no temporary (at 100,000 float32 a tenth of the time); inf on overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        return sqrt(sum(float(np.vdot(line, line)) for line in (array.ravel(order="K") for array in arrays)))


def clip_grads_with_norm_(parameters: Iterable[Parameter] | Parameter, max_norm: float, total_norm: float) -> None:
    """Scale every gradient by the one factor of Eq. 3, in place; never up. Raises ValueError."""
    bound = _at_least_zero("clip_grads_with_norm_", "max_norm", max_norm)
    factor = np.minimum(bound / (total_norm + 1e-6), 1.0)  # of nan, nan: it is not hidden
    for parameter in _listed("clip_grads_with_norm_", parameters):
        np.multiply(parameter.grad, float(factor), out=parameter.grad)


def clip_grad_norm_(
    parameters: Iterable[Parameter] | Parameter,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Bring the norm of all gradients together down to ``max_norm``, Eqs. 2 and 3, in place; returns it as it was.

    ``max_norm=inf`` only measures. Raises ValueError for a bound below 0 or a norm type not above 0; RuntimeError, if
    asked to, where the norm is inf or nan, before any gradient is touched.
    """
    _at_least_zero("clip_grad_norm_", "max_norm", max_norm)
    listed = _listed("clip_grad_norm_", parameters)  # a generator can be walked once only
    total = get_total_norm([parameter.grad for parameter in listed], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def _listed(who: str, parameters: Iterable[Parameter] | Parameter) -> list[Parameter]:
    found = [parameters] if isinstance(parameters, Parameter) else list(parameters)
    for p in found:
        if not isinstance(p, Parameter):
            raise TypeError(f"{who}: expected parameters, got {type(p).__name__}; pass model.parameters()")
    return found


def _at_least_zero(who: str, name: str, value: float) -> float:
    """A bound, which may be infinite: then nothing is cut."""
    if not value >= 0:
        raise ValueError(
            f"{who}: expected {name} at least 0, got {value!r}; a bound below 0 would turn gradients round"
        )
    return float(value)


def _norm_type(value: float) -> float:
    p = float(value)  # also of "inf", as torch takes it
    if not p > 0:
        raise ValueError(f"get_total_norm: expected norm_type above 0, got {value!r}; usual are 2, 1 and inf")
    return p
