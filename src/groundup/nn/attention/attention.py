"""Attention: each query takes a mean of all values, weighted by how well its query and their keys agree.

    (1)  S = Q Kᵀ                                   scores: one number for each query and key
    (2)  S ← S / √E                                 scaled: E is the width of a query and of a key
    (3)  S ← S + M                                  masked: M is -∞ where a query may not look
    (4)  P = softmax(S)                             over the keys: each row is positive and sums to 1
    (5)  Y = P V                                    mixed

    (6)  dV = Pᵀ dY          dP = dY Vᵀ
    (7)  dS = P ∘ (dP - rowsum(dP ∘ P))             back through the softmax; rowsum(dP ∘ P) = rowsum(dY ∘ Y)
    (8)  dQ = dS K / √E      dK = dSᵀ Q / √E

Axes: L queries, S keys and values, E width of queries and keys, D width of values; all axes in front of them are batch
(and heads).  Masks are those of torch.nn.functional.scaled_dot_product_attention: True and False say who *takes part*
(True), numbers are added. A query that may look nowhere gets zeros, and passes no gradient on.
Derivation: lesson.md, "Derive".  Source: Vaswani et al., Attention Is All You Need (2017), section 3.2.1.
"""

from typing import Any

import numpy as np

from groundup.core import Array, Layer, Rng, expect_features, expect_in, expect_rank, expect_shape, generator
from groundup.nn.attention.inputs import expect_mask, expect_qkv, expect_sizes
from groundup.nn.dropout.dropout import inverted_mask

Mask = np.ndarray[Any, Any]  # of True and False, or of numbers


def scores(query: Array, key: Array) -> Array:
    """(..., L, E), (..., S, E) -> (..., L, S), Eq. 1."""
    s: Array = query @ key.swapaxes(-1, -2)  # (..., L, E) @ (..., E, S)
    return s


def scaled(s: Array, width: int, scale: float | None = None) -> Array:
    """(..., L, S) -> the same, Eq. 2 with E = ``width``; a ``scale`` takes the place of 1/√E."""
    factor = width**-0.5 if scale is None else scale
    return s * s.dtype.type(factor)


def masked(s: Array, mask: Mask | None) -> Array:
    """(..., L, S) -> the same, Eq. 3: False hides a key from a query, numbers are added, None hides nothing."""
    if mask is None:
        return s
    if mask.dtype == bool:
        return np.where(mask, s, s.dtype.type(-np.inf))
    return s + mask


def softmax(s: Array) -> Array:
    """(..., L, S) -> the same, Eq. 4; a row of nothing but -∞ becomes zeros."""
    top = s.max(axis=-1, keepdims=True, initial=-np.inf)
    e = np.exp(s - np.where(top == -np.inf, 0, top))  # at most 1; e^-∞ is 0
    total: Array = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


def mixed(p: Array, value: Array) -> Array:
    """(..., L, S), (..., S, D) -> (..., L, D), Eq. 5."""
    return p @ value


def softmax_backward(p: Array, dp: Array) -> Array:
    """(..., L, S), the same -> the same, Eq. 7."""
    mean: Array = (dp * p).sum(axis=-1, keepdims=True)  # of dp, with the weights of the row
    return p * (dp - mean)


def causal_mask(queries: int, keys: int) -> Mask:
    """(L, S): query i may look at keys 0 to i. Raises ValueError for negative numbers."""
    expect_sizes("causal_mask", queries=queries, keys=keys)
    return np.arange(keys) <= np.arange(queries)[:, None]  # (S,) <= (L, 1)


def padding_mask(lengths: Any, keys: int) -> Mask:
    """(N,) lengths -> (N, 1, S): every query may look at the keys of its own sequence, and not at what fills it up.

    Raises ValueError for lengths that are negative or more than there are keys.
    """
    lengths = expect_sizes("padding_mask", lengths=lengths, keys=keys)["lengths"]
    if (lengths > keys).any():
        raise ValueError(f"padding_mask: expected lengths of at most {keys} keys, got {lengths.max()}")
    real: Mask = np.arange(keys) < lengths.reshape(-1, 1, 1)  # (S,) < (N, 1, 1)
    return real


