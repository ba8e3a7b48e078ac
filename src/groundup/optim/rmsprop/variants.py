"""Adagrad and RMSprop written another way, and just as right."""

import numpy as np

from groundup.core import Array, Parameter, StateDict, variant
from groundup.optim.rmsprop.rmsprop import Adagrad, RMSprop
from groundup.optim.sgd import decayed


@variant("Adagrad.direction", "a new sum at every step")
def sum_made_anew(self: Adagrad, state: StateDict, g: Array) -> Array:
    state["sum"] = state["sum"] + np.square(g)
    size: Array = np.power(state["sum"], 0.5) + self.eps
    return np.divide(g, size)


@variant("Adagrad.direction", "the new root as the length of the old root and g")
def length_of_root_and_g(self: Adagrad, state: StateDict, g: Array) -> Array:
    root = np.hypot(np.sqrt(state["sum"]), g)
    state["sum"][...] = root**2
    return g / (root + self.eps)


@variant("Adagrad.direction", "entry by entry")
def entry_by_entry(self: Adagrad, state: StateDict, g: Array) -> Array:
    d = np.empty_like(g)
    for place in np.ndindex(*g.shape):
        state["sum"][place] += g[place] ** 2
        d[place] = g[place] / (state["sum"][place] ** 0.5 + self.eps)
    return d


@variant("Adagrad.rate", "the fraction multiplied out")
def multiplied_out(self: Adagrad, t: int) -> float:
    return self.lr / (1 - self.lr_decay + t * self.lr_decay)


@variant("Adagrad.rate", "a divisor that grows step by step")
def divisor_step_by_step(self: Adagrad, t: int) -> float:
    divisor = 1.0
    for _ in range(1, t):
        divisor += self.lr_decay
    return self.lr * divisor**-1


@variant("RMSprop.size", "both means as new arrays")
def means_made_anew(self: RMSprop, state: StateDict, g: Array) -> Array:
    a = self.alpha
    s = state["square_avg"] = a * state["square_avg"] + (1 - a) * g**2
    if self.centered:
        m = state["grad_avg"] = a * state["grad_avg"] + (1 - a) * g
        s = (s - m * m).clip(min=0)
    return np.array(s**0.5)


@variant("RMSprop.size", "each mean goes a share of the way to what came")
def share_of_the_way(self: RMSprop, state: StateDict, g: Array) -> Array:
    share = 1 - self.alpha
    state["square_avg"] += share * (g * g - state["square_avg"])
    root = np.sqrt(np.maximum(state["square_avg"], 0))
    if not self.centered:
        return root
    m = state["grad_avg"]
    m += share * (g - m)
    return np.sqrt(np.maximum((root - m) * (root + m), 0))


@variant("RMSprop.update", "a new value and a new buffer")
def new_arrays(self: RMSprop, i: int, parameter: Parameter) -> None:
    state = self.memory(i)
    g = decayed(parameter, self.weight_decay, self.maximize)
    u = np.divide(g, self.size(state, g) + self.eps)
    if "momentum_buffer" in state:
        u = state["momentum_buffer"] = self.momentum * state["momentum_buffer"] + u
    state["step"] = state["step"] + 1
    parameter.value[...] = parameter.value - self.lr * u


@variant("RMSprop.update", "the decay worked out here, two ends")
def two_ends(self: RMSprop, i: int, parameter: Parameter) -> None:
    state, sign = self.memory(i), -1.0 if self.maximize else 1.0
    state["step"] += 1
    g = sign * parameter.grad + self.weight_decay * parameter.value
    u = g * (self.size(state, g) + self.eps) ** -1
    if self.momentum == 0:
        parameter.value += -self.lr * u
        return
    np.add(state["momentum_buffer"] * self.momentum, u, out=state["momentum_buffer"])
    parameter.value += -self.lr * state["momentum_buffer"]
