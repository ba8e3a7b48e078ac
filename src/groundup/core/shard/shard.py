"""Sharding: one batch on several threads, with the gradients of one batch.

The rows of a batch are dealt to S shards. A loss that is a sum over rows has a gradient that is a sum over shards:

    (1)  L = Σₛ Lₛ        ∂L/∂θ = Σₛ ∂Lₛ/∂θ

so S copies of a network may each carry their own activations and their own gradients over the *same* weights, and the
gradients are added when all are done. One kind of layer looks at the whole batch: batch normalisation needs

    (2)  µ = 1/N Σₛ Σₙ xₙ        σ² = 1/N Σₛ Σₙ (xₙ - µ)²

sums over all shards, for which each waits for the others. Sums are taken in the order of the shards, so that the
result is the same every time. Each copy draws its own random numbers (dropout).

Threads help because NumPy lets go of Python's lock while it computes: give the BLAS one thread a shard
(OPENBLAS_NUM_THREADS=1), or they compete.  Axes: the batch is axis 0 unless ``axis`` says otherwise.
Source: Goyal et al., Accurate, Large Minibatch SGD (2017), section 2, for the same over machines.
"""

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from groundup.core.expect import expect_features, expect_positive, expect_shape
from groundup.core.layer import Layer
from groundup.core.parameter import Parameter
from groundup.core.types import Array


class Meeting:
    """Where the shards of one batch meet to add something up."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.barrier = threading.Barrier(size)
        self.brought: list[Sequence[Array]] = [()] * size


class Shard:
    """One shard's seat at the meeting: ``rank`` 0 to S - 1."""

    def __init__(self, rank: int, meeting: Meeting) -> None:
        self.rank, self.meeting = rank, meeting

    def add_up(self, sums: Sequence[Array]) -> tuple[Array, ...]:
        """The sum over all shards of each array, Eq. 2; every shard must call it, in the same order."""
        self.meeting.brought[self.rank] = sums
        self.meeting.barrier.wait()  # all have brought theirs
        totals = tuple(add_in_order(parts) for parts in zip(*self.meeting.brought, strict=True))
        self.meeting.barrier.wait()  # all have read: the next round may write
        return totals


def add_in_order(parts: Sequence[Array]) -> Array:
    """p₀ + p₁ + ..., in this order: floating-point addition is not associative, and a result must repeat."""
    total: Array = np.array(parts[0])  # a copy
    for part in parts[1:]:
        total += part
    return total


def deal(x: Array, shards: int, axis: int = 0) -> list[Array]:
    """The batch in ``shards`` runs of rows whose lengths differ by at most one, the longer first; views, in order."""
    return np.array_split(x, shards, axis=axis)


class Centre(Layer):
    """Subtract the batch's mean and scale: the smallest layer that looks across rows, Eq. 2.

    (3)  y = w ∘ (x - µ)        dx = w ∘ dy - 1/N Σ w ∘ dy        dw = Σ dy ∘ (x - µ),        sums over all N rows

    State key: ``weight`` (F,).
    """

    def __init__(self, features: int) -> None:
        expect_positive("Centre", features=features)
        self.weight = Parameter(np.ones(features, "float32"))

    def forward(self, x: Array) -> Array:
        """(N, F) -> (N, F), Eq. 3, left; N counts the rows of every shard."""
        x = expect_features("Centre.forward", x, len(self.weight.value))
        rows, total = self.across(np.asarray(len(x), x.dtype), x.sum(axis=0))  # (), (F,)
        centred = x - total / np.maximum(rows, 1)
        self.keep(centred, rows)
        return self.weight.value * centred

    def backward(self, dy: Array) -> Array:
        """(N, F) -> (N, F), Eq. 3; dw is this shard's own part, and is added to the others' later."""
        centred, rows = self.kept_all()
        expect_shape("Centre.backward", dy, centred.shape, like="y")
        self.weight.grad += (dy * centred).sum(axis=0)
        dcentred: Array = self.weight.value * dy
        (total,) = self.across(dcentred.sum(axis=0))  # the mean moved with every row of every shard
        dx: Array = dcentred - total / np.maximum(rows, 1)
        return dx


