"""Sentences for PyTorch: a Dataset of ids, and a collate function that pads each batch by itself.

PyTorch has no tokeniser and no vocabulary of its own: torchtext is no longer developed. Users take a tokeniser from
elsewhere, or a dictionary as here, and torch.nn.utils.rnn for the padding.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

from groundup.text.vocab.vocab import PAD, Side, Vocabulary, tokenise


class Sentences(Dataset[tuple[Tensor, int]]):
    """Sentences and their labels; an item is (ids (L,), label)."""

    def __init__(self, texts: Sequence[str], labels: Sequence[int], vocabulary: Vocabulary) -> None:
        self.texts, self.labels, self.vocabulary = texts, labels, vocabulary

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return torch.tensor(self.vocabulary.encode(tokenise(self.texts[i])), dtype=torch.int64), self.labels[i]


def collate(items: Sequence[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Items of a Dataset as one batch: ids (N, T), lengths (N,), labels (N,)."""
    ids, labels = zip(*items, strict=True)
    return *pad(ids), torch.tensor(labels)


def loader(data: Sentences, batches: Iterable[list[int]]) -> DataLoader[tuple[Tensor, int]]:
    """The batches whose places are given, each padded to its own longest sentence."""
    return DataLoader(data, batch_sampler=list(batches), collate_fn=collate)


def pad(sequences: Sequence[Tensor], side: Side = "right") -> tuple[Tensor, Tensor]:
    """(N, T) and (N,): torch counts the batch second unless told otherwise."""
    lengths = torch.tensor([len(ids) for ids in sequences])
    return pad_sequence(list(sequences), batch_first=True, padding_value=PAD, padding_side=side), lengths


def mask(lengths: Tensor, side: Side = "right") -> Tensor:
    """(N,) -> (N, T): True where a token stands."""
    places = torch.arange(int(lengths.max()))
    right = places < lengths[:, None]
    return right if side == "right" else right.flip(1)


def bag_of_words(sequences: Sequence[Tensor], size: int) -> Tensor:
    """(N, V): how often each id occurs in each list."""
    return torch.stack([torch.bincount(ids, minlength=size) for ids in sequences])
