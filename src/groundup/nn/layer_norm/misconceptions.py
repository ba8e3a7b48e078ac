"""What people write instead of the normalisations of one row."""

from math import prod

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.batch_norm.batch_norm import moments, standardise, standardise_backward
from groundup.nn.layer_norm.layer_norm import GroupNorm, LayerNorm, RMSNorm, last_axes


def _normalised_over(self: LayerNorm, x: Array, axes: tuple[int, ...]) -> Array:
    """y, with mean and variance over any axes."""
    count = prod(x.shape[a] for a in axes)
    return _scaled(self, *standardise(x, *moments(x, axes, count), self.eps))


def _scaled(self: LayerNorm, x_hat: Array, r: Array) -> Array:
    self.keep(x_hat, r)
    y = x_hat.copy() if self.weight is None else self.weight.value * x_hat
    return y if self.bias is None else y + self.bias.value


@misconception(
    "LayerNorm.forward",
    "Your mean runs over the batch: that is batch normalisation, and every row still depends on the others.",
    see="Other axes",
)
def over_the_batch(self: LayerNorm, x: Array) -> Array:
    return _normalised_over(self, x, (0,))


@misconception(
    "LayerNorm.forward",
    "All positions of a sequence share one mean with you: a word would see those that come after it.",
    see="Other axes",
)
def over_positions_too(self: LayerNorm, x: Array) -> Array:
    return _normalised_over(self, x, tuple(range(min(1, x.ndim - len(self.normalized_shape)), x.ndim)))


@misconception(
    "LayerNorm.forward",
    "Your mean runs over the last axis alone, where normalized_shape names more than one.",
    see="Other axes",
)
def last_axis_alone(self: LayerNorm, x: Array) -> Array:
    return _normalised_over(self, x, (-1,))


@misconception(
    "LayerNorm.forward",
    "You divide the squares by M - 1. Here σ² describes these numbers and estimates nothing: divide by M.",
    see="An unbiased variance",
)
def unbiased(self: LayerNorm, x: Array) -> Array:
    axes = last_axes(self.normalized_shape)
    variance = x.var(axis=axes, keepdims=True, ddof=1)
    return _scaled(self, *standardise(x, x.mean(axis=axes, keepdims=True), variance, self.eps))


@misconception(
    "LayerNorm.forward",
    "eps stands outside your root. It is added to the variance.",
    see="Other axes",
)
def eps_outside(self: LayerNorm, x: Array) -> Array:
    axes = last_axes(self.normalized_shape)
    r = 1 / (x.std(axis=axes, keepdims=True) + self.eps)
    return _scaled(self, (x - x.mean(axis=axes, keepdims=True)) * r, r)


@misconception(
    "LayerNorm.forward",
    "The shift is missing from your result.",
    see="Other axes",
)
def shift_forgotten(self: LayerNorm, x: Array) -> Array:
    axes = last_axes(self.normalized_shape)
    x_hat, r = standardise(x, *moments(x, axes, prod(self.normalized_shape)), self.eps)
    self.keep(x_hat, r)
    return x_hat.copy() if self.weight is None else self.weight.value * x_hat


def _add_gradients(self: LayerNorm | RMSNorm, dy: Array, x_hat: Array, share: float = 1.0) -> Array:
    """Eq. 3, each sum times ``share``; gives dx̂."""
    rows = tuple(range(dy.ndim - len(self.normalized_shape)))
    if isinstance(self, LayerNorm) and self.bias is not None:
        self.bias.grad += share * dy.sum(axis=rows)
    if self.weight is None:
        return dy
    self.weight.grad += share * (dy * x_hat).sum(axis=rows)
    return self.weight.value * dy


