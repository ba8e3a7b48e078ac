"""Multi-head attention: several attentions side by side, each over a part of the width.

With embeddings of width E and H heads of width d = E/H:

    (1)  Q = X_q Wqᵀ + bq        K = X_k Wkᵀ + bk        V = X_v Wvᵀ + bv
    (2)  split each into H heads: (N, L, E) -> (N, H, L, d)
    (3)  head h:  Yₕ = softmax(Qₕ Kₕᵀ / √d + mask) Vₕ                   the attention of nn.attention
    (4)  Y = [Y₁ ... Y_H] Woᵀ + bo

and back: dY through (4), each head through (3), then (2) and (1), with dX = dQ Wq and dWq = dQᵀ X_q as in nn.linear.

Axes: L queries, S keys, N sequences; inputs are (L, N, E), or (N, L, E) with ``batch_first``, or (L, E) alone.  Masks
are torch.nn.MultiheadAttention's: True *hides* a key, numbers are added.
Derivation: lesson.md, "Derive".  Source: Vaswani et al. (2017), section 3.2.2.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Layer,
    Parameter,
    Rng,
    ShapeError,
    attention_flops,
    expect_positive,
    expect_shape,
    generator,
    matmul_flops,
)
from groundup.nn.attention.attention import masked, scores, softmax_backward, weights_of
from groundup.nn.dropout import Dropout
from groundup.nn.init import xavier_uniform_
from groundup.nn.linear import Linear
from groundup.nn.multihead.inputs import expect_inputs, hidden


class KVCache:
    """Keys and values of the steps so far, by head: (N, H, S, d). One for each layer and each text that is written."""

    def __init__(self) -> None:
        self.key: Array | None = None
        self.value: Array | None = None

    def __len__(self) -> int:
        return 0 if self.key is None else self.key.shape[2]

    def extend(self, key: Array, value: Array) -> tuple[Array, Array]:
        """Append new steps; everything so far comes back. Raises ShapeError for another batch."""
        if self.key is not None and self.value is not None:
            if self.key.shape[:2] != key.shape[:2]:
                raise ShapeError(
                    f"KVCache: expected (N, H) = {self.key.shape[:2]}, got {key.shape[:2]}; is it a new text?"
                )
            key, value = (np.concatenate(pair, axis=2) for pair in ((self.key, key), (self.value, value)))
        self.key, self.value = key, value
        return key, value


class MultiheadAttention(Layer):
    """Attention of queries to keys and values, in ``num_heads`` heads, Eqs. 1 to 4.

    State keys: ``in_proj_weight`` (3E, E) with Wq, Wk, Wv one below the other, or ``q_proj_weight``,
    ``k_proj_weight``, ``v_proj_weight`` where ``kdim`` or ``vdim`` is not E; ``in_proj_bias`` (3E,),
    ``out_proj.weight``, ``out_proj.bias``. Names, arguments, masks and defaults are torch.nn's.

    Raises ValueError for heads that do not divide the width, TypeError without ``rng``, ShapeError, DtypeError.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        rng: Rng | None = None,
    ) -> None:
        who = "MultiheadAttention"
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        expect_positive(who, embed_dim=embed_dim, num_heads=num_heads, kdim=self.kdim, vdim=self.vdim)
        if embed_dim % num_heads:
            raise ValueError(f"{who}: expected embed_dim to be a multiple of num_heads={num_heads}, got {embed_dim}")
        if add_bias_kv or add_zero_attn:
            raise ValueError(
                f"{who}: expected add_bias_kv=False and add_zero_attn=False, got True; neither is built here"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.batch_first, draw = batch_first, generator(who, rng)
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = _started((3 * embed_dim, embed_dim), draw)
        else:
            self.q_proj_weight = _started((embed_dim, embed_dim), draw)
            self.k_proj_weight = _started((embed_dim, self.kdim), draw)
            self.v_proj_weight = _started((embed_dim, self.vdim), draw)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, "float32")) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=draw)
        if self.out_proj.bias is not None:
            self.out_proj.bias.value.fill(0)
        self.dropout = Dropout(dropout, rng=draw)

    def forward(
        self,
        query: Array,
        key: Array,
        value: Array,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
        *,
        cache: KVCache | None = None,
    ) -> tuple[Array, Array | None]:
        """(L, N, E), (S, N, kdim), (S, N, vdim) -> (L, N, E), and weights (N, L, S), or (N, H, L, S), or None.

        With a ``cache``, in evaluation, key and value are those of new steps only; ``is_causal`` then counts the steps
        that the cache holds. Raises ValueError for a cache in training.
        """
        inputs = expect_inputs(self, query, key, value)  # three of (N, L, E)
        if cache is not None and self.training:
            raise ValueError(
                "MultiheadAttention.forward: expected a cache in evaluation only, got one in training; call eval()"
            )
        q, k, v = (self.split(x) for x in self.project(inputs))  # (N, H, L, d)
        k, v = (k, v) if cache is None else cache.extend(k, v)
        past = k.shape[2] - key.shape[1 if self.batch_first or key.ndim == 2 else 0] if cache is not None else 0
        mask = hidden(self, (len(q), q.shape[2], k.shape[2]), key_padding_mask, attn_mask, is_causal, past)
        p = weights_of(masked(scores(q, k), mask))
        dropped = self.dropout(p)
        mixed = self.join(dropped @ v)
        self.keep(inputs, q, k, v, p, dropped, query.ndim, cache is None)
        y = self.outside(self.out_proj(mixed), query.ndim)
        if not need_weights:
            return y, None
        shown = p.mean(axis=1) if average_attn_weights else p
        return y, shown[0] if query.ndim == 2 else shown

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """The gradients of query, key and value; where one array was all three, add them up."""
        inputs, q, k, v, p, dropped, ndim, whole = self.kept_all()
        if not whole:
            raise ValueError(
                "MultiheadAttention.backward: expected a forward without cache, got one with; train on whole texts"
            )
        expect_shape(
            "MultiheadAttention.backward", dy, self.outside(inputs[0], ndim).shape[:-1] + (self.embed_dim,), like="y"
        )
        dmixed = self.split(self.out_proj.backward(self.inside(dy)))
        dp = self.dropout.backward(dmixed @ v.swapaxes(-1, -2))
        ds = softmax_backward(p, dp) * q.dtype.type(self.head_dim**-0.5)
        heads = ds @ k, ds.swapaxes(-1, -2) @ q, dropped.swapaxes(-1, -2) @ dmixed
        grads = self.project_backward(inputs, [self.join(d) for d in heads])
        return tuple(self.outside(d, ndim) for d in grads)  # type: ignore[return-value]

    def project(self, inputs: Sequence[Array]) -> list[Array]:
        """Eq. 1: (N, L, E), (N, S, kdim), (N, S, vdim) -> three of width E."""
        projected = [x @ w.T for x, w in zip(inputs, self.in_weights(), strict=True)]
        if self.in_proj_bias is not None:
            for y, b in zip(projected, np.split(self.in_proj_bias.value, 3), strict=True):
                y += b
        return projected

    def project_backward(self, inputs: Sequence[Array], grads: Sequence[Array]) -> list[Array]:
        """Eq. 1 back: adds to the gradients of the projections, gives those of the inputs."""
        rows = [d.reshape(-1, self.embed_dim) for d in grads]
        for dw, d, x in zip(self.in_grads(), rows, inputs, strict=True):
            dw += d.T @ x.reshape(len(d), x.shape[-1])
        if self.in_proj_bias is not None:
            self.in_proj_bias.grad += np.concatenate([d.sum(axis=0) for d in rows])
        return [d @ w for d, w in zip(grads, self.in_weights(), strict=True)]

    def split(self, x: Array) -> Array:
        """(N, L, E) -> (N, H, L, d), Eq. 2; a copy, so that each head's rows lie together."""
        heads = x.reshape(*x.shape[:2], self.num_heads, self.head_dim)
        return np.ascontiguousarray(heads.transpose(0, 2, 1, 3))

    def join(self, heads: Array) -> Array:
        """(N, H, L, d) -> (N, L, E), the other way."""
        n, _, steps, _ = heads.shape
        return heads.transpose(0, 2, 1, 3).reshape(n, steps, self.embed_dim)

    def in_weights(self) -> list[Array]:
        """Wq, Wk, Wv."""
        if hasattr(self, "in_proj_weight"):
            return np.split(self.in_proj_weight.value, 3)
        return [p.value for p in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)]

    def in_grads(self) -> list[Array]:
        """Views of their gradients."""
        if hasattr(self, "in_proj_weight"):
            return np.split(self.in_proj_weight.grad, 3)
        return [p.grad for p in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)]

    def inside(self, x: Array) -> Array:
        """An array as the caller has it -> (N, L, E)."""
        if x.ndim == 2:
            return x[None]
        return x if self.batch_first else x.swapaxes(0, 1)

    def outside(self, x: Array, ndim: int) -> Array:
        """(N, L, E) -> as the caller has it."""
        if ndim == 2:
            return x[0]
        return x if self.batch_first else x.swapaxes(0, 1)

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Projections and both products of self-attention; out_proj counts its own."""
        steps, n = (
            (x_shape[0], 1) if len(x_shape) == 2 else (x_shape[1], x_shape[0]) if self.batch_first else x_shape[:2]
        )
        projections = sum(
            matmul_flops(n * steps, width, self.embed_dim) for width in (self.embed_dim, self.kdim, self.vdim)
        )
        return projections + attention_flops(n, self.num_heads, steps, steps, self.head_dim)


def _started(shape: tuple[int, int], rng: np.random.Generator) -> Parameter:
    weight = Parameter(np.empty(shape, "float32"))
    xavier_uniform_(weight, rng=rng)
    return weight
