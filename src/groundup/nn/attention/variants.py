"""Attention written another way, and just as right."""

from math import sqrt
from typing import Any

import numpy as np

from groundup.core import Array, expect_features, expect_rank, expect_shape, variant
from groundup.nn.attention.attention import (
    DotProductAttention,
    Mask,
    causal_mask,
    mask_of,
    masked,
    mixed,
    scaled,
    scores,
    softmax,
    softmax_backward,
)
from groundup.nn.attention.inputs import expect_qkv, expect_sizes


@variant("scores", "einsum")
def scores_by_einsum(query: Array, key: Array) -> Array:
    s: Array = np.einsum("...le,...se->...ls", query, key)
    return s


@variant("scores", "products of all pairs, added up over the width")
def products_of_pairs(query: Array, key: Array) -> Array:
    s: Array = (query[..., :, None, :] * key[..., None, :, :]).sum(axis=-1)
    return s


@variant("scaled", "a division by the root")
def divided_by_the_root(s: Array, width: int, scale: float | None = None) -> Array:
    return s / sqrt(width) if scale is None else s * scale


@variant("causal_mask", "the lower triangle")
def lower_triangle(queries: int, keys: int) -> Mask:
    expect_sizes("causal_mask", queries=queries, keys=keys)
    return np.tri(queries, keys, dtype=bool)


@variant("causal_mask", "row by row")
def row_by_row(queries: int, keys: int) -> Mask:
    expect_sizes("causal_mask", queries=queries, keys=keys)
    mask = np.zeros((queries, keys), bool)
    for query in range(queries):
        mask[query, : query + 1] = True
    return mask


@variant("padding_mask", "sequence by sequence")
def sequence_by_sequence(lengths: Any, keys: int) -> Mask:
    lengths = expect_sizes("padding_mask", lengths=lengths, keys=keys)["lengths"]
    if (lengths > keys).any():
        raise ValueError(f"padding_mask: expected lengths of at most {keys} keys, got {lengths.max()}")
    mask = np.zeros((lengths.size, 1, keys), bool)
    for n, length in enumerate(lengths.flat):
        mask[n, 0, :length] = True
    return mask


@variant("masked", "a copy, and minus infinity written where the mask is closed")
def written_into_a_copy(s: Array, mask: Mask | None) -> Array:
    if mask is None:
        return s.copy()
    if mask.dtype != bool:
        return np.add(s, mask)
    hidden = s.copy()
    hidden[np.broadcast_to(~mask, s.shape)] = -np.inf
    return hidden


@variant("masked", "a mask of True and False turned into numbers")
def turned_into_numbers(s: Array, mask: Mask | None) -> Array:
    if mask is None:
        return s
    if mask.dtype == bool:
        numbers = np.zeros(mask.shape, s.dtype)
        numbers[~mask] = -np.inf
        return s + numbers
    return s + mask


@variant("softmax", "e to the score minus the logarithm of the sum")
def logarithm_of_the_sum(s: Array) -> Array:
    log_sum = np.logaddexp.reduce(s, axis=-1, keepdims=True)
    p: Array = np.exp(s - np.where(np.isneginf(log_sum), 0, log_sum))
    return p


@variant("softmax", "row by row, rows of nothing left at zero")
def rows_one_by_one(s: Array) -> Array:
    p = np.zeros_like(s)
    for at in np.ndindex(s.shape[:-1]):
        seen = s[at] > -np.inf
        if seen.any():
            e = np.exp(s[at][seen] - s[at][seen].max())
            p[at][seen] = e / e.sum()
    return p


@variant("mixed", "einsum")
def mixed_by_einsum(p: Array, value: Array) -> Array:
    y: Array = np.einsum("...ls,...sd->...ld", p, value)
    return y


@variant("DotProductAttention.forward", "einsum, the queries scaled, and softmax in one function")
def queries_scaled(
    self: DotProductAttention,
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Mask | None = None,
    is_causal: bool = False,
) -> Array:
    who = "DotProductAttention.forward"
    query, key, value = expect_qkv(who, query, key, value)
    mask = mask_of(who, query, key, attn_mask, is_causal)
    factor = 1 / sqrt(query.shape[-1]) if self.scale is None else self.scale
    s = masked(np.einsum("...le,...se->...ls", query * query.dtype.type(factor), key), mask)
    top = s.max(axis=-1, keepdims=True, initial=np.finfo(s.dtype).min)
    e = np.exp(s - top)
    total = e.sum(axis=-1, keepdims=True)
    self.weights = np.divide(e, total, out=np.zeros_like(e), where=total > 0)
    self.keep(query, key, value, self.weights)
    y: Array = np.einsum("...ls,...sd->...ld", self.weights, value)
    return y


