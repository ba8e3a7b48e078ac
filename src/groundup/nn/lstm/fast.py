"""LSTM, as the library uses it: features first, one tanh for all gates, and as much as can be outside of the loop.

    - the input's part of Eq. 1 is one product over all moments, before the loop; dW and dx are one each, after it
    - states are (H, N) and gates (4H, N): W h is quicker than h Wᵀ at 32 sequences, and each gate lies together
    - σ(z) = (1 + tanh(z/2)) / 2 with the half taken into the weights: one tanh over all four gates
    - all local derivatives of Eqs. 5 to 7 are found for all moments at once, before the loop back
    - arrays are used again from batch to batch

From tokens, Wᵢ x is a column of one small table, (4H, V) for V tokens: ``forward_tokens`` looks it up. Sequences of
unequal lengths go the plain way. Beside PyTorch eager on one thread: benchmarks/results.
"""

from typing import Any, NamedTuple

import numpy as np

from groundup.core import Array, IntArray
from groundup.nn.embedding import Embedding
from groundup.nn.lstm import lstm
from groundup.nn.rnn.recurrent import State
from groundup.nn.rnn.states import expect_states

ONE_HOT = 4096  # tokens up to which gradients are gathered by a product with ones, and not one by one


class Tokens(NamedTuple):
    """Integer inputs (T, N) and the table that says what they stand for."""

    ids: IntArray
    embedding: Embedding


class Run(NamedTuple):
    """What the loop back needs: gates (T, 4H, N) in the order i f o g; h, c (T + 1, H, N); tanh c (T, H, N)."""

    x: Any
    gates: Array
    h: Array
    c: Array
    squashed: Array


