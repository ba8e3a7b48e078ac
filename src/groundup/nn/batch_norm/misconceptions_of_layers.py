"""What people write instead of the batch normalisation layer."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.batch_norm.batch_norm import BatchNorm, standardise, standardise_backward


def _moved(self: BatchNorm, mean: Array, variance: Array, share: float) -> None:
    for running, new in ((self.running_mean, mean), (self.running_var, variance)):
        running.value += share * (new.reshape(-1) - running.value)


def _share(self: BatchNorm) -> float:
    return 1 / float(self.num_batches_tracked.value) if self.momentum is None else self.momentum


@misconception(
    "BatchNorm.remember",
    "You read momentum as the share of the old value, as in SGD. Here it is that of the new one.",
    see="What is remembered",
)
def momentum_of_the_old(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    self.num_batches_tracked.value += 1
    if count:
        _moved(self, mean, variance * (count / (count - 1)), 1 - _share(self))


@misconception(
    "BatchNorm.remember",
    "The running variance is made of the biased one: small batches would make evaluation believe in too little spread.",
    see="What is remembered",
)
def biased(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    self.num_batches_tracked.value += 1
    if count:
        _moved(self, mean, variance, _share(self))


@misconception(
    "BatchNorm.remember",
    "You divide by M to make the variance unbiased: it is the other way round, and becomes smaller still.",
    see="What is remembered",
)
def biased_twice(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    self.num_batches_tracked.value += 1
    if count:
        _moved(self, mean, variance * ((count - 1) / count), _share(self))


@misconception(
    "BatchNorm.remember",
    "Your running values only grow: the old ones must fade by as much as the new ones come in.",
    see="What is remembered",
)
def never_fading(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    self.num_batches_tracked.value += 1
    if count:
        for running, new in ((self.running_mean, mean), (self.running_var, variance * (count / (count - 1)))):
            running.value += _share(self) * new.reshape(-1)


@misconception(
    "BatchNorm.remember",
    "With momentum None your latest batch counts for a tenth: all batches so far are to count alike.",
    see="What is remembered",
)
def none_as_a_tenth(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    self.num_batches_tracked.value += 1
    if count:
        _moved(self, mean, variance * (count / (count - 1)), 0.1 if self.momentum is None else self.momentum)


@misconception(
    "BatchNorm.remember",
    "The batches are not counted: num_batches_tracked stays where it was.",
    see="What is remembered",
)
def not_counted(self: BatchNorm, mean: Array, variance: Array, count: float) -> None:
    if count:
        share = 0.1 if self.momentum is None else self.momentum
        _moved(self, mean, variance * (count / (count - 1)), share)


@misconception(
    "BatchNorm.statistics",
    "In evaluation you still take the batch's own statistics: an image's answer then depends on its neighbours.",
    see="Evaluation in training mode",
)
def batch_in_evaluation(self: BatchNorm, x: Array) -> tuple[Array, Array, float | None]:
    count = x.size / self.num_features
    mean, variance = self.measure(x, count)
    if self.track_running_stats and self.training:
        self.remember(mean, variance, count)
    return mean, variance, count


@misconception(
    "BatchNorm.statistics",
    "In training you normalise by the running statistics, which lag behind the batch.",
    see="Two modes",
)
def running_in_training(self: BatchNorm, x: Array) -> tuple[Array, Array, float | None]:
    count = x.size / self.num_features
    mean, variance = self.measure(x, count)
    if not self.track_running_stats:
        return mean, variance, count
    if self.training:
        self.remember(mean, variance, count)
    known = (self.channels(b.value, x).astype(x.dtype) for b in (self.running_mean, self.running_var))
    running_mean, running_var = known
    return running_mean, running_var, None


@misconception(
    "BatchNorm.statistics",
    "You remember in evaluation, too: the test images would leak into the running statistics.",
    see="Two modes",
)
def remembered_in_evaluation(self: BatchNorm, x: Array) -> tuple[Array, Array, float | None]:
    count = x.size / self.num_features
    mean, variance = self.measure(x, count)
    if self.track_running_stats:
        self.remember(mean, variance, count)
    if self.training or not self.track_running_stats:
        return mean, variance, count
    known = (self.channels(b.value, x).astype(x.dtype) for b in (self.running_mean, self.running_var))
    running_mean, running_var = known
    return running_mean, running_var, None


@misconception(
    "BatchNorm.statistics",
    "Nothing is remembered in training, so evaluation knows no more than mean 0 and variance 1.",
    see="Two modes",
)
def nothing_remembered(self: BatchNorm, x: Array) -> tuple[Array, Array, float | None]:
    if self.training or not self.track_running_stats:
        count = x.size / self.num_features
        return *self.measure(x, count), count
    known = (self.channels(b.value, x).astype(x.dtype) for b in (self.running_mean, self.running_var))
    running_mean, running_var = known
    return running_mean, running_var, None


def _normalised(self: BatchNorm, x: Array) -> tuple[Array, Array, Array]:
    """x̂, and γ and β to go with it."""
    mean, variance, count = self.statistics(x)
    x_hat, r = standardise(x, mean, variance, self.eps)
    self.keep(x_hat, r, count)
    if self.weight is None or self.bias is None:
        return x_hat, np.ones((), x.dtype), np.zeros((), x.dtype)
    return x_hat, self.weight.value, self.bias.value


@misconception(
    "BatchNorm.forward",
    "Scale and shift are missing: each channel is forced to mean 0 and variance 1, whatever the network would like.",
    see="Scale and shift",
)
def no_scale_no_shift(self: BatchNorm, x: Array) -> Array:
    return _normalised(self, x)[0].copy()


@misconception(
    "BatchNorm.forward",
    "You add the shift before you scale: the scale then acts on the shift as well.",
    see="Scale and shift",
)
def shifted_first(self: BatchNorm, x: Array) -> Array:
    x_hat, weight, bias = _normalised(self, x)
    if weight.ndim:
        weight, bias = self.channels(weight, x), self.channels(bias, x)
    return weight * (x_hat + bias)


@misconception(
    "BatchNorm.forward",
    "Your scale and shift run along the last axis, the columns of an image. The channels are axis 1.",
    see="Build",
)
def along_the_columns(self: BatchNorm, x: Array) -> Array:
    x_hat, weight, bias = _normalised(self, x)
    return weight * x_hat + bias


@misconception(
    "BatchNorm.backward",
    "The scale is missing on the way back: dy has to become dx_hat before it goes through Eq. 5.",
    see="Back through scale and shift",
)
def scale_forgotten(self: BatchNorm, dy: Array) -> Array:
    x_hat, r, count = self.kept_all()
    _add_gradients(self, dy, x_hat)
    return r * dy if count is None else standardise_backward(dy, x_hat, r, self.axes(dy), count)


@misconception(
    "BatchNorm.backward",
    "In evaluation you go back through mean and variance. Nothing in this batch moved the running ones.",
    see="Two modes",
)
def always_three_terms(self: BatchNorm, dy: Array) -> Array:
    x_hat, r, _ = self.kept_all()
    return standardise_backward(_add_gradients(self, dy, x_hat), x_hat, r, self.axes(dy), dy.size / self.num_features)


@misconception(
    "BatchNorm.backward",
    "In training you stop at r · dx_hat: that is the backward pass of evaluation.",
    see="Statistics taken for constants",
)
def never_three_terms(self: BatchNorm, dy: Array) -> Array:
    x_hat, r, _ = self.kept_all()
    dx: Array = r * _add_gradients(self, dy, x_hat)
    return dx


@misconception(
    "BatchNorm.backward",
    "The gradients of scale and shift are averaged. They served every number of the channel: add up.",
    see="Back through scale and shift",
)
def averaged(self: BatchNorm, dy: Array) -> Array:
    x_hat, r, count = self.kept_all()
    dx_hat = _add_gradients(self, dy, x_hat, share=self.num_features / dy.size)
    return r * dx_hat if count is None else standardise_backward(dx_hat, x_hat, r, self.axes(dy), count)


@misconception(
    "BatchNorm.backward",
    "Your gradients replace what was in grad: a second batch would wipe out the first.",
    see="Back through scale and shift",
)
def replaced(self: BatchNorm, dy: Array) -> Array:
    for parameter in self.parameters():
        parameter.zero_grad()
    x_hat, r, count = self.kept_all()
    dx_hat = _add_gradients(self, dy, x_hat)
    return r * dx_hat if count is None else standardise_backward(dx_hat, x_hat, r, self.axes(dy), count)


def _add_gradients(self: BatchNorm, dy: Array, x_hat: Array, share: float = 1.0) -> Array:
    """Eq. 4, each sum times ``share``; gives dx̂."""
    if self.weight is None or self.bias is None:
        return dy
    self.weight.grad += share * (dy * x_hat).sum(axis=self.axes(dy))
    self.bias.grad += share * dy.sum(axis=self.axes(dy))
    return self.channels(self.weight.value, dy) * dy
