"""From sentences to arrays another way, and just as right."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from groundup.core import IntArray, Rng, generator
from groundup.core.misconception import variant
from groundup.text.vocab import vocab as library
from groundup.text.vocab.vocab import BOS, EOS, MARKS, PAD, SPECIALS, UNK, Side, Vocabulary


@variant("tokenise", "joints by what stands before and behind them")
def by_looking_around(text: str) -> list[str]:
    letter = rf"[^\W_][{MARKS}]*"
    joint = rf"(?<=[\w{MARKS}])(?<!_)['-](?=[^\W_])"
    token = re.compile(rf"\d+(?:[.,]\d+)+ | (?:'(?=[yY]))?{letter}(?:{letter}|{joint})* | \S", re.VERBOSE)
    return [found.group() for found in token.finditer(text)]


@variant("tokenise", "letter by letter")
def letter_by_letter(text: str) -> list[str]:
    signs, tokens, i = library.characters(text), [], 0
    while i < len(signs):
        number = re.match(r"\d+(?:[.,]\d+)+", "".join(signs[i:]))
        end = i + (len(number.group()) if number else 1)
        hausa = signs[i] == "'" and signs[i + 1 : i + 2] and signs[i + 1][0] in "yY"
        if not number and (signs[i][0].isalnum() or hausa):
            while end < len(signs) and (signs[end][0].isalnum() or _joint(signs, end)):
                end += 1
        if number or not signs[i][0].isspace():
            tokens.append("".join(signs[i:end]))
        i = end
    return tokens


def _joint(signs: list[str], i: int) -> bool:
    """Whether an apostrophe or hyphen stands between two letters."""
    return (
        signs[i] in ("'", "-")
        and signs[i - 1][0].isalnum()
        and bool(signs[i + 1 : i + 2])
        and signs[i + 1][0].isalnum()
    )


@variant("build", "a stable sort of sorted words")
def sorted_twice(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    specials = SPECIALS if ends else SPECIALS[:2]
    counts = Counter(sorted(word for text in texts for word in text if word not in specials))
    words = [word for word, count in counts.most_common() if not count < min_freq]
    return Vocabulary(words if max_size is None else words[: max_size - len(specials)], ends=ends)


@variant("build", "numpy's unique and lexsort")
def by_numpy(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    specials = SPECIALS if ends else SPECIALS[:2]
    listed = np.array([word for text in texts for word in text if word not in specials], dtype=str)
    words, counts = np.unique(listed, return_counts=True)
    keep = [i for i in np.lexsort((np.arange(len(words)), -counts)) if counts[i] >= min_freq]
    room = len(keep) if max_size is None else max_size - len(specials)
    return Vocabulary([str(words[i]) for i in keep[:room]], ends=ends)


@variant("Vocabulary.encode", "asks forgiveness")
def asks_forgiveness(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    ids = [BOS] if self.ends else []
    for token in tokens:
        try:
            ids.append(self.ids[token])
        except KeyError:
            ids.append(UNK)
    return ids + [EOS] * self.ends


@variant("Vocabulary.encode", "ends as tokens")
def ends_as_tokens(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    framed = ["<bos>", *tokens, "<eos>"] if self.ends else tokens
    return [self.ids[token] if token in self else self.ids["<unk>"] for token in framed]


@variant("pad", "all at once, through the mask")
def through_the_mask(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    part = slice(None) if max_length is None else slice(max_length) if cut == "right" else slice(-max_length, None)
    kept = [list(ids)[part] for ids in sequences]
    lengths = np.array([len(ids) for ids in kept], dtype=np.int64)
    place = np.arange(max(lengths, default=0))
    known = place < lengths[:, None]
    x = np.zeros(known.shape, dtype=np.int64)
    x[known if side == "right" else known[:, ::-1]] = [i for ids in kept for i in ids]
    return x, lengths


@variant("pad", "columns by zip_longest, backwards for the left")
def by_columns(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    bound = max((len(ids) for ids in sequences), default=0) if max_length is None else max_length
    kept = [ids[:bound] if cut == "right" else ids[max(len(ids) - bound, 0) :] for ids in sequences]
    step = 1 if side == "right" else -1
    columns = list(zip_longest(*(ids[::step] for ids in kept), fillvalue=PAD))[::step]
    x = np.array(columns, dtype=np.int64).reshape(len(columns), len(kept)).T
    return x, np.array(list(map(len, kept)), dtype=np.int64)


@variant("mask", "row by row")
def row_by_row(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> Any:
    found = np.zeros((len(lengths), max(lengths, default=0) if steps is None else steps), dtype=bool)
    for row, length in zip(found, lengths, strict=True):
        row[:length] = True
    return found if side == "right" else found[:, ::-1]


@variant("mask", "rows of a triangle")
def rows_of_a_triangle(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> Any:
    steps = int(max(lengths, default=0)) if steps is None else steps
    triangle = np.tri(steps + 1, steps, -1, dtype=bool)  # row L has L ones
    return (triangle if side == "right" else np.fliplr(triangle))[lengths]


@variant("buckets", "a sort by two keys")
def by_two_keys(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    rng = generator("buckets", rng)
    drawn = np.empty(len(lengths), dtype=np.int64)
    drawn[rng.permutation(len(lengths))] = np.arange(len(lengths))
    order = np.lexsort((drawn, lengths))
    batches = np.split(order, range(batch_size, len(order), batch_size)) if len(order) else []
    return [batches[k] for k in rng.permutation(len(batches))]


@variant("buckets", "Python's sort, a batch at a time")
def a_batch_at_a_time(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    rng = generator("buckets", rng)
    order = sorted(rng.permutation(len(lengths)).tolist(), key=lambda i: int(lengths[i]))
    count = -(-len(order) // batch_size)
    return [np.array(order[k * batch_size : (k + 1) * batch_size]) for k in rng.permutation(count)]