class LSTM(lstm.LSTM):
    __doc__ = lstm.LSTM.__doc__

    _arrays: dict[str, tuple[Array, ...]] | None = None

    def forward_tokens(self, ids: IntArray, embedding: Embedding, state: Any = None) -> tuple[Array, Any]:
        """``forward(embedding(ids))`` for ids (T, N), without the array in between; ``backward`` adds to embedding too.

        backward's dx is then None. Raises ValueError for a bidirectional layer or ids out of range.
        """
        if self.bidirectional or self.batch_first:
            raise ValueError(
                "LSTM.forward_tokens: expected one direction and ids (T, N), got a layer with other settings"
            )
        embedding.forward(ids)  # its checks of ids
        embedding.kept_all()
        shape = (self.num_layers, ids.shape[1], self.hidden_size)
        states = expect_states("LSTM.forward_tokens", state, 2, shape, embedding.weight.value.dtype)
        x: Any = Tokens(ids, embedding)
        lasts, runs = [], []
        for layer in range(self.num_layers):
            x, last, run = self.run(x, tuple(s[layer] for s in states), f"_l{layer}", None, False)
            lasts.append(last)
            runs.append(run)
            x = self.between[layer].forward(x) if layer < len(self.between) else x
        self.keep(runs, x.shape, None)
        return x, tuple(np.stack(s) for s in zip(*lasts, strict=True))

    def backward(self, dy: Array, dstate: Any = None) -> tuple[Any, Any]:
        """As the plain form; dx is None after ``forward_tokens``."""
        tokens = self._kept is not None and isinstance(getattr(self._kept[0][0], "x", None), Tokens)
        dx, before = super().backward(dy, dstate)
        return (None if tokens else dx), before

    def run(self, x: Any, state: State, suffix: str, real: Any, reverse: bool) -> tuple[Array, State, Any]:
        if real is not None:
            return super().run(x, state, suffix, real, reverse)
        w_ih, w_hh, *_ = self.weights(suffix)
        steps, n = x.ids.shape if isinstance(x, Tokens) else x.shape[:2]
        h_size = self.hidden_size
        run = Run(x, *self._arrays_for(suffix, steps, n, state[0].dtype))
        recurrent = _scaled(_ordered(w_hh.value))
        of_input = self._of_input(x, w_ih.value, self._bias(suffix))  # (4H, T, N)
        run.h[0], run.c[0] = state[0].T, state[1].T
        new = np.empty((h_size, n), run.c.dtype)
        order = range(steps - 1, -1, -1) if reverse else range(steps)
        for k, t in enumerate(order):
            gates, c = run.gates[k], run.c[k + 1]
            np.matmul(recurrent, run.h[k], out=gates)
            gates += of_input[:, t]
            np.tanh(gates, out=gates)
            sigmoids = gates[: 3 * h_size]
            sigmoids *= 0.5
            sigmoids += 0.5
            np.multiply(gates[h_size : 2 * h_size], run.c[k], out=c)  # f ∘ c
            np.multiply(gates[:h_size], gates[3 * h_size :], out=new)  # i ∘ g
            c += new
            np.tanh(c, out=run.squashed[k])
            np.multiply(gates[2 * h_size : 3 * h_size], run.squashed[k], out=run.h[k + 1])
        y = np.ascontiguousarray(run.h[1:].transpose(0, 2, 1))  # (T, N, H)
        return y[::-1] if reverse else y, (run.h[-1].T.copy(), run.c[-1].T.copy()), run

    def run_backward(
        self, dy: Array, dstate: State, run: Any, suffix: str, real: Any, reverse: bool
    ) -> tuple[Array, State]:
        if not isinstance(run, Run):
            return super().run_backward(dy, dstate, run, suffix, real, reverse)
        h_size, (steps, _, n) = self.hidden_size, run.gates.shape
        local, of_cell = _local(run, h_size)
        dys = np.ascontiguousarray((dy[::-1] if reverse else dy).transpose(0, 2, 1))  # (T, H, N), in the order run
        back = np.ascontiguousarray(_ordered(self.weights(suffix)[1].value).T)  # (H, 4H)
        dh, dc, part = (
            np.array(dstate[0].T, order="C"),
            np.array(dstate[1].T, order="C"),
            np.empty((h_size, n), dy.dtype),
        )
        for k in range(steps - 1, -1, -1):
            dh += dys[k]
            np.multiply(dh, of_cell[k], out=part)
            dc += part
            d = local[k].reshape(4, h_size, n)  # becomes the gradient of the four sums, in place
            d[:2] *= dc
            d[2] *= dh
            d[3] *= dc
            dc *= run.gates[k, h_size : 2 * h_size]
            np.matmul(back, local[k], out=dh)
        local = local[::-1] if reverse else local
        flat = np.ascontiguousarray(local.transpose(1, 0, 2)).reshape(4 * h_size, steps * n)
        return self._weight_gradients(flat, run, suffix, reverse), (dh.T.copy(), dc.T.copy())

    def _weight_gradients(self, d: Array, run: Run, suffix: str, reverse: bool) -> Array:
        """All moments at once: d is (4H, T·N). Gives dx (T, N, I)."""
        w_ih, w_hh, b_ih, b_hh = self.weights(suffix)
        before = run.h[:-1][::-1] if reverse else run.h[:-1]
        _add_ordered(
            w_hh.grad, d @ np.ascontiguousarray(before.transpose(0, 2, 1)).reshape(d.shape[1], self.hidden_size)
        )
        if isinstance(run.x, Tokens):
            d, dx = self._token_gradients(d, run.x, w_ih.value), np.zeros((*run.x.ids.shape, 0), d.dtype)
            _add_ordered(w_ih.grad, d @ run.x.embedding.weight.value)  # (4H, V) @ (V, I)
        else:
            _add_ordered(w_ih.grad, d @ run.x.reshape(d.shape[1], run.x.shape[2]))
            dx = (d.T @ _ordered(w_ih.value)).reshape(run.x.shape)
        if b_ih is not None and b_hh is not None:
            total = d @ np.ones(d.shape[1], d.dtype)
            _add_ordered(b_ih.grad, total)
            _add_ordered(b_hh.grad, total)
        return dx

    def _token_gradients(self, d: Array, x: Tokens, w_ih: Array) -> Array:
        """(4H, T·N) -> (4H, V): summed over the places of each token; adds to the gradient of the embedding."""
        count, ids = len(x.embedding.weight.value), x.ids.reshape(-1)
        if count <= ONE_HOT:
            ones = np.zeros((len(ids), count), d.dtype)
            ones[np.arange(len(ids)), ids] = 1
            table = d @ ones
        else:
            table = np.zeros((count, len(d)), d.dtype)
            np.add.at(table, ids, d.T)
            table = table.T
        by_token = table.T @ _ordered(w_ih)  # (V, 4H) @ (4H, I)
        if x.embedding.padding_idx is not None:
            by_token[x.embedding.padding_idx] = 0
        x.embedding.weight.grad += by_token
        return table

    def _of_input(self, x: Any, w_ih: Array, bias: Array | None) -> Array:
        """(4H, T, N): Wᵢ x + b for all moments, halved for the sigmoids."""
        weight = _scaled(_ordered(w_ih))
        if isinstance(x, Tokens):
            table = weight @ x.embedding.weight.value.T  # (4H, V)
            table += 0 if bias is None else bias
            looked_up: Array = np.take(table, x.ids, axis=1)
            return looked_up
        steps, n, inputs = x.shape
        found = weight @ x.reshape(steps * n, inputs).T
        found += 0 if bias is None else bias
        of_input: Array = found.reshape(len(weight), steps, n)
        return of_input

    def _bias(self, suffix: str) -> Array | None:
        *_, b_ih, b_hh = self.weights(suffix)
        return None if b_ih is None or b_hh is None else _scaled(_ordered(b_ih.value + b_hh.value)[:, None])

    def _arrays_for(self, suffix: str, steps: int, n: int, dtype: Any) -> tuple[Array, ...]:
        """Gates, h, c and tanh c; those of the last forward where they fit: what it kept is replaced."""
        h_size, kept = self.hidden_size, self._arrays or {}
        shapes = ((steps, 4 * h_size, n), (steps + 1, h_size, n), (steps + 1, h_size, n), (steps, h_size, n))
        if suffix not in kept or kept[suffix][0].shape != shapes[0] or kept[suffix][0].dtype != dtype:
            self._arrays = kept | {suffix: tuple(np.empty(shape, dtype) for shape in shapes)}
        return (self._arrays or {})[suffix]


