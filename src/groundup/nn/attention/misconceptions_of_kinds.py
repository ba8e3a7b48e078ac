"""Fast and wrong: what people write when the loop over texts and heads is to go."""

from typing import Any

import numpy as np

from groundup.core import Array, misconception


@misconception(
    "all_heads",
    "The heads of a text were laid end to end, as if they were one long text: queries of one look at keys of another.",
    see="Derive",
)
def heads_end_to_end(query: Array, key: Array, value: Array) -> Any:
    n, h, length, d = query.shape
    q, k, v = (x.reshape(n, h * x.shape[2], d) for x in (query, key, value))
    s = q @ k.swapaxes(1, 2) * d**-0.5
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True) @ v).reshape(n, h, length, d)


@misconception(
    "all_heads",
    "Your softmax runs over the queries: with two axes more in front, the keys are still the last axis.",
    see="Derive",
)
def softmax_over_queries(query: Array, key: Array, value: Array) -> Any:
    s = query @ key.swapaxes(-1, -2) * query.shape[-1] ** -0.5
    e = np.exp(s - s.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True) @ value


@misconception(
    "all_heads",
    "Your softmax runs over the heads: each head by itself has a weight of 1 to give away.",
    see="Derive",
)
def softmax_over_heads(query: Array, key: Array, value: Array) -> Any:
    s = query @ key.swapaxes(-1, -2) * query.shape[-1] ** -0.5
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ value


@misconception(
    "all_heads",
    "The root is that of the axis after the texts, and that holds the heads. Count the width from the end.",
    see="Why the root of the width",
)
def root_of_the_heads(query: Array, key: Array, value: Array) -> Any:
    s = query @ key.swapaxes(-1, -2) * query.shape[1] ** -0.5
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True) @ value
