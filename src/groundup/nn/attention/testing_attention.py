"""Checks for attention: what would you ask of one that a stranger wrote?

Each function below is given a class ``DotProductAttention`` and raises AssertionError where something is wrong with it.
It is used as in attention.py: ``layer = DotProductAttention()``, ``layer(query, key, value, attn_mask, is_causal)``,
``layer.weights``, ``layer.backward(dy)``, which gives three gradients. Queries, keys and values need not be equal in
number or in width.
"""

from typing import Any

import numpy as np

from groundup.core import Array


def check_weights(DotProductAttention: type) -> None:
    """Complain where forward is wrong: its weights, its scale, its masks, its mix."""
    query, key, value = _inputs(0)
    layer = DotProductAttention()
    bias, past = _bias(), np.tri(3, 5, dtype=bool)
    tried: list[tuple[dict[str, Any], Array | float]] = [  # what is asked for, and the numbers that it amounts to
        ({}, 0.0),
        ({"is_causal": True}, np.where(past, 0, -np.inf)),
        ({"attn_mask": bias}, bias),
        ({"attn_mask": bias > 0}, np.where(bias > 0, 0, -np.inf)),
    ]
    for options, added in tried:
        y = layer(query, key, value, **options)
        e = np.exp(query @ key.swapaxes(1, 2) / 2 + added)  # the root of a width of 4
        p = e / e.sum(axis=2, keepdims=True)
        np.testing.assert_allclose(layer.weights, p, atol=1e-12)
        np.testing.assert_allclose(y, p @ value)
    np.testing.assert_allclose(DotProductAttention(scale=0.0)(query, key, value)[:, 0], value.mean(axis=1))


def check_gradients(DotProductAttention: type) -> None:
    """Complain where one of the three gradients is not the slope of forward, with an upstream drawn at random."""
    inputs, layer = _inputs(1), DotProductAttention()
    dy = np.random.default_rng(2).standard_normal((2, 3, 3))
    layer(*inputs, is_causal=True)
    gradients = layer.backward(dy)
    assert len(gradients) == 3
    for x, gradient in zip(inputs, gradients, strict=True):
        assert gradient.shape == x.shape
        for place in np.ndindex(x.shape):
            losses = []
            for step in (1e-6, -2e-6):
                x[place] += step
                losses.append((layer(*inputs, is_causal=True) * dy).sum())
            x[place] += 1e-6
            np.testing.assert_allclose(gradient[place], (losses[0] - losses[1]) / 2e-6, atol=1e-6)


def _inputs(seed: int) -> tuple[Array, Array, Array]:
    """Three queries of width 4, five keys, values of width 3; two of each."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 5, 4)), rng.standard_normal((2, 5, 3))


def _bias() -> Array:
    """Numbers to add, (3, 5), of both signs in each row."""
    return np.random.default_rng(3).standard_normal((3, 5))
