"""Saliency maps written another way, and just as right."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from groundup.core import Array, Layer, expect_in, expect_positive, expect_rank, variant
from groundup.vision.saliency.saliency import (
    Classes,
    asked_for,
    expect_evaluation,
    score_gradient,
    starts,
    undisturbed,
)


@variant("score_gradient", "rows of the unit matrix")
def rows_of_the_unit_matrix(model: Layer, x: Array, classes: Classes = None) -> Array:
    expect_rank("score_gradient", x, "NCHW")
    expect_evaluation("score_gradient", model)
    with undisturbed(model):
        scores = model.forward(x)
        unit = np.eye(scores.shape[1], dtype=scores.dtype)
        gradient: Array = model.backward(unit[asked_for("score_gradient", scores, classes)])
    return gradient


@variant("score_gradient", "one picture after the other")
def one_by_one(model: Layer, x: Array, classes: Classes = None) -> Array:
    expect_rank("score_gradient", x, "NCHW")
    expect_evaluation("score_gradient", model)
    asked = asked_for("score_gradient", model(x), classes)
    gradient = np.empty_like(x)
    with undisturbed(model):
        for n, c in enumerate(asked):
            scores = model(x[n : n + 1])
            gradient[n] = model.backward((np.arange(scores.shape[1]) == c)[None].astype(scores.dtype))[0]
    return gradient


@variant("over_channels", "the further of the two ends")
def further_end(gradient: Array) -> Array:
    expect_rank("over_channels", gradient, "NCHW")
    larger: Array = np.maximum(gradient.max(axis=1), -gradient.min(axis=1))
    return larger


@variant("over_channels", "squares and a root, channels last")
def root_of_squares(gradient: Array) -> Array:
    last = expect_rank("over_channels", gradient, "NCHW").transpose(0, 2, 3, 1)
    size: Array = np.sqrt(np.square(last)).max(axis=-1)
    return size


@variant("gradient_times_input", "one einsum over the channels")
def by_einsum(model: Layer, x: Array, classes: Classes = None) -> Array:
    product: Array = np.einsum("nchw,nchw->nhw", score_gradient(model, x, classes), x)
    return product


@variant("class_map", "two einsums")
def two_einsums(maps: Array, gradients: Array) -> Array:
    places = gradients.shape[2] * gradients.shape[3]
    weights = np.einsum("nkhw->nk", gradients) / places
    raw: Array = np.einsum("nk,nkhw->nhw", weights, maps)
    return np.where(raw > 0, raw, np.zeros_like(raw))


@variant("class_map", "a product of matrices for each picture, places in a row")
def products_of_matrices(maps: Array, gradients: Array) -> Array:
    n, k, h, w = maps.shape
    weights = gradients.reshape(n, k, h * w).mean(axis=2)
    summed: Array = (weights[:, None] @ maps.reshape(n, k, h * w)).reshape(n, h, w)
    return summed.clip(min=0)


@variant("occlusion", "all squares of a row of places in one batch")
def a_row_at_once(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    height, width = expect_rank("occlusion", x, "NCHW").shape[2:]
    expect_positive("occlusion", size=size, stride=stride)
    expect_in("occlusion", "size", size, 1, min(height, width))
    expect_evaluation("occlusion", model)
    before, lefts = model(x), starts(width, size, stride)
    asked = asked_for("occlusion", before, classes)
    falls, covers = np.zeros((len(x), height, width), x.dtype), np.zeros((height, width), x.dtype)
    for top in starts(height, size, stride):
        masks = np.zeros((len(lefts), height, width), bool)
        for mask, left in zip(masks, lefts, strict=True):
            mask[top : top + size, left : left + size] = True
        filled = np.where(masks[:, None, None], np.asarray(fill, x.dtype), x)  # (squares, N, C, H, W)
        after = model(filled.reshape(-1, *x.shape[1:])).reshape(len(lefts), *before.shape)
        rows = np.arange(len(x))
        fall = before[rows, asked] - after[:, rows, asked]  # (squares, N)
        falls += np.einsum("sn,shw->nhw", fall, masks.astype(x.dtype))
        covers += masks.sum(axis=0)
    return falls / covers


@variant("occlusion", "lists of falls for every pixel, then their means")
def lists_of_falls(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    expect_rank("occlusion", x, "NCHW")
    expect_evaluation("occlusion", model)
    scores = model(x)
    asked = asked_for("occlusion", scores, classes)[:, None]
    known = np.take_along_axis(scores, asked, axis=1)[:, 0]
    seen: defaultdict[tuple[int, int], list[Array]] = defaultdict(list)
    for top in starts(x.shape[2], size, stride):
        for left in starts(x.shape[3], size, stride):
            hidden = np.array(x)
            hidden[:, :, top : top + size, left : left + size] = fill
            fall = known - np.take_along_axis(model(hidden), asked, axis=1)[:, 0]
            for down, across in np.ndindex(size, size):
                seen[top + down, left + across].append(fall)
    result = np.empty((len(x), *x.shape[2:]), x.dtype)
    for (i, j), falls in seen.items():
        result[:, i, j] = np.mean(falls, axis=0)
    return result
