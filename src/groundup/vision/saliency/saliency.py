"""Saliency: which pixels of a picture a network's score for a class hangs on.

With sₙ the score (logit) of the class that is asked about, for picture n,

    (1)  G = ∂sₙ/∂x                                           one backward from a 1 at that class, 0 at the others
    (2)  m[i, j] = max over channels of |G[c, i, j]|           saliency
    (3)  m[i, j] = Σ over channels of G[c, i, j] x[c, i, j]    gradient times input
    (4)  Ḡ = (1/S) Σ over draws of G(x + σ ε),  ε ~ N(0, 1);   m by Eq. 2 from Ḡ                SmoothGrad
    (5)  α[k] = mean over (i, j) of ∂sₙ/∂A[k, i, j];           m = ReLU(Σₖ α[k] A[k])           Grad-CAM
    (6)  m[i, j] = mean, over the squares that cover (i, j), of s(x) - s(x with the square filled)      occlusion

σ is a part of the picture's own range, max - min. A are the maps of one layer; m of Eq. 5 has their size and is
resized to the picture's, bilinear. Eq. 6 asks for scores alone, no gradient.
Axes: N pictures, C channels, (H, W) pixels, K maps of (h, w); every map comes back as (N, H, W).
Derivation: lesson.md, "Derive".  Sources: Simonyan, Vedaldi, Zisserman (2013), section 3, for Eqs. 1 and 2; Shrikumar
et al. (2016) for 3; Smilkov et al. (2017) for 4; Selvaraju et al., ICCV 2017, section 3, for 5; Zeiler and Fergus,
ECCV 2014, section 4.2, for 6.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    IntArray,
    Layer,
    Rng,
    ShapeError,
    expect_in,
    expect_labels,
    expect_positive,
    expect_rank,
    generator,
    hooked,
)
from groundup.core.suggest import nearest
from groundup.vision.preprocess.preprocess import resize
from groundup.vision.saliency.example import Example as Example  # what the exercises are tried on

Classes = int | IntArray | None


def score_gradient(model: Layer, x: Array, classes: Classes = None) -> Array:
    """G of Eq. 1, (N, C, H, W) -> (N, C, H, W); the gradients of the parameters stay as they were.

    ``classes`` is one class for all pictures, one for each (N,), or None for that with the highest score.
    Raises ShapeError, DtypeError; ValueError for a class out of range and for a model in training.
    """
    expect_rank("score_gradient", x, "NCHW")
    expect_evaluation("score_gradient", model)
    with undisturbed(model):
        scores = model(x)
        asked = asked_for("score_gradient", scores, classes)
        dy = np.zeros_like(scores)
        dy[np.arange(len(scores)), asked] = 1
        gradient: Array = model.backward(dy)
    return gradient


def over_channels(gradient: Array) -> Array:
    """Eq. 2, (N, C, H, W) -> (N, H, W): the largest size that a gradient has at a pixel in any channel."""
    expect_rank("over_channels", gradient, "NCHW")
    largest: Array = np.abs(gradient).max(axis=1)
    return largest


def saliency(model: Layer, x: Array, classes: Classes = None) -> Array:
    """The saliency map, Eqs. 1 and 2, (N, C, H, W) -> (N, H, W). Raises what ``score_gradient`` raises."""
    return over_channels(score_gradient(model, x, classes))


def gradient_times_input(model: Layer, x: Array, classes: Classes = None) -> Array:
    """Eq. 3, (N, C, H, W) -> (N, H, W), with its sign. Raises what ``score_gradient`` raises."""
    product: Array = (score_gradient(model, x, classes) * x).sum(axis=1)
    return product


def smooth_grad(
    model: Layer, x: Array, classes: Classes = None, *, samples: int = 25, noise: float = 0.15, rng: Rng | None = None
) -> Array:
    """Eq. 4, (N, C, H, W) -> (N, H, W): the saliency of the mean gradient of ``samples`` noisy copies.

    σ is ``noise`` times the range of each picture. The class is that of the clean picture, in every copy.
    Raises what ``score_gradient`` raises; ValueError for samples below 1 and a negative noise, TypeError without rng.
    """
    expect_rank("smooth_grad", x, "NCHW")
    expect_positive("smooth_grad", samples=samples)
    expect_in("smooth_grad", "noise", noise, 0.0)
    expect_evaluation("smooth_grad", model)
    draw = generator("smooth_grad", rng)
    asked = asked_for("smooth_grad", model(x), classes)
    sigma = noise * np.ptp(x, axis=(1, 2, 3), keepdims=True)  # (N, 1, 1, 1)
    total = np.zeros_like(x)
    for _ in range(samples):
        total += score_gradient(model, x + sigma * draw.standard_normal(x.shape).astype(x.dtype), asked)
    return over_channels(total / samples)


def class_map(maps: Array, gradients: Array) -> Array:
    """m of Eq. 5 from A and ∂s/∂A, both (N, K, h, w) -> (N, h, w)."""
    weights = gradients.mean(axis=(2, 3), keepdims=True)  # (N, K, 1, 1): α
    evidence: Array = np.maximum((weights * maps).sum(axis=1), 0)
    return evidence


def grad_cam(model: Layer, x: Array, classes: Classes = None, *, layer: str) -> Array:
    """Eq. 5 for the maps of the layer with this dotted name, (N, C, H, W) -> (N, H, W).

    Raises what ``score_gradient`` raises, ValueError for a name that no layer has, and ShapeError for a layer that
    gives no maps.
    """
    names = [name for name, _ in model.named_modules() if name]
    if layer not in names:
        raise ValueError(f"grad_cam: {nearest('layer', layer, names)}")
    seen: dict[str, Any] = {}

    def forward(name: str, module: Layer, inputs: tuple[Any, ...], y: Any) -> None:
        if name == layer:
            seen["maps"] = y

    def backward(name: str, module: Layer, given: tuple[Any, ...], dx: Any) -> None:
        if name == layer:
            seen["gradients"] = given[0]  # dy: what comes back to the output of the layer

    with hooked(model, forward=forward, backward=backward):
        score_gradient(model, x, classes)
    shape = getattr(seen.get("maps"), "shape", ())
    if len(shape) != 4:
        raise ShapeError(
            f"grad_cam: expected maps (N, K, h, w) from layer {layer!r}, got {shape or 'no array'}; "
            "choose one before the places are given up"
        )
    small = class_map(seen["maps"], seen["gradients"])[:, None]  # (N, 1, h, w)
    return resize(small, (x.shape[2], x.shape[3]), antialias=False)[:, 0]


def occlusion(
    model: Callable[[Array], Array],
    x: Array,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Array:
    """Eq. 6, (N, C, H, W) -> (N, H, W), for anything that gives scores (N, classes); below 0: hiding it helps.

    A square of ``size`` by ``size`` pixels of value ``fill`` moves by ``stride``; the last one ends at the edge.
    Raises ShapeError, DtypeError; ValueError for a class out of range, a model in training, a square larger than the
    picture and a stride larger than the square.
    """
    height, width = expect_rank("occlusion", x, "NCHW").shape[2:]
    expect_positive("occlusion", size=size, stride=stride)
    expect_in("occlusion", "size", size, 1, min(height, width))
    expect_in("occlusion", "stride", stride, 1, size)  # a larger one leaves pixels that no square covers
    expect_evaluation("occlusion", model)
    scores, rows = model(x), np.arange(len(x))
    asked = asked_for("occlusion", scores, classes)
    total, squares = np.zeros((len(x), height, width), x.dtype), np.zeros((height, width), x.dtype)
    for top in starts(height, size, stride):
        for left in starts(width, size, stride):
            square = (..., slice(top, top + size), slice(left, left + size))
            hidden = x.copy()
            hidden[square] = fill
            fall = scores[rows, asked] - model(hidden)[rows, asked]
            total[square] += fall[:, None, None]
            squares[square] += 1
    return total / squares


def starts(length: int, size: int, stride: int) -> list[int]:
    """Where squares begin along an axis: every ``stride`` pixels, and one more that ends at the edge if none does.

    >>> starts(9, 4, 2)
    [0, 2, 4, 5]
    """
    return sorted({*range(0, length - size + 1, stride), length - size})


def asked_for(who: str, scores: Array, classes: Classes) -> IntArray:
    """(N,): the class that is asked about for each picture; None is that with the highest score."""
    expect_rank(who, scores, "NC")
    if classes is None:
        best: IntArray = scores.argmax(axis=1)
        return best
    each = np.full(len(scores), classes) if np.ndim(classes) == 0 else np.asarray(classes)
    return expect_labels(who, each, *scores.shape)


def expect_evaluation(who: str, model: Any) -> None:
    """Raise ValueError for a layer that is in training: dropout would draw the map, too. A function passes."""
    if isinstance(model, Layer) and any(layer.training for _, layer in model.named_modules()):
        raise ValueError(f"{who}: expected a model in evaluation, got one in training; call model.eval() first")


@contextmanager
def undisturbed(model: Layer) -> Iterator[None]:
    """Within it the model gives dx; after it that is as before, and so are the gradients of its parameters."""
    needed, before = model.input_grad, [parameter.grad.copy() for parameter in model.parameters()]
    model.needs_input_grad(True)
    try:
        yield
    finally:
        model.needs_input_grad(needed)
        for parameter, grad in zip(model.parameters(), before, strict=True):
            parameter.grad[...] = grad
