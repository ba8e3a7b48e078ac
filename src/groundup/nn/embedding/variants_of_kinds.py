"""Other right answers to the exercises that make an embedding fast."""

import numpy as np

from groundup.core import Array, IntArray, variant


@variant("scatter", "whole rows added at their places")
def rows_added(ids: IntArray, dy: Array, rows: int) -> Array:
    dw = np.zeros((rows, dy.shape[1]), dy.dtype)
    np.add.at(dw, ids, dy)
    return dw


@variant("scatter", "the product with one-hot rows")
def one_hot_product(ids: IntArray, dy: Array, rows: int) -> Array:
    marks: Array = (np.arange(rows)[:, None] == ids).astype(dy.dtype)  # (rows, N)
    return marks @ dy


@variant("scatter", "a weighted count of the places")
def counted_by_weight(ids: IntArray, dy: Array, rows: int) -> Array:
    width = dy.shape[1]
    places = ids[:, None] * width + np.arange(width)
    dw = np.bincount(places.ravel(), weights=dy.ravel(), minlength=rows * width)
    return dw.reshape(rows, width).astype(dy.dtype)
