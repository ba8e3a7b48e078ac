"""Batch normalisation written another way, and just as right."""

from math import prod

import numpy as np

from groundup.core import Array, expect_shape, variant
from groundup.nn.batch_norm.batch_norm import (
    Across,
    Axes,
    BatchNorm,
    alone,
    moments,
    standardise,
    standardise_backward,
)


@variant("moments", "the axes brought together at the end, dot products")
def axes_brought_together(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    axes = axes if isinstance(axes, tuple) else (axes,)
    last = np.moveaxis(x, axes, range(-len(axes), 0))
    lines = last.reshape(*last.shape[: x.ndim - len(axes)], prod(x.shape[axis] for axis in axes))
    mean = across(lines.sum(axis=-1))[0] / count
    gaps = lines - mean[..., None]
    variance = across(np.einsum("...i,...i->...", gaps, gaps))[0] / count
    return np.expand_dims(mean, axes), np.expand_dims(variance, axes)


@variant("moments", "means, weighted with their share of the batch")
def weighted_means(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    (mean,) = across(np.add.reduce(x / count, axis=axes, keepdims=True))
    (variance,) = across(np.add.reduce(np.square(x - mean) / count, axis=axes, keepdims=True))
    return mean, variance


@variant("standardise", "the deviation first, then one over it")
def deviation_first(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    deviation = np.sqrt(variance + eps)
    return (x - mean) / deviation, np.reciprocal(deviation)


@variant("standardise", "a power of minus a half")
def power_of_minus_a_half(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    r = np.power(variance + eps, -0.5)
    return np.multiply(np.subtract(x, mean), r), r


@variant("standardise_backward", "through variance and mean one after the other, as in the paper")
def as_in_the_paper(dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone) -> Array:
    gaps = x_hat / r
    (by_variance,) = across((dx_hat * gaps).sum(axis=axes, keepdims=True) * -0.5 * r**3)
    (by_mean,) = across((-r * dx_hat - 2 * by_variance * gaps / count).sum(axis=axes, keepdims=True))
    return dx_hat * r + by_variance * 2 * gaps / count + by_mean / count


@variant("standardise_backward", "centred first, then the stretch taken out")
def centred_then_stretched(
    dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone
) -> Array:
    (shift,) = across(dx_hat.sum(axis=axes, keepdims=True))
    centred = dx_hat - shift / count
    (stretch,) = across((centred * x_hat).sum(axis=axes, keepdims=True))
    dx: Array = (centred - x_hat * stretch / count) * r
    return dx


@variant("standardise_backward", "times M, and divided by it at the end")
def divided_at_the_end(
    dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone
) -> Array:
    shift, stretch = across(dx_hat.sum(axes, keepdims=True), (x_hat * dx_hat).sum(axes, keepdims=True))
    dx: Array = r / count * (count * dx_hat - shift - x_hat * stretch)
    return dx


@variant("BatchNorm.remember", "old and new by their shares, written back")
def by_shares(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    self.num_batches_tracked.value[...] = self.num_batches_tracked.value + 1
    if not count:
        return
    m = self.momentum if self.momentum is not None else 1 / int(self.num_batches_tracked.value)
    unbiased = variance.ravel() * count / (count - 1)
    self.running_mean.value[...] = (1 - m) * self.running_mean.value + m * mean.ravel()
    self.running_var.value[...] = (1 - m) * self.running_var.value + m * unbiased


@variant("BatchNorm.remember", "channel by channel; without momentum a mean over all batches")
def channel_by_channel(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    seen = int(self.num_batches_tracked.value)
    self.num_batches_tracked.value += 1
    old, new = (seen / (seen + 1), 1 / (seen + 1)) if self.momentum is None else (1 - self.momentum, self.momentum)
    for c in range(self.num_features if count > 0 else 0):
        self.running_mean.value[c] = old * self.running_mean.value[c] + new * mean.flat[c]
        self.running_var.value[c] = old * self.running_var.value[c] + new * variance.flat[c] / (1 - 1 / count)


@variant("BatchNorm.statistics", "training first")
def training_first(self: BatchNorm, x: Array) -> tuple[Array, Array, float | None]:
    if self.training or not self.track_running_stats:
        count = float(self.across(np.asarray(x.shape[0] * prod(x.shape[2:])))[0])
        if count == 1:
            raise ValueError(f"{type(self).__name__}.forward: expected more than one value a channel, got {x.shape}")
        mean, variance = self.measure(x, max(count, 1))
        if self.training and self.track_running_stats and self.leads:
            self.remember(mean, variance, count)
        return mean, variance, max(count, 1)
    mean, variance = self.running_mean.value, self.running_var.value
    return self.channels(mean, x).astype(x.dtype), self.channels(variance, x).astype(x.dtype), None


@variant("BatchNorm.statistics", "without the helpers for shape and measure")
def without_helpers(self: BatchNorm, x: Array) -> tuple[Array, Array, float | None]:
    line = (1, self.num_features, *(1 for _ in x.shape[2:]))
    if self.track_running_stats and not self.training:
        mean, variance = (np.array(b.value, x.dtype).reshape(line) for b in (self.running_mean, self.running_var))
        return mean, variance, None
    (number,) = self.across(np.asarray(x[:, 0].size))
    if number == 1:
        raise ValueError(f"{type(self).__name__}.forward: expected more than one value a channel, got {x.shape}")
    count = max(float(number), 1.0)
    mean, variance = moments(x, self.axes(x), count, self.across)
    if self.track_running_stats and self.leads:
        self.remember(mean, variance, float(number))
    return mean, variance, count


@variant("BatchNorm.forward", "the channels brought to the end, where (C,) broadcasts")
def channels_at_the_end(self: BatchNorm, x: Array) -> Array:
    x = self.expect(x)
    mean, variance, count = self.statistics(x)
    x_hat, r = standardise(x, mean, variance, self.eps)
    self.keep(x_hat, r, count)
    y = np.moveaxis(x_hat, 1, -1)
    if self.weight is not None:
        y = y * self.weight.value
    if self.bias is not None:
        y = y + self.bias.value
    return np.moveaxis(y, -1, 1).copy()


@variant("BatchNorm.forward", "one line for each number: scale times x plus shift")
def scale_and_shift(self: BatchNorm, x: Array) -> Array:
    x = self.expect(x)
    mean, variance, count = self.statistics(x)
    r = 1 / np.sqrt(variance + self.eps)
    self.keep((x - mean) * r, r, count)
    scale, shift = r, -r * mean
    if self.weight is not None and self.bias is not None:
        gamma, beta = (self.channels(p.value, x) for p in (self.weight, self.bias))
        scale, shift = gamma * r, beta - gamma * r * mean
    y: Array = scale * x + shift
    return y


@variant("BatchNorm.backward", "a line of numbers for each channel, einsum")
def line_for_each_channel(self: BatchNorm, dy: Array) -> Array:
    x_hat, r, count = self.kept_all()
    expect_shape(f"{type(self).__name__}.backward", dy, x_hat.shape, like="y")
    lines, hats = (np.moveaxis(a, 1, 0).reshape(self.num_features, -1) for a in (dy, x_hat))
    dx_hat = dy
    if self.weight is not None and self.bias is not None:
        self.weight.grad += np.einsum("cm,cm->c", lines, hats)
        self.bias.grad += np.einsum("cm->c", lines)
        dx_hat = np.einsum("nc...,c->nc...", dy, self.weight.value)
    if count is None:
        return np.array(r * dx_hat)
    return standardise_backward(dx_hat, x_hat, r, self.axes(dy), count, self.across)


@variant("BatchNorm.backward", "through the gradients of scale and shift")
def through_the_gradients(self: BatchNorm, dy: Array) -> Array:
    x_hat, r, count = self.kept_all()
    expect_shape(f"{type(self).__name__}.backward", dy, x_hat.shape, like="y")
    axes, gamma = self.axes(dy), self.channels(np.ones(self.num_features, dy.dtype), dy)
    by_scale, by_shift = (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)
    if self.weight is not None and self.bias is not None:
        self.weight.grad[...] = self.weight.grad + by_scale
        self.bias.grad[...] = self.bias.grad + by_shift
        gamma = self.channels(self.weight.value, dy)
    if count is None:
        return np.array(r * gamma * dy)
    by_scale, by_shift = self.across(by_scale, by_shift)
    terms = count * dy - self.channels(by_shift, dy) - x_hat * self.channels(by_scale, dy)
    return np.array(gamma * r / count * terms)
