"""Normalisation: give activations mean 0 and variance 1, then let the network undo it where that helps.

Four layers, one formula; they differ in the set of M numbers that share a mean and a variance:

    (1)  µ = 1/M Σ x        σ² = 1/M Σ (x - µ)²        x̂ = (x - µ) / √(σ² + ε)        y = γ x̂ + β
    (2)  dβ = Σ dy          dγ = Σ dy x̂                dx̂ = γ dy
    (3)  dx = (dx̂ - 1/M Σ dx̂ - x̂ · 1/M Σ dx̂ x̂) / √(σ² + ε)         two terms for what moved µ and σ²

    batch    all rows (and pixels) of one channel;  in evaluation the running µ and σ², which are constants
    layer    all features of one row
    group    the channels of one group, and their pixels, of one image
    RMS      as layer, without µ:  x̂ = x / √(1/M Σ x² + ε),  and without the first of the two terms in Eq. 3

    (4)  running ← (1 - momentum) running + momentum · batch's        σ² there with M - 1 in place of M

Axes: N rows, C channels or features, (H, W) pixels.  Derivation: lesson.md, "Derive".
Sources: Ioffe and Szegedy (2015), Algorithm 1; Ba, Kiros, Hinton (2016); Wu and He (2018); Zhang and Sennrich (2019).
"""

from math import prod
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Buffer,
    Layer,
    Parameter,
    ShapeError,
    expect_float,
    expect_in,
    expect_positive,
    expect_shape,
)
from groundup.nn.norm.parts import (
    affine,
    affine_backward,
    all_but_channels,
    channels,
    expect_shape_argument,
    expect_tail,
)


