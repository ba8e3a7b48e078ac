"""Adam written another way, and just as right."""

from math import expm1, log, sqrt

import numpy as np

from groundup.core import Array, Parameter, StateDict, variant
from groundup.optim.adam.adam import Adam, AdamW
from groundup.optim.sgd import decayed


@variant("Adam.remember", "all as new arrays")
def new_arrays(self: Adam, state: StateDict, g: Array) -> None:
    b1, b2 = self.betas
    state["exp_avg"] = b1 * state["exp_avg"] + (1 - b1) * g
    state["exp_avg_sq"] = b2 * state["exp_avg_sq"] + (1 - b2) * g**2
    state["step"] = state["step"] + 1
    if self.amsgrad:
        larger = state["exp_avg_sq"] > state["max_exp_avg_sq"]
        state["max_exp_avg_sq"] = np.where(larger, state["exp_avg_sq"], state["max_exp_avg_sq"])


@variant("Adam.remember", "each mean goes a share of the way to what came")
def share_of_the_way(self: Adam, state: StateDict, g: Array) -> None:
    for name, beta, came in zip(("exp_avg", "exp_avg_sq"), self.betas, (g, g * g), strict=True):
        state[name] += (1 - beta) * (came - state[name])
    if "max_exp_avg_sq" in state:
        highest, v = state["max_exp_avg_sq"], state["exp_avg_sq"]
        highest[v > highest] = v[v > highest]
    state["step"] += 1


@variant("Adam.corrections", "the sum of the weights of all gradients")
def sum_of_weights(self: Adam, t: float) -> tuple[float, float]:
    b1, b2 = self.betas
    steps = range(int(t))
    return (1 - b1) * sum(b1**k for k in steps), (1 - b2) * sum(b2**k for k in steps)


@variant("Adam.corrections", "exponential and logarithm")
def exponential_and_logarithm(self: Adam, t: float) -> tuple[float, float]:
    b1, b2 = (-expm1(t * log(b)) if b else 1.0 for b in self.betas)
    return b1, b2


@variant("Adam.direction", "the corrections gathered in one factor, as in section 2 of the paper")
def one_factor(self: Adam, state: StateDict) -> Array:
    of_mean, of_squares = self.corrections(float(state["step"]))
    v = state["max_exp_avg_sq"] if self.amsgrad else state["exp_avg_sq"]
    root = sqrt(of_squares)
    d: Array = root / of_mean * state["exp_avg"] / (np.sqrt(v) + root * self.eps)
    return d


@variant("Adam.direction", "in steps, in place, the powers worked out here")
def in_steps(self: Adam, state: StateDict) -> Array:
    t, (b1, b2) = int(state["step"]), self.betas
    size = np.array(state.get("max_exp_avg_sq", state["exp_avg_sq"]))
    size /= 1 - b2**t
    np.sqrt(size, out=size)
    size += self.eps
    d: Array = state["exp_avg"] / (1 - b1**t) / size
    return d


@variant("Adam.update", "the decay worked out here")
def decay_worked_out(self: Adam, i: int, parameter: Parameter) -> None:
    sign = -1.0 if self.maximize else 1.0
    self.descend(i, parameter, sign * parameter.grad + self.weight_decay * parameter.value)


@variant("Adam.update", "without descend, the value written back")
def without_descend(self: Adam, i: int, parameter: Parameter) -> None:
    state = self.memory(i)
    self.remember(state, decayed(parameter, self.weight_decay, self.maximize))
    parameter.value[...] = parameter.value - self.lr * self.direction(state)


@variant("AdamW.update", "the decay from the value that was, taken off after the step")
def decay_of_what_was(self: AdamW, i: int, parameter: Parameter) -> None:
    taken = self.lr * self.weight_decay * parameter.value
    self.descend(i, parameter, -parameter.grad if self.maximize else parameter.grad)
    parameter.value -= taken


@variant("AdamW.update", "both in one line")
def both_in_one_line(self: AdamW, i: int, parameter: Parameter) -> None:
    state = self.memory(i)
    self.remember(state, parameter.grad * (-1.0) ** self.maximize)
    parameter.value -= self.lr * (self.weight_decay * parameter.value + self.direction(state))
