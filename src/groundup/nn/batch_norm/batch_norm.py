"""Batch normalisation: over a batch each channel gets mean 0 and variance 1, then a scale and a shift that are learned.

    (1)  µ = 1/M Σ x          σ² = 1/M Σ (x - µ)²               over the M numbers of a channel: all rows, all pixels
    (2)  x̂ = (x - µ) r        r = 1/√(σ² + ε)
    (3)  y = γ x̂ + β
    (4)  dβ = Σ dy            dγ = Σ dy x̂             dx̂ = γ dy
    (5)  dx = r (dx̂ - 1/M Σ dx̂ - x̂ · 1/M Σ dx̂ x̂)               in training: each x moved µ and σ², too
    (6)  dx = r dx̂                                             in evaluation: running µ and σ², which are constants
    (7)  running µ  ← (1 - m) running µ  + m µ
         running σ² ← (1 - m) running σ² + m σ² M/(M - 1)      m = momentum; unbiased, unlike the σ² of Eq. 1

``moments``, ``standardise`` and ``standardise_backward`` are Eqs. 1, 2 and 5 over any axes: the lesson on layer
normalisation takes them over others. Where a batch is dealt to several shards, its sums are taken across them.

Axes: N batch, C channels (or features), then pixels, if any.  Derivation: lesson.md, "Derive".
Source: Ioffe and Szegedy, Batch Normalization (2015), Algorithms 1 and 2.
"""

from collections.abc import Callable
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

Axes = int | tuple[int, ...]
Across = Callable[..., tuple[Array, ...]]


def alone(*sums: Array) -> tuple[Array, ...]:
    """Sums over one shard are sums over the batch."""
    return sums


