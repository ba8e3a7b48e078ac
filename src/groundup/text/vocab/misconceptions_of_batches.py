"""How padding gets where it should not be, and batches fill with it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import IntArray, Rng, generator
from groundup.core.misconception import misconception
from groundup.text.vocab import vocab as library
from groundup.text.vocab.vocab import PAD, UNK, Side


def _other(side: Side) -> Side:
    return "left" if side == "right" else "right"


@misconception(
    "pad",
    "The padding stands on the other side than the one asked for.",
    see="One array of many lists",
)
def other_side(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    return library.pad(sequences, side=_other(side), max_length=max_length, cut=cut)


@misconception(
    "pad",
    "Long lists lose the wrong end.",
    see="One array of many lists",
)
def other_end_cut(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    return library.pad(sequences, side=side, max_length=max_length, cut=_other(cut))


@misconception(
    "pad",
    "Your lengths are those before the cut; a mask made of them is wider than the array.",
    see="One array of many lists",
)
def lengths_before_the_cut(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    x, _ = library.pad(sequences, side=side, max_length=max_length, cut=cut)
    return x, np.array([len(ids) for ids in sequences], dtype=np.int64)


@misconception(
    "pad",
    "Every length is that of the longest list: where the padding begins is lost.",
    see="One array of many lists",
)
def all_as_long_as_the_longest(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    x, lengths = library.pad(sequences, side=side, max_length=max_length, cut=cut)
    return x, np.full_like(lengths, x.shape[1])


@misconception(
    "pad",
    "You fill up with the id of the unknown word: to the network these are words.",
    see="One array of many lists",
)
def filled_with_unknown(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    x, lengths = library.pad(sequences, side=side, max_length=max_length, cut=cut)
    return np.where(library.mask(lengths, x.shape[1], side=side), x, UNK), lengths


@misconception(
    "pad",
    "Your array is max_length wide whether or not any list is: that is a bound, and padding costs time.",
    see="One array of many lists",
)
def always_max_length(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    x, lengths = library.pad(sequences, side=side, max_length=max_length, cut=cut)
    more = 0 if max_length is None else max_length - x.shape[1]
    return np.pad(x, ((0, 0), (0, more) if side == "right" else (more, 0)), constant_values=PAD), lengths


@misconception(
    "pad",
    "A slice that begins at minus the length is the whole row where the length is 0.",
    see="One array of many lists",
)
def minus_nothing(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    x, lengths = library.pad(sequences, max_length=max_length, cut=cut)
    if side == "left":
        left = np.zeros_like(x)
        for row, ids, n in zip(left, x, lengths, strict=True):
            row[-n:] = ids[:n]
        x = left
    return x, lengths


@misconception(
    "mask",
    "Your mask is True where padding stands. Some functions of PyTorch want it so; ours says where the tokens are.",
    see="One array of many lists",
)
def mask_of_padding(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> Any:
    return ~library.mask(lengths, steps, side=side)


@misconception(
    "mask",
    "One place of padding counts as a token: places begin at 0.",
    see="One array of many lists",
)
def one_too_many(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> Any:
    steps = int(lengths.max()) if steps is None else steps
    place = np.arange(steps)
    return place <= lengths[:, None] if side == "right" else place >= steps - lengths[:, None] - 1


@misconception(
    "mask",
    "You mask the right side of sentences that are padded on the left.",
    see="One array of many lists",
)
def side_ignored(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> Any:
    return library.mask(lengths, steps)


@misconception(
    "mask",
    "Your mask ends with the longest sentence, where the array it is for may be wider.",
    see="One array of many lists",
)
def steps_ignored(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> Any:
    return library.mask(lengths, side=side)


@misconception(
    "buckets",
    "The short sentences always come first. The order of the batches has to be drawn as well.",
    see="Like to like",
)
def shortest_first(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    mixed = generator("buckets", rng).permutation(len(lengths))
    order = mixed[np.argsort(lengths[mixed], kind="stable")]
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


@misconception(
    "buckets",
    "Sentences of one length always stand in the same batch: who comes first among equals has to be drawn.",
    see="Like to like",
)
def same_neighbours(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    order = np.argsort(lengths, kind="stable")
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [batches[k] for k in generator("buckets", rng).permutation(len(batches))]


@misconception(
    "buckets",
    "You give places in the mixed order, not in the data: the sort has to be read through the permutation.",
    see="Like to like",
)
def places_in_the_mixture(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    rng = generator("buckets", rng)
    order = np.argsort(lengths[rng.permutation(len(lengths))], kind="stable")
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [batches[k] for k in rng.permutation(len(batches))]


@misconception(
    "buckets",
    "Sentences are drawn without a look at their lengths, so each batch is as wide as its one long sentence.",
    see="Like to like",
)
def not_sorted(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    rng = generator("buckets", rng)
    order = rng.permutation(len(lengths))
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [batches[k] for k in rng.permutation(len(batches))]


@misconception(
    "buckets",
    "The sentences that do not fill a batch are never seen, and with you these are the longest.",
    see="Like to like",
)
def rest_dropped(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    rng = generator("buckets", rng)
    mixed = rng.permutation(len(lengths))
    order = mixed[np.argsort(lengths[mixed], kind="stable")]
    batches = [order[i : i + batch_size] for i in range(0, len(order) - batch_size + 1, batch_size)]
    return [batches[k] for k in rng.permutation(len(batches))]
