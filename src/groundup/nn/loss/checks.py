"""What a loss is given: targets, labels and weights that fit, or one sentence that says why they do not."""

from typing import Any

import numpy as np

from groundup.core import Array, IntArray, ShapeError, expect_float, expect_labels

ANY = (-np.inf, np.inf)
ROUNDING = 1e-3  # a logarithm of a probability may be this far above 0 before it is refused as none


def expect_targets(who: str, pred: Array, target: Any, within: tuple[float, float] = ANY) -> Array:
    """The targets in the dtype of ``pred``: of its very shape, finite, and ``within`` bounds.

    Raises DtypeError, ShapeError, or ValueError for a number that is none or out of bounds.
    """
    expect_float(who, pred)
    if expect_float(who, target).shape != pred.shape:
        raise ShapeError(
            f"{who}: expected targets of shape {pred.shape} (that of the prediction), got {target.shape}; "
            f"{_shape_advice(pred.shape, target.shape)}"
        )
    low, high = within
    wrong = target[~(np.isfinite(target) & (target >= low) & (target <= high))]
    if wrong.size:
        kind = f"from {low} to {high}" if np.isfinite(low) else "that are finite numbers"
        kind += "" if within == ANY or np.isfinite(low) else f", at most {high}"
        raise ValueError(f"{who}: expected targets {kind}, got {wrong[0]}; look for gaps or another coding in the data")
    return np.asarray(target, dtype=pred.dtype)


def _shape_advice(pred: tuple[int, ...], target: tuple[int, ...]) -> str:
    """NumPy would broadcast (N, 1) against (N,) to (N, N), and a network would learn the mean of all targets."""
    if np.prod(pred) == np.prod(target):
        return f"give both the same axes, target.reshape({', '.join(map(str, pred))})"
    return "does one of them come from another batch?"


def expect_logits(who: str, pred: Any) -> Array:
    """Logits with an axis of at least one class: (N, K) or (N, K, d1, ...). Raises DtypeError or ShapeError."""
    if expect_float(who, pred).ndim < 2 or pred.shape[1] == 0:
        advice = "add the missing axis, the batch axis comes first" if pred.ndim < 2 else "there is no class"
        raise ShapeError(f"{who}: expected shape (N, K) or (N, K, d1, ...), got {pred.shape}; {advice}")
    return np.asarray(pred)


def expect_classes(who: str, pred: Array, target: Any, ignore_index: int) -> IntArray:
    """Labels (N, ...) for logits (N, K, ...), each in [0, K) or ``ignore_index``.

    Raises DtypeError, ShapeError or ValueError.
    """
    shape = (pred.shape[0], *pred.shape[2:])
    if isinstance(target, np.ndarray) and target.ndim > 1 and target.shape == shape:
        return expect_classes(who, pred.reshape(-1, pred.shape[1]), target.ravel(), ignore_index).reshape(shape)
    if len(shape) > 1:
        got = target.shape if isinstance(target, np.ndarray) else type(target).__name__
        raise ShapeError(f"{who}: expected labels of shape {shape}, got {got}; the labels have no axis of classes")
    if isinstance(target, np.ndarray) and target.dtype.kind in "iu":
        expect_labels(who, np.where(target == ignore_index, 0, target), shape[0], pred.shape[1])
        return target
    return expect_labels(who, target, shape[0], pred.shape[1])


def expect_log(who: str, x: Array) -> None:
    """Refuse what is no logarithm of probabilities. Raises DtypeError, or ValueError for numbers above 0."""
    above = expect_float(who, x)[~(x <= ROUNDING)]
    if above.size:
        raise ValueError(
            f"{who}: expected logarithms of probabilities, none above 0, got {above[0]}; "
            "logits go through log_softmax first, probabilities through np.log"
        )


def expect_weight(who: str, name: str, weight: Any) -> Array | None:
    """No weights, or finite ones from 0 up. Raises DtypeError or ValueError."""
    if weight is None:
        return None
    wrong = expect_float(f"{who}({name})", weight)[~(np.isfinite(weight) & (weight >= 0))]
    if wrong.size:
        raise ValueError(
            f"{who}: expected {name} of finite numbers from 0 up, got {wrong[0]}; was it divided by a count of 0?"
        )
    return np.asarray(weight)


def fit_weight(who: str, name: str, weight: Array, like: Array, shape: tuple[int, ...]) -> Array:
    """The weights in the dtype of ``like``, which must broadcast to ``shape``. Raises ShapeError."""
    try:
        np.broadcast_to(weight, shape)
    except ValueError as error:
        raise ShapeError(
            f"{who}: expected {name} to fit shape {shape}, got {weight.shape}; is there one for each column?"
        ) from error
    return weight.astype(like.dtype)
