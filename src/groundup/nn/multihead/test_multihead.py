from typing import Any

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, numeric_gradient
from groundup.nn import KVCache, MultiheadAttention
from groundup.nn.multihead import multihead
from groundup.nn.multihead.multihead import join, merged, split
from support.parity import carry, close, tensor, twin

WIDTH, HEADS = 6, 2
KINDS = [multihead.MultiheadAttention, MultiheadAttention]  # the plain form and the library's


def draw(*shapes: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def layer(kind: type = MultiheadAttention, dtype: str = "float64", **options: Any) -> multihead.MultiheadAttention:
    """One with biases that are not zero."""
    made: multihead.MultiheadAttention = kind(WIDTH, HEADS, rng=0, **options).to(dtype)
    for parameter, value in zip(made.parameters(), draw(*(p.shape for p in made.parameters()), seed=1), strict=True):
        parameter.value[...] = value
    return made


def masks(n: int, queries: int, keys: int, dtype: str = "float64") -> dict[str, dict[str, Any]]:
    rng = np.random.default_rng(2)
    hides, by_head = rng.random((queries, keys)) < 0.4, rng.random((n * HEADS, queries, keys)) < 0.4
    padding = np.arange(keys) >= np.arange(keys, keys - n, -1)[:, None]
    hides[:, 0] = by_head[:, :, 0] = False  # torch gives NaN to a query that may look nowhere
    numbers = rng.standard_normal((queries, keys)).astype(dtype)
    return {
        "none": {},
        "bool": {"attn_mask": hides},
        "bool by head": {"attn_mask": by_head, "key_padding_mask": padding},
        "numbers": {"attn_mask": numbers, "key_padding_mask": np.where(padding, -np.inf, 0).astype(dtype)},
        "padding": {"key_padding_mask": padding},
    }


@pytest.mark.parametrize("kind", KINDS, ids=["plain", "fast"])
@pytest.mark.parametrize("mask", masks(2, 4, 5))
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("widths", [{}, {"kdim": 4, "vdim": 3}, {"bias": False}], ids=str)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-11), ("float32", 1e-4)])
def test_equals_torch(
    kind: type, mask: str, batch_first: bool, widths: dict[str, Any], dtype: str, rtol: float
) -> None:
    ours = layer(kind, dtype, batch_first=batch_first, **widths)
    theirs = carry(ours, twin("nn/multihead").MultiheadAttention(WIDTH, HEADS, batch_first=batch_first, **widths))
    inputs = draw((2, 4, WIDTH), (2, 5, widths.get("kdim", WIDTH)), (2, 5, widths.get("vdim", WIDTH)), dtype=dtype)
    inputs = inputs if batch_first else [np.ascontiguousarray(x.swapaxes(0, 1)) for x in inputs]
    options = masks(2, 4, 5, dtype)[mask]
    their_inputs, their_options = [tensor(x, grad=True) for x in inputs], {k: tensor(v) for k, v in options.items()}
    for average in (True, False):
        y, weights = ours(*inputs, **options, average_attn_weights=average)
        their_y, their_weights = theirs(*their_inputs, **their_options, average_attn_weights=average)
        close("y", y, their_y.detach().numpy(), rtol)
        close("weights", weights, their_weights.detach().numpy(), rtol)
    (dy,) = draw(y.shape, dtype=dtype, seed=3)
    their_y.backward(tensor(dy))
    for name, gradient, their in zip("qkv", ours.backward(dy), their_inputs, strict=True):
        close(f"d{name}", gradient, their.grad.numpy(), rtol)
    for (name, parameter), their in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        close(name, parameter.grad, their.grad.numpy(), rtol)


@pytest.mark.parametrize("kind", KINDS, ids=["plain", "fast"])
def test_one_sequence_without_a_batch_axis(kind: type) -> None:
    ours, (x, dy) = layer(kind), draw((4, WIDTH), (4, WIDTH))
    theirs = carry(ours, torch.nn.MultiheadAttention(WIDTH, HEADS))
    padding, their_x = np.array([False, False, True, False]), tensor(x, grad=True)
    y, weights = ours(x, x, x, key_padding_mask=padding)
    their_y, their_weights = theirs(their_x, their_x, their_x, key_padding_mask=tensor(padding))
    close("y", y, their_y.detach().numpy(), 1e-12)
    close("weights", weights, their_weights.detach().numpy(), 1e-12)
    their_y.backward(tensor(dy))
    close("dx", ours.backward_self(dy), their_x.grad.numpy(), 1e-12)