class DotProductAttention(Layer):
    """Attention that can pull a gradient back, Eqs. 1 to 8. ``weights`` is P of the last forward. Nothing is learned.

    Raises ShapeError, DtypeError and ValueError for inputs and masks that do not fit.
    """

    weights: Array | None = None

    def __init__(self, scale: float | None = None) -> None:
        self.scale = scale

    def forward(
        self, query: Array, key: Array, value: Array, attn_mask: Mask | None = None, is_causal: bool = False
    ) -> Array:
        """(..., L, E), (..., S, E), (..., S, D) -> (..., L, D), Eqs. 1 to 5; s is that of Eq. 2, p that of Eq. 4."""
        who = "DotProductAttention.forward"
        query, key, value = expect_qkv(who, query, key, value)
        mask = mask_of(who, query, key, attn_mask, is_causal)
        s = scaled(scores(query, key), query.shape[-1], self.scale)
        p = softmax(masked(s, mask))
        self.keep(query, key, value, p)
        self.weights = p
        return mixed(p, value)

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """(..., L, D) -> the gradients of query, key and value, Eqs. 6 to 8; ds is that of the scores of Eq. 1."""
        query, key, value, p = self.kept_all()
        expect_shape("DotProductAttention.backward", dy, (*p.shape[:-1], value.shape[-1]), like="y")
        dvalue = p.swapaxes(-1, -2) @ dy  # (..., S, L) @ (..., L, D)
        dp = dy @ value.swapaxes(-1, -2)  # (..., L, D) @ (..., D, S)
        ds = scaled(softmax_backward(p, dp), query.shape[-1], self.scale)  # a factor both ways
        return ds @ key, ds.swapaxes(-1, -2) @ query, dvalue

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Two products, Eqs. 1 and 5, with as many keys as queries: x attends to itself."""
        rows = int(np.prod(y_shape[:-1]))
        return 2 * rows * x_shape[-2] * (x_shape[-1] + y_shape[-1])


def scaled_dot_product_attention(
    query: Array, key: Array, value: Array, attn_mask: Mask | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, *, rng: Rng | None = None,
) -> Array:  # fmt: skip
    """(..., L, E), (..., S, E), (..., S, D) -> (..., L, D), Eqs. 1 to 5; arguments are torch.nn.functional's.

    ``dropout_p`` leaves out weights, as nn.dropout does, and needs ``rng``. Raises what DotProductAttention raises,
    and TypeError when ``rng`` is missing.
    """
    who = "scaled_dot_product_attention"
    query, key, value = expect_qkv(who, query, key, value)
    mask = mask_of(who, query, key, attn_mask, is_causal)
    p = softmax(masked(scaled(scores(query, key), query.shape[-1], scale), mask))
    if expect_in(who, "dropout_p", dropout_p, 0.0, 1.0):
        p = p * inverted_mask(generator(who, rng).random(p.shape), dropout_p, p.dtype)
    return mixed(p, value)


def self_attention(
    x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False
) -> tuple[Array, Array]:
    """(..., L, I), (E, I), (E, I), (D, I) -> (..., L, D) and P (..., L, L): a sequence of vectors looks at itself.

    Raises ShapeError, DtypeError.
    """
    for w in (w_query, w_key, w_value):
        expect_features("self_attention", x, expect_rank("self_attention", w, "OI").shape[1])
    query, key, value = x @ w_query.T, x @ w_key.T, x @ w_value.T
    expect_qkv("self_attention", query, key, value)
    mask = causal_mask(x.shape[-2], x.shape[-2]) if is_causal else None
    p = softmax(masked(scaled(scores(query, key), query.shape[-1]), mask))
    return mixed(p, value), p


def mask_of(who: str, query: Array, key: Array, attn_mask: Any, is_causal: bool) -> Mask | None:
    """The one mask to use, or None. Raises ValueError for two, and what ``expect_mask`` raises."""
    shape = (*query.shape[:-1], key.shape[-2])
    if is_causal and attn_mask is not None:
        raise ValueError(f"{who}: expected attn_mask or is_causal=True, got both; put the causal mask into attn_mask")
    if is_causal:
        return causal_mask(*shape[-2:])
    return None if attn_mask is None else expect_mask(who, attn_mask, shape, query.dtype)
