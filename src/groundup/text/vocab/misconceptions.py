"""How sentences get lost on their way into arrays."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from groundup.core.misconception import misconception
from groundup.text.vocab import vocab as library
from groundup.text.vocab.misconceptions_of_batches import *  # noqa: F403
from groundup.text.vocab.vocab import BOS, EOS, MARKS, UNK, Vocabulary


@misconception(
    "tokenise",
    "Your letters are the 26 of English: what carries a dot or an accent, or comes from another script, is dropped.",
    see="What is a word?",
)
def english_letters(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+|\d+(?:[.,]\d+)*|[^\w\s]", text)


@misconception(
    "tokenise",
    r"You trust \w: it does not hold the marks that stand on a letter as characters, so words break there.",
    see="What is a word?",
)
def marks_cut_off(text: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)+|(?:'(?=[yY]))?[^\W_]+(?:['-][^\W_]+)*|\S", text)


@misconception(
    "tokenise",
    "You take the accents away first. In Yoruba they are what tells one word from another.",
    see="Without its marks",
)
def accents_stripped(text: str) -> list[str]:
    apart = unicodedata.normalize("NFD", text)
    return library.tokenise("".join(c for c in apart if unicodedata.category(c) != "Mn"))


@misconception(
    "tokenise",
    "You split at spaces: a word with a comma behind it is then another word than the same one without.",
    see="What is a word?",
)
def split_at_spaces(text: str) -> list[str]:
    return text.split()


@misconception(
    "tokenise",
    "Hyphens and apostrophes within a word cut yours in pieces.",
    see="What is a word?",
)
def joints_cut(text: str) -> list[str]:
    return re.findall(rf"\d+(?:[.,]\d+)+|(?:[^\W_][{MARKS}]*)+|\S", text)


@misconception(
    "tokenise",
    "Every apostrophe and hyphen beside a word sticks to it, quotation marks and dashes too.",
    see="What is a word?",
)
def quotes_glued(text: str) -> list[str]:
    return re.findall(rf"\d+(?:[.,]\d+)+|(?:['-]|[^\W_][{MARKS}]*)+|\S", text)


@misconception(
    "tokenise",
    "Your numbers fall apart at the point and at the comma.",
    see="What is a word?",
)
def numbers_cut(text: str) -> list[str]:
    letter = rf"[^\W_][{MARKS}]*"
    return re.findall(rf"(?:'(?=[yY]))?(?:{letter})+(?:['-](?:{letter})+)*|\S", text)


@misconception(
    "tokenise",
    "Punctuation is gone: a question and a statement are the same to you.",
    see="What is a word?",
)
def punctuation_dropped(text: str) -> list[str]:
    return [token for token in library.tokenise(text) if token[0].isalnum() or len(token) > 1]


def _built(texts: Iterable[Sequence[str]], words: list[str], max_size: int | None, ends: bool) -> Vocabulary:
    room = len(words) if max_size is None else max_size - (4 if ends else 2)
    return Vocabulary([word for word in words if word not in library.SPECIALS][:room], ends=ends)


@misconception(
    "build",
    "Words that are equally frequent stand in the order in which they came: shuffle the texts, and ids change.",
    see="Ids",
)
def equals_as_they_came(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    counts = Counter(token for text in texts for token in text)
    return _built(texts, [w for w, c in counts.most_common() if c >= min_freq], max_size, ends)


@misconception(
    "build",
    "You order by the alphabet alone. With a bound on the size, frequent words are then the ones to go.",
    see="Ids",
)
def alphabet_alone(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    counts = Counter(token for text in texts for token in text)
    return _built(texts, sorted(w for w in counts if counts[w] >= min_freq), max_size, ends)


@misconception(
    "build",
    "The rarest words come first with you.",
    see="Ids",
)
def rarest_first(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    counts = Counter(token for text in texts for token in text)
    words = sorted((w for w in counts if counts[w] >= min_freq), key=lambda w: (counts[w], w))
    return _built(texts, words, max_size, ends)


@misconception(
    "build",
    "max_size counts your words and leaves the special tokens out; the table of vectors gets more rows than asked for.",
    see="Ids",
)
def specials_not_counted(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    more = None if max_size is None else max_size + (4 if ends else 2)
    return library.build(texts, min_freq=min_freq, max_size=more, ends=ends)


@misconception(
    "build",
    "A word that occurs min_freq times exactly is left out.",
    see="Ids",
)
def more_than_min_freq(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    return library.build(texts, min_freq=min_freq + 1, max_size=max_size, ends=ends)


@misconception(
    "build",
    "You count in how many texts a word occurs; a word that occurs twice in one text counts twice.",
    see="Ids",
)
def texts_counted(
    texts: Iterable[Sequence[str]], *, min_freq: int = 1, max_size: int | None = None, ends: bool = False
) -> Vocabulary:
    return library.build([sorted(set(text)) for text in texts], min_freq=min_freq, max_size=max_size, ends=ends)


@misconception(
    "Vocabulary.encode",
    "Unknown words vanish: the sentence gets shorter, and nobody can tell that something stood there.",
    see="Words that nobody counted",
)
def unknown_skipped(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    ids = [self.ids[token] for token in tokens if token in self.ids]
    return [BOS, *ids, EOS] if self.ends else ids


@misconception(
    "Vocabulary.encode",
    "Unknown words get the id of padding; whatever is masked later takes them for nothing.",
    see="Words that nobody counted",
)
def unknown_as_padding(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    ids = [self.ids.get(token, 0) for token in tokens]
    return [BOS, *ids, EOS] if self.ends else ids


@misconception(
    "Vocabulary.encode",
    "Your vocabulary grows while it encodes: the new ids have no row in the table of vectors, and no training.",
    see="Words that nobody counted",
)
def words_added(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    ids = [self.ids.setdefault(token, len(self.ids)) for token in tokens]
    return [BOS, *ids, EOS] if self.ends else ids


@misconception(
    "Vocabulary.encode",
    "Every sentence gets a beginning and an end, in vocabularies that have no such tokens too.",
    see="Words that nobody counted",
)
def ends_always(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    return [BOS, *(self.ids.get(token, UNK) for token in tokens), EOS]


@misconception(
    "Vocabulary.encode",
    "The end of the sentence is not marked: what writes sentences will never learn to stop.",
    see="Words that nobody counted",
)
def no_end(self: Vocabulary, tokens: Sequence[str]) -> list[int]:
    ids = [self.ids.get(token, UNK) for token in tokens]
    return [BOS, *ids] if self.ends else ids
