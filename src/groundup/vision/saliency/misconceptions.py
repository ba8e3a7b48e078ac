"""What people write instead of saliency maps."""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, Layer, misconception
from groundup.vision.saliency.misconceptions_of_occlusion import *  # noqa: F403
from groundup.vision.saliency.saliency import Classes, asked_for, score_gradient, undisturbed


def _pulled_back(model: Layer, x: Array, upstream: Callable[[Array], Array]) -> Array:
    """What backward makes of ``upstream(scores)``."""
    with undisturbed(model):
        gradient: Array = model.backward(upstream(model(x)))
    return gradient


def _one_hot(scores: Array, classes: Classes) -> Array:
    rows: Array = np.eye(scores.shape[1], dtype=scores.dtype)[asked_for("score_gradient", scores, classes)]
    return rows


def _chances(scores: Array) -> Array:
    e: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Array = e / e.sum(axis=1, keepdims=True)
    return chances


@misconception(
    "score_gradient",
    "You send a 1 to every class back: that is the gradient of all scores added up, and no class was asked about.",
    see="The gradient of one score",
)
def all_scores_at_once(model: Layer, x: Array, classes: Classes = None) -> Array:
    return _pulled_back(model, x, np.ones_like)


@misconception(
    "score_gradient",
    "You send the score itself back where a 1 belongs: the map grows with the score.",
    see="The gradient of one score",
)
def the_score_sent_back(model: Layer, x: Array, classes: Classes = None) -> Array:
    return _pulled_back(model, x, lambda scores: scores * _one_hot(scores, classes))


@misconception(
    "score_gradient",
    "You differentiate the probability. It rises where other classes fall, too, and near 1 it hardly moves.",
    see="The gradient of one score",
)
def of_the_probability(model: Layer, x: Array, classes: Classes = None) -> Array:
    def upstream(scores: Array) -> Array:
        p, asked = _chances(scores), _one_hot(scores, classes)
        pulled: Array = (p * asked).sum(axis=1, keepdims=True) * (asked - p)
        return pulled

    return _pulled_back(model, x, upstream)


@misconception(
    "score_gradient",
    "You send back what training sends, the gradient of the loss: it shows what would lower the loss.",
    see="The gradient of one score",
)
def of_the_loss(model: Layer, x: Array, classes: Classes = None) -> Array:
    return _pulled_back(model, x, lambda scores: _chances(scores) - _one_hot(scores, classes))


@misconception(
    "score_gradient",
    "All pictures are asked about the class of the first one.",
    see="The gradient of one score",
)
def the_first_pictures_class(model: Layer, x: Array, classes: Classes = None) -> Array:
    first = classes if classes is None or np.ndim(classes) == 0 else int(np.asarray(classes)[0])
    if first is None:
        with undisturbed(model):
            first = int(model(x)[0].argmax())
    return score_gradient(model, x, first)


@misconception(
    "score_gradient",
    "The weights keep gradients from looking at a map; the next step of training would follow them.",
    see="Build",
)
def gradients_left_behind(model: Layer, x: Array, classes: Classes = None) -> Array:
    model.needs_input_grad(True)
    gradient: Array = model.backward(_one_hot(model(x), classes))
    return gradient


@misconception(
    "over_channels",
    "You take the largest without its size: a pixel whose rise lowers the score is lost.",
    see="One number a pixel",
)
def largest_with_its_sign(gradient: Array) -> Array:
    largest: Array = gradient.max(axis=1)
    return largest


@misconception(
    "over_channels",
    "You add up before you take the size: channels of different sign cancel.",
    see="One number a pixel",
)
def size_of_the_sum(gradient: Array) -> Array:
    result: Array = np.abs(gradient.sum(axis=1))
    return result


@misconception(
    "over_channels",
    "You take the mean of the sizes: a pixel with one channel that matters is made small by the others.",
    see="One number a pixel",
)
def mean_size(gradient: Array) -> Array:
    mean: Array = np.abs(gradient).mean(axis=1)
    return mean


@misconception(
    "gradient_times_input",
    "You take sizes before you add up: what speaks against the class counts as if it spoke for it.",
    see="One number a pixel",
)
def without_signs(model: Layer, x: Array, classes: Classes = None) -> Array:
    sizes: Array = np.abs(score_gradient(model, x, classes) * x).sum(axis=1)
    return sizes


@misconception(
    "gradient_times_input",
    "The gradient is there, the input is not.",
    see="One number a pixel",
)
def gradient_alone(model: Layer, x: Array, classes: Classes = None) -> Array:
    total: Array = score_gradient(model, x, classes).sum(axis=1)
    return total


@misconception(
    "class_map",
    "What speaks against the class is still there: negative sums are to be cut off.",
    see="Grad-CAM",
)
def not_cut_off(maps: Array, gradients: Array) -> Array:
    total: Array = (gradients.mean(axis=(2, 3), keepdims=True) * maps).sum(axis=1)
    return total


@misconception(
    "class_map",
    "You cut each weighted map off before you add them up: a map against the class can no longer take anything away.",
    see="Grad-CAM",
)
def cut_off_too_early(maps: Array, gradients: Array) -> Array:
    total: Array = np.maximum(gradients.mean(axis=(2, 3), keepdims=True) * maps, 0).sum(axis=1)
    return total


@misconception(
    "class_map",
    "Every place is weighted with its own gradient. A map has one weight, the mean.",
    see="Grad-CAM",
)
def place_by_place(maps: Array, gradients: Array) -> Array:
    result: Array = np.maximum((gradients * maps).sum(axis=1), 0)
    return result


@misconception(
    "class_map",
    "The weights are the sums of the gradients: the map grows with the number of places.",
    see="Grad-CAM",
)
def sums_for_weights(maps: Array, gradients: Array) -> Array:
    result: Array = np.maximum((gradients.sum(axis=(2, 3), keepdims=True) * maps).sum(axis=1), 0)
    return result


@misconception(
    "class_map",
    "You take the mean over the maps and keep the places: each place gets a weight, and the maps get none.",
    see="Grad-CAM",
)
def mean_over_the_maps(maps: Array, gradients: Array) -> Array:
    result: Array = np.maximum((gradients.mean(axis=1, keepdims=True) * maps).sum(axis=1), 0)
    return result
