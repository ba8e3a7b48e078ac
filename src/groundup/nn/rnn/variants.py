"""The RNN's moment written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.nn.rnn.recurrent import State
from groundup.nn.rnn.rnn import RNNKind, slope


@variant("slope", "the product of two sums, and where in place of a comparison")
def two_factors(h: Array, nonlinearity: str = "tanh") -> Array:
    found: Array = (1 + h) * (1 - h) if nonlinearity == "tanh" else np.where(h > 0, np.ones_like(h), 0)
    return found


@variant("slope", "one number after the other; and the sign")
def one_number_each(h: Array, nonlinearity: str = "tanh") -> Array:
    if nonlinearity == "relu":
        return np.sign(np.maximum(h, 0))
    found = np.empty_like(h)
    for at, value in np.ndenumerate(h):
        found[at] = 1 - value**2
    return found


@variant("RNNKind.step", "einsum for the product, exponentials for tanh")
def einsum_and_exponentials(
    self: RNNKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None
) -> tuple[State, State]:
    a = of_input + np.einsum("nk,hk->nh", state[0], w_hh)
    if b_hh is not None:
        a = a + b_hh
    h = 1 - 2 / (np.exp(2 * a) + 1) if self.nonlinearity == "tanh" else a * (a > 0)
    return (h,), (h,)


@variant("RNNKind.step", "one sequence after the other")
def one_by_one(self: RNNKind, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
    h = np.empty_like(of_input)
    for n, row in enumerate(of_input):
        a = row + w_hh @ state[0][n]
        if b_hh is not None:
            a += b_hh
        h[n] = np.tanh(a) if self.nonlinearity == "tanh" else np.where(a > 0, a, 0)
    return (h,), (h,)


@variant("RNNKind.step_backward", "the slope written out, the product by einsum")
def slope_written_out(self: RNNKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    dh, h = dstate[0], kept[0]
    da = dh - dh * h * h if self.nonlinearity == "tanh" else np.where(h > 0, dh, 0)
    return da, da.copy(), (np.einsum("nh,hk->nk", da, w_hh),)


@variant("RNNKind.step_backward", "columns in place of rows, one sequence after the other")
def columns(self: RNNKind, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
    da, before = np.empty_like(dstate[0]), np.empty_like(dstate[0])
    for n, (dh, h) in enumerate(zip(dstate[0], kept[0], strict=True)):
        da[n] = dh * slope(h, self.nonlinearity)
        before[n] = w_hh.T @ da[n]
    return da, da, (before,)


@variant("gradient_reach", "from the end, gathered in a list and turned round")
def gathered(dlast: Array, hs: Array, w_hh: Array, nonlinearity: str = "tanh") -> Array:
    norms, dh = [], dlast
    for h in hs[::-1]:
        norms.append(np.sqrt((dh**2).sum()))
        dh = (dh * slope(h, nonlinearity)) @ w_hh
    return np.array(norms[::-1], hs.dtype)


@variant("gradient_reach", "all gradients first, then all norms")
def norms_at_the_end(dlast: Array, hs: Array, w_hh: Array, nonlinearity: str = "tanh") -> Array:
    dhs, slopes = np.zeros_like(hs), slope(hs, nonlinearity)
    dhs[-1] = dlast
    for t in range(len(hs) - 2, -1, -1):
        dhs[t] = np.einsum("nh,nh,hk->nk", dhs[t + 1], slopes[t + 1], w_hh)
    norms: Array = np.linalg.norm(dhs.reshape(len(hs), -1), axis=1)
    return norms