def test_state_keys_are_torchs_and_it_starts_as_torch_does() -> None:
    for widths in ({}, {"kdim": 4, "vdim": 3}, {"kdim": 4, "bias": False}):
        ours = MultiheadAttention(WIDTH, HEADS, rng=0, **widths).state_dict()
        theirs = torch.nn.MultiheadAttention(WIDTH, HEADS, **widths).state_dict()
        assert {k: v.shape for k, v in ours.items()} == {k: tuple(v.shape) for k, v in theirs.items()}
    wide = MultiheadAttention(120, 2, rng=0)
    bound = (6 / (120 + 360)) ** 0.5  # Xavier, for the three as one matrix
    assert wide.in_proj_weight.value.std() == pytest.approx(bound / 3**0.5, rel=0.01)
    assert not wide.in_proj_bias.value.any()
    assert not wide.out_proj.bias.value.any()


def test_backward_is_the_gradient_of_forward() -> None:
    ours, inputs = layer(batch_first=True, dropout=0.3).eval(), draw((2, 3, WIDTH), (2, 4, WIDTH), (2, 4, WIDTH))
    (dy,) = draw((2, 3, WIDTH), seed=4)
    ours(*inputs)
    for x, gradient in zip(inputs, ours.backward(dy), strict=True):
        nudged = numeric_gradient(lambda: float((ours(*inputs)[0] * dy).sum()), x)
        np.testing.assert_allclose(gradient, nudged, rtol=1e-6, atol=1e-7)


def test_dropout_is_part_of_the_gradient() -> None:
    """The same seed draws the same mask again."""

    def loss() -> float:
        ours.dropout.rng = np.random.default_rng(5)
        return float((ours(x, x, x)[0] * dy).sum())

    ours, (x, dy) = layer(batch_first=True, dropout=0.4), draw((2, 3, WIDTH), (2, 3, WIDTH))
    nudged = numeric_gradient(loss, x)
    loss()
    np.testing.assert_allclose(ours.backward_self(dy), nudged, rtol=1e-6, atol=1e-7)


def test_a_query_that_may_look_nowhere_gets_the_bias_and_no_nan() -> None:
    ours, (x,) = layer(batch_first=True), draw((1, 3, WIDTH))
    y, weights = ours(x, x, x, key_padding_mask=np.ones((1, 3), bool))
    np.testing.assert_allclose(y, np.broadcast_to(ours.out_proj.bias.value, y.shape))
    assert not weights.any()
    assert not ours.backward_self(np.ones_like(y)).any()


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_step_by_step_with_a_cache_is_the_causal_forward(batch_first: bool, bias: bool) -> None:
    ours, (x,) = layer(batch_first=batch_first, bias=bias).eval(), draw((2, 7, WIDTH))
    axis = 1 if batch_first else 0
    x = x if batch_first else x.swapaxes(0, 1)
    whole, cache = ours(x, x, x, is_causal=True)[0], KVCache()
    pieces = np.split(x, [3, 4, 6], axis=axis)  # three steps at once, one, two, one
    written = [ours(p, p, p, is_causal=True, cache=cache)[0] for p in pieces]
    close("y", np.concatenate(written, axis=axis), whole, 1e-12)
    assert len(cache) == 7
    weights = ours(pieces[1], pieces[1], pieces[1], np.zeros((2, 8), bool), cache=cache)[1]
    assert weights.shape == (2, 1, 8)


def test_the_cache_of_the_twin_gives_the_same() -> None:
    ours, (x,), theirs = layer(batch_first=True).eval(), draw((2, 5, WIDTH)), twin("nn/multihead")
    other = carry(ours, theirs.MultiheadAttention(WIDTH, HEADS, batch_first=True))
    mine, their = KVCache(), theirs.KVCache()
    for t in range(5):
        step = x[:, t : t + 1]
        close(
            "step",
            ours(step, step, step, cache=mine)[0],
            theirs.step(other, tensor(step), their).detach().numpy(),
            1e-12,
        )