def normalise(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    """x̂ and 1/√(σ² + ε), Eq. 1; mean and variance broadcast to x."""
    scale = 1 / np.sqrt(variance + x.dtype.type(eps))
    return (x - mean) * scale, scale


def normalise_backward(dx_hat: Array, x_hat: Array, scale: Array, sums: tuple[Array, Array], count: Any) -> Array:
    """dx of Eq. 3; ``sums`` are Σ dx̂ and Σ dx̂ x̂ over the M numbers that share a mean, M is ``count``."""
    dx: Array = (dx_hat - sums[0] / count - x_hat * (sums[1] / count)) * scale
    return dx


class BatchNorm(Layer):
    """What BatchNorm1d and BatchNorm2d share: all but the shapes that they take."""

    ranks: tuple[int, ...]

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        who = type(self).__name__
        expect_positive(who, num_features=num_features)
        self.num_features, self.eps = num_features, float(expect_in(who, "eps", eps, 0.0))
        self.momentum = None if momentum is None else float(expect_in(who, "momentum", momentum, 0.0, 1.0))
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(np.ones(num_features, "float32")) if affine else None
        self.bias = Parameter(np.zeros(num_features, "float32")) if affine else None
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features, "float32"))
            self.running_var = Buffer(np.ones(num_features, "float32"))
            self.num_batches_tracked = Buffer(np.zeros((), "int64"))

    def forward(self, x: Array) -> Array:
        """(N, C, ...) -> (N, C, ...), Eq. 1 with the batch's statistics in training, the running ones in evaluation."""
        x = self.expect(x)
        if self.training or not self.track_running_stats:
            mean, variance, count = self.statistics(x)
            if self.training and self.track_running_stats and self.leads:
                self.remember(mean, variance, float(count))
        else:
            mean, variance = (b.value.astype(x.dtype) for b in (self.running_mean, self.running_var))
            count = None
        x_hat, scale = normalise(x, channels(mean, x), channels(variance, x), self.eps)
        self.keep(x_hat, scale, count)
        return affine(x_hat, self.weight, self.bias)

    def backward(self, dy: Array) -> Array:
        """Eqs. 2 and 3; with running statistics only the scale comes back."""
        x_hat, scale, count = self.kept_all()
        expect_shape(f"{type(self).__name__}.backward", dy, x_hat.shape, like="y")
        axes = all_but_channels(x_hat)
        dx_hat = affine_backward(dy, x_hat, self.weight, self.bias, axes)
        if count is None:  # µ and σ² are constants
            return dx_hat * scale
        sums = self.across(dx_hat.sum(axis=axes), (dx_hat * x_hat).sum(axis=axes))
        return normalise_backward(dx_hat, x_hat, scale, (channels(sums[0], dy), channels(sums[1], dy)), count)

    def statistics(self, x: Array) -> tuple[Array, Array, Array]:
        """µ, σ² (C,) and M of Eq. 1, over all shards of the batch. Raises ValueError for one value a channel."""
        axes = all_but_channels(x)
        per_channel = np.asarray(x.size // self.num_features, x.dtype)
        total, count = self.across(x.sum(axis=axes), per_channel)
        if self.training and count <= 1:
            raise ValueError(
                f"{type(self).__name__}.forward: expected more than one value a channel in training, got shape "
                f"{x.shape}; one value has no spread, use a larger batch or eval()"
            )
        mean = total / np.maximum(count, 1)
        (squares,) = self.across(((x - channels(mean, x)) ** 2).sum(axis=axes))
        return mean, squares / np.maximum(count, 1), count

    def remember(self, mean: Array, variance: Array, count: float) -> None:
        """Eq. 4; without a momentum every batch counts alike."""
        self.num_batches_tracked.value += 1
        share = 1 / float(self.num_batches_tracked.value) if self.momentum is None else self.momentum
        for buffer, new in ((self.running_mean, mean), (self.running_var, variance * (count / (count - 1)))):
            buffer.value[...] = (1 - share) * buffer.value + share * new

    def expect(self, x: Any) -> Array:
        """A float array with these channels on axis 1. Raises ShapeError, DtypeError."""
        who = f"{type(self).__name__}.forward"
        array = expect_float(who, x)
        if array.ndim not in self.ranks or array.shape[1] != self.num_features:
            shapes = " or ".join("(N, C, H, W)" if r == 4 else "(N, C, L)" if r == 3 else "(N, C)" for r in self.ranks)
            raise ShapeError(
                f"{who}: expected {shapes} with C={self.num_features}, got {array.shape}; channels on axis 1?"
            )
        return array


class BatchNorm1d(BatchNorm):
    """Normalise each feature of (N, C), or channel of (N, C, L), over the batch.

    Keys: ``weight``, ``bias`` (C,), ``running_mean``, ``running_var`` (C,), ``num_batches_tracked`` (). Names and
    defaults are torch.nn's. Raises ShapeError, DtypeError, and ValueError for one value a channel in training.
    """

    ranks = (2, 3)


class BatchNorm2d(BatchNorm):
    """Normalise each channel of (N, C, H, W) over the batch and the pixels. As BatchNorm1d."""

    ranks = (4,)


class LayerNorm(Layer):
    """Normalise over the last axes, those of ``normalized_shape``, each row by itself; Eqs. 1 to 3.

    Keys: ``weight``, ``bias`` of the shape ``normalized_shape``. Names and defaults are torch.nn.LayerNorm's.
    Raises ValueError for sizes below 1, ShapeError and DtypeError in ``forward``.
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        self.normalized_shape = expect_shape_argument(type(self).__name__, normalized_shape)
        self.eps = float(expect_in(type(self).__name__, "eps", eps, 0.0))
        self.weight = Parameter(np.ones(self.normalized_shape, "float32")) if elementwise_affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape, "float32")) if elementwise_affine and bias else None

    def forward(self, x: Array) -> Array:
        """(..., *normalized_shape) -> the same, Eq. 1."""
        x = expect_tail(f"{type(self).__name__}.forward", x, self.normalized_shape)
        axes = tuple(range(-len(self.normalized_shape), 0))
        mean = x.mean(axis=axes, keepdims=True)
        x_hat, scale = normalise(x, mean, ((x - mean) ** 2).mean(axis=axes, keepdims=True), self.eps)
        self.keep(x_hat, scale)
        return affine(x_hat, self.weight, self.bias, tail=True)

    def backward(self, dy: Array) -> Array:
        """Eqs. 2 and 3."""
        x_hat, scale = self.kept_all()
        expect_shape(f"{type(self).__name__}.backward", dy, x_hat.shape, like="y")
        axes = tuple(range(-len(self.normalized_shape), 0))
        dx_hat = affine_backward(dy, x_hat, self.weight, self.bias, tuple(range(dy.ndim + axes[0])), tail=True)
        sums = dx_hat.sum(axis=axes, keepdims=True), (dx_hat * x_hat).sum(axis=axes, keepdims=True)
        return normalise_backward(dx_hat, x_hat, scale, sums, prod(self.normalized_shape))


class RMSNorm(Layer):
    """Scale each row by its root mean square, without subtracting a mean.

    Key: ``weight``. ``eps=None`` is the smallest step of the dtype, as in torch. Raises what LayerNorm raises.
    """

    def __init__(
        self, normalized_shape: int | tuple[int, ...], eps: float | None = None, elementwise_affine: bool = True
    ) -> None:
        self.normalized_shape = expect_shape_argument("RMSNorm", normalized_shape)
        self.eps = None if eps is None else float(expect_in("RMSNorm", "eps", eps, 0.0))
        self.weight = Parameter(np.ones(self.normalized_shape, "float32")) if elementwise_affine else None

    def forward(self, x: Array) -> Array:
        """(..., *normalized_shape) -> the same."""
        x = expect_tail("RMSNorm.forward", x, self.normalized_shape)
        axes = tuple(range(-len(self.normalized_shape), 0))
        eps = float(np.finfo(x.dtype).eps) if self.eps is None else self.eps
        x_hat, scale = normalise(x, np.zeros((), x.dtype), (x**2).mean(axis=axes, keepdims=True), eps)
        self.keep(x_hat, scale)
        return affine(x_hat, self.weight, None, tail=True)

    def backward(self, dy: Array) -> Array:
        """Eqs. 2 and 3 without the term of the mean."""
        x_hat, scale = self.kept_all()
        expect_shape("RMSNorm.backward", dy, x_hat.shape, like="y")
        axes = tuple(range(-len(self.normalized_shape), 0))
        dx_hat = affine_backward(dy, x_hat, self.weight, None, tuple(range(dy.ndim + axes[0])), tail=True)
        sums = np.zeros((), dy.dtype), (dx_hat * x_hat).sum(axis=axes, keepdims=True)
        return normalise_backward(dx_hat, x_hat, scale, sums, prod(self.normalized_shape))


class GroupNorm(Layer):
    """Normalise (N, C, ...) over the channels of each of ``num_groups`` groups, each image by itself.

    Keys: ``weight``, ``bias`` (C,). Raises ValueError for groups that do not divide C, ShapeError, DtypeError.
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True) -> None:
        expect_positive("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: expected num_channels to be a multiple of {num_groups=}, got {num_channels}")
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps = float(expect_in("GroupNorm", "eps", eps, 0.0))
        self.weight = Parameter(np.ones(num_channels, "float32")) if affine else None
        self.bias = Parameter(np.zeros(num_channels, "float32")) if affine else None

    def forward(self, x: Array) -> Array:
        """(N, C, ...) -> the same, Eq. 1 over each group."""
        x = expect_float("GroupNorm.forward", x)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ShapeError(
                f"GroupNorm.forward: expected (N, {self.num_channels}, ...), got {x.shape}; channels on axis 1?"
            )
        groups = self.by_groups(x)
        mean = groups.mean(axis=2, keepdims=True)
        x_hat, scale = normalise(groups, mean, ((groups - mean) ** 2).mean(axis=2, keepdims=True), self.eps)
        x_hat = x_hat.reshape(x.shape)
        self.keep(x_hat, scale)
        return affine(x_hat, self.weight, self.bias)

    def backward(self, dy: Array) -> Array:
        """Eqs. 2 and 3."""
        x_hat, scale = self.kept_all()
        expect_shape("GroupNorm.backward", dy, x_hat.shape, like="y")
        dx_hat = self.by_groups(affine_backward(dy, x_hat, self.weight, self.bias, all_but_channels(x_hat)))
        groups = self.by_groups(x_hat)  # (N, G, M)
        sums = dx_hat.sum(axis=2, keepdims=True), (dx_hat * groups).sum(axis=2, keepdims=True)
        return normalise_backward(dx_hat, groups, scale, sums, groups.shape[2]).reshape(dy.shape)

    def by_groups(self, x: Array) -> Array:
        """(N, C, ...) -> (N, G, M)."""
        return x.reshape(len(x), self.num_groups, prod(x.shape[1:]) // self.num_groups)