@misconception(
    "LayerNorm.backward",
    "You go back through the mean of each feature over the batch. What shared a mean were the features of a row.",
    see="Two sets of axes",
)
def back_over_the_batch(self: LayerNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    rows = tuple(range(dy.ndim - len(self.normalized_shape)))
    return standardise_backward(_add_gradients(self, dy, x_hat), x_hat, r, rows, prod(dy.shape[: len(rows)]))


@misconception(
    "LayerNorm.backward",
    "The weight is missing on the way back: dy has to become dx_hat before it goes through Eq. 4.",
    see="Two sets of axes",
)
def weight_forgotten(self: LayerNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    _add_gradients(self, dy, x_hat)
    return standardise_backward(dy, x_hat, r, last_axes(self.normalized_shape), prod(self.normalized_shape))


@misconception(
    "LayerNorm.backward",
    "You treat µ and σ² as constants. They moved with every feature of the row.",
    see="Two sets of axes",
)
def constants(self: LayerNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    dx: Array = r * _add_gradients(self, dy, x_hat)
    return dx


@misconception(
    "LayerNorm.backward",
    "The gradients of weight and bias are averaged over the rows. They served every row: add up.",
    see="Two sets of axes",
)
def averaged(self: LayerNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    count = prod(self.normalized_shape)
    dx_hat = _add_gradients(self, dy, x_hat, share=count / dy.size)
    return standardise_backward(dx_hat, x_hat, r, last_axes(self.normalized_shape), count)


def _rms_scaled(self: RMSNorm, x_hat: Array, r: Array) -> Array:
    self.keep(x_hat, r)
    return x_hat.copy() if self.weight is None else self.weight.value * x_hat


def _eps(self: RMSNorm, x: Array) -> float:
    return float(np.finfo(x.dtype).eps) if self.eps is None else self.eps


@misconception(
    "RMSNorm.forward",
    "You subtract the mean: what is left is layer norm without a shift.",
    see="Without a mean",
)
def mean_subtracted(self: RMSNorm, x: Array) -> Array:
    axes = last_axes(self.normalized_shape)
    return _rms_scaled(self, *standardise(x, *moments(x, axes, prod(self.normalized_shape)), _eps(self, x)))


@misconception(
    "RMSNorm.forward",
    "You divide by the length of the row, the root of the sum of squares. It is the root of their mean.",
    see="Without a mean",
)
def by_the_length(self: RMSNorm, x: Array) -> Array:
    squares = (x * x).sum(axis=last_axes(self.normalized_shape), keepdims=True)
    r = 1 / np.sqrt(squares + _eps(self, x))
    return _rms_scaled(self, x * r, r)


@misconception(
    "RMSNorm.forward",
    "You divide by the mean of the squares: the root is missing.",
    see="Without a mean",
)
def root_forgotten(self: RMSNorm, x: Array) -> Array:
    r = 1 / ((x * x).mean(axis=last_axes(self.normalized_shape), keepdims=True) + _eps(self, x))
    return _rms_scaled(self, x * r, r)


@misconception(
    "RMSNorm.backward",
    "That is the backward pass of layer norm: no mean was subtracted, so nothing comes back through one.",
    see="Without a mean",
)
def mean_term_too_many(self: RMSNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    axes, count = last_axes(self.normalized_shape), prod(self.normalized_shape)
    return standardise_backward(_add_gradients(self, dy, x_hat), x_hat, r, axes, count)


@misconception(
    "RMSNorm.backward",
    "You treat the root mean square as a constant. Every feature of the row moved it.",
    see="Without a mean",
)
def rms_constant(self: RMSNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    dx: Array = r * _add_gradients(self, dy, x_hat)
    return dx


@misconception(
    "RMSNorm.backward",
    "Your second term has a sum where Eq. 6 has a mean: divide by M.",
    see="Without a mean",
)
def sum_not_mean(self: RMSNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    dx_hat = _add_gradients(self, dy, x_hat)
    stretch = (dx_hat * x_hat).sum(axis=last_axes(self.normalized_shape), keepdims=True)
    return r * (dx_hat - x_hat * stretch)  # type: ignore[no-any-return]


@misconception(
    "GroupNorm.by_groups",
    "You deal the channels out like cards: group 0 gets every G-th. A group is a run of neighbours.",
    see="Groups of channels",
)
def dealt_like_cards(self: GroupNorm, x: Array) -> Array:
    split = x.reshape(len(x), self.num_channels // self.num_groups, self.num_groups, prod(x.shape[2:]))
    return split.swapaxes(1, 2).reshape(len(x), self.num_groups, prod(x.shape[1:]) // self.num_groups)


@misconception(
    "GroupNorm.by_groups",
    "Each channel is a group of its own with you: that is instance norm, whatever num_groups says.",
    see="Groups of channels",
)
def a_group_a_channel(self: GroupNorm, x: Array) -> Array:
    return x.reshape(len(x), self.num_channels, prod(x.shape[2:]))


@misconception(
    "GroupNorm.by_groups",
    "All channels are one group with you: that is layer norm over the image, whatever num_groups says.",
    see="Groups of channels",
)
def one_group(self: GroupNorm, x: Array) -> Array:
    return x.reshape(len(x), 1, prod(x.shape[1:]))
