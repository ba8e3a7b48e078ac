"""What people write instead of an embedding."""

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.nn.embedding.embedding import Embedding
from groundup.nn.embedding.misconceptions_of_kinds import *  # noqa: F403


@misconception(
    "one_hot",
    "Your rows and columns are swapped: each id is to have a row, and each class a column.",
    see="A lookup is a product",
)
def an_id_a_column(ids: IntArray, num_classes: int) -> IntArray:
    rows: IntArray = (ids[..., None] == np.arange(num_classes)).astype("int64")
    return np.moveaxis(rows, -1, 0)


@misconception(
    "one_hot",
    "You count the ids from 1. The first row of a table is number 0, and the id 0 is a word like any other.",
    see="A lookup is a product",
)
def counted_from_one(ids: IntArray, num_classes: int) -> IntArray:
    rows: IntArray = (ids[..., None] == np.arange(1, num_classes + 1)).astype("int64")
    return rows


@misconception(
    "one_hot",
    "You wrote the id itself where a 1 belongs, as if word 4 were twice word 2. An id is a name, no amount.",
    see="A lookup is a product",
)
def the_id_as_an_amount(ids: IntArray, num_classes: int) -> IntArray:
    rows: IntArray = (ids[..., None] == np.arange(num_classes)) * ids[..., None]
    return rows


@misconception(
    "Embedding.forward",
    "You picked columns of the table. It has a row for each id; here as many columns as ids, so nothing complained.",
    see="A lookup is a product",
)
def columns(self: Embedding, ids: IntArray) -> Array:
    self.keep(ids)
    return np.moveaxis(self.weight.value[:, ids], 0, -1)


@misconception(
    "Embedding.forward",
    "Your rows come in the table's order and each once. The output follows the text: word by word, repeats too.",
    see="A lookup is a product",
)
def each_once(self: Embedding, ids: IntArray) -> Array:
    self.keep(ids)
    return self.weight.value[np.unique(ids)]


@misconception(
    "Embedding.forward",
    "You wipe the padding's row at every lookup. It begins as zeros and stays; if somebody sets it, it counts.",
    see="Padding",
)
def padding_wiped(self: Embedding, ids: IntArray) -> Array:
    self.keep(ids)
    y: Array = self.weight.value[ids]
    if self.padding_idx is not None:
        y[ids == self.padding_idx] = 0
    return y


@misconception(
    "Embedding.backward",
    "An id that comes up several times keeps one of its gradients: an indexed += writes each row once.",
    see="Break",
)
def repeats_lost(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    if self.padding_idx is not None:
        real = ids != self.padding_idx
        ids, dy = ids[real], dy[real]
    self.weight.grad[ids] += dy


@misconception(
    "Embedding.backward",
    "Each row's gradient is divided by how often its id came up. One row served all those places: they add up.",
    see="The gradient",
)
def averaged(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    if self.padding_idx is not None:
        real = ids != self.padding_idx
        ids, dy = ids[real], dy[real]
    total = np.zeros_like(self.weight.grad)
    np.add.at(total, ids, dy)
    often = np.bincount(ids.ravel(), minlength=self.num_embeddings)
    self.weight.grad += total / np.maximum(often, 1)[:, None].astype(dy.dtype)


@misconception(
    "Embedding.backward",
    "Your gradient begins anew with each batch: what an earlier backward left in grad is wiped out.",
    see="The gradient",
)
def begun_anew(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    if self.padding_idx is not None:
        real = ids != self.padding_idx
        ids, dy = ids[real], dy[real]
    self.weight.grad[...] = 0
    np.add.at(self.weight.grad, ids, dy)


@misconception(
    "Embedding.backward",
    "The padding's row gets a gradient from you, so an optimiser will move it away from zero.",
    see="Padding",
)
def padding_learns(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    np.add.at(self.weight.grad, ids, dy)
