"""What people write instead of an LSTM."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.activation import sigmoid
from groundup.nn.lstm.lstm import LSTMKind, gates
from groundup.nn.rnn.recurrent import State


@misconception(
    "gates",
    "Your third part is the output gate and your fourth the candidate. Ours stand in torch's order: i, f, g, o.",
    see="Four parts",
)
def candidate_last(a: Array) -> tuple[Array, Array, Array, Array]:
    i, f, o, g = np.split(a, 4, axis=1)
    return sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)


@misconception(
    "gates",
    "Your candidate went through a sigmoid, so the cell can only ever be added to, never taken from.",
    see="Four parts",
)
def candidate_by_sigmoid(a: Array) -> tuple[Array, Array, Array, Array]:
    i, f, g, o = np.split(sigmoid(a), 4, axis=1)
    return i, f, g, o


@misconception(
    "gates",
    "Sigmoid and tanh are swapped: your gates run from -1 to 1, and a negative one turns the sign of what passes.",
    see="Four parts",
)
def functions_swapped(a: Array) -> tuple[Array, Array, Array, Array]:
    i, f, g, o = np.split(a, 4, axis=1)
    return np.tanh(i), np.tanh(f), sigmoid(g), np.tanh(o)


@misconception(
    "gates",
    "You take every fourth number for a gate. The sum holds H numbers of one gate, then H of the next.",
    see="Four parts",
)
def every_fourth(a: Array) -> tuple[Array, Array, Array, Array]:
    return sigmoid(a[:, 0::4]), sigmoid(a[:, 1::4]), np.tanh(a[:, 2::4]), sigmoid(a[:, 3::4])


def _stepped(
    of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[Array, Array, Array, Array, Array]:
    return (*gates(of_input + state[0] @ w_hh.T + (0 if b_hh is None else b_hh)), state[1])


@misconception(
    "LSTMKind.step",
    "Forget and input gate have changed places: you keep what should come in, and let in what should stay.",
    see="One step",
)
def gates_changed_places(
    self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    i, f, g, o, c = _stepped(of_input, state, w_hh, b_hh)
    after = i * c + f * g
    squashed = np.tanh(after)
    return (o * squashed, after), (i, f, g, o, c, squashed)


@misconception(
    "LSTMKind.step",
    "The candidate comes in whole: your input gate is computed and never used.",
    see="One step",
)
def no_input_gate(
    self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    i, f, g, o, c = _stepped(of_input, state, w_hh, b_hh)
    after = f * c + g
    squashed = np.tanh(after)
    return (o * squashed, after), (i, f, g, o, c, squashed)


@misconception(
    "LSTMKind.step",
    "You show the cell as it is. It may have grown beyond 1; the output is what tanh makes of it, behind its gate.",
    see="One step",
)
def shown_as_it_is(
    self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    i, f, g, o, c = _stepped(of_input, state, w_hh, b_hh)
    after = f * c + i * g
    return (o * after, after), (i, f, g, o, c, np.tanh(after))


@misconception(
    "LSTMKind.step",
    "You show the cell of the step before: what came in now reaches the output one step late.",
    see="One step",
)
def one_step_late(
    self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    i, f, g, o, c = _stepped(of_input, state, w_hh, b_hh)
    after = f * c + i * g
    return (o * np.tanh(c), after), (i, f, g, o, c, np.tanh(after))


@misconception(
    "LSTMKind.step",
    "The bias of the state's part is missing. As in torch there are two, and the input's part brought only its own.",
    see="One step",
)
def one_bias(self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    i, f, g, o, c = _stepped(of_input, state, w_hh, None)
    after = f * c + i * g
    squashed = np.tanh(after)
    return (o * squashed, after), (i, f, g, o, c, squashed)


def _finished(kept: State, w_hh: Array, dh: Array, dc: Array) -> tuple[Array, Array, State]:
    i, f, g, o, c, squashed = kept
    slopes = [i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)]
    ways = [dc * g, dc * c, dc * i, dh * squashed]
    da = np.concatenate([way * slope for way, slope in zip(ways, slopes, strict=True)], axis=1)
    return da, da, (da @ w_hh, dc * f)


@misconception(
    "LSTMKind.step_backward",
    "The cell's gradient from the future is not carried on: you begin it anew at every step, from the output alone.",
    see="And back",
)
def future_dropped(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dh, o, squashed = dstate[0], kept[3], kept[5]
    return _finished(kept, w_hh, dh, dh * o * (1 - squashed * squashed))


@misconception(
    "LSTMKind.step_backward",
    "The way from the output to the cell lacks the slope of its tanh.",
    see="And back",
)
def no_slope_of_the_cell(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dh, dc = dstate
    return _finished(kept, w_hh, dh, dc + dh * kept[3])


@misconception(
    "LSTMKind.step_backward",
    "You take the slope of tanh at the cell of the step before. It belongs to the value that tanh gave now.",
    see="And back",
)
def slope_of_the_old_cell(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dh, dc = dstate
    before = np.tanh(kept[4])
    return _finished(kept, w_hh, dh, dc + dh * kept[3] * (1 - before * before))


@misconception(
    "LSTMKind.step_backward",
    "The output reaches the loss only through its own gate in your version: dh never enters the cell.",
    see="And back",
)
def output_beside_the_cell(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dh, dc = dstate
    return _finished(kept, w_hh, dh, dc)


@misconception(
    "LSTMKind.step_backward",
    "The cell's gradient passes the forget gate as if it stood open: what was forgotten has no share in the loss.",
    see="And back",
)
def forget_gate_passed_by(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dh, dc = dstate
    dc = dc + dh * kept[3] * (1 - kept[5] * kept[5])
    of_input, of_state, (before, _) = _finished(kept, w_hh, dh, dc)
    return of_input, of_state, (before, dc)


@misconception(
    "LSTMKind.step_backward",
    "The candidate's gradient has a sigmoid's slope. It went through tanh.",
    see="And back",
)
def one_slope_for_all(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    i, f, g, o, c, squashed = kept
    dh, dc = dstate
    dc = dc + dh * o * (1 - squashed * squashed)
    da = np.concatenate(
        [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * g * (1 - g), dh * squashed * o * (1 - o)], axis=1
    )
    return da, da, (da @ w_hh, dc * f)


@misconception(
    "LSTMKind.step_backward",
    "Your gradients end at the gates' outputs. The weights stand before the sigmoids and the tanh: a slope is left.",
    see="And back",
)
def slopes_left_out(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    i, f, g, o, c, squashed = kept
    dh, dc = dstate
    dc = dc + dh * o * (1 - squashed * squashed)
    da = np.concatenate([dc * g, dc * c, dc * i, dh * squashed], axis=1)
    return da, da, (da @ w_hh, dc * f)