class Sharded(Layer):
    """A layer that runs each batch as ``shards`` parts on as many threads, Eq. 1.

    ``module`` holds the weights and gets the gradients: hand its parameters to the optimiser. Every array given to
    forward is dealt along ``axis``; options (masks) go to all shards as they are.

    Raises ValueError for less than one shard; what a shard raises is raised.
    """

    def __init__(self, module: Layer, shards: int = 2, axis: int = 0) -> None:
        expect_positive("Sharded", shards=shards)
        self.module, self.axis = module, axis
        meeting = Meeting(shards)
        self.copies = tuple(_copy_for(module, Shard(rank, meeting)) for rank in range(shards))
        self._pool = ThreadPoolExecutor(shards)  # as many as shards: they wait for each other
        self._meeting = meeting

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Deal the inputs, run every shard, put the outputs together again."""
        self._match_copies()
        dealt = [deal(x, len(self.copies), self.axis) for x in inputs]
        self.keep()
        return self._together([partial(c, *(x[s] for x in dealt), **options) for s, c in enumerate(self.copies)])

    def backward(self, dy: Array) -> Any:
        """Deal dy, pull it back through every shard, add the gradients, Eq. 1."""
        self.kept_all()
        parts = deal(dy, len(self.copies), self.axis)
        dx = self._together([partial(c.backward, part) for c, part in zip(self.copies, parts, strict=True)])
        for parameter, *shares in zip(self.module.parameters(), *(c.parameters() for c in self.copies), strict=True):
            parameter.grad += add_in_order([share.grad for share in shares])
            for share in shares:
                share.zero_grad()
        return dx

    def children(self) -> Iterator[tuple[str, Layer]]:
        yield "module", self.module

    def needs_input_grad(self, needed: bool = True) -> "Sharded":
        for layer in (self.module, *self.copies):
            layer.needs_input_grad(needed)
        self.input_grad = needed
        return self

    def _match_copies(self) -> None:
        """The optimiser may have put a new array into a parameter, the user may have switched to eval."""
        for replica in self.copies:
            for parameter, share in zip(self.module.parameters(), replica.parameters(), strict=True):
                share.value = parameter.value
                if share.grad.dtype != parameter.value.dtype:
                    share.grad = np.zeros_like(parameter.value)
            for (_, original), (_, twin) in zip(self.module.named_modules(), replica.named_modules(), strict=True):
                twin.training = original.training

    def _together(self, calls: Sequence[Callable[[], Any]]) -> Any:
        """Run one call a thread and join what they return along the batch axis."""
        futures = [self._pool.submit(self._or_break, call) for call in calls]
        results = [future.exception() or future.result() for future in futures]
        faults = [r for r in results if isinstance(r, BaseException)]
        if faults:
            self._meeting.barrier.reset()
            raise next((f for f in faults if not isinstance(f, threading.BrokenBarrierError)), faults[0])
        return _join(results, self.axis)

    def _or_break(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except BaseException:
            self._meeting.barrier.abort()  # or the others would wait for ever
            raise


def _copy_for(module: Layer, shard: Shard) -> Layer:
    """A copy with its own activations, gradients and random numbers, over the same weights and buffers."""
    memo: dict[int, Any] = {}
    for parameter in module.parameters():
        memo[id(parameter)] = share = copy.copy(parameter)  # the same value, seen through another gradient
        share.grad = np.zeros_like(parameter.value)
    for _, buffer in module.named_buffers():
        memo[id(buffer)] = buffer
    for _, layer in module.named_modules():
        for value in vars(layer).values():
            if isinstance(value, np.random.Generator) and id(value) not in memo:
                memo[id(value)] = value.spawn(shard.rank + 1)[-1]
    twin = copy.deepcopy(module, memo)
    for _, layer in twin.named_modules():
        layer.shard = shard
    return twin


def _join(results: Sequence[Any], axis: int) -> Any:
    if results[0] is None:
        return None
    if isinstance(results[0], tuple):
        return tuple(_join(parts, axis) for parts in zip(*results, strict=True))
    return np.concatenate(results, axis=axis)
