"""LSTM: a state that is added to, behind gates that open and close.

    (1)  [i f g o] = Wᵢ xₜ + bᵢ + Wₕ hₜ₋₁ + bₕ                 four parts of H, in torch's order
    (2)  i = σ(i)    f = σ(f)    g = tanh(g)    o = σ(o)      input, forget, candidate, output
    (3)  cₜ = f ∘ cₜ₋₁ + i ∘ g                                the cell: what is kept, and what is new
    (4)  hₜ = o ∘ tanh(cₜ)

    (5)  do = dhₜ ∘ tanh(cₜ)            dcₜ += dhₜ ∘ o ∘ (1 - tanh²(cₜ))
    (6)  di = dcₜ ∘ g    df = dcₜ ∘ cₜ₋₁    dg = dcₜ ∘ i    dcₜ₋₁ = dcₜ ∘ f
    (7)  each times the slope of its own gate, σ(1 - σ) or 1 - tanh²; then as Eqs. 4 and 5 of nn.rnn

Eq. 6 hands dc on by f alone, with no matrix in between: where the forget gate is open, a gradient lasts.
Axes: N sequences, I inputs, H hidden units; W is (4H, I) and (4H, H).
Derivation: lesson.md, "Derive".  Sources: Hochreiter and Schmidhuber, Neural Computation 9 (1997); the forget gate:
Gers, Schmidhuber and Cummins, Neural Computation 12 (2000).
"""

import numpy as np

from groundup.core import Array
from groundup.nn.activation import sigmoid
from groundup.nn.rnn.recurrent import Cell, Kind, Recurrent, State


def gates(a: Array) -> tuple[Array, Array, Array, Array]:
    """The sum of Eq. 1 (N, 4H) -> i, f, g, o, each (N, H) and through its own function, Eq. 2."""
    i, f, g, o = np.split(a, 4, axis=1)
    return sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)


class LSTMKind(Kind):
    """One moment of an LSTM, forward and backward."""

    gates, states = 4, 2

    def step(self, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
        """Wᵢ xₜ + bᵢ (N, 4H), (hₜ₋₁, cₜ₋₁) -> (hₜ, cₜ), Eqs. 1 to 4; and what ``step_backward`` needs."""
        h, c = state
        i, f, g, o = gates(of_input + h @ w_hh.T + (0 if b_hh is None else b_hh))
        after = f * c + i * g
        squashed = np.tanh(after)
        return (o * squashed, after), (i, f, g, o, c, squashed)

    def step_backward(self, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
        """(dhₜ, dcₜ) -> the gradient of Eq. 1's sum twice, and (dhₜ₋₁, dcₜ₋₁); Eqs. 5 to 7."""
        i, f, g, o, c, squashed = kept
        dh, dc = dstate
        dc = dc + dh * o * (1 - squashed * squashed)
        do = dh * squashed
        di, df, dg = dc * g, dc * c, dc * i
        da = np.concatenate(  # (N, 4H)
            [di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)], axis=1
        )
        return da, da, (da @ w_hh, dc * f)


class LSTMCell(LSTMKind, Cell):
    """One step: (N, I) and (h, c), each (N, H) -> (h, c). Keys: weight_ih, weight_hh, bias_ih, bias_hh.

    Raises ValueError for sizes below 1, TypeError without ``rng`` or for half a state, ShapeError, DtypeError.
    """


class LSTM(LSTMKind, Recurrent):
    """Map (T, N, I) to (T, N, D·H) by Eqs. 1 to 4 at every step; ``forward`` and ``backward`` as in Recurrent.

    Keys: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, those of further layers, and ..._reverse. Names,
    arguments, gate order and defaults are torch.nn.LSTM's; projections (proj_size) are not built here. Raises what
    LSTMCell raises.
    """
