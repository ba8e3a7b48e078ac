"""Attention: each query takes a mean of all values, weighted by how well its key answers.

    (1)  S = Q Kᵀ / √E                              scores; E is the width of a query and of a key
    (2)  S ← S + mask                               -∞ where a query may not look
    (3)  P = softmax(S)                             over the keys: each row sums to 1
    (4)  Y = P V

    (5)  dV = Pᵀ dY          dP = dY Vᵀ
    (6)  dS = P ∘ (dP - rowsum(dP ∘ P))             back through the softmax; rowsum(dP ∘ P) = rowsum(dY ∘ Y)
    (7)  dQ = dS K / √E      dK = dSᵀ Q / √E

Axes: L queries, S keys and values, E width of queries and keys, D width of values; everything in front is batch (and
heads).  A mask of True and False says who takes part (True), one of numbers is added, as in
torch.nn.functional.scaled_dot_product_attention. A query that may look nowhere gets zeros.
Derivation: lesson.md, "Derive".  Source: Vaswani et al., Attention Is All You Need (2017), section 3.2.1.
"""

from typing import Any

import numpy as np

from groundup.core import Array, DtypeError, Layer, Rng, ShapeError, expect_float, expect_in, expect_shape, generator


def scores(query: Array, key: Array, scale: float | None = None) -> Array:
    """(..., L, E), (..., S, E) -> (..., L, S), Eq. 1; ``scale`` takes the place of 1/√E."""
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    s: Array = query @ key.swapaxes(-1, -2) * query.dtype.type(scale)
    return s


def masked(s: Array, mask: Any) -> Array:
    """(..., L, S), Eq. 2: numbers are added, False becomes -∞; None leaves the scores as they are."""
    if mask is None:
        return s
    return np.where(mask, s, -np.inf).astype(s.dtype) if mask.dtype == bool else s + mask.astype(s.dtype)


def weights_of(s: Array) -> Array:
    """(..., L, S) -> the same, Eq. 3; a row of nothing but -∞ is zeros."""
    top = s.max(axis=-1, keepdims=True, initial=-np.inf)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))  # e^-∞ is zero
    total = e.sum(axis=-1, keepdims=True)
    p: Array = e / np.where(total == 0, 1, total)
    return p


def softmax_backward(p: Array, dp: Array) -> Array:
    """dS of Eq. 6."""
    return p * (dp - (dp * p).sum(axis=-1, keepdims=True))


def causal_mask(queries: int, keys: int) -> np.ndarray[Any, Any]:
    """(L, S): query i may look at keys 0 to i, as torch's ``is_causal`` has it."""
    return np.tril(np.ones((queries, keys), bool))


def padding_mask(lengths: np.ndarray[Any, Any], keys: int) -> np.ndarray[Any, Any]:
    """(N,) lengths -> (N, 1, S): the keys that are no padding, for every query of a sequence."""
    return (np.arange(keys) < np.asarray(lengths)[:, None])[:, None]


def scaled_dot_product_attention(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: Rng | None = None,
) -> Array:
    """(..., L, E), (..., S, E), (..., S, D) -> (..., L, D), Eqs. 1 to 4; arguments and masks are torch's.

    ``dropout_p`` leaves out weights, and needs ``rng``. Raises ShapeError, DtypeError, ValueError, TypeError.
    """
    who = "scaled_dot_product_attention"
    p = weights_of(
        masked(scores(*expect_qkv(who, query, key, value)[:2], scale), _mask(who, query, key, attn_mask, is_causal))
    )
    if expect_in(who, "dropout_p", dropout_p, 0.0, 1.0):
        stays = generator(who, rng).random(p.shape) >= dropout_p
        p = p * stays / p.dtype.type(max(1 - dropout_p, np.finfo(p.dtype).tiny))
    return p @ value


