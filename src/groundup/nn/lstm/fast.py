"""LSTM, as the library uses it: features first, and few large products.

    - all that a moment multiplies stands in one column, z = [x 1 h], and Eq. 1 is one product with [Wᵢ b Wₕ]
    - dWₕ, [dWᵢ db] and dx are one product each over all moments, after the loop
    - columns are sequences: W z, with z (K, N), is quicker than z Wᵀ at 32 sequences, and each gate lies together
    - σ(a) = (1 + tanh(a/2)) / 2 with the half taken into the weights: one tanh over all four gates
    - arrays are used again from batch to batch

From tokens, Wᵢ x + b is a column of a table (4H, V): ``forward_tokens`` looks it up, and a one for each token takes
the place of x in z when gradients are gathered. Sequences of unequal lengths go the plain way. Beside PyTorch eager on
one thread: benchmarks/results.
"""

from typing import Any, NamedTuple

import numpy as np

from groundup.core import Array, IntArray
from groundup.nn.embedding import Embedding
from groundup.nn.lstm import lstm
from groundup.nn.rnn.recurrent import State
from groundup.nn.rnn.states import expect_states


class Tokens(NamedTuple):
    """Integer inputs (T, N) and the table that says what they stand for."""

    ids: IntArray
    embedding: Embedding


class Run(NamedTuple):
    """What the loop back needs, in the order in which the moments ran."""

    x: Any
    z: Array  # (K, T + 1, N): inputs, or a one for each of V tokens; 1 for the bias; h
    gates: Array  # (T, 4H, N)
    c: Array  # (T + 1, H, N)
    squashed: Array  # (T, H, N) tanh c
    d: Array  # (4H, T, N) gradient of the sums


