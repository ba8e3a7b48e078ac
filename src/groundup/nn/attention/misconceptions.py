"""What people write instead of attention."""

from typing import Any

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.attention import attention as right
from groundup.nn.attention.attention import DotProductAttention, Mask
from groundup.nn.attention.misconceptions_of_gradients import *  # noqa: F403
from groundup.nn.attention.misconceptions_of_kinds import *  # noqa: F403


@misconception(
    "scores",
    "The keys are not transposed: widths of queries meet numbers of keys, which only fits where the two are equal.",
    see="Derive",
)
def keys_not_transposed(query: Array, key: Array) -> Any:
    return query @ key


@misconception(
    "scores",
    "Your table lies on its side: rows are keys and columns are queries.",
    see="Derive",
)
def table_on_its_side(query: Array, key: Array) -> Any:
    return key @ query.swapaxes(-1, -2)


@misconception(
    "scores",
    "All axes of the keys are turned round, those of the batch and the heads as well. With one head it goes unnoticed.",
    see="Derive",
)
def every_axis_turned(query: Array, key: Array) -> Any:
    return query @ key.T


@misconception(
    "scaled",
    "The scores are divided by the width. Their spread grows with its root: divided by more, all weights become alike.",
    see="Why the root of the width",
)
def divided_by_the_width(s: Array, width: int, scale: float | None = None) -> Any:
    return s * s.dtype.type(1 / width if scale is None else scale)


@misconception(
    "scaled",
    "The scores are multiplied by the root of the width: that sharpens the softmax where it ought to be softened.",
    see="Why the root of the width",
)
def multiplied_by_the_root(s: Array, width: int, scale: float | None = None) -> Any:
    return s * s.dtype.type(width**0.5 if scale is None else scale)


@misconception(
    "scaled",
    "The root is that of the number of keys. It is the width of a key that a score adds up over.",
    see="Why the root of the width",
)
def root_of_the_keys(s: Array, width: int, scale: float | None = None) -> Any:
    return s * s.dtype.type(s.shape[-1] ** -0.5 if scale is None else scale)


@misconception("scaled", "The scale that the caller gave is not used.", see="In the frameworks")
def scale_not_used(s: Array, width: int, scale: float | None = None) -> Any:
    return s * s.dtype.type(width**-0.5)


@misconception(
    "causal_mask",
    "No query may look at its own key, and the first may look nowhere. A token knows itself: the diagonal is open.",
    see="Masks",
)
def not_even_itself(queries: int, keys: int) -> Any:
    return np.arange(keys) < np.arange(queries)[:, None]


@misconception(
    "causal_mask",
    "Yours opens the future and hides the past.",
    see="Masks",
)
def past_hidden(queries: int, keys: int) -> Any:
    return np.arange(keys) >= np.arange(queries)[:, None]


@misconception(
    "padding_mask",
    "One key too many is open in each sequence: keys are counted from 0, so that of number length fills up already.",
    see="Masks",
)
def one_too_many(lengths: Any, keys: int) -> Any:
    return np.arange(keys) <= np.asarray(lengths).reshape(-1, 1, 1)


@misconception(
    "padding_mask",
    "Your mask is (N, S): it would be laid over the scores as if sequences were queries. The queries need an axis.",
    see="Masks",
)
def no_axis_for_queries(lengths: Any, keys: int) -> Any:
    return np.arange(keys) < np.asarray(lengths).reshape(-1, 1)


@misconception(
    "masked",
    "True hides in yours. Here, as in torch's scaled_dot_product_attention, True is who takes part.",
    see="Masks",
)
def true_hides(s: Array, mask: Mask | None) -> Any:
    if mask is None:
        return s
    return np.where(mask, -np.inf, s).astype(s.dtype) if mask.dtype == bool else s + mask


@misconception(
    "masked",
    "Hidden scores become 0, and e to the 0 is 1: a hidden key weighs as much as one with a score of zero.",
    see="Masks",
)
def hidden_is_zero(s: Array, mask: Mask | None) -> Any:
    if mask is None:
        return s
    return s * mask if mask.dtype == bool else s + mask


