"""Multi-head attention written another way, and just as right."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from groundup.core import Array, ShapeError, variant
from groundup.nn.attention.attention import Mask, masked, scaled, scores, softmax, softmax_backward
from groundup.nn.multihead.inputs import expect_inputs, expect_masks
from groundup.nn.multihead.multihead import KVCache, MultiheadAttention, join, merged, split


@variant("split", "the width cut in parts, which are stacked")
def parts_stacked(x: Array, heads: int) -> Array:
    return np.stack(np.split(x, heads, axis=2), axis=1)


@variant("split", "head by head, from a slice of the width")
def slice_by_slice(x: Array, heads: int) -> Array:
    n, steps, width = x.shape
    size = width // heads
    found = np.empty((n, heads, steps, size), x.dtype)
    for h in range(heads):
        found[:, h] = x[:, :, h * size : (h + 1) * size]
    return found


@variant("join", "heads side by side")
def side_by_side(heads: Array) -> Array:
    return np.concatenate([heads[:, h] for h in range(heads.shape[1])], axis=2)


@variant("join", "einsum in place of a transpose")
def joined_by_einsum(heads: Array) -> Array:
    n, count, steps, width = heads.shape
    joined: Array = np.einsum("nhld->nlhd", heads).reshape(n, steps, count * width)
    return joined


@variant("merged", "open and open, mask by mask; numbers from a table of two")
def open_and_open(masks: Sequence[Mask]) -> Mask | None:
    if len(masks) == 0:
        return None
    floats = [mask.dtype for mask in masks if mask.dtype != bool]
    if not floats:
        return reduce(np.logical_and, [np.logical_not(mask) for mask in masks])
    table = np.array([0, -np.inf], floats[0])
    return reduce(np.add, [table[mask.astype(int)] if mask.dtype == bool else mask for mask in masks])


@variant("merged", "numbers added up, then minus infinity at what is hidden")
def hidden_at_the_end(masks: Sequence[Mask]) -> Mask | None:
    hides = [mask for mask in masks if mask.dtype == bool]
    numbers = [mask for mask in masks if mask.dtype != bool]
    hidden = np.zeros(np.broadcast_shapes(*(mask.shape for mask in masks)), bool)
    for mask in hides:
        hidden |= mask
    if numbers:
        total = np.zeros(hidden.shape, numbers[0].dtype)
        for mask in numbers:
            total += mask
        total[hidden] = -np.inf
        return total
    return ~hidden if hides else None


@variant("MultiheadAttention.project", "einsum, bias by slices")
def projected_by_einsum(self: MultiheadAttention, inputs: Sequence[Array]) -> list[Array]:
    projected = []
    for third, (x, w) in enumerate(zip(inputs, self.in_weights(), strict=True)):
        y = np.einsum("nsi,oi->nso", x, w)
        if self.in_proj_bias is not None:
            y += self.in_proj_bias.value[third * self.embed_dim : (third + 1) * self.embed_dim]
        projected.append(y)
    return projected


@variant("MultiheadAttention.project", "an input of one more number, for the bias")
def a_one_for_the_bias(self: MultiheadAttention, inputs: Sequence[Array]) -> list[Array]:
    bias = np.zeros(3 * self.embed_dim) if self.in_proj_bias is None else self.in_proj_bias.value
    projected = []
    for x, w, b in zip(inputs, self.in_weights(), bias.reshape(3, -1), strict=True):
        longer = np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)
        projected.append(longer @ np.column_stack([w, b]).T.astype(x.dtype))
    return projected


@variant("MultiheadAttention.project_backward", "einsum over sequences and steps")
def gradients_by_einsum(self: MultiheadAttention, inputs: Sequence[Array], grads: Sequence[Array]) -> list[Array]:
    found = []
    for k, (x, d, w, dw) in enumerate(zip(inputs, grads, self.in_weights(), self.in_grads(), strict=True)):
        dw += np.einsum("nso,nsi->oi", d, x)
        if self.in_proj_bias is not None:
            self.in_proj_bias.grad.reshape(3, -1)[k] += d.sum(axis=(0, 1))
        found.append(np.einsum("nso,oi->nsi", d, w))
    return found


@variant("MultiheadAttention.project_backward", "sequence by sequence")
def sequence_by_sequence(self: MultiheadAttention, inputs: Sequence[Array], grads: Sequence[Array]) -> list[Array]:
    found = [np.empty_like(x) for x in inputs]
    for k, (w, dw) in enumerate(zip(self.in_weights(), self.in_grads(), strict=True)):
        for n, (x, d) in enumerate(zip(inputs[k], grads[k], strict=True)):
            dw += d.T @ x
            found[k][n] = d @ w
    if self.in_proj_bias is not None:
        dq, dk, dv = (d.sum(axis=0).sum(axis=0) for d in grads)
        self.in_proj_bias.grad += np.hstack([dq, dk, dv])
    return found


@variant("MultiheadAttention.forward", "einsum, with heads behind the steps")
def heads_behind_the_steps(
    self: MultiheadAttention, query: Array, key: Array, value: Array, key_padding_mask: Any = None,
    need_weights: bool = True, attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
    *, cache: KVCache | None = None,
) -> tuple[Array, Array | None]:  # fmt: skip
    inputs = expect_inputs(self, query, key, value, cache)
    n, steps, past = len(inputs[0]), inputs[0].shape[1], len(cache) if cache is not None else 0
    masks = expect_masks(
        self, (n, steps, inputs[1].shape[1] + past), key_padding_mask, attn_mask, is_causal, past, query.dtype
    )
    q, k, v = (x.reshape(*x.shape[:2], self.num_heads, self.head_dim) for x in self.project(inputs))  # (N, S, H, d)
    q, k, v = (x.swapaxes(1, 2) for x in (q, k, v))
    if cache is not None:
        k, v = cache.extend(k, v)
    s = np.einsum("nhld,nhsd->nhls", q, k) / np.sqrt(np.array(self.head_dim, q.dtype))
    p = softmax(masked(s, merged(masks)))
    dropped = self.dropout(p)
    mix = np.einsum("nhls,nhsd->nlhd", dropped, v).reshape(n, steps, self.embed_dim)
    self.keep(inputs, q, k, v, p, dropped, query.ndim, cache is None)
    y = self.outside(self.out_proj(mix), query.ndim)
    return (y, self.shown(p, query.ndim, average_attn_weights)) if need_weights else (y, None)


@variant("MultiheadAttention.forward", "an attention for each head, one after the other")
def head_by_head(
    self: MultiheadAttention, query: Array, key: Array, value: Array, key_padding_mask: Any = None,
    need_weights: bool = True, attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
    *, cache: KVCache | None = None,
) -> tuple[Array, Array | None]:  # fmt: skip
    inputs = expect_inputs(self, query, key, value, cache)
    past = 0 if cache is None else len(cache)
    sizes = (len(inputs[0]), inputs[0].shape[1], inputs[1].shape[1] + past)
    mask = merged(expect_masks(self, sizes, key_padding_mask, attn_mask, is_causal, past, query.dtype))
    q, k, v = (split(x, self.num_heads) for x in self.project(inputs))
    if cache is not None:
        k, v = cache.extend(k, v)
    whole = None if mask is None else np.broadcast_to(mask, (sizes[0], self.num_heads, *sizes[1:]))
    weights = []
    for h in range(self.num_heads):
        s = scaled(scores(q[:, h], k[:, h]), self.head_dim)
        weights.append(softmax(masked(s, None if whole is None else whole[:, h])))
    p = np.stack(weights, axis=1)
    dropped = self.dropout(p)
    mix = np.concatenate([dropped[:, h] @ v[:, h] for h in range(self.num_heads)], axis=2)
    y = self.out_proj(mix)
    self.keep(inputs, q, k, v, p, dropped, query.ndim, cache is None)
    return self.outside(y, query.ndim), self.shown(p, query.ndim, average_attn_weights) if need_weights else None


@variant("MultiheadAttention.backward", "einsum, and the softmax written out")
def back_by_einsum(self: MultiheadAttention, dy: Array) -> tuple[Array, Array, Array]:
    inputs, q, k, v, p, dropped, ndim, whole = self.kept_all()
    dy = self.expect_upstream(dy, inputs[0].shape[:2], ndim, whole)
    dmix = self.out_proj.backward(dy).reshape(*dy.shape[:2], self.num_heads, self.head_dim)  # (N, L, H, d)
    dp = self.dropout.backward(np.einsum("nlhd,nhsd->nhls", dmix, v))
    both = p * dp
    ds = (both - p * both.sum(axis=-1, keepdims=True)) / np.sqrt(np.array(self.head_dim, p.dtype))
    found = [
        np.einsum("nhls,nhsd->nlhd", ds, k),
        np.einsum("nhls,nhld->nshd", ds, q),
        np.einsum("nhls,nlhd->nshd", dropped, dmix),
    ]
    rows = [d.reshape(*d.shape[:2], self.embed_dim) for d in found]
    dquery, dkey, dvalue = (self.outside(d, ndim) for d in self.project_backward(inputs, rows))
    return dquery, dkey, dvalue


@variant("MultiheadAttention.backward", "one head after the other, queries and keys scaled in place of scores")
def back_head_by_head(self: MultiheadAttention, dy: Array) -> tuple[Array, Array, Array]:
    inputs, q, k, v, p, dropped, ndim, whole = self.kept_all()
    dmix = split(self.out_proj.backward(self.expect_upstream(dy, inputs[0].shape[:2], ndim, whole)), self.num_heads)
    dp = self.dropout.backward(np.stack([dmix[:, h] @ v[:, h].swapaxes(1, 2) for h in range(self.num_heads)], axis=1))
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    for h in range(self.num_heads):
        ds = softmax_backward(p[:, h], dp[:, h])
        dq[:, h] = scaled(ds @ k[:, h], self.head_dim)
        dk[:, h] = scaled(ds.swapaxes(1, 2) @ q[:, h], self.head_dim)
        dv[:, h] = dropped[:, h].swapaxes(1, 2) @ dmix[:, h]
    dquery, dkey, dvalue = self.project_backward(inputs, [join(d) for d in (dq, dk, dv)])
    return self.outside(dquery, ndim), self.outside(dkey, ndim), self.outside(dvalue, ndim)


@variant("MultiheadAttention.backward_self", "a sum over the stacked three")
def sum_of_three(self: MultiheadAttention, dy: Array) -> Array:
    dx: Array = np.sum(np.stack(self.backward(dy)), axis=0)
    return dx


@variant("KVCache.extend", "room for all, filled from both sides")
def room_for_all(self: KVCache, key: Array, value: Array) -> tuple[Array, Array]:
    past = len(self)
    if self.key is not None and self.key.shape[:2] != key.shape[:2]:
        raise ShapeError(f"KVCache.extend: expected (N, H) = {self.key.shape[:2]}, got {key.shape[:2]}")
    n, heads, new, width = key.shape
    keys = np.empty((n, heads, past + new, width), key.dtype)
    values = np.empty((n, heads, past + new, value.shape[3]), value.dtype)
    keys[:, :, past:], values[:, :, past:] = key, value
    if self.key is not None and self.value is not None:
        keys[:, :, :past], values[:, :, :past] = self.key, self.value
    self.key, self.value = keys, values
    return keys, values


@variant("KVCache.extend", "append, or begin with what comes first")
def appended(self: KVCache, key: Array, value: Array) -> tuple[Array, Array]:
    if self.key is None or self.value is None:
        self.key, self.value = key.copy(), value.copy()
    elif self.key.shape[:2] != key.shape[:2]:
        raise ShapeError(f"KVCache.extend: expected (N, H) = {self.key.shape[:2]}, got {key.shape[:2]}")
    else:
        self.key = np.append(self.key, key, axis=-2)
        self.value = np.append(self.value, value, axis=-2)
    return self.key, self.value
