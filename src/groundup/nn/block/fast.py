"""The blocks, as the library uses them: self-attention in pieces that stay in the cache.

For float32 sequences of one length, with no mask or the one that hides the future, and no dropout on the weights:

    (1)  [Q K V] = X Wᵀ + b                    one product in place of three
    (2)  E = exp(Q Kᵀ / √d)                    queries in runs of 32, each with the keys that it may see
    (3)  r = 1 / rowsum(E)      Y = r ∘ (E V)  rows of Y are scaled, not the larger E
    (4)  D = (r/√d) ∘ dY        dS/√d = E ∘ (D Vᵀ - rowsum(D ∘ Y))
         dQ = (dS/√d) K         dK = (dS/√d)ᵀ Q         dV = √d Eᵀ D

Sequences go through in groups of 4, so that the gradients of their weights are still in the cache when they are used,
and all but the results is room that is kept from one batch to the next. The exponentials are taken without subtracting
the largest score where the lengths of queries and keys say that none can exceed 40; otherwise, as for every other
input, the plain form does the work. RATIO
"""

from typing import Any

import numpy as np

from groundup.core import Array
from groundup.nn.block import block

GROUP, RUN, LARGEST = 4, 32, 40.0


class Room:
    """Arrays for N sequences of T positions in H heads of width d."""

    def __init__(self, n: int, steps: int, heads: int, width: int) -> None:
        def empty(*shape: int) -> Array:
            return np.empty(shape, np.float32)

        self.shape = n, steps, heads, width
        self.qkv, self.dqkv = (empty(n, steps, 3, heads, width) for _ in range(2))
        self.weights, self.dweights = empty(n, heads, steps, steps), empty(GROUP, heads, steps, steps)
        self.mixed, self.dmixed = empty(n, steps, heads, width), empty(GROUP, heads, steps, width)
        self.turned = empty(GROUP, heads, width, steps)  # keys or values, so that products read along rows
        self.share = empty(n, heads, steps, 1)  # r of Eq. 3
        self.seen = np.tril(np.ones((RUN, RUN), np.float32))
        self.causal = False

    def heads(self, x: Array, group: slice, which: int) -> Array:
        """Queries, keys or values of a group of sequences, (n, H, T, d); a view."""
        return x[group, :, which].transpose(0, 2, 1, 3)

    def runs(self) -> list[tuple[slice, slice]]:
        """Queries, and the keys that they see."""
        steps = self.shape[1]
        ends = [min(start + RUN, steps) for start in range(0, steps, RUN)]
        starts = range(0, steps, RUN)
        return [(slice(a, b), slice(0, b if self.causal else steps)) for a, b in zip(starts, ends, strict=True)]

    def scores_are_small(self) -> bool:
        """No score can exceed LARGEST: |q·k| is at most the product of their lengths."""
        q, k = (np.einsum("nthd,nthd->nth", x, x).max(initial=0) for x in (self.qkv[:, :, 0], self.qkv[:, :, 1]))
        return bool(q * k <= LARGEST**2 * self.shape[3])  # a nan is not

    def attend(self) -> None:
        """Eqs. 2 and 3, from ``qkv`` to ``mixed``."""
        n, _, _, width = self.shape
        for first in range(0, n, GROUP):
            group = slice(first, min(first + GROUP, n))
            q, k, v = (self.heads(self.qkv, group, i) for i in range(3))
            turned, weights, share = self.turned[: len(q)], self.weights[group], self.share[group]
            np.multiply(k.swapaxes(2, 3), np.float32(width**-0.5), out=turned)
            mixed = self.mixed[group].transpose(0, 2, 1, 3)
            for queries, keys in self.runs():
                part = weights[:, :, queries, keys]
                np.matmul(q[:, :, queries], turned[..., keys], out=part)
                np.exp(part, out=part)
                if self.causal:  # the last keys of a run are also its queries
                    length = part.shape[2]
                    part[..., -length:] *= self.seen[:length, :length]
                np.matmul(part, v[:, :, keys], out=mixed[:, :, queries])
                np.matmul(part, np.ones((part.shape[3], 1), np.float32), out=share[:, :, queries])
            np.reciprocal(share, out=share)
            mixed *= share

    def attend_backward(self, dy: Array) -> None:
        """Eq. 4, from the gradient of ``mixed`` to ``dqkv``."""
        n, _, _, width = self.shape
        scale = np.float32(width**-0.5)
        for first in range(0, n, GROUP):
            group = slice(first, min(first + GROUP, n))
            q, k, v = (self.heads(self.qkv, group, i) for i in range(3))
            dq, dk, dv = (self.heads(self.dqkv, group, i) for i in range(3))
            turned, d, weights = self.turned[: len(q)], self.dmixed[: len(q)], self.weights[group]
            np.copyto(turned, v.swapaxes(2, 3))
            np.multiply(dy[group].transpose(0, 2, 1, 3), self.share[group] * scale, out=d)
            along = np.einsum("nhtd,nthd->nht", d, self.mixed[group])[..., None]
            dweights = self.dweights[: len(q)]
            for queries, keys in self.runs():
                part = dweights[:, :, queries, keys]
                np.matmul(d[:, :, queries], turned[..., keys], out=part)
                part -= along[:, :, queries]
                part *= weights[:, :, queries, keys]
                np.matmul(part, k[:, :, keys], out=dq[:, :, queries])
            for keys, _ in self.runs():  # by keys: each is seen by the queries from here on, or by all
                queries = slice(keys.start if self.causal else 0, None)
                np.matmul(weights[:, :, queries, keys].swapaxes(2, 3), d[:, :, queries], out=dv[:, :, keys])
                np.matmul(dweights[:, :, queries, keys].swapaxes(2, 3), q[:, :, queries], out=dk[:, :, keys])
            dv *= 1 / scale


