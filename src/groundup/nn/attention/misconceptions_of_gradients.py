"""What people write instead of the gradients of attention, and of its three projections."""

from typing import Any

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.attention import attention as right
from groundup.nn.attention.attention import DotProductAttention


def back(self: DotProductAttention, dy: Array, *, dvalue: str = "ps", scale: bool = True, swap: bool = False) -> Any:
    """backward with one thing changed."""
    query, key, value, p = self.kept_all()
    ds = right.softmax_backward(p, dy @ value.swapaxes(-1, -2))
    ds = right.scaled(ds, query.shape[-1], self.scale) if scale else ds
    turned = ds.swapaxes(-1, -2)
    dquery, dkey = (turned @ key, ds @ query) if swap else (ds @ key, turned @ query)
    return dquery, dkey, (p if dvalue == "p" else p.swapaxes(-1, -2)) @ dy


@misconception(
    "softmax_backward",
    "Each weight is treated as if it stood alone: p (1 - p). In a row, what one gains others lose.",
    see="Derive",
)
def diagonal_only(p: Array, dp: Array) -> Any:
    return p * (1 - p) * dp


@misconception(
    "softmax_backward",
    "The mean that you subtract is taken down the columns. The weights of a *row* are bound together.",
    see="Derive",
)
def mean_of_the_columns(p: Array, dp: Array) -> Any:
    return p * (dp - (dp * p).sum(axis=-2, keepdims=True))


@misconception(
    "softmax_backward",
    "You subtract the plain mean of the row. It has to be taken with the row's own weights.",
    see="Derive",
)
def plain_mean(p: Array, dp: Array) -> Any:
    return p * (dp - dp.mean(axis=-1, keepdims=True))


@misconception(
    "softmax_backward",
    "Nothing is subtracted: raising all scores of a row by the same would then change the loss, and it cannot.",
    see="Derive",
)
def nothing_taken_away(p: Array, dp: Array) -> Any:
    return p * dp


@misconception(
    "DotProductAttention.backward",
    "The root of the width is missing on the way back: the gradients of queries and keys are too large by it.",
    see="Derive",
)
def scale_forgotten_on_the_way_back(self: DotProductAttention, dy: Array) -> Any:
    return back(self, dy, scale=False)


@misconception(
    "DotProductAttention.backward",
    "The weights meet dY untransposed: a value is paid by the queries that looked at it, a column of the table.",
    see="Derive",
)
def values_from_rows(self: DotProductAttention, dy: Array) -> Any:
    return back(self, dy, dvalue="p")


@misconception(
    "DotProductAttention.backward",
    "The transpose is on the wrong one: queries are the rows of dS, keys its columns.",
    see="Derive",
)
def transposes_swapped(self: DotProductAttention, dy: Array) -> Any:
    return back(self, dy, swap=True)


@misconception(
    "DotProductAttention.backward",
    "The gradients come back as keys, queries, values: the order is that of the inputs.",
    see="Derive",
)
def order_of_the_gradients(self: DotProductAttention, dy: Array) -> Any:
    dquery, dkey, dvalue = back(self, dy)
    return dkey, dquery, dvalue


@misconception(
    "self_attention",
    "The weights are used as (inputs, outputs). They are stored the other way round, and a square one hides it.",
    see="Build",
)
def weights_not_transposed(x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False) -> Any:
    return right.self_attention(x, w_query.T, w_key.T, w_value.T, is_causal=is_causal)


@misconception(
    "self_attention",
    "The vectors themselves are mixed: the third projection, that of the values, is not used.",
    see="Build",
)
def values_not_projected(x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False) -> Any:
    return right.self_attention(x, w_query, w_key, np.eye(x.shape[-1], dtype=x.dtype), is_causal=is_causal)


@misconception(
    "self_attention",
    "Queries and keys are the same projection of x: the table is symmetric, and what you ask is what you offer.",
    see="Build",
)
def keys_are_queries(x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False) -> Any:
    return right.self_attention(x, w_query, w_query, w_value, is_causal=is_causal)


@misconception(
    "self_attention",
    "is_causal is not looked at: each vector sees those that come after it.",
    see="Masks",
)
def causal_not_looked_at(x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False) -> Any:
    return right.self_attention(x, w_query, w_key, w_value)


@misconception(
    "self_attention",
    "The root is that of the width of x. It is the queries' and keys' own width that a score adds up over.",
    see="Why the root of the width",
)
def root_of_the_input(x: Array, w_query: Array, w_key: Array, w_value: Array, *, is_causal: bool = False) -> Any:
    wrong = (len(w_query) / x.shape[-1]) ** 0.5
    return right.self_attention(x, (w_query * wrong).astype(x.dtype), w_key, w_value, is_causal=is_causal)