class DotProductAttention(Layer):
    """Attention that can pull a gradient back, Eqs. 1 to 7; ``weights`` holds P of the last forward. Nothing is learned.

    Raises ShapeError, DtypeError and ValueError for inputs and masks that do not fit.
    """

    weights: Array | None = None

    def __init__(self, scale: float | None = None) -> None:
        self.scale = scale

    def forward(self, query: Array, key: Array, value: Array, attn_mask: Any = None, is_causal: bool = False) -> Array:
        """(..., L, E), (..., S, E), (..., S, D) -> (..., L, D), Eqs. 1 to 4."""
        query, key, value = expect_qkv("DotProductAttention.forward", query, key, value)
        mask = _mask("DotProductAttention.forward", query, key, attn_mask, is_causal)
        self.weights = weights_of(masked(scores(query, key, self.scale), mask))
        self.keep(query, key, value, self.weights)
        return self.weights @ value

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """(..., L, D) -> gradients of query, key and value, Eqs. 5 to 7."""
        query, key, value, p = self.kept_all()
        expect_shape("DotProductAttention.backward", dy, (*p.shape[:-1], value.shape[-1]), like="y")
        scale = query.dtype.type(query.shape[-1] ** -0.5 if self.scale is None else self.scale)
        ds = softmax_backward(p, dy @ value.swapaxes(-1, -2)) * scale
        return ds @ key, ds.swapaxes(-1, -2) @ query, p.swapaxes(-1, -2) @ dy

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Two products; self-attention is taken for granted, with as many keys as queries."""
        rows = int(np.prod(y_shape[:-1]))
        return 2 * rows * x_shape[-2] * (x_shape[-1] + y_shape[-1])


def self_attention(
    x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False
) -> tuple[Array, Array]:
    """(L, I) and three (O, I) weights -> (L, O), (L, L): a sequence that looks at itself; the result and P."""
    query, key, value = x @ w_query.T, x @ w_key.T, x @ w_value.T
    p = weights_of(masked(scores(query, key), causal_mask(len(x), len(x)) if is_causal else None))
    return p @ value, p


def expect_qkv(who: str, query: Any, key: Any, value: Any) -> tuple[Array, Array, Array]:
    """Float arrays that fit each other. Raises ShapeError, DtypeError."""
    q, k, v = (expect_float(who, a) for a in (query, key, value))
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ShapeError(f"{who}: expected (..., L, E), (..., S, E), (..., S, D), got {q.shape}, {k.shape}, {v.shape}")
    if q.shape[-1] != k.shape[-1]:
        raise ShapeError(
            f"{who}: expected queries as wide as keys, got {q.shape[-1]} and {k.shape[-1]}; project them first"
        )
    if k.shape[-2] != v.shape[-2]:
        raise ShapeError(f"{who}: expected a value for each key, got {k.shape[-2]} keys and {v.shape[-2]} values")
    return q, k, v


def _mask(who: str, query: Array, key: Array, attn_mask: Any, is_causal: bool) -> Any:
    """The mask as an array that broadcasts to (..., L, S), or None."""
    queries, keys = query.shape[-2], key.shape[-2]
    if is_causal:
        if attn_mask is not None:
            raise ValueError(
                f"{who}: expected attn_mask or is_causal=True, got both; put the causal mask into attn_mask"
            )
        return causal_mask(queries, keys)
    if attn_mask is None:
        return None
    mask = np.asarray(attn_mask)
    if mask.dtype != bool and not np.issubdtype(mask.dtype, np.floating):
        raise DtypeError(f"{who}: expected a mask of True and False or of real numbers, got {mask.dtype}")
    if mask.dtype != bool and np.isnan(mask).any():
        raise ValueError(f"{who}: expected a mask without NaN, got some; -inf is what hides a key")
    shape = (*np.broadcast_shapes(query.shape[:-2], key.shape[:-2]), queries, keys)
    if mask.ndim < 2 or any(m not in (1, n) for m, n in zip(mask.shape[::-1], shape[::-1], strict=False)):
        raise ShapeError(
            f"{who}: expected a mask that broadcasts to {shape}, got {mask.shape}; queries come before keys"
        )
    return mask