class InPieces(block.Block):
    """Self-attention by Eqs. 1 to 4 where it can be."""

    _room: Room | None = None
    _rows: Array | None = None  # what forward attended to in pieces; None when it went the plain way

    def self_attend(self, x: Array, **masks: Any) -> Array:
        self._rows = None
        causal = self._causal(x, **masks)
        if causal is None:
            return super().self_attend(x, **masks)
        attention, (n, steps, width) = self.self_attn, x.shape
        shape = n, steps, attention.num_heads, attention.head_dim
        if self._room is None or self._room.shape != shape:
            self._room = Room(*shape)
        room, rows = self._room, x.reshape(-1, width)
        np.matmul(rows, attention.in_proj_weight.value.T, out=room.qkv.reshape(len(rows), -1))  # Eq. 1
        if attention.in_proj_bias is not None:
            room.qkv.reshape(len(rows), -1)[...] += attention.in_proj_bias.value
        if not room.scores_are_small():
            return super().self_attend(x, **masks)
        room.causal, self._rows = causal, rows
        room.attend()
        y: Array = attention.out_proj(room.mixed.reshape(x.shape))
        return y

    def self_attend_backward(self, d: Array) -> Array:
        if self._rows is None or self._room is None:
            return super().self_attend_backward(d)
        attention, room, rows = self.self_attn, self._room, self._rows
        room.attend_backward(attention.out_proj.backward(d).reshape(room.mixed.shape))
        dqkv = room.dqkv.reshape(len(rows), -1)  # (N T, 3 D)
        attention.in_proj_weight.add_product(dqkv.T, rows)
        if attention.in_proj_bias is not None:
            attention.in_proj_bias.grad += np.ones(len(rows), np.float32) @ dqkv
        return (dqkv @ attention.in_proj_weight.value).reshape(d.shape)

    def _causal(self, x: Array, attn_mask: Any, key_padding_mask: Any, is_causal: bool) -> bool | None:
        """Whether the future is hidden; None where the plain form is needed."""
        attention = self.self_attn
        watched = any(
            name in vars(part) for part in (attention, attention.out_proj) for name in ("forward", "backward")
        )
        drops = attention.dropout.training and attention.dropout.p > 0
        float32 = x.dtype == attention.in_proj_weight.value.dtype == np.float32
        if (
            x.ndim != 3
            or not x.size
            or not attention.batch_first
            or key_padding_mask is not None
            or drops
            or watched
            or not float32
        ):
            return None
        if attn_mask is None:
            return is_causal
        future = np.triu(np.ones((x.shape[1],) * 2, bool), k=1)
        mask = np.asarray(attn_mask)
        return True if mask.dtype == bool and np.array_equal(mask, future) else None


class TransformerEncoderLayer(InPieces, block.TransformerEncoderLayer):
    __doc__ = block.TransformerEncoderLayer.__doc__


class TransformerDecoderLayer(InPieces, block.TransformerDecoderLayer):
    __doc__ = block.TransformerDecoderLayer.__doc__
