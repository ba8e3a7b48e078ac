"""What the layers share that is no normalisation: γ and β, axes, shapes."""

from typing import Any

import numpy as np

from groundup.core import Array, Parameter, ShapeError, expect_features, expect_float, expect_positive


def all_but_channels(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def channels(v: Array, x: Array) -> Array:
    """(C,) as (C, 1, 1): to broadcast along the channels of x."""
    return v.reshape(-1, *(1,) * (x.ndim - 2))


def affine(x_hat: Array, weight: Parameter | None, bias: Parameter | None, *, tail: bool = False) -> Array:
    """γ x̂ + β; γ and β stand on the last axes (``tail``) or on axis 1."""
    y = x_hat if weight is None else x_hat * (weight.value if tail else channels(weight.value, x_hat))
    return y if bias is None else y + (bias.value if tail else channels(bias.value, x_hat))


def affine_backward(
    dy: Array,
    x_hat: Array,
    weight: Parameter | None,
    bias: Parameter | None,
    axes: tuple[int, ...],
    *,
    tail: bool = False,
) -> Array:
    """Eq. 2: adds dγ and dβ, summed over ``axes``, and gives dx̂."""
    if bias is not None:
        bias.grad += dy.sum(axis=axes)
    if weight is None:
        return dy
    weight.grad += (dy * x_hat).sum(axis=axes)
    return dy * (weight.value if tail else channels(weight.value, dy))


def expect_shape_argument(who: str, shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """The normalised shape as a tuple. Raises ValueError, TypeError."""
    sizes = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    if not sizes:
        raise ValueError(f"{who}: expected normalized_shape to have an axis, got (); the last axis is usual")
    expect_positive(who, **{f"normalized_shape[{i}]": size for i, size in enumerate(sizes)})
    return sizes


def expect_tail(who: str, x: Any, shape: tuple[int, ...]) -> Array:
    """A float array whose last axes are ``shape``. Raises ShapeError, DtypeError."""
    if len(shape) == 1:
        return expect_features(who, x, shape[0])
    array = expect_float(who, x)
    if array.shape[-len(shape) :] != shape:
        raise ShapeError(f"{who}: expected the last axes to be {shape}, got {array.shape}; is normalized_shape right?")
    return array
