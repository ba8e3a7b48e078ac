"""The GRU's moment written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.nn.activation import sigmoid
from groundup.nn.gru.gru import GRUKind, gates
from groundup.nn.rnn.recurrent import State


@variant("gates", "slices, both gates in one sigmoid")
def both_in_one_sigmoid(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    size = of_input.shape[1] // 3
    both = sigmoid(of_input[:, : 2 * size] + of_state[:, : 2 * size])
    r, z = both[:, :size], both[:, size:]
    return r, z, np.tanh(of_input[:, 2 * size :] + r * of_state[:, 2 * size :])


@variant("gates", "an axis of three, tanh for the gates and exponentials for the candidate")
def an_axis_of_three(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    from_input, from_state = (a.reshape(len(a), 3, -1) for a in (of_input, of_state))
    r, z = ((1 + np.tanh((from_input[:, k] + from_state[:, k]) / 2)) / 2 for k in (0, 1))
    growth = np.exp(-2 * (from_input[:, 2] + r * from_state[:, 2]))
    return r, z, (1 - growth) / (1 + growth)


@variant("GRUKind.step", "from the candidate, a share of the way to the old state")
def a_share_of_the_way(
    self: GRUKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    h = state[0]
    of_state = np.einsum("nk,gk->ng", h, w_hh)
    if b_hh is not None:
        of_state += b_hh
    r, z, n = gates(of_input, of_state)
    return (n + z * (h - n),), (r, z, n, np.split(of_state, 3, axis=1)[2], h)


@variant("GRUKind.step", "three products, and the gates written out")
def three_products(
    self: GRUKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    h = state[0]
    x_r, x_z, x_n = np.split(of_input, 3, axis=1)
    h_r, h_z, h_n = (h @ w.T for w in np.split(w_hh, 3))
    if b_hh is not None:
        b_r, b_z, b_n = np.split(b_hh, 3)
        h_r, h_z, h_n = h_r + b_r, h_z + b_z, h_n + b_n
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + h_n * r)
    return (z * h + n - z * n,), (r, z, n, h_n, h)


@variant("GRUKind.step_backward", "both sums' gradients in arrays of three parts")
def into_three_parts(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    r, z, n, n_h, h = kept
    dh = dstate[0]
    d_input = np.empty((len(dh), 3, dh.shape[1]), dh.dtype)
    d_input[:, 2] = (dh - dh * z) * (1 - n) * (1 + n)
    d_input[:, 1] = (dh * h - dh * n) * (z - z**2)
    d_input[:, 0] = d_input[:, 2] * n_h * (r - r**2)
    d_state = d_input.copy()
    d_state[:, 2] *= r
    rows = d_state.reshape(len(dh), -1)
    before = rows @ w_hh
    before += dh * z
    return d_input.reshape(len(dh), -1), rows, (before,)


@variant("GRUKind.step_backward", "a product back for each part, added up")
def part_by_part(self: GRUKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    r, z, n, n_h, h = kept
    (dh,) = dstate
    d_candidate = dh * (1 - z)
    da_n = d_candidate - d_candidate * n * n
    da_z = (h - n) * dh * z * (1 - z)
    da_n_h = da_n * r
    da_r = da_n_h * n_h * (1 - r)  # r of its own slope is in da_n_h
    before = z * dh
    for da, w in zip((da_r, da_z, da_n_h), np.split(w_hh, 3), strict=True):
        before = before + np.einsum("nh,hk->nk", da, w)
    return np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n_h]), (before,)
