"""Packing written another way, and just as right."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, variant
from groundup.nn.packing.packing import (
    Mask,
    PackedSequence,
    expect_alike,
    expect_packable,
    expect_total,
    length_mask,
    pad_packed_sequence,
)
from groundup.nn.rnn import RNNCell


@variant("length_mask", "a column of True for each sequence")
def column_by_column(lengths: IntArray, steps: int | None = None) -> Mask:
    if steps is None:
        steps = int(max(lengths, default=0))
    mask = np.zeros((steps, len(lengths)), bool)
    for n, length in enumerate(lengths):
        mask[:length, n] = True
    return mask


@variant("length_mask", "a comparison of every step with every length, by outer")
def outer_comparison(lengths: IntArray, steps: int | None = None) -> Mask:
    found: Mask = np.greater.outer(lengths, np.arange(lengths.max(initial=0) if steps is None else steps)).T
    return found


@variant("pad_sequence", "each sequence filled up by itself, then all stacked")
def filled_then_stacked(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    expect_alike("pad_sequence", sequences)
    steps = max(map(len, sequences))
    filled = []
    for s in sequences:
        filler = np.full((steps - len(s), *s.shape[1:]), padding_value, s.dtype)
        filled.append(np.concatenate([s, filler]))
    return np.stack(filled, axis=0 if batch_first else 1)


@variant("pad_sequence", "all at once, at a mask, with sequences first")
def at_a_mask(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    expect_alike("pad_sequence", sequences)
    everything = np.concatenate(sequences)  # (sum of lengths, ...)
    real = length_mask(np.array([len(s) for s in sequences])).T  # (N, T)
    padded = np.full((*real.shape, *everything.shape[1:]), padding_value, everything.dtype)
    padded[real] = everything
    return padded if batch_first else np.moveaxis(padded, 1, 0)


@variant("pack_padded_sequence", "step by step, in a list")
def step_by_step(input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    padded = np.moveaxis(input, 0, 1) if batch_first else input
    lengths = expect_packable("pack_padded_sequence", padded, lengths, enforce_sorted)
    order = np.arange(len(lengths)) if enforce_sorted else np.argsort(-lengths, kind="stable")
    sizes = [int((lengths > t).sum()) for t in range(lengths.max())]
    data = np.concatenate([padded[t, order[:size]] for t, size in enumerate(sizes)])
    if enforce_sorted:
        return PackedSequence(data, np.array(sizes))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return PackedSequence(data, np.array(sizes), order, back)


@variant("pack_padded_sequence", "the places of all real steps, sorted by time and by length")
def by_places(input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    padded = input.swapaxes(0, 1) if batch_first else input
    lengths = expect_packable("pack_padded_sequence", padded, lengths, enforce_sorted)
    order = np.array(sorted(range(len(lengths)), key=lambda n: -lengths[n]))  # Python's sort is stable
    t, rank = np.nonzero(length_mask(lengths[order]))
    sizes = np.bincount(t)
    if enforce_sorted:
        return PackedSequence(padded[t, rank], sizes)
    return PackedSequence(padded[t, order[rank]], sizes, order, np.argsort(order))


@variant("pad_packed_sequence", "step by step, with a start that moves on")
def rows_of_each_step(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    data, sizes, order, _ = sequence
    steps, n = expect_total("pad_packed_sequence", total_length, len(sizes)), sizes[0]
    columns = np.arange(n) if order is None else order
    padded = np.full((steps, n, *data.shape[1:]), padding_value, data.dtype)
    lengths, start = np.zeros(n, sizes.dtype), 0
    for t, size in enumerate(sizes):
        padded[t, columns[:size]] = data[start : start + size]
        lengths[columns[:size]] += 1
        start += size
    return np.moveaxis(padded, 0, 1) if batch_first else padded, lengths


@variant("pad_packed_sequence", "one sequence after the other, longest first")
def columns_of_each_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    data, sizes, _, back = sequence
    steps = expect_total("pad_packed_sequence", total_length, len(sizes))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])  # the first row of each step
    padded = np.full((sizes[0], steps, *data.shape[1:]), padding_value, data.dtype)
    lengths = np.array([(sizes > rank).sum() for rank in range(sizes[0])])
    for rank, length in enumerate(lengths):
        padded[rank, :length] = data[starts[:length] + rank]
    if back is not None:
        padded, lengths = padded[back], lengths[back]
    return padded if batch_first else padded.swapaxes(0, 1), lengths


@variant("reverse_sequence", "a copy, and each column turned round in it")
def turned_in_a_copy(x: Array, lengths: IntArray) -> Array:
    y = x.copy()
    for n, length in enumerate(lengths):
        y[:length, n] = x[:length, n][::-1]
    return y


@variant("reverse_sequence", "a shift around the circle: take, modulo T, and padding put back")
def around_the_circle(x: Array, lengths: IntArray) -> Array:
    steps = len(x)
    source = (lengths + steps - 1 - np.arange(steps)[:, None]) % steps  # (T, N)
    turned = np.take_along_axis(x, source.reshape(*source.shape, *(1,) * (x.ndim - 2)), axis=0)
    real = length_mask(lengths, steps)
    turned[~real] = x[~real]
    return turned


@variant("run_packed", "parts in a list, states of those that ended set aside")
def those_that_ended_set_aside(cell: RNNCell, packed: PackedSequence, h: Array) -> tuple[PackedSequence, Array]:
    order = packed.sorted_indices
    alive = h if order is None else h[order]
    outputs: list[Array] = []
    ended: list[Array] = []
    for rows in np.split(packed.data, np.cumsum(packed.batch_sizes)[:-1]):
        ended.insert(0, alive[len(rows) :])
        alive = cell(rows, alive[: len(rows)])
        outputs.append(alive)
    last = np.concatenate([alive, *ended])
    if packed.unsorted_indices is not None:
        last = last[packed.unsorted_indices]
    return packed._replace(data=np.concatenate(outputs)), last


@variant("run_packed", "padded, every step for all, and states kept by a mask")
def by_a_mask(cell: RNNCell, packed: PackedSequence, h: Array) -> tuple[PackedSequence, Array]:
    padded, lengths = pad_packed_sequence(packed)
    y = np.zeros((*padded.shape[:2], h.shape[1]), h.dtype)
    for t, x in enumerate(padded):
        y[t] = cell(x, h)
        h = np.where((t < lengths)[:, None], y[t], h)
    return packed.repack(y), h
