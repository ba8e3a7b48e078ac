"""A vocabulary: from sentences to arrays of whole numbers, and back.

    (1)  rank the words of the training texts by (-c(w), w)       c(w) is how often w occurs; equals go by the alphabet
    (2)  id(w) = S + rank(w)  for the words that are kept,  1 for every other word     S special tokens come first
    (3)  coverage = Σ_{w kept} c(w) / Σ_w c(w)
    (4)  X[n, t] = idsₙ[t] for t < Lₙ, else 0         T = maxₙ Lₙ      padded on the right
    (5)  M[n, t] = t < Lₙ on the right,  t ≥ T - Lₙ on the left
    (6)  padding share = 1 - Σₙ Lₙ / Σ_b |b| T_b       over batches b, each padded to its own longest T_b
    (7)  B[n, v] = Σₜ [idsₙ[t] = v]                   a bag of words: how often, and no longer where

Axes: N sentences, T tokens, V ids. Count words of the training split alone: whatever others hold is unknown by then.
Not handled: scripts without spaces between words (a sentence of Thai comes out as one token), parts of words.
Derivation: lesson.md, "Derive".  Source of the normal form: Unicode Standard Annex 15.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from groundup.core import IntArray, Rng, expect_positive, generator, write_atomically

Side = Literal["left", "right"]

PAD, UNK, BOS, EOS = range(4)
SPECIALS = ("<pad>", "<unk>", "<bos>", "<eos>")

# Signs that stand on the letter before them: \w knows only letters that have them built in.
MARKS = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c).startswith("M"))
# One apostrophe and one hyphen for the several that keyboards and word processors write.
ONE_SIGN = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"})


def normalise(text: str, *, lower: bool = True) -> str:
    """One spelling for what looks the same: small letters if asked for, one apostrophe, one hyphen, then NFC.

    No accent is taken away: in Yoruba ọkọ, ọkọ́ and ọkọ̀ are a husband, a hoe and a vehicle.
    """
    return unicodedata.normalize("NFC", (text.lower() if lower else text).translate(ONE_SIGN))


def tokenise(text: str) -> list[str]:
    """Words, numbers, and each other sign by itself, in the order of the text; spaces go.

    A letter or digit keeps the marks on it. Apostrophes and hyphens within a word belong to it (n'ohere, na-agụ), and
    so does the one before y, a letter of Hausa ('yanci). Points and commas within a number belong to it (1,000.5).
    """
    letter = rf"[^\W_][{MARKS}]*"
    word = rf"(?:'(?=[yY]))?(?:{letter})+(?:['-](?:{letter})+)*"
    return re.findall(rf"\d+(?:[.,]\d+)+|{word}|\S", text)


def characters(text: str) -> list[str]:
    """Each character together with the marks that stand on it, spaces too."""
    return re.findall(rf"(?s:.)[{MARKS}]*", text)


class Vocabulary:
    """Words and their ids, Eq. 2: <pad> is 0, <unk> is 1, and with ``ends`` <bos> is 2 and <eos> 3.

    ``words`` are the others in the order of their ids. Raises ValueError for a word that comes twice.
    """

    def __init__(self, words: Iterable[str], *, ends: bool = False) -> None:
        self.ends = ends
        self.tokens = [*(SPECIALS if ends else SPECIALS[:2]), *words]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        if len(self.ids) < len(self.tokens):
            twice = [token for token, count in Counter(self.tokens).items() if count > 1]
            raise ValueError(f"Vocabulary: expected every word once, got {twice[0]!r} twice; count words before")

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.ids

    def encode(self, tokens: Sequence[str]) -> list[int]:
        """The ids of a sentence, Eq. 2, between <bos> and <eos> where there are such. Raises TypeError for a string."""
        ids = [self.ids.get(token, UNK) for token in _tokens("Vocabulary.encode", tokens)]
        return [BOS, *ids, EOS] if self.ends else ids

    def decode(self, ids: Iterable[int], *, skip: bool = True) -> list[str]:
        """The tokens of these ids, without padding and ends if ``skip``. Raises IndexError for an unknown id."""
        found = [int(i) for i in ids]
        for i in found:
            if not 0 <= i < len(self):
                raise IndexError(
                    f"Vocabulary.decode: expected ids from 0 to {len(self) - 1}, got {i}; another vocabulary?"
                )
        hidden = {PAD, BOS, EOS} if self.ends else {PAD}
        return [self.tokens[i] for i in found if not (skip and i in hidden)]

    def save(self, path: Path | str) -> None:
        """Write the words in order as JSON, whole or not at all."""
        words = self.tokens[4 if self.ends else 2 :]
        text = json.dumps({"ends": self.ends, "words": words}, ensure_ascii=False, indent=0)
        write_atomically(Path(path), text.encode())

    @classmethod
    def load(cls, path: Path | str) -> "Vocabulary":
        """Read what ``save`` wrote. Raises ValueError for a file that holds something else."""
        try:
            found: Any = json.loads(Path(path).read_bytes())
        except ValueError as error:
            raise ValueError(f"Vocabulary.load: expected JSON in {path}, got {error}; was it cut short?") from error
        match found:
            case {"ends": bool(ends), "words": list(words)} if all(isinstance(word, str) for word in words):
                return cls(words, ends=ends)
        raise ValueError(f"Vocabulary.load: expected ends and a list of words in {path}, got neither; another file?")


def build(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    """The vocabulary of these tokenised texts, Eqs. 1 and 2: those of the training split, and no others.

    Words that occur fewer than ``min_freq`` times are left out. ``max_size`` bounds the whole vocabulary, special
    tokens included. A special token in the texts is no word. Raises ValueError, TypeError for texts that are strings.
    """
    expect_positive("build", min_freq=min_freq)
    counts = Counter(token for text in texts for token in _tokens("build", text))
    specials = SPECIALS if ends else SPECIALS[:2]
    words = [word for word in counts if counts[word] >= min_freq and word not in specials]
    words.sort(key=lambda word: (-counts[word], word))
    return Vocabulary(words if max_size is None else words[: _room(max_size, specials)], ends=ends)


def pad(
    sequences: Sequence[Sequence[int]], *, side: Side = "right", max_length: int | None = None, cut: Side = "right"
) -> tuple[IntArray, IntArray]:
    """Lists of ids as one array (N, T) and their lengths (N,), Eq. 4, both int64.

    The padding, <pad>, is put on ``side``. Lists longer than ``max_length`` lose their end, or with ``cut="left"``
    their beginning. Raises ValueError for another side or a bound below 1, TypeError for a list that is not of lists.
    """
    kept = [_shortened(ids, max_length, cut) for ids in sequences]
    lengths = np.array([len(ids) for ids in kept], dtype=np.int64)
    x = np.full((len(kept), lengths.max(initial=0)), PAD, dtype=np.int64)
    for row, ids in zip(x, kept, strict=True):
        start = 0 if _side("pad", side) == "right" else len(row) - len(ids)
        row[start : start + len(ids)] = ids
    return x, lengths


def mask(lengths: IntArray, steps: int | None = None, *, side: Side = "right") -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(N,) -> (N, T): True where a token stands and False where padding does, Eq. 5.

    T is ``steps``, or the longest length. Raises ValueError for a length above it and for another side.
    """
    longest = int(np.max(lengths, initial=0))
    steps = longest if steps is None else steps
    if longest > steps:
        raise ValueError(f"mask: expected lengths of at most {steps} steps, got {longest}; were the lists cut?")
    place = np.arange(steps)
    if _side("mask", side) == "right":
        return place < np.asarray(lengths)[:, None]  # (T,) < (N, 1)
    return place >= steps - np.asarray(lengths)[:, None]


def buckets(lengths: IntArray, batch_size: int, *, rng: Rng) -> list[IntArray]:
    """Batches of sentences of like lengths: for each the places of its sentences, together every one of N once.

    Two draws: ``rng.permutation(N)`` for who comes first among equals, in the stable sort by length;
    ``rng.permutation`` of the number of batches for the order in which these come. The one of the longest may be short.
    """
    expect_positive("buckets", batch_size=batch_size)
    rng = generator("buckets", rng)
    mixed = rng.permutation(len(lengths))
    order = mixed[np.argsort(np.asarray(lengths)[mixed], kind="stable")]
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [batches[k] for k in rng.permutation(len(batches))]


def padding_share(lengths: IntArray, batches: Iterable[IntArray]) -> float:
    """The part of all numbers in these batches that is padding, Eq. 6; 0 of no numbers."""
    each = [np.asarray(lengths)[batch] for batch in batches]
    numbers = sum(len(batch) * int(batch.max(initial=0)) for batch in each)
    return 1 - sum(int(batch.sum()) for batch in each) / numbers if numbers else 0.0


def bag_of_words(sequences: Sequence[Sequence[int]], size: int) -> IntArray:
    """(N, V): how often each id below ``size`` occurs in each list, Eq. 7. Raises ValueError for another id."""
    counts = np.zeros((len(sequences), size), dtype=np.int64)
    for row, ids in zip(counts, sequences, strict=True):
        if len(ids) and not 0 <= min(ids) <= max(ids) < size:
            raise ValueError(
                f"bag_of_words: expected ids from 0 to {size - 1}, got {min(ids)} to {max(ids)}; is it len(vocabulary)?"
            )
        np.add.at(row, np.asarray(ids, dtype=np.int64), 1)  # += would count an id once
    return counts


def coverage(tokens: Sequence[str], vocabulary: Vocabulary) -> float:
    """The part of these tokens that has an id of its own, Eq. 3. Raises ValueError for no tokens."""
    return sum(token in vocabulary for token in _some("coverage", tokens)) / len(tokens)


def type_token_ratio(tokens: Sequence[str]) -> float:
    """Different words (types) per word (token); it falls as a text grows. Raises ValueError for no tokens."""
    return len(set(_some("type_token_ratio", tokens))) / len(tokens)


def _tokens(who: str, text: Sequence[str]) -> Sequence[str]:
    if isinstance(text, str):
        raise TypeError(f"{who}: expected a list of tokens, got the string {text[:20]!r}; tokenise it first")
    return text


def _some(who: str, tokens: Sequence[str]) -> Sequence[str]:
    if not _tokens(who, tokens):
        raise ValueError(f"{who}: expected at least one token, got none; is the text empty?")
    return tokens


def _room(max_size: int, specials: Sequence[str]) -> int:
    """How many words fit beside the special tokens."""
    if max_size < len(specials):
        raise ValueError(f"build: expected max_size of at least {len(specials)}, got {max_size}; it holds specials too")
    return max_size - len(specials)


def _shortened(ids: Sequence[int], max_length: int | None, cut: Side) -> Sequence[int]:
    if not hasattr(ids, "__len__"):
        raise TypeError(f"pad: expected lists of ids, got {type(ids).__name__}; one sentence is [ids]")
    if max_length is None:
        return ids
    expect_positive("pad", max_length=max_length)
    return ids[:max_length] if _side("pad", cut) == "right" else ids[-max_length:]


def _side(who: str, side: str) -> str:
    if side not in ("left", "right"):
        raise ValueError(f"{who}: expected side or cut to be left or right, got {side!r}; before is left, after right")
    return side
