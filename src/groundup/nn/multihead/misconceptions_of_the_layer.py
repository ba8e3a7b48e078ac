"""What people write instead of multi-head attention as a whole, forward and back."""

from typing import Any

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.attention.attention import masked, mixed, scaled, scores, softmax, softmax_backward
from groundup.nn.multihead import multihead as right
from groundup.nn.multihead.inputs import expect_inputs, expect_masks
from groundup.nn.multihead.multihead import MultiheadAttention


def forward(
    self: MultiheadAttention, query: Array, key: Array, value: Array, key_padding_mask: Any = None,
    need_weights: bool = True, attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
    *, cache: Any = None, wrong: str = "",
) -> Any:  # fmt: skip
    """The layer with one thing changed."""
    inputs = expect_inputs(self, query, key, value, cache)
    past = 0 if cache is None or wrong == "past" else len(cache)
    sizes = (len(inputs[0]), inputs[0].shape[1], inputs[1].shape[1] + (0 if cache is None else len(cache)))
    masks = expect_masks(self, sizes, key_padding_mask, attn_mask, is_causal, past, query.dtype)
    heads = 1 if wrong == "one head" else self.num_heads
    q, k, v = (right.split(x, heads) for x in self.project(inputs))
    k, v = (k, v) if cache is None else cache.extend(k, v)
    p = softmax(masked(scaled(scores(q, k), self.embed_dim if wrong == "width" else q.shape[-1]), right.merged(masks)))
    dropped = p if wrong == "dropout" else self.dropout(p)
    joined = right.join(mixed(dropped, v))
    y = joined if wrong == "out_proj" else self.out_proj(joined)
    self.keep(inputs, q, k, v, p, dropped, query.ndim, cache is None)
    return self.outside(y, query.ndim), self.shown(p, query.ndim, average_attn_weights) if need_weights else None


@misconception(
    "MultiheadAttention.forward",
    "The scores are divided by the root of the whole width. A head's queries and keys have only its part of it.",
    see="Derive",
)
def root_of_the_whole_width(self: MultiheadAttention, *inputs: Any, **options: Any) -> Any:
    return forward(self, *inputs, **options, wrong="width")


@misconception(
    "MultiheadAttention.forward",
    "The heads stand side by side and never meet: the last projection is missing.",
    see="Derive",
)
def last_projection_forgotten(self: MultiheadAttention, *inputs: Any, **options: Any) -> Any:
    return forward(self, *inputs, **options, wrong="out_proj")


@misconception(
    "MultiheadAttention.forward",
    "Nothing is cut into heads: one attention runs over the whole width, and there is one picture of it.",
    see="Derive",
)
def one_head_only(self: MultiheadAttention, *inputs: Any, **options: Any) -> Any:
    return forward(self, *inputs, **options, wrong="one head")


@misconception(
    "MultiheadAttention.forward",
    "Nothing is dropped in training: the weights go to the values as they are.",
    see="Build",
)
def dropout_forgotten(self: MultiheadAttention, *inputs: Any, **options: Any) -> Any:
    return forward(self, *inputs, **options, wrong="dropout")


@misconception(
    "MultiheadAttention.forward",
    "Masks do nothing in yours: the future is open, and so is what fills up.",
    see="Masks of two kinds",
)
def masks_forgotten(
    self: MultiheadAttention, query: Array, key: Array, value: Array, key_padding_mask: Any = None, **options: Any
) -> Any:
    return forward(self, query, key, value, **{**options, "is_causal": False})


@misconception(
    "MultiheadAttention.forward",
    "The steps in the cache are not counted: your causal mask hides them from the newest word as if they were to come.",
    see="One step at a time",
)
def cache_not_counted(self: MultiheadAttention, *inputs: Any, **options: Any) -> Any:
    return forward(self, *inputs, **options, wrong="past")


@misconception(
    "MultiheadAttention.forward",
    "The weights are averaged over the heads even where the caller asks for each of them.",
    see="In the frameworks",
)
def always_averaged(self: MultiheadAttention, *inputs: Any, **options: Any) -> Any:
    return forward(self, *inputs, **{**options, "average_attn_weights": True})


def backward(self: MultiheadAttention, dy: Array, wrong: str) -> Any:
    """The way back with one thing changed."""
    inputs, q, k, v, p, dropped, ndim, _ = self.kept_all()
    dmixed = right.split(self.out_proj.backward(self.inside(dy)), self.num_heads)
    dv = (p if wrong == "undropped values" else dropped).swapaxes(-1, -2) @ dmixed
    dp = dmixed @ v.swapaxes(-1, -2)
    dp = dp if wrong == "dropout" else self.dropout.backward(dp)
    ds = softmax_backward(dropped if wrong == "dropped softmax" else p, dp)
    ds = ds if wrong == "scale" else scaled(ds, self.embed_dim if wrong == "width" else self.head_dim)
    parts = [right.join(d) for d in (ds @ k, ds.swapaxes(-1, -2) @ q, dv)]
    return [self.outside(d, ndim) for d in self.project_backward(inputs, parts)]


@misconception(
    "MultiheadAttention.backward",
    "The values receive what the weights were before dropout; those that were dropped took nothing from them.",
    see="Build",
)
def values_from_all_weights(self: MultiheadAttention, dy: Array) -> Any:
    return backward(self, dy, "undropped values")


@misconception(
    "MultiheadAttention.backward",
    "Dropped weights still receive a gradient: the way back does not go through the dropout.",
    see="Build",
)
def dropout_forgotten_on_the_way_back(self: MultiheadAttention, dy: Array) -> Any:
    return backward(self, dy, "dropout")


@misconception(
    "MultiheadAttention.backward",
    "Back through the softmax you use the weights that dropout left. The softmax gave those before it.",
    see="Build",
)
def softmax_of_the_dropped(self: MultiheadAttention, dy: Array) -> Any:
    return backward(self, dy, "dropped softmax")


@misconception(
    "MultiheadAttention.backward",
    "The root of the head's width is missing on the way back.",
    see="Derive",
)
def scale_forgotten_on_the_way_back(self: MultiheadAttention, dy: Array) -> Any:
    return backward(self, dy, "scale")


@misconception(
    "MultiheadAttention.backward",
    "On the way back the root is that of the whole width; forward it was that of a head.",
    see="Derive",
)
def root_of_the_whole_width_on_the_way_back(self: MultiheadAttention, dy: Array) -> Any:
    return backward(self, dy, "width")


@misconception(
    "MultiheadAttention.backward_self",
    "Only the gradient of the queries is returned. x was key and value as well: three gradients add up.",
    see="Derive",
)
def queries_only(self: MultiheadAttention, dy: Array) -> Any:
    return self.backward(dy)[0]


@misconception(
    "MultiheadAttention.backward_self",
    "The three gradients are averaged. Each use of x moves the loss by its own share: they add up.",
    see="Derive",
)
def mean_of_three(self: MultiheadAttention, dy: Array) -> Any:
    return np.mean(self.backward(dy), axis=0)