class LSTM(lstm.LSTM):
    __doc__ = lstm.LSTM.__doc__

    _room: dict[str, tuple[Array, ...]] | None = None
    _source: tuple[tuple[Embedding, bool], ...] = ()  # the last forward's embedding; True: its backward is to be called

    def forward(self, x: Any, state: Any = None, *, lengths: Any = None) -> tuple[Any, Any]:
        self._source = ()
        return super().forward(x, state, lengths=lengths)

    def forward_tokens(self, ids: IntArray, embedding: Embedding, state: Any = None) -> tuple[Array, Any]:
        """``forward(embedding(ids))`` for ids (T, N), without the array in between; ``backward`` adds to embedding too.

        backward's dx is then None. Raises ValueError for a bidirectional layer or ids out of range.
        """
        if self.bidirectional or self.batch_first:
            raise ValueError(
                "LSTM.forward_tokens: expected one direction and ids (T, N), got a layer with other settings"
            )
        x: Any = embedding.forward(ids)
        if embedding.num_embeddings > 3 * embedding.embedding_dim:  # three products with x cost less than one with ones
            found = self.forward(x, state)
            self._source = ((embedding, True),)
            return found
        embedding.kept_all()
        states = expect_states(
            "LSTM.forward_tokens", state, 2, (self.num_layers, ids.shape[1], self.hidden_size), x.dtype
        )
        x, lasts, runs = Tokens(ids, embedding), [], []
        for layer in range(self.num_layers):
            x, last, run = self.run(x, tuple(s[layer] for s in states), f"_l{layer}", None, False)
            lasts.append(last)
            runs.append(run)
            x = self.between[layer].forward(x) if layer < len(self.between) else x
        self.keep(runs, x.shape, None)
        self._source = ((embedding, False),)
        return x, tuple(np.stack(s) for s in zip(*lasts, strict=True))

    def backward(self, dy: Any, dstate: Any = None) -> tuple[Any, Any]:
        """As the plain form; dx is None after ``forward_tokens``, or where nobody needs it."""
        dx, before = super().backward(dy, dstate)
        for embedding, looked_up in self._source:
            if looked_up:
                embedding.backward(dx)
        return (dx if self.input_grad and not self._source else None), before

    def run(self, x: Any, state: State, suffix: str, real: Any, reverse: bool) -> tuple[Array, State, Any]:
        if real is not None:
            return super().run(x, state, suffix, real, reverse)
        w, table = self._forward_weights(x, suffix, state[0].dtype)
        run = self._run_for(x, state, suffix, reverse, w.dtype)
        h = run.z[-self.hidden_size :]
        seen = run.z[-w.shape[1] :]  # what w multiplies: all of z, or of tokens only h
        part = np.empty(run.gates.shape[1:], w.dtype)
        for k in range(len(run.gates)):
            np.matmul(w, seen[:, k], out=run.gates[k])
            if table is not None:
                np.take(table, x.ids[k], axis=1, out=part, mode="clip")
                run.gates[k] += part
            _moment(run.gates[k], run.c[k], run.c[k + 1], run.squashed[k], h[:, k + 1], part)
        y = np.ascontiguousarray(h[:, 1:].transpose(1, 2, 0))  # (T, N, H)
        return y[::-1] if reverse else y, (h[:, -1].T.copy(), run.c[-1].T.copy()), run

    def run_backward(
        self, dy: Array, dstate: State, run: Any, suffix: str, real: Any, reverse: bool
    ) -> tuple[Array, State]:
        if not isinstance(run, Run):
            return super().run_backward(dy, dstate, run, suffix, real, reverse)
        back = np.ascontiguousarray(self.weights(suffix)[1].value.T)  # (H, 4H)
        dys = np.ascontiguousarray((dy[::-1] if reverse else dy).transpose(0, 2, 1))  # (T, H, N), in the order run
        dh, dc = (np.array(s.T, order="C") for s in dstate)
        d, part = np.empty(run.gates.shape[1:], run.d.dtype), np.empty_like(dc)
        for k in range(len(run.gates) - 1, -1, -1):
            dh += dys[k]
            _moment_back(d, dh, dc, run.gates[k], run.c[k], run.squashed[k], part)
            run.d[:, k] = d
            np.matmul(back, d, out=dh)
        self._add_gradients(run, suffix)
        return self._input_gradient(run, suffix, reverse), (dh.T.copy(), dc.T.copy())

    def _run_for(self, x: Any, state: State, suffix: str, reverse: bool, dtype: Any) -> Run:
        """Room for one layer and direction, that of the last forward where it fits; inputs and first states in it."""
        tokens = isinstance(x, Tokens)
        steps, n = x.ids.shape if tokens else x.shape[:2]
        first = x.embedding.num_embeddings if tokens else x.shape[2] + self.bias
        h = self.hidden_size
        shapes = [(first + h, steps + 1, n), (steps, 4 * h, n), (steps + 1, h, n), (steps, h, n), (4 * h, steps, n)]
        kept = (self._room or {}).get(suffix)
        if kept is None or [a.shape for a in kept] != shapes or kept[0].dtype != dtype:
            kept = tuple(np.empty(shape, dtype) for shape in shapes)
            self._room = (self._room or {}) | {suffix: kept}
        run = Run(x, *kept)
        run.z[:first] = tokens ^ 1
        if tokens:
            run.z[x.ids, np.arange(steps)[:, None], np.arange(n)] = 1
        else:
            run.z[: x.shape[2], :-1] = (x[::-1] if reverse else x).transpose(2, 0, 1)
        run.z[first:, 0], run.c[0] = state[0].T, state[1].T
        return run

    def _forward_weights(self, x: Any, suffix: str, dtype: Any) -> tuple[Array, Array | None]:
        """[Wᵢ b Wₕ], halved for the sigmoids, and no table; or Wₕ and the table of tokens (4H, V)."""
        values: Any = [None if p is None else p.value for p in self.weights(suffix)]
        w_ih, w_hh, b_ih, b_hh = values
        bias = [] if b_ih is None or b_hh is None else [(b_ih + b_hh)[:, None]]
        if not isinstance(x, Tokens):
            return _halved(np.concatenate([w_ih, *bias, w_hh], axis=1, dtype=dtype)), None
        table = _halved(w_ih.copy()) @ x.embedding.weight.value.T
        if bias:
            table += _halved(*bias)
        return _halved(w_hh.copy()), table

    def _add_gradients(self, run: Run, suffix: str) -> None:
        """All moments at once: d (4H, T·N) times z (T·N, K)."""
        w_ih, w_hh, b_ih, b_hh = self.weights(suffix)
        d = run.d.reshape(len(run.d), -1)
        z = run.z.reshape(len(run.z), -1)[:, : d.shape[1]]  # without the last state
        w_hh.add_product(d, z[-self.hidden_size :].T)
        found = d @ z[: -self.hidden_size].T
        if isinstance(run.x, Tokens):
            bias = found.sum(axis=1)  # each place has one token
            w_ih.grad += found @ run.x.embedding.weight.value  # (4H, V) @ (V, I)
            _add_to_table(run.x.embedding, found.T @ w_ih.value)
        else:
            bias = found[:, -1]
            w_ih.grad += found[:, : run.x.shape[2]]
        if b_ih is not None and b_hh is not None:
            b_ih.grad += bias
            b_hh.grad += bias

    def _input_gradient(self, run: Run, suffix: str, reverse: bool) -> Array:
        """(T, N, I) from d, in one product; (T, N, 0) where nobody needs it."""
        _, steps, n = run.d.shape
        if isinstance(run.x, Tokens) or (suffix.startswith("_l0") and not self.input_grad):
            return np.zeros((steps, n, 0), run.d.dtype)
        w_ih = self.weights(suffix)[0].value
        dx = (run.d.reshape(len(run.d), -1).T @ w_ih).reshape(steps, n, w_ih.shape[1])
        return dx[::-1] if reverse else dx


