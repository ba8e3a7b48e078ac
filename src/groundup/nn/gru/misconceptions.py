"""What people write instead of a GRU."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.activation import sigmoid
from groundup.nn.gru.gru import GRUKind, gates
from groundup.nn.rnn.recurrent import State


def _split(of_input: Array, of_state: Array) -> list[Array]:
    return np.split(of_input, 3, axis=1) + np.split(of_state, 3, axis=1)


@misconception(
    "gates",
    "Reset and update have changed places. Ours stand in torch's order: r, z, n.",
    see="The gates",
)
def update_first(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    z, r, n, z_h, r_h, n_h = _split(of_input, of_state)
    r, z = sigmoid(r + r_h), sigmoid(z + z_h)
    return r, z, np.tanh(n + r * n_h)


@misconception(
    "gates",
    "Your reset gate shuts out the input as well. It stands before the state's part alone.",
    see="The gates",
)
def reset_of_both(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    r, z, n, r_h, z_h, n_h = _split(of_input, of_state)
    r, z = sigmoid(r + r_h), sigmoid(z + z_h)
    return r, z, np.tanh(r * (n + n_h))


@misconception(
    "gates",
    "The reset gate is computed and never used: your candidate sees the whole state.",
    see="The gates",
)
def never_reset(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    r, z, n, r_h, z_h, n_h = _split(of_input, of_state)
    return sigmoid(r + r_h), sigmoid(z + z_h), np.tanh(n + n_h)


@misconception(
    "gates",
    "Your candidate went through a sigmoid, so the state can never become negative.",
    see="The gates",
)
def candidate_by_sigmoid(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    r, z, n, r_h, z_h, n_h = _split(of_input, of_state)
    r, z = sigmoid(r + r_h), sigmoid(z + z_h)
    return r, z, sigmoid(n + r * n_h)


def _of_state(h: Array, w_hh: Array, b_hh: Array | None) -> Array:
    found: Array = h @ w_hh.T + (0 if b_hh is None else b_hh)
    return found


@misconception(
    "GRUKind.step",
    "z and 1 - z have changed places: where the update gate says keep, you take the new. This is torch's order.",
    see="One step",
)
def shares_changed_places(
    self: GRUKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    (h,) = state
    of_state = _of_state(h, w_hh, b_hh)
    r, z, n = gates(of_input, of_state)
    return (z * n + (1 - z) * h,), (r, z, n, of_state[:, -h.shape[1] :], h)


@misconception(
    "GRUKind.step",
    "You gate the state before the product, as in Cho's paper. In torch the reset stands after it, on the bias too.",
    see="One step",
)
def reset_before_the_product(
    self: GRUKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    (h,) = state
    hidden = h.shape[1]
    of_state = _of_state(h, w_hh, b_hh)
    r, z, _ = gates(of_input, of_state)
    late = (r * h) @ w_hh[2 * hidden :].T + (0 if b_hh is None else b_hh[2 * hidden :])
    n = np.tanh(of_input[:, 2 * hidden :] + late)
    return ((1 - z) * n + z * h,), (r, z, n, late, h)


@misconception(
    "GRUKind.step",
    "Your new state adds the whole candidate to what is kept: the shares do not add up to 1, so it can outgrow 1.",
    see="One step",
)
def candidate_whole(
    self: GRUKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    (h,) = state
    of_state = _of_state(h, w_hh, b_hh)
    r, z, n = gates(of_input, of_state)
    return (n + z * h,), (r, z, n, of_state[:, -h.shape[1] :], h)


@misconception(
    "GRUKind.step",
    "The bias of the state's part is missing. Here it cannot be merged with the other: the reset gate acts on it.",
    see="One step",
)
def one_bias(self: GRUKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    (h,) = state
    of_state = _of_state(h, w_hh, None)
    r, z, n = gates(of_input, of_state)
    return ((1 - z) * n + z * h,), (r, z, n, of_state[:, -h.shape[1] :], h)


def _ways(dh: Array, kept: State) -> tuple[Array, Array, Array]:
    r, z, n, n_h, h = kept
    dn = dh * (1 - z) * (1 - n * n)
    return dn * n_h * r * (1 - r), dh * (h - n) * z * (1 - z), dn


@misconception(
    "GRUKind.step_backward",
    "You give both sums the same gradient. The state's candidate passed the reset gate, so its share is dn times r.",
    see="And back",
)
def one_gradient_for_both(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    (dh,) = dstate
    dr, dz, dn = _ways(dh, kept)
    da = np.concatenate([dr, dz, dn], axis=1)
    return da, da, (dh * kept[1] + da @ w_hh,)


@misconception(
    "GRUKind.step_backward",
    "The direct way to the old state is missing: what was kept by z hands its gradient back without any matrix.",
    see="And back",
)
def no_direct_way(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dr, dz, dn = _ways(dstate[0], kept)
    d_hidden = np.concatenate([dr, dz, dn * kept[0]], axis=1)
    return np.concatenate([dr, dz, dn], axis=1), d_hidden, (d_hidden @ w_hh,)


@misconception(
    "GRUKind.step_backward",
    "The old state gets its direct share alone. It also stands in the sum of the gates, behind the recurrent weights.",
    see="And back",
)
def direct_way_alone(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    (dh,) = dstate
    dr, dz, dn = _ways(dh, kept)
    return np.concatenate([dr, dz, dn], axis=1), np.concatenate([dr, dz, dn * kept[0]], axis=1), (dh * kept[1],)


@misconception(
    "GRUKind.step_backward",
    "The update gate's gradient lacks the candidate: raising z adds the old state and takes the new one away.",
    see="And back",
)
def nothing_taken_away(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    (dh,) = dstate
    dr, _, dn = _ways(dh, kept)
    dz = dh * kept[4] * kept[1] * (1 - kept[1])
    d_hidden = np.concatenate([dr, dz, dn * kept[0]], axis=1)
    return np.concatenate([dr, dz, dn], axis=1), d_hidden, (dh * kept[1] + d_hidden @ w_hh,)


@misconception(
    "GRUKind.step_backward",
    "The candidate's gradient lacks the slope of its tanh, and hands the error on to the reset gate.",
    see="And back",
)
def no_slope_of_the_candidate(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    r, z, _, n_h, _ = kept
    (dh,) = dstate
    _, dz, _ = _ways(dh, kept)
    dn = dh * (1 - z)
    dr = dn * n_h * r * (1 - r)
    d_hidden = np.concatenate([dr, dz, dn * r], axis=1)
    return np.concatenate([dr, dz, dn], axis=1), d_hidden, (dh * z + d_hidden @ w_hh,)
