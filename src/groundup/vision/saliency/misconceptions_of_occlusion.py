"""What people write instead of an occlusion map."""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, misconception
from groundup.vision.saliency.saliency import Classes, asked_for, starts


def _occluded(
    model: Callable[[Array], Array],
    x: Array,
    square: tuple[int, int, float],
    fall: Callable[[Array], Array],
    mean: bool,
) -> Array:
    """An occlusion map whose number for one square is fall(scores of the filled batch), averaged or added up."""
    size, stride, fill = square
    total, squares = np.zeros((len(x), *x.shape[2:]), x.dtype), np.zeros(x.shape[2:], x.dtype)
    for top in starts(x.shape[2], size, stride):
        for left in starts(x.shape[3], size, stride):
            hidden = x.copy()
            hidden[..., top : top + size, left : left + size] = fill
            total[:, top : top + size, left : left + size] += fall(model(hidden))[:, None, None]
            squares[top : top + size, left : left + size] += 1
    return total / squares if mean else total


@misconception(
    "occlusion",
    "The map has the wrong sign: hiding a pixel that is needed lowers the score, and that speaks for the pixel.",
    see="Occlusion",
)
def rise_instead_of_fall(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    rows, asked = np.arange(len(x)), asked_for("occlusion", model(x), classes)
    before = model(x)[rows, asked]
    return _occluded(model, x, (size, stride, fill), lambda scores: scores[rows, asked] - before, True)


@misconception(
    "occlusion",
    "You add the falls up. A pixel in the middle lies under more squares than one in a corner.",
    see="Occlusion",
)
def added_up(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    rows, asked = np.arange(len(x)), asked_for("occlusion", model(x), classes)
    before = model(x)[rows, asked]
    return _occluded(model, x, (size, stride, fill), lambda scores: before - scores[rows, asked], False)


@misconception(
    "occlusion",
    "You compare the highest scores, whatever class they belong to: the class asked about may have been overtaken.",
    see="Occlusion",
)
def highest_of_each(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    rows, asked = np.arange(len(x)), asked_for("occlusion", model(x), classes)
    before = model(x)[rows, asked]
    return _occluded(model, x, (size, stride, fill), lambda scores: before - scores.max(axis=1), True)


@misconception(
    "occlusion",
    "The map shows the score that is left and not how far it fell: what is needed comes out small.",
    see="Occlusion",
)
def what_is_left(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    rows, asked = np.arange(len(x)), asked_for("occlusion", model(x), classes)
    return _occluded(model, x, (size, stride, fill), lambda scores: scores[rows, asked], True)


@misconception(
    "occlusion",
    "The square is black whatever ``fill`` says.",
    see="Occlusion",
)
def always_black(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    rows, asked = np.arange(len(x)), asked_for("occlusion", model(x), classes)
    before = model(x)[rows, asked]
    return _occluded(model, x, (size, stride, 0.0), lambda scores: before - scores[rows, asked], True)