def test_heads_and_masks() -> None:
    (x,) = draw((2, 3, 6))
    assert np.array_equal(split(x, 2)[1, 1, 2], x[1, 2, 3:])
    assert np.array_equal(split(x, 2), twin("nn/multihead").split(tensor(x), 2).numpy())
    assert np.array_equal(join(split(x, 3)), x)
    assert np.array_equal(twin("nn/multihead").join(tensor(split(x, 3))).numpy(), x)
    hide, numbers = np.array([[False, True]]), np.array([[0.5, 0.0], [1.0, 2.0]])
    assert merged([]) is None
    assert merged([hide, ~hide]).tolist() == [[False, False]]
    assert merged([hide, numbers]).tolist() == [[0.5, -np.inf], [1.0, -np.inf]]


def test_operations_are_counted_as_torch_counts_them() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    for shape, first in (((2, 5, WIDTH), True), ((5, 2, WIDTH), False), ((5, WIDTH), False)):
        theirs, x = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=first).train(), torch.ones(shape)
        with FlopCounterMode(display=False) as counter:
            theirs(x, x, x)
        own = layer(batch_first=first).flops(shape, shape)
        assert own + 2 * x[..., 0].numel() * WIDTH * WIDTH == counter.get_total_flops()


ones = np.ones
X = ones((2, 3, WIDTH))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: MultiheadAttention(6, 4, rng=0),
            ValueError,
            "expected embed_dim to be a multiple of num_heads=4, got 6",
        ),
        (lambda: MultiheadAttention(6, 0, rng=0), ValueError, "num_heads of at least 1"),
        (lambda: MultiheadAttention(6, 2, kdim=0, rng=0), ValueError, "kdim of at least 1, got 0"),
        (lambda: MultiheadAttention(6, 2), TypeError, "randomness is explicit"),
        (lambda: MultiheadAttention(6, 2, dropout=2.0, rng=0), ValueError, "between 0.0 and 1.0"),
        (lambda: MultiheadAttention(6, 2, add_bias_kv=True, rng=0), ValueError, "neither is built"),
        (lambda: MultiheadAttention(6, 2, add_zero_attn=True, rng=0), ValueError, "neither is built"),
        (lambda: layer()(ones((2, 3, 5)), X, X), ShapeError, "expected 6 features on the last axis"),
        (lambda: layer()(ones((3, WIDTH)), X, X), ShapeError, "expected three arrays (L, N, E), or (L, E)"),
        (lambda: layer(batch_first=True)(*(ones((1, *X.shape)),) * 3), ShapeError, "three arrays (N, L, E)"),
        (lambda: layer()(X, ones((2, 4, WIDTH)), X), ShapeError, "is batch_first=False meant?"),
        (lambda: layer()(X, X, ones((4, 3, WIDTH))), ShapeError, "a value for each key"),
        (lambda: layer()(X.astype(int), X, X), DtypeError, "floating-point numbers, got int64"),
        (lambda: layer()(X, X, X, attn_mask=ones((3, 2), bool)), ShapeError, "expected attn_mask (2, 2) or (6, 2, 2)"),
        (lambda: layer()(X, X, X, ones((2, 3), bool)), ShapeError, "expected key_padding_mask (3, 2), got (2, 3)"),
        (lambda: layer()(X, X, X, ones(2, bool)), ShapeError, "expected key_padding_mask (3, 2), got (2,)"),
        (lambda: layer()(X, X, X, ones((3, 2), int)), DtypeError, "key_padding_mask of True and False"),
        (lambda: layer()(X, X, X, attn_mask=np.full((2, 2), np.nan)), ValueError, "attn_mask without NaN"),
        (lambda: layer()(X, X, X, cache=KVCache()), ValueError, "a cache in evaluation only"),
        (lambda: layer().backward(X), OrderError, "one forward before each backward"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_what_comes_too_late_is_refused_too() -> None:
    ours, cache = layer(batch_first=True).eval(), KVCache()
    ours(X, X, X, cache=cache)
    with pytest.raises(ValueError, match=r"MultiheadAttention.backward: expected a forward without cache"):
        ours.backward(X)
    with pytest.raises(ShapeError, match=r"KVCache.extend: expected \(N, H\) = \(2, 2\), got \(1, 2\)"):
        ours(X[:1], X[:1], X[:1], cache=cache)
    ours(X, X, X)
    with pytest.raises(ShapeError, match=r"MultiheadAttention.backward: expected shape \(2, 3, 6\)"):
        ours.backward(X[:, :2])
