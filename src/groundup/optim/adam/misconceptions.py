"""What people write instead of Adam."""

import numpy as np

from groundup.core import Array, Parameter, StateDict, misconception
from groundup.optim.adam.adam import Adam, AdamW
from groundup.optim.sgd import decayed


def _take_in(self: Adam, state: StateDict, m: Array, v: Array) -> None:
    """Write both means; the largest v with amsgrad; count the step."""
    state["step"] += 1
    state["exp_avg"][...], state["exp_avg_sq"][...] = m, v
    if self.amsgrad:
        state["max_exp_avg_sq"][...] = np.maximum(state["max_exp_avg_sq"], v)


@misconception(
    "Adam.remember",
    "The two betas are swapped: your mean forgets at the speed of the squares, and the squares at that of the mean.",
    see="Two means",
)
def betas_swapped(self: Adam, state: StateDict, g: Array) -> None:
    b2, b1 = self.betas
    _take_in(self, state, b1 * state["exp_avg"] + (1 - b1) * g, b2 * state["exp_avg_sq"] + (1 - b2) * g * g)


@misconception(
    "Adam.remember",
    "Beta and 1 - beta have changed places: yours keeps little of the past and is ruled by the last batch.",
    see="Two means",
)
def shares_swapped(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    _take_in(self, state, (1 - b1) * state["exp_avg"] + b1 * g, (1 - b2) * state["exp_avg_sq"] + b2 * g * g)


@misconception(
    "Adam.remember",
    "The new gradient is added whole, as in SGD's velocity. Here both are means, and a mean takes only a share.",
    see="Two means",
)
def sums_instead_of_means(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    _take_in(self, state, b1 * state["exp_avg"] + g, b2 * state["exp_avg_sq"] + g * g)


@misconception(
    "Adam.remember",
    "The second mean is of the sizes of the gradients, not of their squares; its root is then no size.",
    see="Two means",
)
def sizes_instead_of_squares(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    _take_in(self, state, b1 * state["exp_avg"] + (1 - b1) * g, b2 * state["exp_avg_sq"] + (1 - b2) * np.abs(g))


@misconception(
    "Adam.remember",
    "The second mean squares the mean instead of the gradient: what jumps to and fro then looks small.",
    see="Two means",
)
def square_of_the_mean(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    m = b1 * state["exp_avg"] + (1 - b1) * g
    _take_in(self, state, m, b2 * state["exp_avg_sq"] + (1 - b2) * m * m)


@misconception(
    "Adam.remember",
    "The steps are not counted, so the correction for having begun at zero stays what it was.",
    see="The correction",
)
def steps_not_counted(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    _take_in(self, state, b1 * state["exp_avg"] + (1 - b1) * g, b2 * state["exp_avg_sq"] + (1 - b2) * g * g)
    state["step"] -= 1


@misconception(
    "Adam.remember",
    "With amsgrad the mean of the squares itself never falls. Only the largest so far is kept beside it.",
    see="AMSGrad",
)
def mean_never_falls(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    v = b2 * state["exp_avg_sq"] + (1 - b2) * g * g
    _take_in(
        self, state, b1 * state["exp_avg"] + (1 - b1) * g, np.maximum(v, state["exp_avg_sq"]) if self.amsgrad else v
    )


@misconception(
    "Adam.corrections",
    "The power is missing: your correction is that of the first step, and makes all later means too large.",
    see="The correction",
)
def corrected_as_at_first(self: Adam, t: float) -> tuple[float, float]:
    return 1 - self.betas[0], 1 - self.betas[1]


@misconception(
    "Adam.corrections",
    "Beta is multiplied by the number of steps instead of raised to it; soon your divisor is negative.",
    see="The correction",
)
def times_instead_of_power(self: Adam, t: float) -> tuple[float, float]:
    return 1 - self.betas[0] * t, 1 - self.betas[1] * t


@misconception(
    "Adam.corrections",
    "You return the share of the zero that is still in the mean. What divides is the rest, the share of the gradients.",
    see="The correction",
)
def share_of_the_zero(self: Adam, t: float) -> tuple[float, float]:
    return self.betas[0] ** t, self.betas[1] ** t


@misconception(
    "Adam.corrections",
    "You count steps from 0: at the first one both divisors are zero.",
    see="The correction",
)
def counts_from_zero(self: Adam, t: float) -> tuple[float, float]:
    return 1 - self.betas[0] ** (t - 1), 1 - self.betas[1] ** (t - 1)


@misconception(
    "Adam.corrections",
    "One number corrects both means. They forget at different speeds, so they are short of different shares.",
    see="The correction",
)
def one_for_both(self: Adam, t: float) -> tuple[float, float]:
    return 1 - self.betas[0] ** t, 1 - self.betas[0] ** t


def _parts(self: Adam, state: StateDict) -> tuple[Array, Array, float, float]:
    """The mean, the squares that divide it, and the corrections of the two."""
    of_mean, of_squares = self.corrections(float(state["step"]))
    return state["exp_avg"], state["max_exp_avg_sq" if self.amsgrad else "exp_avg_sq"], of_mean, of_squares


@misconception(
    "Adam.direction",
    "The means are used as they are, without the correction: your first steps have the wrong length.",
    see="Without the correction",
)
def not_corrected(self: Adam, state: StateDict) -> Array:
    m, v, _, _ = _parts(self, state)
    return m / (np.sqrt(v) + self.eps)


@misconception(
    "Adam.direction",
    "The correction is multiplied in. What is short of a share has to be divided by what is there.",
    see="The correction",
)
def correction_multiplied(self: Adam, state: StateDict) -> Array:
    m, v, of_mean, of_squares = _parts(self, state)
    d: Array = m * of_mean / (np.sqrt(v * of_squares) + self.eps)
    return d


@misconception(
    "Adam.direction",
    "The root of the squares is corrected by the whole divisor: it belongs under the root with them.",
    see="The correction",
)
def corrected_outside_the_root(self: Adam, state: StateDict) -> Array:
    m, v, of_mean, of_squares = _parts(self, state)
    return m / of_mean / (np.sqrt(v) / of_squares + self.eps)


@misconception(
    "Adam.direction",
    "Epsilon is under the root, where the same number counts for far more.",
    see="How large epsilon is",
)
def epsilon_under_the_root(self: Adam, state: StateDict) -> Array:
    m, v, of_mean, of_squares = _parts(self, state)
    d: Array = m / of_mean / np.sqrt(v / of_squares + self.eps)
    return d


@misconception(
    "Adam.direction",
    "Epsilon is added before the squares are corrected, so it weighs more in the first steps than it should.",
    see="How large epsilon is",
)
def epsilon_before_the_correction(self: Adam, state: StateDict) -> Array:
    m, v, of_mean, of_squares = _parts(self, state)
    d: Array = m / of_mean / ((np.sqrt(v) + self.eps) / np.sqrt(of_squares))
    return d


@misconception(
    "Adam.direction",
    "The root is missing: you divide by the mean square, and large gradients take the shortest steps.",
    see="Two means",
)
def root_forgotten(self: Adam, state: StateDict) -> Array:
    m, v, of_mean, of_squares = _parts(self, state)
    return m / of_mean / (v / of_squares + self.eps)


@misconception(
    "Adam.direction",
    "amsgrad is ignored: you divide by the squares of now, where it wants the largest so far.",
    see="AMSGrad",
)
def amsgrad_ignored(self: Adam, state: StateDict) -> Array:
    of_mean, of_squares = self.corrections(float(state["step"]))
    d: Array = state["exp_avg"] / of_mean / (np.sqrt(state["exp_avg_sq"] / of_squares) + self.eps)
    return d


@misconception(
    "Adam.update",
    "Your Adam takes the decay off the weight itself, which is AdamW. Here it is part of the gradient.",
    see="Two places for the decay",
)
def adam_as_adamw(self: Adam, i: int, parameter: Parameter) -> None:
    parameter.value *= 1 - self.lr * self.weight_decay
    self.descend(i, parameter, decayed(parameter, maximize=self.maximize))


@misconception(
    "Adam.update",
    "The decay is written into parameter.grad, which is not the optimiser's: whoever looks at it next finds it there.",
    see="Build",
)
def gradient_overwritten(self: Adam, i: int, parameter: Parameter) -> None:
    parameter.grad += self.weight_decay * parameter.value
    self.descend(i, parameter, decayed(parameter, maximize=self.maximize))


@misconception(
    "AdamW.update",
    "Your AdamW adds the decay to the gradient. There it is divided by the size of the gradients, and large weights do "
    "not shrink faster than small ones: that is Adam.",
    see="Two places for the decay",
)
def adamw_as_adam(self: AdamW, i: int, parameter: Parameter) -> None:
    self.descend(i, parameter, decayed(parameter, self.weight_decay, self.maximize))


@misconception(
    "AdamW.update",
    "The learning rate is left out of the decay: each step takes the share weight_decay, however short the step is.",
    see="Two places for the decay",
)
def decay_without_the_rate(self: AdamW, i: int, parameter: Parameter) -> None:
    parameter.value *= 1 - self.weight_decay
    self.descend(i, parameter, decayed(parameter, maximize=self.maximize))


@misconception(
    "AdamW.update",
    "The decay is there twice, once on the weight and once in the gradient.",
    see="Two places for the decay",
)
def decayed_twice(self: AdamW, i: int, parameter: Parameter) -> None:
    parameter.value *= 1 - self.lr * self.weight_decay
    self.descend(i, parameter, decayed(parameter, self.weight_decay, self.maximize))


@misconception(
    "AdamW.update",
    "The decay comes after the step, so it shrinks this step as well. Here the weight is taken as it was before.",
    see="Two places for the decay",
)
def decay_after_the_step(self: AdamW, i: int, parameter: Parameter) -> None:
    self.descend(i, parameter, decayed(parameter, maximize=self.maximize))
    parameter.value *= 1 - self.lr * self.weight_decay


@misconception(
    "AdamW.update",
    "With maximize the weights grow instead of shrinking. The decay is no part of what is climbed.",
    see="Two places for the decay",
)
def decay_climbs_too(self: AdamW, i: int, parameter: Parameter) -> None:
    parameter.value *= 1 - (-1 if self.maximize else 1) * self.lr * self.weight_decay
    self.descend(i, parameter, decayed(parameter, maximize=self.maximize))
