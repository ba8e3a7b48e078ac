"""Gradient descent written another way, and just as right."""

import numpy as np

from groundup.core import Array, Parameter, variant
from groundup.optim.sgd.sgd import SGD, decayed


@variant("decayed", "a copy that is added to in place")
def copy_then_add(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    g = parameter.grad.copy()
    if maximize:
        np.negative(g, out=g)
    g += weight_decay * parameter.value
    return g


@variant("decayed", "one formula with a sign")
def sign_times_gradient(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    sign = 1 - 2 * int(maximize)
    return np.add(sign * parameter.grad, np.multiply(parameter.value, weight_decay))


@variant("SGD.velocity", "a new array at every step")
def velocity_made_anew(self: SGD, i: int, g: Array) -> Array:
    old = self.state[i].get("momentum_buffer")
    v = np.array(g) if old is None else self.momentum * old + (1 - self.dampening) * g
    self.state[i] = {"momentum_buffer": v}
    return v


@variant("SGD.velocity", "zeros to begin with, and a first step that is not damped")
def velocity_from_zeros(self: SGD, i: int, g: Array) -> Array:
    share = 1 - self.dampening if self.state[i] else 1.0
    v = self.memory(i)["momentum_buffer"]
    v[...] = self.momentum * v + share * g
    return v.copy()


@variant("SGD.direction", "the velocity times a factor, or added to")
def three_branches(self: SGD, i: int, g: Array) -> Array:
    if self.momentum == 0:
        return np.array(g)
    d = np.array(self.velocity(i, g))
    if self.nesterov:
        d *= self.momentum
        d += g
    return d


@variant("SGD.direction", "by what the velocity was before the step")
def from_the_old_velocity(self: SGD, i: int, g: Array) -> Array:
    first, mu = not self.state[i], self.momentum
    before = np.zeros_like(g) if first or not mu else self.state[i]["momentum_buffer"].copy()
    if mu:
        self.velocity(i, g)
    now = mu * before + (g if first else (1 - self.dampening) * g)
    return g + mu * now if self.nesterov else now if mu else g


@variant("SGD.update", "a new value, written back")
def written_back(self: SGD, i: int, parameter: Parameter) -> None:
    d = self.direction(i, decayed(parameter, self.weight_decay, self.maximize))
    parameter.value[...] = parameter.value + -self.lr * d


@variant("SGD.update", "entry by entry")
def entry_by_entry(self: SGD, i: int, parameter: Parameter) -> None:
    d = self.direction(i, decayed(parameter, weight_decay=self.weight_decay, maximize=self.maximize))
    for place in np.ndindex(*parameter.shape):
        parameter.value[place] -= self.lr * d[place]


@variant("SGD.update", "the decay worked out here")
def decay_worked_out(self: SGD, i: int, parameter: Parameter) -> None:
    sign = -1.0 if self.maximize else 1.0
    g = sign * parameter.grad + self.weight_decay * parameter.value
    np.subtract(parameter.value, self.lr * self.direction(i, g), out=parameter.value)
