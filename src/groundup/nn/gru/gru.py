"""GRU: two gates, one state. What is new is mixed with what was, in shares that add up to one.

    (1)  [r z n] = Wᵢ xₜ + bᵢ                [r' z' n'] = Wₕ hₜ₋₁ + bₕ                three parts of H, torch's order
    (2)  r = σ(r + r')        z = σ(z + z')                                          reset, update
    (3)  n = tanh(n + r ∘ n')                                                        candidate: r gates the *product*
    (4)  hₜ = (1 - z) ∘ n + z ∘ hₜ₋₁

    (5)  dz = dhₜ ∘ (hₜ₋₁ - n)        dn = dhₜ ∘ (1 - z) ∘ (1 - n²)
    (6)  dn' = dn ∘ r                 dr = dn ∘ n'
    (7)  dz, dr times σ(1 - σ);       dhₜ₋₁ = dhₜ ∘ z + Wₕᵀ [dr dz dn']

The input's part of the gradient is [dr dz dn], the state's part [dr dz dn']: they differ in the last.
Cho's paper applies r to hₜ₋₁ before the product; torch, and this, apply it after (as cuDNN does).
Axes: N sequences, I inputs, H hidden units; W is (3H, I) and (3H, H).
Derivation: lesson.md, "Derive".  Source: Cho et al., EMNLP 2014.
"""

import numpy as np

from groundup.core import Array
from groundup.nn.activation import sigmoid
from groundup.nn.rnn.recurrent import Cell, Kind, Recurrent, State


def gates(of_input: Array, of_state: Array) -> tuple[Array, Array, Array]:
    """Both sums of Eq. 1, each (N, 3H) -> r, z, n, each (N, H), Eqs. 2 and 3."""
    r, z, n = np.split(of_input, 3, axis=1)
    r_h, z_h, n_h = np.split(of_state, 3, axis=1)
    r, z = sigmoid(r + r_h), sigmoid(z + z_h)
    return r, z, np.tanh(n + r * n_h)


class GRUKind(Kind):
    """One moment of a GRU, forward and backward."""

    gates, states = 3, 1

    def step(self, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
        """Wᵢ xₜ + bᵢ (N, 3H), hₜ₋₁ -> hₜ, Eqs. 1 to 4; and (r, z, n, n', hₜ₋₁), which ``step_backward`` takes."""
        (h,) = state
        of_state = h @ w_hh.T + (0 if b_hh is None else b_hh)  # (N, 3H)
        r, z, n = gates(of_input, of_state)
        return ((1 - z) * n + z * h,), (r, z, n, of_state[:, -h.shape[1] :], h)

    def step_backward(self, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
        """dhₜ (N, H) -> [dr dz dn], [dr dz dn'] (N, 3H), and dhₜ₋₁; Eqs. 5 to 7."""
        r, z, n, n_h, h = kept
        (dh,) = dstate
        dn = dh * (1 - z) * (1 - n * n)
        dz = dh * (h - n) * z * (1 - z)
        dr = dn * n_h * r * (1 - r)
        d_hidden = np.concatenate([dr, dz, dn * r], axis=1)  # (N, 3H)
        return np.concatenate([dr, dz, dn], axis=1), d_hidden, (dh * z + d_hidden @ w_hh,)


class GRUCell(GRUKind, Cell):
    """One step: (N, I) and h (N, H) -> h (N, H). Keys: weight_ih, weight_hh, bias_ih, bias_hh.

    Raises ValueError for sizes below 1, TypeError without ``rng``, ShapeError, DtypeError.
    """


class GRU(GRUKind, Recurrent):
    """Map (T, N, I) to (T, N, D·H) by Eqs. 1 to 4 at every step; ``forward`` and ``backward`` as in Recurrent.

    Keys: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, those of further layers, and ..._reverse. Names,
    arguments, gate order and defaults are torch.nn.GRU's. Raises what GRUCell raises.
    """
