"""FeedForward, as the library uses it: with GELU in float32, the hidden numbers stay where they are.

The four arrays of (positions, F) are the largest that a Transformer block makes. Here they are room that the layer
keeps from one batch to the next, where new memory would have to be fetched from the system page by page. The bend is
computed in blocks between the products, in place. Everything else goes the plain way: another activation, another
dtype, dropout that drops, hooks on the parts. Forward and backward took 0.93 of the plain form's time, which has the
fast GELU already, at 2048 positions with D 128 and F 512.
"""

from typing import Any, cast

import numpy as np

from groundup.core import Array, expect_features, expect_shape
from groundup.nn.activation.fast import BLOCK, GELU, gate_into, slope_into
from groundup.nn.feed_forward import feed_forward


class FeedForward(feed_forward.FeedForward):
    __doc__ = feed_forward.FeedForward.__doc__
    _room: tuple[Array, ...] = ()

    def forward(self, x: Array) -> Array:
        """(..., D) -> (..., D), Eq. 1."""
        x = expect_features("FeedForward.forward", x, self.d_model)
        if not self._can_stay_in_place(x):
            return super().forward(x)
        first, second, bend = self.linear1, self.linear2, cast(GELU, self.activation)
        rows = x.reshape(-1, self.d_model)
        hidden, gate, bent, _ = self._make_room(len(rows))
        np.matmul(rows, first.weight.value.T, out=hidden)  # (N, D) @ (D, F)
        square = np.empty((self._step, first.out_features), np.float32)
        with np.errstate(over="ignore"):
            for n in range(0, len(rows), self._step):
                part = slice(n, n + self._step)
                h = hidden[part]
                if first.bias is not None:
                    h += first.bias.value
                gate_into(gate[part], h, bend.approximate, square[: len(h)])
                np.multiply(h, gate[part], out=bent[part])
        y: Array = bent @ second.weight.value.T  # (N, F) @ (F, D)
        if second.bias is not None:
            y += second.bias.value
        self.keep(x, rows)
        return y.reshape(x.shape)

    def backward(self, dy: Array) -> Array:
        """(..., D) -> (..., D), Eq. 2."""
        kept = self.kept_all()
        if len(kept) == 1:  # forward went the plain way
            self.keep(*kept)
            return super().backward(dy)
        x, rows = kept
        expect_shape("FeedForward.backward", dy, x.shape, like="y")
        (hidden, gate, bent, dhidden), bend = self._room, cast(GELU, self.activation)
        drows = dy.reshape(-1, self.d_model)
        _add_gradients(self.linear2, drows, bent)
        np.matmul(drows, self.linear2.weight.value, out=dhidden)  # (N, D) @ (D, F)
        with np.errstate(under="ignore", over="ignore"):
            for n in range(0, len(rows), self._step):
                part = slice(n, n + self._step)
                slope_into(bent[part], hidden[part], gate[part], bend.approximate)
                dhidden[part] *= bent[part]
        _add_gradients(self.linear1, dhidden, rows)
        return (dhidden @ self.linear1.weight.value).reshape(x.shape)  # (N, F) @ (F, D)

    @property
    def _step(self) -> int:
        return max(1, BLOCK // self.linear1.out_features)  # rows at a time

    def _can_stay_in_place(self, x: Array) -> bool:
        parts: tuple[Any, ...] = (self.linear1, self.activation, self.dropout, self.linear2)
        watched = any(name in vars(part) for part in parts for name in ("forward", "backward"))
        drops = self.dropout.training and self.dropout.p > 0
        float32 = x.dtype == self.linear1.weight.value.dtype == np.float32
        return float32 and type(self.activation) is GELU and not drops and not watched

    def _make_room(self, positions: int) -> tuple[Array, ...]:
        """Hidden numbers, gates, hidden numbers after the bend, and the gradient of the hidden numbers."""
        shape = (positions, self.linear1.out_features)
        if not self._room or self._room[0].shape != shape:
            self._room = tuple(np.empty(shape, np.float32) for _ in range(4))
        return self._room


def _add_gradients(layer: Any, dy: Array, x: Array) -> None:
    layer.weight.add_product(dy.T, x)
    if layer.bias is not None:
        layer.bias.grad += dy.sum(axis=0)
