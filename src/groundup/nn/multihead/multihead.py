"""Multi-head attention: several attentions side by side, each over its own part of the width.

With embeddings of width E and H heads of width d = E/H:

    (1)  Q = X_q Wqᵀ + bq        K = X_k Wkᵀ + bk        V = X_v Wvᵀ + bv          projected
    (2)  (N, L, E) -> (N, H, L, d)                                                split into heads
    (3)  Yₕ = softmax(Qₕ Kₕᵀ / √d + M) Vₕ                                         each head by itself: nn.attention
    (4)  (N, H, L, d) -> (N, L, E)                                                joined
    (5)  Y = [Y₁ ... Y_H] Woᵀ + bo

    (6)  dX_q = dQ Wq        dWq = dQᵀ X_q        dbq = the sum of the rows of dQ;  likewise for keys and values

Masks are those of torch.nn.MultiheadAttention: True *hides* a key (in nn.attention, True lets it take part), numbers
are added. A query that may look nowhere gets zeros in Eq. 3.

A text that is written word by word needs the keys and values of the words before again and again: ``KVCache`` keeps
them, and forward is then given the new words alone.

Axes: L queries, S keys and values, N sequences.  Inputs are (L, N, E), or (N, L, E) with ``batch_first``, or (L, E).
Derivation: lesson.md, "Derive".  Source: Vaswani et al., Attention Is All You Need (2017), section 3.2.2.
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
from groundup.nn.attention.attention import Mask, masked, mixed, scaled, scores, softmax, softmax_backward
from groundup.nn.dropout import Dropout
from groundup.nn.linear import Linear
from groundup.nn.multihead.inputs import expect_inputs, expect_masks, started


def split(x: Array, heads: int) -> Array:
    """(N, L, E) -> (N, H, L, d), Eq. 2: head h has the h-th part of every vector."""
    n, steps, width = x.shape
    parts = x.reshape(n, steps, heads, width // heads)
    return np.ascontiguousarray(parts.transpose(0, 2, 1, 3))  # a copy, so that each head's rows lie together


def join(heads: Array) -> Array:
    """(N, H, L, d) -> (N, L, E), Eq. 4: the parts of a vector side by side again."""
    n, count, steps, width = heads.shape
    return heads.transpose(0, 2, 1, 3).reshape(n, steps, count * width)


def merged(masks: Sequence[Mask]) -> Mask | None:
    """One mask for nn.attention out of those of this layer, which all hold.

    Where each of them is True (hidden) and False: True for who takes part. Else numbers to add. None where there is
    no mask.
    """
    if not masks:
        return None
    if all(mask.dtype == bool for mask in masks):
        open_to_all: Mask = ~np.any(np.broadcast_arrays(*masks), axis=0)  # hidden by one is hidden
        return open_to_all
    dtype = next(mask.dtype for mask in masks if mask.dtype != bool)
    numbers = [np.where(m, -np.inf, 0).astype(dtype) if m.dtype == bool else m for m in masks]
    return np.asarray(sum(np.broadcast_arrays(*numbers)))


class KVCache:
    """Keys and values of the steps so far, by head: (N, H, S, d). One for each layer and each text that is written."""

    def __init__(self) -> None:
        self.key: Array | None = None
        self.value: Array | None = None

    def __len__(self) -> int:
        return 0 if self.key is None else self.key.shape[2]

    def extend(self, key: Array, value: Array) -> tuple[Array, Array]:
        """(N, H, new, d) twice -> all keys and all values so far. Raises ShapeError for another batch."""
        if self.key is not None and self.value is not None:
            if self.key.shape[:2] != key.shape[:2]:
                raise ShapeError(
                    f"KVCache.extend: expected (N, H) = {self.key.shape[:2]}, got {key.shape[:2]}; is it a new text?"
                )
            key, value = np.concatenate([self.key, key], axis=2), np.concatenate([self.value, value], axis=2)
        self.key, self.value = key, value
        return key, value


class MultiheadAttention(Layer):
    """Attention of queries to keys and values, in ``num_heads`` heads, Eqs. 1 to 5.

    State keys: ``in_proj_weight`` (3E, E) with Wq, Wk, Wv one below the other, or ``q_proj_weight``,
    ``k_proj_weight`` (E, kdim), ``v_proj_weight`` (E, vdim) where ``kdim`` or ``vdim`` is not E; ``in_proj_bias``,
    ``out_proj.weight``, ``out_proj.bias``. Names, arguments, masks and defaults are torch.nn's; ``add_bias_kv`` and
    ``add_zero_attn`` are not built.

    Raises ValueError for heads that do not divide the width, TypeError without ``rng``, ShapeError, DtypeError.
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        *, rng: Rng | None = None,
    ) -> None:  # fmt: skip
        who = "MultiheadAttention"
        self.kdim, self.vdim = (embed_dim if dim is None else dim for dim in (kdim, vdim))
        expect_positive(who, embed_dim=embed_dim, num_heads=num_heads, kdim=self.kdim, vdim=self.vdim)
        if embed_dim % num_heads:
            raise ValueError(f"{who}: expected embed_dim to be a multiple of {num_heads=}, got {embed_dim}")
        if add_bias_kv or add_zero_attn:
            raise ValueError(f"{who}: expected add_bias_kv and add_zero_attn to be False, got True; neither is built")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.batch_first, draw = batch_first, generator(who, rng)
        self.one_width = self.kdim == self.vdim == embed_dim
        if self.one_width:
            self.in_proj_weight = started((3 * embed_dim, embed_dim), draw)
        else:
            self.q_proj_weight = started((embed_dim, embed_dim), draw)
            self.k_proj_weight = started((embed_dim, self.kdim), draw)
            self.v_proj_weight = started((embed_dim, self.vdim), draw)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, "float32")) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=draw)
        if self.out_proj.bias is not None:
            self.out_proj.bias.value.fill(0)
        self.dropout = Dropout(dropout, rng=draw)

    def forward(
        self, query: Array, key: Array, value: Array, key_padding_mask: Any = None, need_weights: bool = True,
        attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
        *, cache: KVCache | None = None,
    ) -> tuple[Array, Array | None]:  # fmt: skip
        """(L, N, E), (S, N, kdim), (S, N, vdim) -> (L, N, E), and P (N, L, S), or (N, H, L, S), or None.

        ``attn_mask`` is (L, S) or (N H, L, S), ``key_padding_mask`` (N, S). ``is_causal`` hides what comes after a
        query; where ``attn_mask`` is given it is a hint, and not used. P is shown as it was before dropout.

        With a ``cache``, in evaluation, key and value are those of new steps; ``is_causal`` and masks count the steps
        in the cache as well. Raises ValueError for a cache in training.
        """
        inputs = expect_inputs(self, query, key, value, cache)  # (N, L, E), (N, S, kdim), (N, S, vdim)
        past = 0 if cache is None else len(cache)
        (n, steps, _), keys = inputs[0].shape, inputs[1].shape[1] + past
        mask = merged(expect_masks(self, (n, steps, keys), key_padding_mask, attn_mask, is_causal, past, query.dtype))
        q, k, v = (split(x, self.num_heads) for x in self.project(inputs))  # (N, H, L, d), (N, H, S, d) twice
        if cache is not None:
            k, v = cache.extend(k, v)
        p = softmax(masked(scaled(scores(q, k), self.head_dim), mask))  # (N, H, L, S)
        dropped = self.dropout(p)
        y = self.out_proj(join(mixed(dropped, v)))  # (N, L, E)
        self.keep(inputs, q, k, v, p, dropped, query.ndim, cache is None)
        return self.outside(y, query.ndim), self.shown(p, query.ndim, average_attn_weights) if need_weights else None

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """The gradients of query, key and value. Where one array was all three, ``backward_self`` adds them up."""
        inputs, q, k, v, p, dropped, ndim, whole = self.kept_all()
        dy = self.expect_upstream(dy, inputs[0].shape[:2], ndim, whole)
        dmixed = split(self.out_proj.backward(dy), self.num_heads)  # (N, H, L, d)
        dv = dropped.swapaxes(-1, -2) @ dmixed
        dp = self.dropout.backward(dmixed @ v.swapaxes(-1, -2))
        ds = scaled(softmax_backward(p, dp), self.head_dim)
        dq, dk = ds @ k, ds.swapaxes(-1, -2) @ q
        gradients = self.project_backward(inputs, [join(d) for d in (dq, dk, dv)])
        dquery, dkey, dvalue = (self.outside(d, ndim) for d in gradients)
        return dquery, dkey, dvalue

    def backward_self(self, dy: Array) -> Array:
        """The gradient of x after forward(x, x, x): one array was query, key and value, so three gradients add up."""
        dquery, dkey, dvalue = self.backward(dy)
        return dquery + dkey + dvalue

    def project(self, inputs: Sequence[Array]) -> list[Array]:
        """Eq. 1: (N, L, E), (N, S, kdim), (N, S, vdim) -> three of width E."""
        projected: list[Array] = [x @ w.T for x, w in zip(inputs, self.in_weights(), strict=True)]
        if self.in_proj_bias is not None:
            biases = np.split(self.in_proj_bias.value, 3)  # bq, bk, bv
            projected = [y + b for y, b in zip(projected, biases, strict=True)]
        return projected

    def project_backward(self, inputs: Sequence[Array], grads: Sequence[Array]) -> list[Array]:
        """Eq. 6: adds to the gradients of the projections, gives those of the inputs."""
        rows = [d.reshape(-1, self.embed_dim) for d in grads]
        for dw, d, x in zip(self.in_grads(), rows, inputs, strict=True):
            dw += d.T @ x.reshape(len(d), x.shape[-1])
        if self.in_proj_bias is not None:
            self.in_proj_bias.grad += np.concatenate([d.sum(axis=0) for d in rows])
        return [d @ w for d, w in zip(grads, self.in_weights(), strict=True)]

    def in_weights(self) -> list[Array]:
        """Wq, Wk, Wv."""
        if self.one_width:
            return np.split(self.in_proj_weight.value, 3)
        return [p.value for p in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)]

    def in_grads(self) -> list[Array]:
        """Their gradients, as views."""
        if self.one_width:
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
            return x.reshape(x.shape[1:])
        return x if self.batch_first else x.swapaxes(0, 1)

    def shown(self, p: Array, ndim: int, average: bool) -> Array:
        """(N, H, L, S) -> what the caller sees of it."""
        weights: Array = p.mean(axis=1) if average else p.copy()
        return weights[0] if ndim == 2 else weights

    def expect_upstream(self, dy: Any, lead: tuple[int, int], ndim: int, whole: bool) -> Array:
        """dy as (N, L, E). Raises ShapeError, and ValueError after a forward with a cache."""
        who = "MultiheadAttention.backward"
        if not whole:
            raise ValueError(f"{who}: expected a forward without cache, got one with; train on whole texts")
        n, steps = lead
        shape = (steps,) if ndim == 2 else (n, steps) if self.batch_first else (steps, n)
        return self.inside(expect_shape(who, dy, (*shape, self.embed_dim), like="y"))

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Projections and both products of self-attention; out_proj counts its own."""
        lead = (1, x_shape[0]) if len(x_shape) == 2 else x_shape[:2] if self.batch_first else x_shape[1::-1]
        n, steps = lead
        widths = (self.embed_dim, self.kdim, self.vdim)
        projections = sum(matmul_flops(n * steps, width, self.embed_dim) for width in widths)
        return projections + attention_flops(n, self.num_heads, steps, steps, self.head_dim)