def moments(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    """µ and σ² of Eq. 1 over ``axes``, which stay with length 1; M is ``count``, and ``across`` adds up shards."""
    (total,) = across(x.sum(axis=axes, keepdims=True))
    mean = total / count
    (squares,) = across(((x - mean) ** 2).sum(axis=axes, keepdims=True))  # not Σx² - Mµ²: that cancels
    return mean, squares / count


def standardise(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    """x̂ and r of Eq. 2."""
    r: Array = 1 / np.sqrt(variance + eps)
    return (x - mean) * r, r


def standardise_backward(
    dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone
) -> Array:
    """dx of Eq. 5, over the same axes, count and shards as ``moments``."""
    shift, stretch = across(
        dx_hat.sum(axis=axes, keepdims=True),
        (dx_hat * x_hat).sum(axis=axes, keepdims=True),
    )
    dx: Array = r * (dx_hat - shift / count - x_hat * (stretch / count))
    return dx


class BatchNorm(Layer):
    """What BatchNorm1d and BatchNorm2d share: all but the shapes that they take."""

    shapes: tuple[str, ...]
    running_mean: Any = None  # Buffers, where statistics are tracked
    running_var: Any = None
    num_batches_tracked: Any = None

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
        self.num_features, self.eps = num_features, expect_in(who, "eps", eps, 0.0)
        self.momentum = None if momentum is None else expect_in(who, "momentum", momentum, 0.0, 1.0)
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(np.ones(num_features, "float32")) if affine else None  # γ
        self.bias = Parameter(np.zeros(num_features, "float32")) if affine else None  # β
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features, "float32"))
            self.running_var = Buffer(np.ones(num_features, "float32"))
            self.num_batches_tracked = Buffer(np.zeros((), "int64"))

    def forward(self, x: Array) -> Array:
        """(N, C, ...) -> (N, C, ...), Eqs. 1 to 3; in evaluation with the running statistics, if there are any."""
        x = self.expect(x)
        mean, variance, count = self.statistics(x)
        x_hat, r = standardise(x, mean, variance, self.eps)
        self.keep(x_hat, r, count)
        if self.weight is None or self.bias is None:
            return x_hat.copy()  # what is kept is not handed out
        return self.channels(self.weight.value, x) * x_hat + self.channels(self.bias.value, x)

    def backward(self, dy: Array) -> Array:
        """(N, C, ...) -> (N, C, ...), Eqs. 4 to 6; adds to the gradients of weight and bias."""
        x_hat, r, count = self.kept_all()
        expect_shape(f"{type(self).__name__}.backward", dy, x_hat.shape, like="y")
        axes, dx_hat = self.axes(dy), dy
        if self.weight is not None and self.bias is not None:
            self.weight.grad += (dy * x_hat).sum(axis=axes)
            self.bias.grad += dy.sum(axis=axes)
            dx_hat = self.channels(self.weight.value, dy) * dy
        if count is None:  # Eq. 6: nobody moved the statistics
            dx: Array = r * dx_hat
            return dx
        return standardise_backward(dx_hat, x_hat, r, axes, count, self.across)

    def statistics(self, x: Array) -> tuple[Array, Array, float | None]:
        """µ, σ² (1, C, 1, ...) and M, remembered in training; in evaluation the running ones, (C, 1, ...), and None.

        Raises ValueError where M is 1, as torch does.
        """
        if self.track_running_stats and not self.training:
            known = (self.channels(b.value, x).astype(x.dtype) for b in (self.running_mean, self.running_var))
            running_mean, running_var = known
            return running_mean, running_var, None
        (count,) = self.across(np.asarray(x.size // self.num_features))
        if count == 1:
            raise ValueError(
                f"{type(self).__name__}.forward: expected more than one value a channel in training, got shape "
                f"{x.shape}; one value has no spread, take a larger batch or call eval()"
            )
        mean, variance = self.measure(x, max(float(count), 1))  # at least 1: an empty batch has no mean
        if self.track_running_stats and self.leads:
            self.remember(mean, variance, float(count))
        return mean, variance, max(float(count), 1)

    def measure(self, x: Array, count: float) -> tuple[Array, Array]:
        """µ and σ² of the batch, all its shards included."""
        return moments(x, self.axes(x), count, self.across)

    def remember(self, mean: Array, variance: Array, count: float) -> None:
        """Eq. 7, in place; with momentum None m is 1/(batches seen), so that all of them count alike."""
        self.num_batches_tracked.value += 1
        if count == 0:
            return
        m = 1 / float(self.num_batches_tracked.value) if self.momentum is None else self.momentum
        for running, new in ((self.running_mean, mean), (self.running_var, variance * (count / (count - 1)))):
            running.value += m * (new.reshape(-1) - running.value)

    def axes(self, x: Array) -> tuple[int, ...]:
        """All but the channels."""
        return (0, *range(2, x.ndim))

    def channels(self, v: Array, x: Array) -> Array:
        """(C,) -> (C, 1, ...), to broadcast along the channels of x."""
        return v.reshape(-1, *(1,) * (x.ndim - 2))

    def expect(self, x: Any) -> Array:
        """A float array with the channels of this layer on axis 1. Raises ShapeError, DtypeError."""
        who = f"{type(self).__name__}.forward"
        array = expect_float(who, x)
        if array.ndim not in map(len, self.shapes) or array.shape[1] != self.num_features:
            wanted = " or ".join(f"({', '.join(letters)})" for letters in self.shapes)
            raise ShapeError(f"{who}: expected {wanted} with C = {self.num_features}, got {array.shape}; is it axis 1?")
        return array


class BatchNorm1d(BatchNorm):
    """Normalise each feature of (N, C), or each channel of (N, C, L), over the batch, Eqs. 1 to 7.

    State keys: ``weight``, ``bias``, ``running_mean``, ``running_var``, each (C,), and ``num_batches_tracked`` ().

    Raises ValueError for settings that do not fit and for one value a channel in training, ShapeError and DtypeError in
    ``forward`` and ``backward``.
    """

    shapes = ("NC", "NCL")


class BatchNorm2d(BatchNorm):
    """Normalise each channel of images (N, C, H, W) over batch and pixels, Eqs. 1 to 7. Otherwise as BatchNorm1d."""

    shapes = ("NCHW",)