def _moment(gates: Array, before: Array, c: Array, squashed: Array, h: Array, part: Array) -> None:
    """Eqs. 2 to 4 in place: the sums (4H, N) become the gates; c, tanh c and h (H, N) are written."""
    size = len(c)
    np.tanh(gates, out=gates)
    for sigmoids in (gates[: 2 * size], gates[3 * size :]):
        sigmoids *= 0.5
        sigmoids += 0.5
    new = part[:size]
    np.multiply(gates[size : 2 * size], before, out=c)  # f ∘ c
    np.multiply(gates[:size], gates[2 * size : 3 * size], out=new)  # i ∘ g
    c += new
    np.tanh(c, out=squashed)
    np.multiply(gates[3 * size :], squashed, out=h)


def _moment_back(d: Array, dh: Array, dc: Array, gates: Array, before: Array, squashed: Array, part: Array) -> None:
    """Eqs. 5 to 7 in place: d (4H, N) is written, dc (H, N) becomes that of the moment before."""
    i, f, g, o = gates.reshape(4, len(dc), -1)
    di, df, dg, do = d.reshape(4, len(dc), -1)
    np.multiply(o, squashed, out=do)  # h
    np.multiply(do, squashed, out=part)
    np.subtract(o, part, out=part)
    part *= dh
    dc += part  # dh ∘ (o - h ∘ tanh c)
    np.subtract(1, o, out=part)
    do *= part
    do *= dh  # dh ∘ h ∘ (1 - o)
    np.multiply(i, g, out=di)
    np.multiply(di, g, out=dg)
    np.subtract(i, dg, out=dg)
    dg *= dc  # dc ∘ (i - i ∘ g ∘ g)
    np.subtract(1, i, out=part)
    di *= part
    di *= dc  # dc ∘ i ∘ g ∘ (1 - i)
    dc *= f
    np.subtract(1, f, out=df)
    df *= before
    df *= dc  # dc ∘ f ∘ c ∘ (1 - f), with the c before


def _halved(w: Array) -> Array:
    """The rows of the three sigmoids (i, f and o of i f g o) halved, in place."""
    size = len(w) // 4
    w[: 2 * size] *= 0.5
    w[3 * size :] *= 0.5
    return w


def _add_to_table(embedding: Embedding, by_token: Array) -> None:
    """(V, I) to the gradient of an embedding, whose padding gets none."""
    if embedding.padding_idx is not None:
        by_token[embedding.padding_idx] = 0
    embedding.weight.grad += by_token