def _local(run: Run, h_size: int) -> tuple[Array, Array]:
    """What dc and dh are multiplied by: (T, 4H, N) for the sums of i, f, o, g, and (T, H, N) from dh to dc."""
    i, _, o, g = np.split(run.gates, 4, axis=1)
    local = np.empty_like(run.gates)
    np.subtract(1, run.gates, out=local)
    local *= run.gates  # σ(1 - σ); that of g is written over
    local[:, :h_size] *= g
    local[:, h_size : 2 * h_size] *= run.c[:-1]
    local[:, 2 * h_size : 3 * h_size] *= run.squashed
    of_g = local[:, 3 * h_size :]
    np.multiply(g, g, out=of_g)
    np.subtract(1, of_g, out=of_g)
    of_g *= i
    of_cell = run.squashed * run.squashed
    np.subtract(1, of_cell, out=of_cell)
    of_cell *= o
    return local, of_cell


def _ordered(w: Array) -> Array:
    """torch's i f g o as i f o g: the three sigmoids side by side."""
    i, f, g, o = np.split(w, 4)
    return np.concatenate([i, f, o, g])


def _scaled(w: Array) -> Array:
    """The rows of the three sigmoids halved, in place."""
    w[: len(w) // 4 * 3] *= 0.5
    return w


def _add_ordered(grad: Array, d: Array) -> None:
    """Add what is in the order i f o g to a gradient in torch's order."""
    h = len(d) // 4
    grad[: 2 * h] += d[: 2 * h]
    grad[3 * h :] += d[2 * h : 3 * h]
    grad[2 * h : 3 * h] += d[3 * h :]
