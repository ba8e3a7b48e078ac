"""What people write instead of packing."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.nn.packing.packing import Mask, PackedSequence, length_mask, pack_padded_sequence, pad_packed_sequence
from groundup.nn.rnn import RNNCell


def _table(lengths: IntArray, steps: int | None) -> tuple[IntArray, IntArray]:
    return np.arange(lengths.max() if steps is None else steps)[:, None], lengths


@misconception(
    "length_mask",
    "Your mask has one step too many in each sequence. Steps count from 0, so the last one is the length minus 1.",
    see="Mask",
)
def one_too_many(lengths: IntArray, steps: int | None = None) -> Mask:
    t, last = _table(lengths, steps)
    found: Mask = t <= last
    return found


@misconception(
    "length_mask",
    "Yours is True at the padding. Attention asks for that one; here True says that the step is real.",
    see="Mask",
)
def true_at_the_padding(lengths: IntArray, steps: int | None = None) -> Mask:
    return ~length_mask(lengths, steps)


@misconception(
    "length_mask",
    "Your mask has a row for each sequence. Time comes first here, as in the data.",
    see="Mask",
)
def sequences_first(lengths: IntArray, steps: int | None = None) -> Mask:
    return length_mask(lengths, steps).T


@misconception(
    "length_mask",
    "Your mask ends with the longest sequence, whatever number of steps was asked for.",
    see="Mask",
)
def as_long_as_the_longest(lengths: IntArray, steps: int | None = None) -> Mask:
    return length_mask(lengths)


def _boxed(sequences: Sequence[Array], filler: float, late: bool = False) -> Array:
    steps = max(len(s) for s in sequences)
    box = np.full((steps, len(sequences), *sequences[0].shape[1:]), filler, sequences[0].dtype)
    for n, s in enumerate(sequences):
        start = steps - len(s) if late else 0
        box[start : start + len(s), n] = s
    return box


@misconception(
    "pad_sequence",
    "Your padding stands before the sequences. Here they begin together, and the filler comes after.",
    see="Pad",
)
def padded_in_front(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    box = _boxed(sequences, padding_value, late=True)
    return box.swapaxes(0, 1) if batch_first else box


@misconception(
    "pad_sequence",
    "You fill with zeros, whatever filler was asked for.",
    see="Pad",
)
def always_zeros(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    box = _boxed(sequences, 0.0)
    return box.swapaxes(0, 1) if batch_first else box


@misconception(
    "pad_sequence",
    "For batch_first you gave the box another shape and left its numbers where they lay: that mixes the sequences.",
    see="Pad",
)
def reshaped(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    box = _boxed(sequences, padding_value)
    return box.reshape(box.shape[1], box.shape[0], *box.shape[2:]) if batch_first else box


@misconception(
    "pad_sequence",
    "You cut every sequence to the shortest. Nothing is to be lost; the others are filled up.",
    see="Pad",
)
def cut_to_the_shortest(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    return np.stack([s[: min(len(t) for t in sequences)] for s in sequences], axis=0 if batch_first else 1)


def _ordered(
    input: Array, lengths: Any, batch_first: bool, enforce_sorted: bool
) -> tuple[PackedSequence, Array, IntArray]:
    """The right packing, and the columns and lengths in its order."""
    packed = pack_padded_sequence(input, lengths, batch_first, enforce_sorted)
    x, order = input.swapaxes(0, 1) if batch_first else input, packed.sorted_indices
    return packed, x if order is None else x[:, order], np.asarray(lengths)[slice(None) if order is None else order]


@misconception(
    "pack_padded_sequence",
    "You lay one sequence after the other. Packed data goes step by step: step 0 of all, then step 1 of all with one.",
    see="Pack",
)
def one_after_the_other(
    input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    packed, x, ordered = _ordered(input, lengths, batch_first, enforce_sorted)
    return packed._replace(data=np.concatenate([x[:length, n] for n, length in enumerate(ordered)]))


@misconception(
    "pack_padded_sequence",
    "Your batch_sizes are the lengths of the sequences. They are counted across: how many are there at each step.",
    see="Pack",
)
def lengths_for_sizes(
    input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    packed, _, ordered = _ordered(input, lengths, batch_first, enforce_sorted)
    return packed._replace(batch_sizes=ordered)


@misconception(
    "pack_padded_sequence",
    "The padding is in your data too: every step has the whole batch.",
    see="Pack",
)
def padding_packed(
    input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    packed, x, ordered = _ordered(input, lengths, batch_first, enforce_sorted)
    steps, n = len(packed.batch_sizes), len(ordered)
    return packed._replace(data=x[:steps].reshape(steps * n, *x.shape[2:]), batch_sizes=np.full(steps, n))


@misconception(
    "pack_padded_sequence",
    "You give the order itself as the way back. Its inverse is what puts each sequence in the place it came from.",
    see="Pack",
)
def order_for_its_inverse(
    input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    packed = pack_padded_sequence(input, lengths, batch_first, enforce_sorted)
    return packed._replace(unsorted_indices=packed.sorted_indices)


@misconception(
    "pack_padded_sequence",
    "You sorted the lengths and left the columns of the data as they came.",
    see="Pack",
)
def columns_left(input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    packed, _, ordered = _ordered(input, lengths, batch_first, enforce_sorted)
    x = input.swapaxes(0, 1) if batch_first else input
    real = length_mask(ordered)
    return packed._replace(data=x[: len(real)][real])


@misconception(
    "pad_packed_sequence",
    "Your sequences are still longest first. They are to come back in the order in which they went in.",
    see="And back",
)
def still_sorted(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    return pad_packed_sequence(sequence._replace(unsorted_indices=None), batch_first, padding_value, total_length)


@misconception(
    "pad_packed_sequence",
    "You put the columns back by the order that sorted them. That sorts them once more; the inverse undoes it.",
    see="And back",
)
def sorted_once_more(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    again = sequence._replace(unsorted_indices=sequence.sorted_indices)
    return pad_packed_sequence(again, batch_first, padding_value, total_length)


@misconception(
    "pad_packed_sequence",
    "The columns are back in their order and the lengths are not: each length now speaks of another sequence.",
    see="And back",
)
def lengths_still_sorted(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    padded, lengths = pad_packed_sequence(sequence, batch_first, padding_value, total_length)
    return padded, np.sort(lengths)[::-1]


@misconception(
    "pad_packed_sequence",
    "You cut data into pieces as long as the sequences. It lies step by step: a piece is as long as the batch is then.",
    see="And back",
)
def cut_by_lengths(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    right, lengths = pad_packed_sequence(sequence, False, padding_value, total_length)
    ordered = np.sort(lengths)[::-1]
    pieces = np.split(sequence.data, np.cumsum(ordered)[:-1])
    box = np.full_like(right, padding_value)
    for n, piece in enumerate(pieces):
        box[: len(piece), n] = piece
    box = box if sequence.unsorted_indices is None else box[:, sequence.unsorted_indices]
    return box.swapaxes(0, 1) if batch_first else box, lengths


def _chosen(x: Array, source: IntArray) -> Array:
    found: Array = x[source, np.arange(x.shape[1])]
    return found


@misconception(
    "reverse_sequence",
    "You turned the whole box round: the padding comes first now, and a network reads it before anything else.",
    see="Turn round",
)
def the_whole_box(x: Array, lengths: IntArray) -> Array:
    return x[::-1].copy()


@misconception(
    "reverse_sequence",
    "Beyond the length your step to read is negative, and NumPy counts that from the end of the box.",
    see="Turn round",
)
def below_zero(x: Array, lengths: IntArray) -> Array:
    return _chosen(x, lengths - 1 - np.arange(len(x))[:, None])


@misconception(
    "reverse_sequence",
    "You begin one step late: the first step of your result is the one after the last real one.",
    see="Turn round",
)
def one_step_off(x: Array, lengths: IntArray) -> Array:
    t = np.arange(len(x))[:, None]
    return _chosen(x, np.where(t < lengths, lengths - t, t) % len(x))


def _ran(
    cell: RNNCell, packed: PackedSequence, h: Array, *, sort: bool = True, carry: bool = True, back: bool = True
) -> tuple[PackedSequence, Array]:
    h = h.copy() if packed.sorted_indices is None or not sort else h[packed.sorted_indices]
    outputs, start, first = [], 0, h.copy()
    for size in packed.batch_sizes:
        outputs.append(cell(packed.data[start : start + size], (h if carry else first)[:size]))
        h[:size] = outputs[-1]
        start += size
    undo = packed.unsorted_indices is not None and back
    return packed._replace(data=np.concatenate(outputs)), h[packed.unsorted_indices] if undo else h


@misconception(
    "run_packed",
    "Every step of yours begins from the first states: what the step before found is not handed on.",
    see="Run",
)
def nothing_handed_on(cell: RNNCell, packed: PackedSequence, h: Array) -> tuple[PackedSequence, Array]:
    return _ran(cell, packed, h, carry=False)


@misconception(
    "run_packed",
    "The first states came in the caller's order, and your rows are longest first: a sequence begins as another.",
    see="Run",
)
def states_not_sorted(cell: RNNCell, packed: PackedSequence, h: Array) -> tuple[PackedSequence, Array]:
    return _ran(cell, packed, h, sort=False)


@misconception(
    "run_packed",
    "Your last states are still longest first. They belong to the caller's sequences, in the caller's order.",
    see="Run",
)
def states_still_sorted(cell: RNNCell, packed: PackedSequence, h: Array) -> tuple[PackedSequence, Array]:
    return _ran(cell, packed, h, back=False)