@variant("DotProductAttention.forward", "one query after the other")
def one_query_at_a_time(
    self: DotProductAttention,
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Mask | None = None,
    is_causal: bool = False,
) -> Array:
    who = "DotProductAttention.forward"
    query, key, value = expect_qkv(who, query, key, value)
    shape = (*query.shape[:-1], key.shape[-2])
    mask = mask_of(who, query, key, attn_mask, is_causal)
    whole = None if mask is None else np.broadcast_to(mask, shape)
    p, y = np.empty(shape, query.dtype), np.empty((*shape[:-1], value.shape[-1]), query.dtype)
    for at in np.ndindex(shape[:-1]):
        front = at[:-1]
        s = scaled((key[front] @ query[at])[None], query.shape[-1], self.scale)  # (1, S)
        p[at] = softmax(masked(s, None if whole is None else whole[at][None]))[0]
        y[at] = p[at] @ value[front]
    self.keep(query, key, value, p)
    self.weights = p
    return y


@variant("softmax_backward", "einsum for the mean, and the product first")
def product_first(p: Array, dp: Array) -> Array:
    both = p * dp
    ds: Array = both - p * np.einsum("...s->...", both)[..., None]
    return ds


@variant("softmax_backward", "the matrix of all slopes of each row")
def matrix_of_slopes(p: Array, dp: Array) -> Array:
    slopes = p[..., :, None] * (np.eye(p.shape[-1], dtype=p.dtype) - p[..., None, :])  # (..., S, S)
    ds: Array = np.einsum("...st,...s->...t", slopes, dp)
    return ds


@variant("DotProductAttention.backward", "einsum, and rowsum(dY Y) in place of rowsum(dP P)")
def row_sums_of_the_output(self: DotProductAttention, dy: Array) -> tuple[Array, Array, Array]:
    query, key, value, p = self.kept_all()
    expect_shape("DotProductAttention.backward", dy, (*p.shape[:-1], value.shape[-1]), like="y")
    mean = (dy * (p @ value)).sum(axis=-1, keepdims=True)
    ds = p * (np.einsum("...ld,...sd->...ls", dy, value) - mean)
    factor = ds.dtype.type(1 / sqrt(query.shape[-1]) if self.scale is None else self.scale)
    dquery = np.einsum("...ls,...se->...le", ds, key) * factor
    dkey = np.einsum("...ls,...le->...se", ds, query) * factor
    return dquery, dkey, np.einsum("...ls,...ld->...sd", p, dy)


@variant("DotProductAttention.backward", "one query after the other, added up")
def added_query_by_query(self: DotProductAttention, dy: Array) -> tuple[Array, Array, Array]:
    query, key, value, p = self.kept_all()
    expect_shape("DotProductAttention.backward", dy, (*p.shape[:-1], value.shape[-1]), like="y")
    dquery, dkey, dvalue = np.zeros_like(query), np.zeros_like(key), np.zeros_like(value)
    for at in np.ndindex(p.shape[:-1]):
        front = at[:-1]
        ds = softmax_backward(p[at], value[front] @ dy[at])
        ds = scaled(ds, query.shape[-1], self.scale)
        dquery[at] = ds @ key[front]
        dkey[front] += np.outer(ds, query[at])
        dvalue[front] += np.outer(p[at], dy[at])
    return dquery, dkey, dvalue


@variant("self_attention", "all three projections in one product")
def one_projection(
    x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False
) -> tuple[Array, Array]:
    weights = [expect_rank("self_attention", w, "OI") for w in (w_query, w_key, w_value)]
    for w in weights:
        expect_features("self_attention", x, w.shape[1])
    ends = np.cumsum([len(w) for w in weights])[:2]
    query, key, value = expect_qkv("self_attention", *np.split(x @ np.concatenate(weights).T, ends, axis=-1))
    s = scaled(scores(query, key), len(w_query))
    p = softmax(masked(s, causal_mask(*s.shape[-2:]) if is_causal else None))
    return mixed(p, value), p


@variant("self_attention", "queries and keys as one matrix between x and x; values projected last")
def values_last(
    x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False
) -> tuple[Array, Array]:
    for w in (w_query, w_key, w_value):
        expect_features("self_attention", x, expect_rank("self_attention", w, "OI").shape[1])
    expect_qkv("self_attention", x @ w_query.T, x @ w_key.T, x @ w_value.T)
    s = scores(x @ (w_query.T @ w_key), x) / np.sqrt(np.array(len(w_query), x.dtype))
    mask = np.tri(x.shape[-2], dtype=bool) if is_causal else None
    p = softmax(masked(s, mask))
    return (p @ x) @ w_value.T, p
