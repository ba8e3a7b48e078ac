"""What people write instead of Adagrad and RMSprop."""

import numpy as np

from groundup.core import Array, Parameter, StateDict, misconception
from groundup.optim.rmsprop.rmsprop import Adagrad, RMSprop
from groundup.optim.sgd import decayed


@misconception(
    "Adagrad.direction",
    "Your sum is of the sizes of the gradients, not of their squares; the root of it is then no length any more.",
    see="Adagrad: every square so far",
)
def sum_of_sizes(self: Adagrad, state: StateDict, g: Array) -> Array:
    state["sum"] += np.abs(g)
    return g / (np.sqrt(state["sum"]) + self.eps)


@misconception(
    "Adagrad.direction",
    "The gradients are added up and then squared, so those of opposite sign cancel: squares come first, then the sum.",
    see="Adagrad: every square so far",
)
def square_of_the_sum(self: Adagrad, state: StateDict, g: Array) -> Array:
    state["sum"] += g
    return g / (np.abs(state["sum"]) + self.eps)


@misconception(
    "Adagrad.direction",
    "The root is missing. Divided by the sum of squares, a gradient a hundred times as large takes a smaller step.",
    see="Without the root",
)
def root_forgotten(self: Adagrad, state: StateDict, g: Array) -> Array:
    state["sum"] += g * g
    return g / (state["sum"] + self.eps)


@misconception(
    "Adagrad.direction",
    "Nothing adds up: your divisor knows this step's gradient alone, and little more than its sign is left.",
    see="Adagrad: every square so far",
)
def only_this_step(self: Adagrad, state: StateDict, g: Array) -> Array:
    state["sum"][...] = g * g
    return g / (np.sqrt(state["sum"]) + self.eps)


@misconception(
    "Adagrad.direction",
    "You divide before the sum has grown: the first step is divided by epsilon alone, and is enormous.",
    see="Adagrad: every square so far",
)
def divides_by_the_old_sum(self: Adagrad, state: StateDict, g: Array) -> Array:
    d = g / (np.sqrt(state["sum"]) + self.eps)
    state["sum"] += g * g
    return d


@misconception(
    "Adagrad.direction",
    "Epsilon is under the root. That is TensorFlow's old form; here it is added to the root, and counts for more.",
    see="Where epsilon stands",
)
def epsilon_under_the_root(self: Adagrad, state: StateDict, g: Array) -> Array:
    state["sum"] += g * g
    d: Array = g / np.sqrt(state["sum"] + self.eps)
    return d


@misconception(
    "Adagrad.rate",
    "The rate has fallen once too often: the first step is taken at the full rate.",
    see="Adagrad: every square so far",
)
def one_step_ahead(self: Adagrad, t: int) -> float:
    return self.lr / (1 + t * self.lr_decay)


@misconception(
    "Adagrad.rate",
    "Your rate falls by the same share at each step. Here the divisor grows in a straight line and slows it.",
    see="Adagrad: every square so far",
)
def falls_by_a_share(self: Adagrad, t: int) -> float:
    return self.lr * (1 - self.lr_decay) ** (t - 1)


@misconception(
    "Adagrad.rate",
    "Your rate falls in a straight line: after 1 / lr_decay steps it is zero, and below zero after that.",
    see="Adagrad: every square so far",
)
def falls_to_zero(self: Adagrad, t: int) -> float:
    return self.lr * (1 - (t - 1) * self.lr_decay)


@misconception(
    "RMSprop.size",
    "The two shares are swapped: alpha is what is kept of the past, and yours forgets nearly everything each step.",
    see="RMSprop: let the past fade",
)
def shares_swapped(self: RMSprop, state: StateDict, g: Array) -> Array:
    keep = 1 - self.alpha
    state["square_avg"][...] = keep * state["square_avg"] + (1 - keep) * g * g
    if not self.centered:
        return np.sqrt(state["square_avg"])
    state["grad_avg"][...] = keep * state["grad_avg"] + (1 - keep) * g
    return np.sqrt(np.maximum(state["square_avg"] - state["grad_avg"] ** 2, 0))


@misconception(
    "RMSprop.size",
    "The old squares fade, but the new one is added whole. That is a sum, 1 / (1 - alpha) times the mean.",
    see="RMSprop: let the past fade",
)
def new_square_added_whole(self: RMSprop, state: StateDict, g: Array) -> Array:
    state["square_avg"][...] = self.alpha * state["square_avg"] + g * g
    if not self.centered:
        return np.sqrt(state["square_avg"])
    state["grad_avg"][...] = self.alpha * state["grad_avg"] + g
    return np.sqrt(np.maximum(state["square_avg"] - state["grad_avg"] ** 2, 0))


@misconception(
    "RMSprop.size",
    "Nothing fades: your squares are added up for ever, which is Adagrad.",
    see="RMSprop: let the past fade",
)
def adagrad_again(self: RMSprop, state: StateDict, g: Array) -> Array:
    state["square_avg"] += g * g
    return np.sqrt(state["square_avg"])


