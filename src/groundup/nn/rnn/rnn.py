"""RNN: a network that reads a sequence step by step and hands its state on.

    (1)  aₜ = Wᵢ xₜ + bᵢ + Wₕ hₜ₋₁ + bₕ
    (2)  hₜ = φ(aₜ)                                     φ is tanh, or relu

The same weights serve every step, and hₜ depends on all that came before. Back through time, with dhₜ the gradient
that reaches hₜ from its output and from step t + 1:

    (3)  daₜ = dhₜ ∘ φ'(aₜ)
    (4)  dhₜ₋₁ += Wₕᵀ daₜ        dxₜ = Wᵢᵀ daₜ
    (5)  dWᵢ = Σₜ daₜ xₜᵀ        dWₕ = Σₜ daₜ hₜ₋₁ᵀ        dbᵢ = dbₕ = Σₜ daₜ

Eq. 4 multiplies by Wₕᵀ at every step: over k steps the gradient shrinks or grows like the k-th power of its size.
Axes: N sequences, I inputs, H hidden units; W is (H, I) and (H, H).
Derivation: lesson.md, "Derive".  Sources: Elman, Cognitive Science 14 (1990); Werbos, Proceedings of the IEEE 78
(1990).
"""

import numpy as np

from groundup.core import Array, Rng
from groundup.nn.rnn.recurrent import Cell, Kind, Recurrent, State


def slope(h: Array, nonlinearity: str = "tanh") -> Array:
    """φ'(a) from h = φ(a): neither function needs a itself."""
    found: Array = 1 - h * h if nonlinearity == "tanh" else (h > 0).astype(h.dtype)
    return found


def gradient_reach(dlast: Array, hs: Array, w_hh: Array, nonlinearity: str = "tanh") -> Array:
    """How much of the last state's gradient (N, H) arrives at each state hs (T, N, H): T norms, Eqs. 3 and 4."""
    norms, dh = np.zeros(len(hs), hs.dtype), dlast
    for t in range(len(hs) - 1, -1, -1):
        norms[t] = np.linalg.norm(dh)
        dh = (dh * slope(hs[t], nonlinearity)) @ w_hh
    return norms


class RNNKind(Kind):
    """One moment of an RNN, forward and backward."""

    gates, states = 1, 1
    nonlinearity = "tanh"

    def step(self, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
        """Wᵢ xₜ + bᵢ (N, H) and hₜ₋₁ -> hₜ, Eqs. 1 and 2; hₜ is all that backward needs."""
        a = of_input + state[0] @ w_hh.T + (0 if b_hh is None else b_hh)  # (N, H)
        h = np.tanh(a) if self.nonlinearity == "tanh" else np.maximum(a, 0)
        return (h,), (h,)

    def step_backward(self, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
        """dhₜ (N, H) -> daₜ twice, for the input's part and the state's, and dhₜ₋₁; Eqs. 3 and 4."""
        (h,) = kept
        da = dstate[0] * slope(h, self.nonlinearity)
        return da, da, (da @ w_hh,)


def expect_nonlinearity(who: str, name: str) -> str:
    """ "tanh" or "relu". Raises ValueError."""
    if name not in ("tanh", "relu"):
        raise ValueError(f"{who}: expected nonlinearity to be 'tanh' or 'relu', got {name!r}")
    return name


class RNNCell(RNNKind, Cell):
    """One step: (N, I) and h (N, H) -> h (N, H), Eqs. 1 and 2. Keys: weight_ih, weight_hh, bias_ih, bias_hh.

    Raises ValueError for sizes below 1 or another nonlinearity, TypeError without ``rng``, ShapeError, DtypeError.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        rng: Rng | None = None,
    ) -> None:
        self.nonlinearity = expect_nonlinearity("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, bias, rng=rng)


class RNN(RNNKind, Recurrent):
    """Map (T, N, I) to (T, N, D·H) by Eqs. 1 and 2 at every step; ``forward`` and ``backward`` as in Recurrent.

    Keys: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, those of further layers, and ..._reverse. Names,
    arguments, order and defaults are torch.nn.RNN's. Raises what RNNCell raises.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        rng: Rng | None = None,
    ) -> None:
        self.nonlinearity = expect_nonlinearity("RNN", nonlinearity)
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng=rng)
