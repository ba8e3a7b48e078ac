"""Embedding: a table of vectors, one row an id.

    (1)  Y = onehot(ids) W            which is the lookup  Y[n] = W[ids[n]]
    (2)  dW = onehot(ids)ᵀ dY         which is the scatter dW[v] = Σ dY[n] over all n with ids[n] = v

Axes: any for the ids, V rows of the table (``num_embeddings``), D numbers a row (``embedding_dim``).
Ids are whole numbers and cannot be nudged, so there is no dX: backward returns None.
Derivation: lesson.md, "Derive".  Source: Bengio, Ducharme, Vincent, Jauvin, JMLR 3 (2003), section 2.
"""

from typing import Any

import numpy as np

from groundup.core import (
    Array,
    DtypeError,
    IntArray,
    Layer,
    Parameter,
    Rng,
    expect_positive,
    expect_shape,
    generator,
)


class Embedding(Layer):
    """Map whole numbers (...) from 0 to V - 1 to rows (..., D) of a table, Eq. 1.

    The table starts as N(0, 1), as in torch.nn.Embedding. The row ``padding_idx`` starts as zeros and gets no
    gradient; a negative one counts from the end. State key: ``weight`` (V, D).

    Raises ValueError for sizes below 1, a ``padding_idx`` outside the table and ids outside it, DtypeError for ids
    that are no whole numbers, TypeError when ``rng`` is missing.
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, *, rng: Rng | None = None
    ) -> None:
        expect_positive("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else _row("Embedding", padding_idx, num_embeddings)
        table = generator("Embedding", rng).standard_normal((num_embeddings, embedding_dim)).astype("float32")
        if self.padding_idx is not None:
            table[self.padding_idx] = 0
        self.weight = Parameter(table)

    def forward(self, ids: IntArray) -> Array:
        """(...) whole numbers -> (..., D), Eq. 1 as a lookup; a copy of the rows."""
        ids = _expect_ids("Embedding.forward", ids, self.num_embeddings)
        self.keep(ids)
        y: Array = self.weight.value[ids]  # (V, D) at (...) gives (..., D)
        return y

    def backward(self, dy: Array) -> None:
        """(..., D) -> None, Eq. 2; an id that came up three times adds three rows to its own."""
        (ids,) = self.kept_all()
        expect_shape("Embedding.backward", dy, (*ids.shape, self.embedding_dim), like="y")
        if self.padding_idx is not None:
            real = ids != self.padding_idx  # (...)
            ids, dy = ids[real], dy[real]  # (n,), (n, D)
        np.add.at(self.weight.grad, ids, dy)  # `grad[ids] += dy` would add a repeated id once


def one_hot(ids: IntArray, num_classes: int) -> IntArray:
    """(...) -> (..., num_classes) whole numbers: a 1 at the place of each id, 0 elsewhere."""
    ids = _expect_ids("one_hot", ids, num_classes)
    rows: IntArray = (ids[..., None] == np.arange(num_classes)).astype("int64")  # (..., 1) beside (V,)
    return rows


def _expect_ids(who: str, ids: Any, rows: int) -> IntArray:
    """An array of whole numbers from 0 to rows - 1."""
    if not isinstance(ids, np.ndarray):
        raise DtypeError(f"{who}: expected a NumPy array, got {type(ids).__name__}; wrap it with np.asarray")
    if not np.issubdtype(ids.dtype, np.integer):
        raise DtypeError(f"{who}: expected whole numbers, got {ids.dtype}; is this the data after the embedding?")
    if ids.size and (ids.min() < 0 or ids.max() >= rows):
        raise ValueError(
            f"{who}: expected ids from 0 to {rows - 1}, got {ids.min()} to {ids.max()}; "
            "was the vocabulary counted from 1, or does it lack a row for unknown words?"
        )
    return ids


def _row(who: str, index: int, rows: int) -> int:
    """A row of the table; a negative one counts from the end."""
    if isinstance(index, bool) or not isinstance(index, int | np.integer):
        raise TypeError(f"{who}: expected padding_idx to be a whole number, got {index!r}")
    if not -rows <= index < rows:
        raise ValueError(
            f"{who}: expected padding_idx from {-rows} to {rows - 1}, got {index}; the padding needs a row of its own"
        )
    return int(index) % rows
