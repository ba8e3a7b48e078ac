"""What people really write when they split a batch."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from groundup.core.misconception import misconception
from groundup.core.shard.shard import Centre, Sharded, add_in_order, deal
from groundup.core.types import Array


@misconception(
    "deal",
    "You cut runs of one length and drop the rest: the last rows of the batch are never seen.",
    see="Derive",
)
def rest_dropped(x: Array, shards: int, axis: int = 0) -> list[Array]:
    length = x.shape[axis] // shards
    return [np.take(x, range(s * length, (s + 1) * length), axis) for s in range(shards)]


@misconception(
    "deal",
    "You deal rows like cards, one to each in turn. Put together again they stand in another order.",
    see="Derive",
)
def dealt_in_turn(x: Array, shards: int, axis: int = 0) -> list[Array]:
    return [np.take(x, range(s, x.shape[axis], shards), axis) for s in range(shards)]


@misconception("deal", "You always split the first axis. Sequences may carry the batch on another.", see="Derive")
def first_axis_always(x: Array, shards: int, axis: int = 0) -> list[Array]:
    return np.array_split(x, shards)


@misconception("deal", "You split the features. Each shard needs whole rows.", see="Derive")
def features_split(x: Array, shards: int, axis: int = 0) -> list[Array]:
    return np.array_split(x, shards, axis=-1)


@misconception(
    "add_in_order",
    "You add into the first shard's array: its own gradient is gone, and the next sum counts it again.",
    see="Break",
)
def added_into_the_first(parts: Sequence[Array]) -> Array:
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


@misconception(
    "add_in_order", "You average the parts. A loss that is a sum over rows has a gradient that is one.", see="Break"
)
def averaged(parts: Sequence[Array]) -> Array:
    mean: Array = add_in_order(parts) / len(parts)
    return mean


@misconception(
    "Centre.forward", "You subtract the mean of your own rows: the other shards' rows belong to the batch.", see="Break"
)
def own_rows_only(self: Centre, x: Array) -> Array:
    rows, total = np.asarray(len(x), x.dtype), x.sum(axis=0)
    centred: Array = x - total / np.maximum(rows, 1)
    self.keep(centred, rows)
    return self.weight.value * centred


@misconception(
    "Centre.forward",
    "You add up the means of the shards. A mean over all rows is a sum over all rows, divided once.",
    see="Break",
)
def sum_of_means(self: Centre, x: Array) -> Array:
    rows, mean = self.across(np.asarray(len(x), x.dtype), x.mean(axis=0))
    centred: Array = x - mean
    self.keep(centred, rows)
    return self.weight.value * centred


@misconception(
    "Centre.backward",
    "Your gradient takes the mean for a constant. It moved with every row.",
    see="Derive",
)
def mean_held_still(self: Centre, dy: Array) -> Array:
    centred, _ = self.kept_all()
    self.weight.grad += (dy * centred).sum(axis=0)
    return self.weight.value * dy


@misconception(
    "Centre.backward",
    "The gradient of your weight is summed over all shards here, and will be added over the shards once more.",
    see="Break",
)
def weight_added_twice(self: Centre, dy: Array) -> Array:
    centred, rows = self.kept_all()
    dcentred: Array = self.weight.value * dy
    dw, total = self.across((dy * centred).sum(axis=0), dcentred.sum(axis=0))
    self.weight.grad += dw
    dx: Array = dcentred - total / np.maximum(rows, 1)
    return dx


@misconception(
    "Sharded.backward",
    "You take the gradient of the first shard for that of the batch: the others' work is thrown away.",
    see="Derive",
)
def first_shard_only(self: Sharded, dy: Array) -> Any:
    self.kept_all()
    dx = _pulled_back(self, dy)
    for parameter, share in zip(self.module.parameters(), self.copies[0].parameters(), strict=True):
        parameter.grad += share.grad
    for replica in self.copies:
        replica.zero_grad()
    return dx


@misconception(
    "Sharded.backward",
    "You set the gradient where it is to be added: what an earlier batch left there is lost.",
    see="Derive",
)
def gradient_replaced(self: Sharded, dy: Array) -> Any:
    self.module.zero_grad()
    return Sharded.backward(self, dy)


@misconception(
    "Sharded.backward",
    "The shards' own gradients are never cleared: the second batch brings the first one's along.",
    see="Break",
)
def shares_not_cleared(self: Sharded, dy: Array) -> Any:
    self.kept_all()
    dx = _pulled_back(self, dy)
    for parameter, *shares in zip(self.module.parameters(), *(c.parameters() for c in self.copies), strict=True):
        parameter.grad += add_in_order([share.grad for share in shares])
    return dx


@misconception(
    "Sharded.backward",
    "You average the shards' gradients: each is a part of the sum over rows, none is the whole.",
    see="Break",
)
def gradients_averaged(self: Sharded, dy: Array) -> Any:
    before = [parameter.grad.copy() for parameter in self.module.parameters()]
    dx = Sharded.backward(self, dy)
    for parameter, grad in zip(self.module.parameters(), before, strict=True):
        parameter.grad = grad + (parameter.grad - grad) / len(self.copies)
    return dx


def _pulled_back(sharded: Sharded, dy: Array) -> Any:
    parts = deal(dy, len(sharded.copies), sharded.axis)
    return sharded._together([partial(c.backward, part) for c, part in zip(sharded.copies, parts, strict=True)])
