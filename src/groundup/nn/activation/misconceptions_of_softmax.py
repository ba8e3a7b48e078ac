"""What people write instead of a softmax, beside what stands in misconceptions.py."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.activation.activation import sigmoid


@misconception(
    "softmax",
    "You divide by the largest exponential and not by their sum: the largest share is 1, and all together are more.",
    see="Derive",
)
def divided_by_the_largest(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x - x.max(axis=axis, keepdims=True))
    largest: Array = e.max(axis=axis, keepdims=True)
    return e / largest


@misconception("softmax", "Your exponents have the wrong sign: the smallest score gets the largest share.", see="Build")
def smallest_wins(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x.min(axis=axis, keepdims=True) - x)
    total: Array = e.sum(axis=axis, keepdims=True)
    return e / total


@misconception(
    "softmax",
    "You cut large scores off so that nothing overflows, but then a thousand and nine hundred count the same.",
    see="Break",
)
def scores_cut_off(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(np.clip(x, -30, 30))
    total: Array = e.sum(axis=axis, keepdims=True)
    return e / total


@misconception(
    "softmax",
    "That is a sigmoid of each score alone. Softmax lets the scores compete: its shares add up to 1.",
    see="Derive",
)
def each_for_itself(x: Array, axis: int = -1) -> Array:
    return sigmoid(x)


@misconception(
    "softmax",
    "What you return are the logarithms of the shares.",
    see="In practice",
)
def logarithm_of_it(x: Array, axis: int = -1) -> Array:
    z = x - x.max(axis=axis, keepdims=True)
    total: Array = np.exp(z).sum(axis=axis, keepdims=True)
    logarithms: Array = z - np.log(total)
    return logarithms
