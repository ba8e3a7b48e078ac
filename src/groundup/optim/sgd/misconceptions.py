"""What people write instead of stochastic gradient descent."""

from groundup.core import Array, Parameter, misconception
from groundup.optim.sgd.sgd import SGD, decayed


def _down(parameter: Parameter, maximize: bool) -> Array:
    return -parameter.grad if maximize else parameter.grad


@misconception(
    "decayed",
    "The decay has the wrong sign: it pushes every weight away from zero, and they grow without end.",
    see="Derive",
)
def decay_pushes_away(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    return _down(parameter, maximize) - weight_decay * parameter.value


@misconception(
    "decayed",
    "The decay is written into parameter.grad itself. Whoever looks at it next, or steps again, finds it twice.",
    see="Break",
)
def gradient_overwritten(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    if maximize:
        parameter.grad *= -1
    parameter.grad += weight_decay * parameter.value
    return parameter.grad


@misconception(
    "decayed",
    "The decay uses twice the weight: with half of lambda in front of the square, the two cancels.",
    see="Derive",
)
def decay_doubled(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    return _down(parameter, maximize) + 2 * weight_decay * parameter.value


@misconception(
    "decayed",
    "With maximize the decay is turned round as well. It is no part of the objective: it always pulls towards zero.",
    see="Derive",
)
def decay_climbs_too(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    g = parameter.grad + weight_decay * parameter.value
    return -g if maximize else g


@misconception(
    "SGD.velocity",
    "The gradient is weighed with (1 - momentum), which makes a mean of the gradients so far. Here the velocity is "
    "their fading sum, ten times as large at 0.9.",
    see="In the frameworks",
)
def average_instead_of_sum(self: SGD, i: int, g: Array) -> Array:
    old = self.state[i].get("momentum_buffer")
    self.state[i]["momentum_buffer"] = g.copy() if old is None else self.momentum * old + (1 - self.momentum) * g
    return self.state[i]["momentum_buffer"]


@misconception(
    "SGD.velocity",
    "Nothing is remembered from one step to the next: your velocity is always the gradient of this step alone.",
    see="Derive",
)
def velocity_forgotten(self: SGD, i: int, g: Array) -> Array:
    self.state[i]["momentum_buffer"] = g.copy()
    return self.state[i]["momentum_buffer"]


@misconception(
    "SGD.velocity",
    "You keep the gradient's own array as the first velocity. When zero_grad clears that array, the velocity is gone.",
    see="Whose array is it?",
)
def first_gradient_not_copied(self: SGD, i: int, g: Array) -> Array:
    old = self.state[i].get("momentum_buffer")
    self.state[i]["momentum_buffer"] = g if old is None else self.momentum * old + (1 - self.dampening) * g
    return self.state[i]["momentum_buffer"]


@misconception(
    "SGD.velocity",
    "All parameters share one velocity: the second is carried along by the gradient of the first.",
    see="Break",
)
def one_velocity_for_all(self: SGD, i: int, g: Array) -> Array:
    old = self.state[0].get("momentum_buffer")
    self.state[0]["momentum_buffer"] = g.copy() if old is None else self.momentum * old + (1 - self.dampening) * g
    return self.state[0]["momentum_buffer"]


@misconception(
    "SGD.velocity",
    "The first step is damped like the others. It sets the velocity to the gradient itself.",
    see="In the frameworks",
)
def first_step_damped(self: SGD, i: int, g: Array) -> Array:
    old = self.state[i].get("momentum_buffer", 0 * g)
    self.state[i]["momentum_buffer"] = self.momentum * old + (1 - self.dampening) * g
    return self.state[i]["momentum_buffer"]


@misconception(
    "SGD.velocity",
    "Momentum multiplies the new gradient as well as the old velocity.",
    see="Derive",
)
def momentum_on_both(self: SGD, i: int, g: Array) -> Array:
    old = self.state[i].get("momentum_buffer")
    self.state[i]["momentum_buffer"] = g.copy() if old is None else self.momentum * (old + (1 - self.dampening) * g)
    return self.state[i]["momentum_buffer"]


@misconception(
    "SGD.velocity",
    "The learning rate is in your velocity. The step multiplies by it as well, and a changed rate would act late.",
    see="In the frameworks",
)
def rate_inside_the_velocity(self: SGD, i: int, g: Array) -> Array:
    old = self.state[i].get("momentum_buffer")
    self.state[i]["momentum_buffer"] = (
        self.lr * g if old is None else self.momentum * old + self.lr * (1 - self.dampening) * g
    )
    return self.state[i]["momentum_buffer"]


@misconception(
    "SGD.direction",
    "Your direction is the plain velocity. Looking ahead with the velocity from before this gradient gives that, too.",
    see="Derive",
)
def nesterov_ignored(self: SGD, i: int, g: Array) -> Array:
    return self.velocity(i, g) if self.momentum else g


@misconception(
    "SGD.direction",
    "The whole velocity is added to the gradient, not momentum times it: the look ahead is too far.",
    see="Derive",
)
def looks_too_far_ahead(self: SGD, i: int, g: Array) -> Array:
    if not self.momentum:
        return g
    v = self.velocity(i, g)
    return g + v if self.nesterov else v


@misconception(
    "SGD.direction",
    "The velocity moves twice in one step: every call that moves it on counts, also one whose result is thrown away.",
    see="Build",
)
def velocity_moved_twice(self: SGD, i: int, g: Array) -> Array:
    if not self.momentum:
        return g
    self.velocity(i, g)
    return g + self.momentum * self.velocity(i, g) if self.nesterov else self.velocity(i, g)


@misconception(
    "SGD.direction",
    "Only the velocity is scaled and returned: this step's own gradient, which looks ahead, is left out.",
    see="Nesterov's look ahead",
)
def gradient_left_out(self: SGD, i: int, g: Array) -> Array:
    if not self.momentum:
        return g
    v = self.velocity(i, g)
    return self.momentum * v if self.nesterov else v


@misconception(
    "SGD.direction",
    "A velocity is kept even without momentum. It changes no step, but doubles the memory of the optimiser.",
    see="In practice",
)
def velocity_without_momentum(self: SGD, i: int, g: Array) -> Array:
    v = self.velocity(i, g)
    return g + self.momentum * v if self.nesterov else v


@misconception(
    "SGD.update",
    "You step up the slope: the gradient points to where the loss grows.",
    see="Derive",
)
def climbs(self: SGD, i: int, parameter: Parameter) -> None:
    parameter.value += self.lr * self.direction(i, decayed(parameter, self.weight_decay, self.maximize))


@misconception(
    "SGD.update",
    "The learning rate is left out: every step is as long as the direction itself.",
    see="Derive",
)
def learning_rate_left_out(self: SGD, i: int, parameter: Parameter) -> None:
    parameter.value -= self.direction(i, decayed(parameter, self.weight_decay, self.maximize))


@misconception(
    "SGD.update",
    "Your step clears the gradients. They may still be wanted, to be clipped or looked at; zero_grad clears them.",
    see="In practice",
)
def step_clears_gradients(self: SGD, i: int, parameter: Parameter) -> None:
    parameter.value -= self.lr * self.direction(i, decayed(parameter, self.weight_decay, self.maximize))
    parameter.zero_grad()


@misconception(
    "SGD.update",
    "The decay is added to the direction, after the momentum, so it never gathers speed as the gradient does.",
    see="Derive",
)
def decay_after_momentum(self: SGD, i: int, parameter: Parameter) -> None:
    d = self.direction(i, parameter.grad) + self.weight_decay * parameter.value
    parameter.value -= self.lr * d


@misconception(
    "SGD.update",
    "The weight decay is missing: your directions are made from the bare gradients.",
    see="Build",
)
def decay_left_out(self: SGD, i: int, parameter: Parameter) -> None:
    parameter.value -= self.lr * self.direction(i, parameter.grad)


@misconception(
    "SGD.update",
    "The new value is worked out and then dropped: a name of yours points to it, the parameter keeps its old one.",
    see="Build",
)
def value_never_changed(self: SGD, i: int, parameter: Parameter) -> None:
    value = parameter.value
    value = value - self.lr * self.direction(i, decayed(parameter, self.weight_decay, self.maximize))


@misconception(
    "SGD.update",
    "Every parameter uses velocity number 0, so they carry each other along.",
    see="Break",
)
def number_zero_for_all(self: SGD, i: int, parameter: Parameter) -> None:
    parameter.value -= self.lr * self.direction(0, decayed(parameter, self.weight_decay, self.maximize))
