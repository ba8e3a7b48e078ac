"""Sharding written another way, and just as right."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from groundup.core import Array, variant
from groundup.core.expect import expect_features, expect_shape
from groundup.core.shard.shard import Centre, Sharded, deal


@variant("deal", "a share for all, one more for the first few, and slices")
def one_more_for_the_first(x: Array, shards: int, axis: int = 0) -> list[Array]:
    share, left = divmod(x.shape[axis], shards)
    rows, start, parts = np.moveaxis(x, axis, 0), 0, []
    for s in range(shards):
        end = start + share + (s < left)
        parts.append(np.moveaxis(rows[start:end], 0, axis))
        start = end
    return parts


@variant("deal", "the lengths of the runs from every S-th row, the ends as their running sum")
def running_sum_of_lengths(x: Array, shards: int, axis: int = 0) -> list[Array]:
    lengths = [len(range(s, x.shape[axis], shards)) for s in range(shards)]
    return np.split(x, np.cumsum(lengths)[:-1], axis=axis)


@variant("add_in_order", "the last of the running sums")
def last_running_sum(parts: Sequence[Array]) -> Array:
    total: Array = np.cumsum(np.stack(parts), axis=0)[-1]
    return total


@variant("add_in_order", "a new array for every sum, from zeros on")
def from_zeros_on(parts: Sequence[Array]) -> Array:
    total = np.zeros_like(parts[0])
    for part in parts:
        total = total + part
    return total


@variant("Centre.forward", "one array across the shards: the sums, and the number of rows behind them")
def sums_and_count_together(self: Centre, x: Array) -> Array:
    x = expect_features("Centre.forward", x, len(self.weight.value))
    own = np.append(x.sum(axis=0), len(x)).astype(x.dtype)  # (F + 1,)
    (everything,) = self.across(own)
    mean, rows = everything[:-1] / max(everything[-1], 1), everything[-1:]
    self.keep(x - mean, rows)
    y: Array = x * self.weight.value - mean * self.weight.value
    return y


@variant("Centre.forward", "a product with a row of ones, and twice across the shards")
def twice_across(self: Centre, x: Array) -> Array:
    x = expect_features("Centre.forward", x, len(self.weight.value))
    (total,) = self.across(np.ones(len(x), x.dtype) @ x)  # (N,) @ (N, F)
    (rows,) = self.across(np.array(float(len(x)), x.dtype))
    centred = np.subtract(x, total * (1 / np.maximum(rows, 1)))
    self.keep(centred, rows)
    y: Array = np.einsum("f,nf->nf", self.weight.value, centred)
    return y


@variant("Centre.backward", "centre dy first, scale it last")
def scaled_last(self: Centre, dy: Array) -> Array:
    centred, rows = self.kept_all()
    expect_shape("Centre.backward", dy, centred.shape, like="y")
    self.weight.grad += np.einsum("nf,nf->f", dy, centred)
    (total,) = self.across(dy.sum(axis=0))
    dx: Array = (dy - total / np.maximum(rows, 1)) * self.weight.value
    return dx


@variant("Centre.backward", "one array across the shards, feature by feature")
def feature_by_feature(self: Centre, dy: Array) -> Array:
    centred, rows = self.kept_all()
    dx = np.array(expect_shape("Centre.backward", dy, centred.shape, like="y"))
    for f, w in enumerate(self.weight.value):
        self.weight.grad[f] += dy[:, f] @ centred[:, f]
        dx[:, f] *= w
    (total,) = self.across(np.add.reduce(dx, axis=0))
    dx -= total / np.maximum(rows, 1)
    return dx


@variant("Sharded.backward", "copy by copy in place of parameter by parameter")
def copy_by_copy(self: Sharded, dy: Array) -> Any:
    self.kept_all()
    dealt = deal(dy, len(self.copies), self.axis)
    dx = self._together([partial(self.copies[s].backward, part) for s, part in enumerate(dealt)])
    own = self.module.parameters()
    for replica in self.copies:
        for parameter, share in zip(own, replica.parameters(), strict=True):
            parameter.grad += share.grad
        replica.zero_grad()
    return dx


@variant("Sharded.backward", "gradients by name, the copies' made anew")
def gradients_by_name(self: Sharded, dy: Array) -> Any:
    self.kept_all()
    dealt = iter(deal(dy, len(self.copies), self.axis))
    dx = self._together([partial(replica.backward, next(dealt)) for replica in self.copies])
    shares = [dict(replica.named_parameters()) for replica in self.copies]
    for name, parameter in self.module.named_parameters():
        total = np.zeros_like(parameter.grad)
        for share in shares:
            total += share[name].grad
            share[name].grad = np.zeros_like(total)
        parameter.grad += total
    return dx
