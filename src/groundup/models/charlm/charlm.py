"""CharLM: a language model over characters. It reads a text and says, at each place, what may come next.

    (1)  eₜ = E[xₜ]                                   a vector for each character
    (2)  hₜ, sₜ = RNN(eₜ, sₜ₋₁)                        an RNN, LSTM or GRU, in layers
    (3)  zₜ = W hₜ + b,   P(xₜ₊₁ | x₁ ... xₜ) = softmax(zₜ)
    (4)  L = -1/(TN) Σ log P(xₜ₊₁ | x₁ ... xₜ)          nats a character; e^L is the perplexity

To write, draw from (3), feed what was drawn back in, and go on. A temperature τ divides z first: below 1 it keeps to
what is likely, above 1 it dares more. With ``tied`` the same matrix is E and W, and hidden and embedding widths agree.
Axes: T steps, N texts, V characters; ids are (T, N), logits (T, N, V).
Derivation: lesson.md, "Derive".  Sources: Sutskever, Martens, Hinton, ICML 2011; Karpathy's char-rnn (2015).
"""

from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, expect_in, expect_positive, generator
from groundup.nn.embedding import Embedding
from groundup.nn.gru import GRU
from groundup.nn.linear import Linear
from groundup.nn.lstm import LSTM
from groundup.nn.rnn import RNN

CELLS: dict[str, type[RNN] | type[LSTM] | type[GRU]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


class CharLM(Layer):
    """Map ids (T, N) and a state to logits (T, N, V) and the state after, Eqs. 1 to 3.

    State keys: ``embedding.weight``, ``rnn.weight_ih_l0`` ..., ``head.weight``, ``head.bias``.
    Raises ValueError for sizes below 1, another cell, or tied weights of two widths; TypeError without ``rng``.
    """

    def __init__(
        self,
        vocabulary: int,
        embedding_dim: int = 64,
        hidden_size: int = 128,
        num_layers: int = 1,
        cell: str = "lstm",
        dropout: float = 0.0,
        tied: bool = False,
        *,
        rng: Rng | None = None,
    ) -> None:
        expect_positive("CharLM", vocabulary=vocabulary)
        if cell not in CELLS:
            raise ValueError(f"CharLM: expected cell to be one of {', '.join(CELLS)}, got {cell!r}")
        if tied and embedding_dim != hidden_size:
            raise ValueError(f"CharLM: expected one width with tied weights, got {embedding_dim} and {hidden_size}")
        draw = generator("CharLM", rng)
        self.vocabulary = vocabulary
        self.embedding = Embedding(vocabulary, embedding_dim, rng=draw)
        self.rnn = CELLS[cell](embedding_dim, hidden_size, num_layers, dropout=dropout, rng=draw)
        self.head = Linear(hidden_size, vocabulary, rng=draw)
        if tied:
            self.head.weight = self.embedding.weight

    def forward(self, ids: IntArray, state: Any = None) -> tuple[Array, Any]:
        """(T, N) -> logits (T, N, V), and the state with which the text goes on."""
        y, after = self.read(ids, state)
        return self.head(y), after

    def backward(self, dlogits: Array) -> None:
        """(T, N, V) -> nothing: what came in were ids. Gradients stop at the state that was given (truncation)."""
        self.read_backward(self.rnn.backward(self.head.backward(dlogits))[0])

    def read(self, ids: IntArray, state: Any) -> tuple[Array, Any]:
        """Eqs. 1 and 2: an LSTM looks its inputs up by itself, see nn.lstm.fast."""
        if isinstance(self.rnn, LSTM):
            return self.rnn.forward_tokens(ids, self.embedding, state)
        found: tuple[Array, Any] = self.rnn(self.embedding(ids), state)
        return found

    def read_backward(self, dx: Array | None) -> None:
        """Eq. 1 back, where the recurrent layer has not done it."""
        if dx is not None:
            self.embedding.backward(dx)

    def generate(self, prompt: IntArray, steps: int, temperature: float = 1.0, *, rng: Rng | None = None) -> IntArray:
        """Ids (P,) -> ids (P + steps,): the prompt and what is drawn after it. The model should be in evaluation.

        A temperature of 0 takes the likeliest. Raises ValueError for an empty prompt or a temperature below 0.
        """
        if np.ndim(prompt) != 1 or len(prompt) == 0:
            raise ValueError(f"CharLM.generate: expected a prompt of at least one id, got shape {np.shape(prompt)}")
        expect_in("CharLM.generate", "temperature", temperature, 0.0)
        draw, text = generator("CharLM.generate", rng), list(prompt)
        logits, state = self.forward(np.asarray(prompt)[:, None])
        for _ in range(steps):
            text.append(pick(logits[-1, 0], temperature, draw))
            logits, state = self.forward(np.asarray(text[-1:])[:, None], state)
        return np.asarray(text)


def pick(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    """One id from logits (V,), Eq. 3 with a temperature: one draw of ``rng.choice``."""
    if temperature == 0:
        return int(logits.argmax())
    z = (logits - logits.max()).astype(np.float64) / temperature
    p = np.exp(z)
    return int(rng.choice(len(p), p=p / p.sum()))
