"""Packing: sequences of unequal lengths in one batch, with padding and without.

    (1)  real[t, n] = t < ℓₙ                                     the mask: which steps of which sequence exist
    (2)  X[t, n] = xₙ[t] where real, else a filler               padded (T, N, ...)
    (3)  data = the real entries of X[:, order], step by step    packed (Σₙ ℓₙ, ...), longest sequence first
         Bₜ = Σₙ real[t, n]                                      how many sequences are still there at step t
    (4)  X[:, order] at the real entries = data                  and back
    (5)  Y[t, n] = X[ℓₙ - 1 - t, n] where real, else X[t, n]     each sequence turned round, its padding left behind

With the longest first, the Bₜ sequences of step t are the first Bₜ of the batch, and a recurrent network computes
that many rows and no more. All of it only moves numbers, so the gradient of Eq. 3 is Eq. 4 with a filler of zero, the
gradient of Eq. 4 is Eq. 3, and Eq. 5 is its own.

Axes: T steps, N sequences, then any; with ``batch_first`` N before T.  Names, arguments and results are those of
torch.nn.utils.rnn.  Derivation: lesson.md, "Derive".
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from groundup.core import Array, IntArray, ShapeError
from groundup.nn.rnn import RNNCell
from groundup.nn.rnn.states import expect_lengths

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class PackedSequence(NamedTuple):
    """Eq. 3. ``forward`` of a recurrent layer takes it, and gives one back in the same order."""

    data: Array  # (Σ ℓₙ, ...)
    batch_sizes: IntArray  # (T,) Bₜ, never rising
    sorted_indices: IntArray | None = None  # (N,) the order: which sequence is first, second, ...; None: as they came
    unsorted_indices: IntArray | None = None  # (N,) and back

    def unpack(self) -> tuple[Array, IntArray]:
        """Padded with zeros (T, N, ...), sequences as they came, and their lengths (N,)."""
        return pad_packed_sequence(self)

    def repack(self, padded: Array) -> "PackedSequence":
        """Other numbers (T, N, ...) for the same steps: what ``unpack`` gave, after a layer."""
        ordered = padded if self.sorted_indices is None else padded[:, self.sorted_indices]
        return self._replace(data=ordered[: len(self.batch_sizes)][_still_there(self.batch_sizes)])


def length_mask(lengths: IntArray, steps: int | None = None) -> Mask:
    """Lengths (N,) -> (T, N), True where a step is real, Eq. 1. T is ``steps``, or the longest length."""
    steps = int(lengths.max(initial=0)) if steps is None else steps
    mask: Mask = np.arange(steps)[:, None] < lengths  # (T, 1) beside (N,)
    return mask


def pad_sequence(sequences: Sequence[Array], batch_first: bool = False, padding_value: float = 0.0) -> Array:
    """N arrays (ℓₙ, ...) -> (T, N, ...), Eq. 2, or (N, T, ...). Raises ShapeError, ValueError for an empty list."""
    expect_alike("pad_sequence", sequences)
    first = sequences[0]
    steps = max(len(s) for s in sequences)
    padded = np.full((steps, len(sequences), *first.shape[1:]), padding_value, first.dtype)
    for n, sequence in enumerate(sequences):
        padded[: len(sequence), n] = sequence
    return padded.swapaxes(0, 1) if batch_first else padded


def pack_padded_sequence(
    input: Array, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Padded (T, N, ...) and lengths (N,) -> packed, Eq. 3.

    ``enforce_sorted`` says that the sequences come longest first, and refuses others; False sorts them here.
    Raises ShapeError, DtypeError, and ValueError for lengths below 1, above T, or out of order.
    """
    padded = input.swapaxes(0, 1) if batch_first else input
    lengths = expect_packable("pack_padded_sequence", padded, lengths, enforce_sorted)
    order = None if enforce_sorted else np.argsort(-lengths, kind="stable")  # ties stay as they came
    if order is not None:
        padded, lengths = padded[:, order], lengths[order]
    real = length_mask(lengths)  # (T, N)
    data = padded[: len(real)][real]  # row by row of the mask, which is step by step
    return PackedSequence(data, real.sum(axis=1), order, None if order is None else np.argsort(order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Array, IntArray]:
    """Packed -> padded (T, N, ...) in the order that they came, and lengths (N,), Eq. 4.

    ``total_length`` gives a T beyond the longest. Raises ValueError when it is shorter.
    """
    data, sizes, _, back = sequence
    steps = expect_total("pad_packed_sequence", total_length, len(sizes))
    real = _still_there(sizes)  # (T, N)
    padded = np.full((steps, sizes[0], *data.shape[1:]), padding_value, data.dtype)
    padded[: len(real)][real] = data
    lengths = real.sum(axis=0)
    if back is not None:
        padded, lengths = padded[:, back], lengths[back]
    return padded.swapaxes(0, 1) if batch_first else padded, lengths


def reverse_sequence(x: Array, lengths: IntArray) -> Array:
    """(T, N, ...) -> each sequence turned round within its length, Eq. 5; padding stays where it is."""
    t = np.arange(len(x))[:, None]
    source = np.where(t < lengths, lengths - 1 - t, t)  # (T, N)
    turned: Array = x[source, np.arange(x.shape[1])]
    return turned


def run_packed(cell: RNNCell, packed: PackedSequence, h: Array) -> tuple[PackedSequence, Array]:
    """A cell over the real steps alone, forward: first states (N, H) -> outputs, packed, and last states (N, H).

    At step t the first Bₜ rows go through ``cell(x, h) -> h``. The others have ended; their states stay.
    """
    h = h.copy() if packed.sorted_indices is None else h[packed.sorted_indices]
    outputs = np.empty((len(packed.data), h.shape[1]), h.dtype)
    start = 0
    for size in packed.batch_sizes:
        rows = slice(start, start + size)
        outputs[rows] = h[:size] = cell(packed.data[rows], h[:size])
        start += size
    return packed._replace(data=outputs), h if packed.unsorted_indices is None else h[packed.unsorted_indices]


def _still_there(batch_sizes: IntArray) -> Mask:
    """Bₜ (T,) -> (T, N): Eq. 1 again, for sequences that lie longest first."""
    mask: Mask = np.arange(batch_sizes[0]) < batch_sizes[:, None]
    return mask


def expect_alike(who: str, sequences: Sequence[Array]) -> None:
    """At least one array; all with the same axes after the first. Raises ValueError, ShapeError."""
    if len(sequences) == 0:
        raise ValueError(f"{who}: expected at least one sequence, got none; is the batch empty?")
    shapes = [np.shape(s) for s in sequences]
    if any(shape == () or shape[1:] != shapes[0][1:] for shape in shapes):
        raise ShapeError(f"{who}: expected arrays that differ on the first axis alone, got shapes {shapes}")


def expect_packable(who: str, padded: Array, lengths: Any, sort: bool) -> IntArray:
    """Lengths (N,) that fit (T, N, ...). Raises ShapeError, DtypeError, ValueError."""
    if np.ndim(padded) < 2 or padded.shape[1] == 0:
        raise ShapeError(f"{who}: expected shape (T, N, ...) with N of at least 1, got {np.shape(padded)}")
    expect_lengths(who, lengths, padded.shape[1], len(padded))
    found: IntArray = np.asarray(lengths)
    if sort and (found[1:] > found[:-1]).any():
        raise ValueError(
            f"{who}: expected the longest sequence first, got lengths {found.tolist()}; "
            "sort them, or pass enforce_sorted=False"
        )
    return found


def expect_total(who: str, total_length: int | None, longest: int) -> int:
    """The number of steps to pad to. Raises ValueError."""
    if total_length is not None and total_length < longest:
        raise ValueError(f"{who}: expected total_length of at least the longest, {longest}, got {total_length}")
    return longest if total_length is None else total_length
