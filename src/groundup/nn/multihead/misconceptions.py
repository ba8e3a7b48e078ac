"""What people write instead of heads, masks, projections and a cache."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.attention.attention import Mask
from groundup.nn.multihead.misconceptions_of_the_layer import *  # noqa: F403
from groundup.nn.multihead.multihead import KVCache, MultiheadAttention


@misconception(
    "split",
    "You only re-read the numbers in another shape: what you call a head is a mix of several steps.",
    see="Build",
)
def reshaped_only(x: Array, heads: int) -> Any:
    n, steps, width = x.shape
    return x.reshape(n, heads, steps, width // heads)


@misconception(
    "split",
    "Your heads take every so many-th number of a vector. Weights from elsewhere expect parts that lie together.",
    see="Build",
)
def heads_interleaved(x: Array, heads: int) -> Any:
    n, steps, width = x.shape
    return np.ascontiguousarray(x.reshape(n, steps, width // heads, heads).transpose(0, 3, 1, 2))


@misconception(
    "split",
    "Heads stand behind steps: a product over the last two axes would compare heads with each other at one step.",
    see="Build",
)
def heads_behind_steps(x: Array, heads: int) -> Any:
    n, steps, width = x.shape
    return x.reshape(n, steps, heads, width // heads)


@misconception(
    "join",
    "You join without letting heads and steps change places: a vector comes out made of one head at several steps.",
    see="Build",
)
def joined_without_changing_places(heads: Array) -> Any:
    n, count, steps, width = heads.shape
    return heads.reshape(n, steps, count * width)


@misconception(
    "merged",
    "Nothing is turned round: True still means hidden, where the scores expect who takes part.",
    see="Masks of two kinds",
)
def not_turned_round(masks: Sequence[Mask]) -> Any:
    if not masks:
        return None
    if all(mask.dtype == bool for mask in masks):
        return np.any(np.broadcast_arrays(*masks), axis=0)
    return np.asarray(sum(np.broadcast_arrays(*_numbers(masks))))


@misconception(
    "merged",
    "A key is hidden only where all masks hide it. Each mask holds: hidden by one is hidden.",
    see="Masks of two kinds",
)
def hidden_by_all(masks: Sequence[Mask]) -> Any:
    if not masks:
        return None
    if all(mask.dtype == bool for mask in masks):
        return ~np.all(np.broadcast_arrays(*masks), axis=0)
    return np.asarray(sum(np.broadcast_arrays(*_numbers(masks))))


@misconception(
    "merged",
    "Beside numbers, True is added as a 1: what it ought to hide becomes a little more likely.",
    see="Masks of two kinds",
)
def true_is_one(masks: Sequence[Mask]) -> Any:
    if not masks:
        return None
    if all(mask.dtype == bool for mask in masks):
        return ~np.any(np.broadcast_arrays(*masks), axis=0)
    dtype = next(mask.dtype for mask in masks if mask.dtype != bool)
    return np.asarray(sum(np.broadcast_arrays(*(mask.astype(dtype) for mask in masks))))


@misconception(
    "merged",
    "Only the first mask is used; the others are forgotten.",
    see="Masks of two kinds",
)
def first_mask_only(masks: Sequence[Mask]) -> Any:
    if not masks:
        return None
    return ~masks[0] if masks[0].dtype == bool else masks[0]


def _numbers(masks: Sequence[Mask]) -> list[Mask]:
    dtype = next(mask.dtype for mask in masks if mask.dtype != bool)
    return [np.where(m, -np.inf, 0).astype(dtype) if m.dtype == bool else m for m in masks]


@misconception(
    "MultiheadAttention.project",
    "The weights are used the wrong way round. They are stored as (outputs, inputs); a square one hides it.",
    see="Derive",
)
def weights_not_transposed(self: MultiheadAttention, inputs: Sequence[Array]) -> Any:
    biases: Any = [0.0] * 3 if self.in_proj_bias is None else np.split(self.in_proj_bias.value, 3)
    return [x @ w + b for x, w, b in zip(inputs, self.in_weights(), biases, strict=True)]


@misconception(
    "MultiheadAttention.project",
    "The biases are left out.",
    see="Derive",
)
def biases_forgotten(self: MultiheadAttention, inputs: Sequence[Array]) -> Any:
    return [x @ w.T for x, w in zip(inputs, self.in_weights(), strict=True)]


@misconception(
    "MultiheadAttention.project",
    "All three get the bias of the queries, the first third.",
    see="Derive",
)
def one_bias_for_all(self: MultiheadAttention, inputs: Sequence[Array]) -> Any:
    bias = 0.0 if self.in_proj_bias is None else self.in_proj_bias.value[: self.embed_dim]
    return [x @ w.T + bias for x, w in zip(inputs, self.in_weights(), strict=True)]


@misconception(
    "MultiheadAttention.project_backward",
    "The gradients of the weights replace what was there instead of being added to it.",
    see="Derive",
)
def gradients_replaced(self: MultiheadAttention, inputs: Sequence[Array], grads: Sequence[Array]) -> Any:
    rows = [d.reshape(-1, self.embed_dim) for d in grads]
    for dw, d, x in zip(self.in_grads(), rows, inputs, strict=True):
        dw[...] = d.T @ x.reshape(len(d), x.shape[-1])
    if self.in_proj_bias is not None:
        self.in_proj_bias.grad[...] = np.concatenate([d.sum(axis=0) for d in rows])
    return [d @ w for d, w in zip(grads, self.in_weights(), strict=True)]


@misconception(
    "MultiheadAttention.project_backward",
    "The gradient of the bias is never added: the three biases would stay where they began.",
    see="Derive",
)
def bias_gradient_forgotten(self: MultiheadAttention, inputs: Sequence[Array], grads: Sequence[Array]) -> Any:
    rows = [d.reshape(-1, self.embed_dim) for d in grads]
    for dw, d, x in zip(self.in_grads(), rows, inputs, strict=True):
        dw += d.T @ x.reshape(len(d), x.shape[-1])
    return [d @ w for d, w in zip(grads, self.in_weights(), strict=True)]


@misconception(
    "MultiheadAttention.project_backward",
    "The gradients of the inputs go through transposed weights. Forward transposed them; the way back does not.",
    see="Derive",
)
def weights_transposed_on_the_way_back(
    self: MultiheadAttention, inputs: Sequence[Array], grads: Sequence[Array]
) -> Any:
    rows = [d.reshape(-1, self.embed_dim) for d in grads]
    for dw, d, x in zip(self.in_grads(), rows, inputs, strict=True):
        dw += d.T @ x.reshape(len(d), x.shape[-1])
    if self.in_proj_bias is not None:
        self.in_proj_bias.grad += np.concatenate([d.sum(axis=0) for d in rows])
    return [d @ w.T for d, w in zip(grads, self.in_weights(), strict=True)]


@misconception(
    "KVCache.extend",
    "Only what is new comes back: the newest word cannot look at those before it.",
    see="One step at a time",
)
def only_the_new_comes_back(self: KVCache, key: Array, value: Array) -> Any:
    if self.key is None or self.value is None:
        self.key, self.value = key, value
    else:
        self.key, self.value = np.concatenate([self.key, key], axis=2), np.concatenate([self.value, value], axis=2)
    return key, value


@misconception(
    "KVCache.extend",
    "Your cache forgets: it keeps the newest step only, so that of all that was there one step is left.",
    see="One step at a time",
)
def keeps_the_newest_only(self: KVCache, key: Array, value: Array) -> Any:
    old = (self.key, self.value)
    self.key, self.value = key, value
    if old[0] is None or old[1] is None:
        return key, value
    return np.concatenate([old[0], key], axis=2), np.concatenate([old[1], value], axis=2)


@misconception(
    "KVCache.extend",
    "The new steps are put before the old ones.",
    see="One step at a time",
)
def new_before_old(self: KVCache, key: Array, value: Array) -> Any:
    if self.key is not None and self.value is not None:
        key, value = np.concatenate([key, self.key], axis=2), np.concatenate([value, self.value], axis=2)
    self.key, self.value = key, value
    return key, value


@misconception(
    "KVCache.extend",
    "Old and new are joined along the width, as if a key had grown; it is a step that is added.",
    see="One step at a time",
)
def joined_along_the_width(self: KVCache, key: Array, value: Array) -> Any:
    if self.key is not None and self.value is not None:
        key, value = np.concatenate([self.key, key], axis=3), np.concatenate([self.value, value], axis=3)
    self.key, self.value = key, value
    return key, value
