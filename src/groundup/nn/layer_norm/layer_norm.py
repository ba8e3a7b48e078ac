"""Layer, group and root-mean-square normalisation: each row of a batch by itself.

The arithmetic is that of batch normalisation; what differs is which M numbers share a mean:

    batch norm     one channel       of all rows        axes 0, 2, 3 of (N, C, H, W)
    layer norm     all features      of one row         the last axes
    group norm     C/G channels      of one image       the last axis of (N, G, C/G·H·W)

    (1)  x̂  = (x - µ) r           r = 1/√(σ² + ε)            µ and σ² over the M numbers
    (2)  y  = γ x̂ + β             γ and β are one a feature, or one a channel
    (3)  dβ = Σ dy                dγ = Σ dy x̂                over whatever shares a γ: that is not what shares a mean
    (4)  dx = r (dx̂ - 1/M Σ dx̂ - x̂ · 1/M Σ dx̂ x̂)            dx̂ = γ dy

Without a mean there is one term less:

    (5)  x̂  = x r                 r = 1/√(1/M Σ x² + ε)      RMS norm: over the features of one row; no β
    (6)  dx = r (dx̂ - x̂ · 1/M Σ dx̂ x̂)

Training and evaluation are the same, and nothing is remembered.
Axes: N rows or images (every leading axis counts), F features, C channels, G groups, (H, W) pixels.
Derivation: lesson.md, "Derive".  Sources: Ba, Kiros, Hinton (2016); Wu and He (2018); Zhang and Sennrich (2019).
"""

from math import prod
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Layer,
    Parameter,
    ShapeError,
    expect_features,
    expect_float,
    expect_in,
    expect_positive,
    expect_shape,
)
from groundup.nn.batch_norm.batch_norm import moments, standardise, standardise_backward

Sizes = int | tuple[int, ...]


class LayerNorm(Layer):
    """Normalise the last axes, those of ``normalized_shape``, row by row, Eqs. 1 to 4.

    State keys: ``weight`` and ``bias``, each of the shape ``normalized_shape``. Names and defaults are torch.nn's.

    Raises ValueError for sizes below 1, ShapeError and DtypeError in ``forward`` and ``backward``.
    """

    def __init__(
        self, normalized_shape: Sizes, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True
    ) -> None:
        self.normalized_shape = sizes_of("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = expect_in("LayerNorm", "eps", eps, 0.0), elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape, "float32")) if elementwise_affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape, "float32")) if elementwise_affine and bias else None

    def forward(self, x: Array) -> Array:
        """(..., F) -> (..., F), Eqs. 1 and 2."""
        x = expect_tail("LayerNorm.forward", x, self.normalized_shape)
        axes, count = last_axes(self.normalized_shape), prod(self.normalized_shape)
        x_hat, r = standardise(x, *moments(x, axes, count), self.eps)
        self.keep(x_hat, r)
        if self.weight is None:
            return x_hat.copy()  # what is kept is not handed out
        y = self.weight.value * x_hat
        return y if self.bias is None else y + self.bias.value

    def backward(self, dy: Array) -> Array:
        """(..., F) -> (..., F), Eqs. 3 and 4; adds to the gradients of weight and bias."""
        x_hat, r = self.kept_all()
        expect_shape("LayerNorm.backward", dy, x_hat.shape, like="y")
        axes, count = last_axes(self.normalized_shape), prod(self.normalized_shape)
        rows = tuple(range(dy.ndim - len(axes)))  # a γ served every row
        dx_hat = dy
        if self.weight is not None:
            self.weight.grad += (dy * x_hat).sum(axis=rows)
            dx_hat = self.weight.value * dy
        if self.bias is not None:
            self.bias.grad += dy.sum(axis=rows)
        return standardise_backward(dx_hat, x_hat, r, axes, count)


class RMSNorm(Layer):
    """Divide each row by its root mean square, Eqs. 5 and 6; no mean is subtracted and none is added.

    State key: ``weight``, of the shape ``normalized_shape``. With ``eps=None``, torch's default, ε is the dtype's
    spacing of numbers at 1. Raises what LayerNorm raises.
    """

    def __init__(self, normalized_shape: Sizes, eps: float | None = None, elementwise_affine: bool = True) -> None:
        self.normalized_shape = sizes_of("RMSNorm", normalized_shape)
        self.eps = None if eps is None else expect_in("RMSNorm", "eps", eps, 0.0)
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape, "float32")) if elementwise_affine else None

    def forward(self, x: Array) -> Array:
        """(..., F) -> (..., F), Eq. 5, times γ."""
        x = expect_tail("RMSNorm.forward", x, self.normalized_shape)
        eps = float(np.finfo(x.dtype).eps) if self.eps is None else self.eps
        r = 1 / np.sqrt((x * x).mean(axis=last_axes(self.normalized_shape), keepdims=True) + eps)
        x_hat: Array = x * r
        self.keep(x_hat, r)
        return x_hat.copy() if self.weight is None else self.weight.value * x_hat

    def backward(self, dy: Array) -> Array:
        """(..., F) -> (..., F), Eqs. 3 and 6; adds to the gradient of weight."""
        x_hat, r = self.kept_all()
        expect_shape("RMSNorm.backward", dy, x_hat.shape, like="y")
        axes, dx_hat = last_axes(self.normalized_shape), dy
        if self.weight is not None:
            self.weight.grad += (dy * x_hat).sum(axis=tuple(range(dy.ndim - len(axes))))
            dx_hat = self.weight.value * dy
        stretch = (dx_hat * x_hat).mean(axis=axes, keepdims=True)
        dx: Array = r * (dx_hat - x_hat * stretch)
        return dx