@misconception(
    "masked",
    "A mask of numbers is multiplied with the scores. It is added: that is what minus infinity and a bias need.",
    see="Masks",
)
def numbers_multiplied(s: Array, mask: Mask | None) -> Any:
    if mask is None:
        return s
    return np.where(mask, s, -np.inf).astype(s.dtype) if mask.dtype == bool else s * mask


@misconception(
    "softmax",
    "Your softmax runs over the queries: the weights of a key add up to 1, those of a query do not.",
    see="Derive",
)
def over_the_queries(s: Array) -> Any:
    top = s.max(axis=-2, keepdims=True, initial=-np.inf)
    e = np.exp(s - np.where(top == -np.inf, 0, top))
    total = e.sum(axis=-2, keepdims=True)
    return e / np.where(total == 0, 1, total)


@misconception(
    "softmax",
    "Nothing is subtracted first: the exponential of a score of a thousand is no number any more.",
    see="A row of nothing",
)
def nothing_subtracted(s: Array) -> Any:
    e = np.exp(s)
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


@misconception(
    "softmax",
    "A query that may look nowhere gets NaN: minus infinity less itself is no number, and it spreads.",
    see="A row of nothing",
)
def nowhere_is_nan(s: Array) -> Any:
    e = np.exp(s - s.max(axis=-1, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=-1, keepdims=True)


@misconception(
    "softmax",
    "One largest score is taken away from the whole table. In a row far below it every exponential is 0.",
    see="A row of nothing",
)
def one_top_for_all(s: Array) -> Any:
    top = s.max(initial=-np.inf)
    e = np.exp(s - np.where(top == -np.inf, 0, top))
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


@misconception("mixed", "It is the keys that are averaged for each value: the weights are transposed.", see="Derive")
def weights_transposed(p: Array, value: Array) -> Any:
    return p.swapaxes(-1, -2) @ value


@misconception(
    "DotProductAttention.forward",
    "Your scores are not scaled. At this width the softmax is hard already before anything is learned.",
    see="Why the root of the width",
)
def not_scaled(
    self: DotProductAttention, query: Array, key: Array, value: Array, attn_mask: Any = None, is_causal: bool = False
) -> Any:
    mask = right.mask_of("forward", query, key, attn_mask, is_causal)
    self.weights = right.softmax(right.masked(right.scores(query, key), mask))
    return self.weights @ value


@misconception(
    "DotProductAttention.forward",
    "The mask does nothing in yours: every query looks everywhere.",
    see="Masks",
)
def mask_forgotten(
    self: DotProductAttention, query: Array, key: Array, value: Array, attn_mask: Any = None, is_causal: bool = False
) -> Any:
    self.weights = right.softmax(right.scaled(right.scores(query, key), query.shape[-1], self.scale))
    return self.weights @ value


@misconception(
    "DotProductAttention.forward",
    "The mask comes after the softmax: what is hidden took its share first, and the weights no longer add up to 1.",
    see="Masks",
)
def mask_after_the_softmax(
    self: DotProductAttention, query: Array, key: Array, value: Array, attn_mask: Any = None, is_causal: bool = False
) -> Any:
    mask = right.mask_of("forward", query, key, attn_mask, is_causal)
    p = right.softmax(right.scaled(right.scores(query, key), query.shape[-1], self.scale))
    self.weights = p if mask is None else np.where(mask, p, 0) if mask.dtype == bool else p + mask
    return self.weights @ value


@misconception(
    "DotProductAttention.forward",
    "The mask is added first and scaled with the scores: a bias comes out weaker than it was given.",
    see="Masks",
)
def mask_scaled_too(
    self: DotProductAttention, query: Array, key: Array, value: Array, attn_mask: Any = None, is_causal: bool = False
) -> Any:
    mask = right.mask_of("forward", query, key, attn_mask, is_causal)
    self.weights = right.softmax(
        right.scaled(right.masked(right.scores(query, key), mask), query.shape[-1], self.scale)
    )
    return self.weights @ value
