"""An embedding written another way, and just as right."""

import numpy as np

from groundup.core import Array, IntArray, expect_shape, variant
from groundup.nn.embedding.embedding import Embedding, _expect_ids, one_hot


@variant("one_hot", "rows of the identity")
def rows_of_the_identity(ids: IntArray, num_classes: int) -> IntArray:
    return np.eye(num_classes, dtype="int64")[_expect_ids("one_hot", ids, num_classes)]


@variant("one_hot", "zeros, and a 1 put at each place")
def ones_put_at_places(ids: IntArray, num_classes: int) -> IntArray:
    ids = _expect_ids("one_hot", ids, num_classes)
    rows = np.zeros((*ids.shape, num_classes), "int64")
    np.put_along_axis(rows, ids[..., None], 1, axis=-1)
    return rows


@variant("one_hot", "a loop over the ids")
def loop_over_ids(ids: IntArray, num_classes: int) -> IntArray:
    ids = _expect_ids("one_hot", ids, num_classes)
    rows = np.zeros((*ids.shape, num_classes), dtype="int64")
    for place in np.ndindex(*ids.shape):
        rows[(*place, ids[place])] = 1
    return rows


@variant("Embedding.forward", "the product with one-hot rows, Eq. 1 as it stands")
def product_with_one_hot(self: Embedding, ids: IntArray) -> Array:
    ids = _expect_ids("Embedding.forward", ids, self.num_embeddings)
    self.keep(ids)
    table = self.weight.value
    return one_hot(ids, self.num_embeddings).astype(table.dtype) @ table  # (..., V) @ (V, D)


@variant("Embedding.forward", "np.take along the rows")
def taken_along_rows(self: Embedding, ids: IntArray) -> Array:
    ids = _expect_ids("Embedding.forward", ids, self.num_embeddings)
    self.keep(ids)
    y: Array = np.take(self.weight.value, ids.ravel(), axis=0).reshape(*ids.shape, -1)
    return y


@variant("Embedding.backward", "the product with one-hot rows, Eq. 2 as it stands")
def transposed_one_hot(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    dy = expect_shape("Embedding.backward", dy, (*ids.shape, self.embedding_dim), like="y")
    marks = one_hot(ids, self.num_embeddings).astype(dy.dtype)  # (..., V)
    if self.padding_idx is not None:
        marks[..., self.padding_idx] = 0
    self.weight.grad += np.einsum("nv,nd->vd", marks.reshape(-1, self.num_embeddings), dy.reshape(-1, dy.shape[-1]))


@variant("Embedding.backward", "a loop over the ids")
def loop_over_ids_back(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    expect_shape("Embedding.backward", dy, (*ids.shape, self.embedding_dim), like="y")
    for place in np.ndindex(*ids.shape):
        if ids[place] != self.padding_idx:
            self.weight.grad[ids[place]] += dy[place]


@variant("Embedding.backward", "row by row of the table: the sum of dy where the id is its own")
def row_by_row(self: Embedding, dy: Array) -> None:
    (ids,) = self.kept_all()
    expect_shape("Embedding.backward", dy, (*ids.shape, self.embedding_dim), like="y")
    for v in np.unique(ids):
        if v != self.padding_idx:
            self.weight.grad[v] += dy[ids == v].sum(axis=0)