@misconception(
    "RMSprop.size",
    "The mean square is returned without its root, so a step is short where gradients are large.",
    see="Without the root",
)
def mean_square_not_rooted(self: RMSprop, state: StateDict, g: Array) -> Array:
    state["square_avg"][...] = self.alpha * state["square_avg"] + (1 - self.alpha) * g * g
    if not self.centered:
        return state["square_avg"].copy()
    state["grad_avg"][...] = self.alpha * state["grad_avg"] + (1 - self.alpha) * g
    return np.maximum(state["square_avg"] - state["grad_avg"] ** 2, 0)


@misconception(
    "RMSprop.size",
    "The new mean is worked out and then lost: what is remembered never changes, so every step is like the first.",
    see="Build",
)
def mean_not_kept(self: RMSprop, state: StateDict, g: Array) -> Array:
    s = self.alpha * state["square_avg"] + (1 - self.alpha) * g * g
    if not self.centered:
        return np.sqrt(s)
    m = self.alpha * state["grad_avg"] + (1 - self.alpha) * g
    d: Array = np.sqrt(np.maximum(s - m**2, 0))
    return d


@misconception(
    "RMSprop.size",
    "The setting centered is ignored: the mean of the gradients is not taken off.",
    see="Centred: the spread",
)
def never_centred(self: RMSprop, state: StateDict, g: Array) -> Array:
    state["square_avg"][...] = self.alpha * state["square_avg"] + (1 - self.alpha) * g * g
    if self.centered:
        state["grad_avg"][...] = self.alpha * state["grad_avg"] + (1 - self.alpha) * g
    return np.sqrt(state["square_avg"])


@misconception(
    "RMSprop.size",
    "The mean is taken off as it is, a gradient from a square: it has to be squared first.",
    see="Centred: the spread",
)
def mean_not_squared(self: RMSprop, state: StateDict, g: Array) -> Array:
    state["square_avg"][...] = self.alpha * state["square_avg"] + (1 - self.alpha) * g * g
    if not self.centered:
        return np.sqrt(state["square_avg"])
    state["grad_avg"][...] = self.alpha * state["grad_avg"] + (1 - self.alpha) * g
    return np.sqrt(np.maximum(state["square_avg"] - state["grad_avg"], 0))


def _scaled(self: RMSprop, i: int, parameter: Parameter) -> tuple[StateDict, Array, Array]:
    """Count the step; what is remembered, the gradient, and its usual size."""
    state = self.memory(i)
    state["step"] += 1
    g = decayed(parameter, self.weight_decay, self.maximize)
    return state, g, self.size(state, g)


def _gathered(self: RMSprop, state: StateDict, u: Array) -> Array:
    if not self.momentum:
        return u
    state["momentum_buffer"][...] = self.momentum * state["momentum_buffer"] + u
    return state["momentum_buffer"]


@misconception(
    "RMSprop.update",
    "You step up the slope: the scaled gradient still points to where the loss grows.",
    see="Build",
)
def climbs(self: RMSprop, i: int, parameter: Parameter) -> None:
    state, g, r = _scaled(self, i, parameter)
    parameter.value += self.lr * _gathered(self, state, g / (r + self.eps))


@misconception(
    "RMSprop.update",
    "The gradient is multiplied by its usual size instead of divided by it: large ones become larger still.",
    see="Derive",
)
def multiplies(self: RMSprop, i: int, parameter: Parameter) -> None:
    state, g, r = _scaled(self, i, parameter)
    parameter.value -= self.lr * _gathered(self, state, g * (r + self.eps))


@misconception(
    "RMSprop.update",
    "Your momentum gathers raw gradients and is scaled afterwards: a large one is then divided by the small size "
    "of the steps that follow it.",
    see="Momentum on what is scaled",
)
def momentum_before_scaling(self: RMSprop, i: int, parameter: Parameter) -> None:
    state, g, r = _scaled(self, i, parameter)
    parameter.value -= self.lr * _gathered(self, state, g) / (r + self.eps)


@misconception(
    "RMSprop.update",
    "The rate is inside your momentum: after a change of it the old rate goes on acting for a while.",
    see="Momentum on what is scaled",
)
def rate_inside_the_momentum(self: RMSprop, i: int, parameter: Parameter) -> None:
    state, g, r = _scaled(self, i, parameter)
    parameter.value -= _gathered(self, state, self.lr * g / (r + self.eps))


@misconception(
    "RMSprop.update",
    "The weight decay is missing: the bare gradient is scaled.",
    see="Build",
)
def decay_left_out(self: RMSprop, i: int, parameter: Parameter) -> None:
    state = self.memory(i)
    state["step"] += 1
    g = -parameter.grad if self.maximize else parameter.grad
    parameter.value -= self.lr * _gathered(self, state, g / (self.size(state, g) + self.eps))


@misconception(
    "RMSprop.update",
    "The steps are not counted. The path is the same, but a state that is saved says that nothing has happened.",
    see="Build",
)
def steps_not_counted(self: RMSprop, i: int, parameter: Parameter) -> None:
    state, g, r = _scaled(self, i, parameter)
    state["step"] -= 1
    parameter.value -= self.lr * _gathered(self, state, g / (r + self.eps))
