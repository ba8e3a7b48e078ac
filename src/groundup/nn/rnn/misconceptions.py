"""What people write instead of a recurrent network."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.rnn.recurrent import State
from groundup.nn.rnn.rnn import RNNKind, slope


@misconception(
    "slope",
    "You took the tanh of h, which is a tanh already: your slope belongs to a flatter place.",
    see="One step back",
)
def tanh_twice(h: Array, nonlinearity: str = "tanh") -> Array:
    found: Array = 1 - np.tanh(h) ** 2 if nonlinearity == "tanh" else (h > 0).astype(h.dtype)
    return found


@misconception(
    "slope",
    "That is the slope of a sigmoid, h times 1 - h. Ours is tanh.",
    see="One step back",
)
def of_a_sigmoid(h: Array, nonlinearity: str = "tanh") -> Array:
    found: Array = h * (1 - h) if nonlinearity == "tanh" else (h > 0).astype(h.dtype)
    return found


@misconception(
    "slope",
    "Your relu has slope 1 where its output is 0, so gradients pass the units that were off.",
    see="One step back",
)
def relu_always_on(h: Array, nonlinearity: str = "tanh") -> Array:
    found: Array = 1 - h * h if nonlinearity == "tanh" else (h >= 0).astype(h.dtype)
    return found


@misconception(
    "slope",
    "You give tanh's slope for relu as well: the name of the nonlinearity is not asked for.",
    see="One step back",
)
def tanh_for_both(h: Array, nonlinearity: str = "tanh") -> Array:
    found: Array = 1 - h * h
    return found


def _squashed(kind: RNNKind, a: Array) -> tuple[State, State]:
    h = np.tanh(a) if kind.nonlinearity == "tanh" else np.maximum(a, 0)
    return (h,), (h,)


@misconception(
    "RNNKind.step",
    "Your recurrent weights are the wrong way round. The matrix is square, so nothing complains; a row makes a unit.",
    see="One step",
)
def transposed(self: RNNKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    return _squashed(self, of_input + state[0] @ w_hh + (0 if b_hh is None else b_hh))


@misconception(
    "RNNKind.step",
    "The old state is missing: each step of yours begins from nothing, and sees its own input only.",
    see="One step",
)
def no_memory(self: RNNKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    return _squashed(self, of_input + (0 if b_hh is None else b_hh))


@misconception(
    "RNNKind.step",
    "You add the recurrent bias twice. The input's part brought its own, and this one comes once.",
    see="One step",
)
def bias_twice(self: RNNKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    return _squashed(self, of_input + state[0] @ w_hh.T + (0 if b_hh is None else 2 * b_hh))


@misconception(
    "RNNKind.step",
    "You squash the state's part and then add the input's. The nonlinearity stands around the whole sum.",
    see="One step",
)
def half_squashed(self: RNNKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    (h,), _ = _squashed(self, state[0] @ w_hh.T + (0 if b_hh is None else b_hh))
    return (of_input + h,), (of_input + h,)


@misconception(
    "RNNKind.step_backward",
    "On the way back the recurrent weights are to stand the other way round than on the way forward.",
    see="One step back",
)
def transposed_again(self: RNNKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    da = dstate[0] * slope(kept[0], self.nonlinearity)
    return da, da, (da @ w_hh.T,)


@misconception(
    "RNNKind.step_backward",
    "The slope of the nonlinearity is missing: you hand dh on as if the unit were linear.",
    see="One step back",
)
def no_slope(self: RNNKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    return dstate[0], dstate[0], (dstate[0] @ w_hh,)


@misconception(
    "RNNKind.step_backward",
    "Your slope reached the weights, but not the old state: its gradient passes the same nonlinearity.",
    see="One step back",
)
def state_past_the_slope(self: RNNKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    da = dstate[0] * slope(kept[0], self.nonlinearity)
    return da, da, (dstate[0] @ w_hh,)


@misconception(
    "RNNKind.step_backward",
    "The old state's gradient stops here: nothing of the loss goes further back than one step.",
    see="Through time",
)
def nothing_handed_back(self: RNNKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    da = dstate[0] * slope(kept[0], self.nonlinearity)
    return da, da, (np.zeros_like(da),)


@misconception(
    "gradient_reach",
    "You note the norm after the step back, so every number belongs to the state before the one it stands at.",
    see="Through time",
)
def one_step_early(dlast: Array, hs: Array, w_hh: Array, nonlinearity: str = "tanh") -> Array:
    norms, dh = np.zeros(len(hs), hs.dtype), dlast
    for t in range(len(hs) - 1, -1, -1):
        dh = (dh * slope(hs[t], nonlinearity)) @ w_hh
        norms[t] = np.linalg.norm(dh)
    return norms


@misconception(
    "gradient_reach",
    "You go from the first step to the last. The gradient arrives at the end and travels back.",
    see="Through time",
)
def forward_in_time(dlast: Array, hs: Array, w_hh: Array, nonlinearity: str = "tanh") -> Array:
    norms, dh = np.zeros(len(hs), hs.dtype), dlast
    for t in range(len(hs)):
        norms[t] = np.linalg.norm(dh)
        dh = (dh * slope(hs[t], nonlinearity)) @ w_hh
    return norms


@misconception(
    "gradient_reach",
    "Your gradient passes the weights alone. Each step back has the slope of that step's state in it, too.",
    see="Through time",
)
def powers_of_the_weights(dlast: Array, hs: Array, w_hh: Array, nonlinearity: str = "tanh") -> Array:
    norms, dh = np.zeros(len(hs), hs.dtype), dlast
    for t in range(len(hs) - 1, -1, -1):
        norms[t] = np.linalg.norm(dh)
        dh = dh @ w_hh
    return norms
