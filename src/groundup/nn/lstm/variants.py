"""The LSTM's moment written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.nn.activation import sigmoid
from groundup.nn.lstm.lstm import LSTMKind, gates
from groundup.nn.rnn.recurrent import State


@variant("gates", "slices, and a sigmoid made of tanh")
def one_tanh_for_all(a: Array) -> tuple[Array, Array, Array, Array]:
    size = a.shape[1] // 4
    half = np.full(4 * size, 0.5, a.dtype)
    half[2 * size : 3 * size] = 1
    t = np.tanh(a * half)
    opened = (1 + t) / 2
    return opened[:, :size], opened[:, size : 2 * size], t[:, 2 * size : 3 * size], opened[:, 3 * size :]


@variant("gates", "an axis of four, and exponentials")
def an_axis_of_four(a: Array) -> tuple[Array, Array, Array, Array]:
    parts = a.reshape(len(a), 4, -1)
    i, f, o = (1 / (1 + np.exp(-parts[:, k])) for k in (0, 1, 3))
    return i, f, np.tanh(parts[:, 2]), o


@variant("LSTMKind.step", "a product for each gate")
def four_products(
    self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    h, c = state
    sums = []
    for k, of_gate in enumerate(np.split(w_hh, 4)):
        part = slice(k * len(of_gate), (k + 1) * len(of_gate))
        total = of_input[:, part] + h @ of_gate.T
        sums.append(total if b_hh is None else total + b_hh[part])
    i, f, g, o = sigmoid(sums[0]), sigmoid(sums[1]), np.tanh(sums[2]), sigmoid(sums[3])
    after = c * f
    after += g * i
    squashed = np.tanh(after)
    return (squashed * o, after), (i, f, g, o, c, squashed)


@variant("LSTMKind.step", "einsum for the product, and for what is kept and what is new")
def kept_and_new_by_einsum(
    self: LSTMKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    a = np.einsum("nk,gk->ng", state[0], w_hh) + of_input
    if b_hh is not None:
        a += b_hh
    i, f, g, o = gates(a)
    c = state[1]
    after = np.einsum("knh,knh->nh", np.stack([f, i]), np.stack([c, g]))
    return (o * np.tanh(after), after), (i, f, g, o, c, np.tanh(after))


@variant("LSTMKind.step_backward", "written into an array of four parts, with slopes multiplied out")
def into_four_parts(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    i, f, g, o, c, squashed = kept
    dh, dc = dstate
    h = o * squashed
    dc = dc + dh * (o - h * squashed)
    da = np.empty((len(dh), 4, dh.shape[1]), dh.dtype)
    da[:, 0] = dc * g * (i - i**2)
    da[:, 1] = dc * c * (f - f**2)
    da[:, 2] = dc * (i - i * g**2)
    da[:, 3] = dh * (h - h * o)
    rows = da.reshape(len(dh), -1)
    return rows, rows, (rows @ w_hh, dc * f)


@variant("LSTMKind.step_backward", "a product back for each gate, their results added up")
def gate_by_gate(self: LSTMKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    i, f, g, o, c, squashed = kept
    dcell = dstate[1] + dstate[0] * o * (1 - squashed) * (1 + squashed)
    ways = [dcell * g, dcell * c, dcell * i, dstate[0] * squashed]
    slopes = [i * (1 - i), f * (1 - f), (1 - g) * (1 + g), o * (1 - o)]
    das = [way * slope for way, slope in zip(ways, slopes, strict=True)]
    before = np.zeros_like(dstate[0])
    for da, of_gate in zip(das, np.split(w_hh, 4), strict=True):
        before += np.einsum("nh,hk->nk", da, of_gate)
    joined = np.hstack(das)
    return joined, joined.copy(), (before, f * dcell)