class GroupNorm(Layer):
    """Normalise the channels of each of ``num_groups`` groups, image by image, Eqs. 1 to 4.

    One group is a layer norm of the whole image, a group a channel an instance norm. State keys: ``weight``, ``bias``,
    each (C,).

    Raises ValueError for groups that do not divide the channels, and where one number in all is to be normalised, as
    torch does; ShapeError and DtypeError in ``forward`` and ``backward``.
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True) -> None:
        expect_positive("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: expected num_channels to be divisible by num_groups={num_groups}, got {num_channels}"
            )
        self.num_groups, self.num_channels, self.affine = num_groups, num_channels, affine
        self.eps = expect_in("GroupNorm", "eps", eps, 0.0)
        self.weight = Parameter(np.ones(num_channels, "float32")) if affine else None
        self.bias = Parameter(np.zeros(num_channels, "float32")) if affine else None

    def forward(self, x: Array) -> Array:
        """(N, C, ...) -> (N, C, ...), Eqs. 1 and 2."""
        groups = self.by_groups(self.expect(x))  # (N, G, M)
        x_hat, r = standardise(groups, *moments(groups, 2, groups.shape[2]), self.eps)
        x_hat = x_hat.reshape(x.shape)
        self.keep(x_hat, r)
        if self.weight is None or self.bias is None:
            return x_hat.copy()
        return self.channels(self.weight.value, x) * x_hat + self.channels(self.bias.value, x)

    def backward(self, dy: Array) -> Array:
        """(N, C, ...) -> (N, C, ...), Eqs. 3 and 4; adds to the gradients of weight and bias."""
        x_hat, r = self.kept_all()
        expect_shape("GroupNorm.backward", dy, x_hat.shape, like="y")
        dx_hat = dy
        if self.weight is not None and self.bias is not None:
            sharing = (0, *range(2, dy.ndim))  # a γ served all images and pixels of its channel
            self.weight.grad += (dy * x_hat).sum(axis=sharing)
            self.bias.grad += dy.sum(axis=sharing)
            dx_hat = self.channels(self.weight.value, dy) * dy
        groups = self.by_groups(x_hat)
        return standardise_backward(self.by_groups(dx_hat), groups, r, 2, groups.shape[2]).reshape(dy.shape)

    def by_groups(self, x: Array) -> Array:
        """(N, C, ...) -> (N, G, M): the numbers of each group, side by side."""
        return x.reshape(len(x), self.num_groups, prod(x.shape[1:]) // self.num_groups)

    def channels(self, v: Array, x: Array) -> Array:
        """(C,) -> (C, 1, ...), to broadcast along the channels of x."""
        return v.reshape(-1, *(1,) * (x.ndim - 2))

    def expect(self, x: Any) -> Array:
        """A float array (N, C, ...) with the channels of this layer. Raises ShapeError, DtypeError, ValueError."""
        array = expect_float("GroupNorm.forward", x)
        if array.ndim < 2 or array.shape[1] != self.num_channels:
            raise ShapeError(
                f"GroupNorm.forward: expected (N, C, ...), C = {self.num_channels}, got {array.shape}; is it axis 1?"
            )
        if array.size == self.num_groups:
            raise ValueError(
                f"GroupNorm.forward: expected more than one number a group, got shape {array.shape} for "
                f"{self.num_groups} groups; one number has no spread, take fewer groups"
            )
        return array


def last_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """As many axes as the shape has, counted from the end: (-2, -1) for two."""
    return tuple(range(-len(shape), 0))


def sizes_of(who: str, normalized_shape: Sizes) -> tuple[int, ...]:
    """One length or several as a tuple. Raises TypeError, ValueError."""
    given = tuple(normalized_shape) if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
    expect_positive(who, **{f"normalized_shape[{i}]": size for i, size in enumerate(given)})
    if not given:
        raise ValueError(f"{who}: expected normalized_shape to name an axis, got (); the number of features is usual")
    return given


def expect_tail(who: str, x: Any, shape: tuple[int, ...]) -> Array:
    """A float array whose last axes have this shape. Raises ShapeError, DtypeError."""
    if len(shape) == 1:
        return expect_features(who, x, shape[0])
    array = expect_float(who, x)
    if array.shape[-len(shape) :] != shape:
        raise ShapeError(f"{who}: expected the last axes to be {shape}, got shape {array.shape}; is it the same image?")
    return array
