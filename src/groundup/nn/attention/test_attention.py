import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, numeric_gradient
from groundup.nn import DotProductAttention, scaled_dot_product_attention
from groundup.nn.attention import causal_mask, padding_mask, self_attention
from groundup.nn.attention.attention import masked, mixed, scaled, scores, softmax
from support.parity import close, tensor, twin

FRONTS = [(), (0,), (2,), (2, 3)]


def draw(*shapes: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def qkv(front: tuple[int, ...] = (2,), queries: int = 4, keys: int = 5, **options) -> list[np.ndarray]:
    return draw((*front, queries, 3), (*front, keys, 3), (*front, keys, 2), **options)


def masks(front: tuple[int, ...], queries: int = 4, keys: int = 5) -> dict[str, dict]:
    """Options by name; the mask of True and False hides everything from one query."""
    rng = np.random.default_rng(1)
    hides = rng.random((*front, queries, keys)) < 0.6
    hides[..., 1, :] = False
    return {
        "none": {},
        "causal": {"is_causal": True},
        "bool": {"attn_mask": hides},
        "one for all": {"attn_mask": rng.random((queries, keys)) < 0.7},
        "numbers": {"attn_mask": rng.standard_normal((queries, keys))},
        "minus infinity": {"attn_mask": np.where(hides, 0.0, -np.inf)},
    }


@pytest.mark.parametrize("front", FRONTS, ids=str)
@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("kind", masks(()))
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
def test_equals_torch(front: tuple[int, ...], scale: float | None, kind: str, dtype: str, rtol: float) -> None:
    arrays, options = qkv(front, dtype=dtype), masks(front)[kind]
    mask = options.get("attn_mask")
    theirs = {
        k: v if k == "is_causal" else tensor(v if mask.dtype == bool else v.astype(dtype)) for k, v in options.items()
    }
    layer, their_arrays = DotProductAttention(scale), [tensor(a, grad=True) for a in arrays]
    y, their_y = layer(*arrays, **options), twin("nn/attention").DotProductAttention(scale)(*their_arrays, **theirs)
    close("y", y, their_y.detach().numpy(), rtol)
    close("function", scaled_dot_product_attention(*arrays, **options, scale=scale), y, rtol)
    (dy,) = draw(y.shape, dtype=dtype, seed=2)
    their_y.backward(tensor(dy))
    for name, gradient, their in zip("qkv", layer.backward(dy), their_arrays, strict=True):
        close(f"d{name}", gradient, their.grad.numpy(), rtol)


def test_weights_are_those_of_the_equations_and_hidden_keys_weigh_nothing() -> None:
    arrays, mask = qkv(), causal_mask(4, 5)
    layer = DotProductAttention()
    y = layer(*arrays, is_causal=True)
    p = softmax(masked(scaled(scores(arrays[0], arrays[1]), 3), mask))
    assert np.array_equal(layer.weights, p)
    assert np.array_equal(y, mixed(p, arrays[2]))
    np.testing.assert_allclose(p.sum(axis=-1), 1)
    assert (p[:, ~mask] == 0).all()
    assert np.array_equal(p[:, 0], [[1, 0, 0, 0, 0]] * 2)


def test_backward_is_the_gradient_of_forward() -> None:
    arrays, mask = qkv(), masks((2,))["bool"]["attn_mask"]
    layer = DotProductAttention()
    (dy,) = draw(layer(*arrays, mask).shape, seed=3)
    found = layer.backward(dy)
    for array, gradient in zip(arrays, found, strict=True):
        nudged = numeric_gradient(lambda: (scaled_dot_product_attention(*arrays, mask) * dy).sum(), array)
        np.testing.assert_allclose(gradient, nudged, rtol=1e-6, atol=1e-8)


def test_a_query_that_may_look_nowhere_gets_zeros_and_passes_nothing_on() -> None:
    """torch 2.13's fused function does the same; its MultiheadAttention gives NaN when it shows its weights."""
    arrays, layer = qkv(()), DotProductAttention()
    y = layer(*arrays, np.zeros((4, 5), bool))
    assert not y.any()
    assert not layer.weights.any()
    assert not any(d.any() for d in layer.backward(np.ones_like(y)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_scores_do_not_overflow(dtype: str) -> None:
    p = softmax(np.array([[1e4, -1e4, 1e4], [-1e30, -1e30, -np.inf]], dtype))
    np.testing.assert_allclose(p, [[0.5, 0, 0.5], [0.5, 0.5, 0]])
    assert p.dtype == dtype
    y = scaled_dot_product_attention(*qkv((), dtype=dtype), np.full((4, 5), -1e300))  # -∞ in float32
    assert y.dtype == dtype
    assert np.isfinite(y).all()


def test_masks() -> None:
    assert causal_mask(2, 3).tolist() == [[True, False, False], [True, True, False]]
    assert causal_mask(0, 2).shape == (0, 2)
    assert padding_mask([2, 0], 3).tolist() == [[[True, True, False]], [[False, False, False]]]
    theirs = twin("nn/attention")
    assert np.array_equal(causal_mask(4, 6), theirs.causal_mask(4, 6).numpy())
    assert np.array_equal(padding_mask([2, 0], 3), theirs.padding_mask(torch.tensor([2, 0]), 3).numpy())


def test_filling_up_changes_nothing() -> None:
    q, k, v = qkv((2,))
    long_k, long_v = (np.concatenate([a, 9 * np.ones_like(a)], axis=1) for a in (k, v))
    y = scaled_dot_product_attention(q, long_k, long_v, padding_mask([5, 5], 10))
    np.testing.assert_allclose(y, scaled_dot_product_attention(q, k, v), rtol=1e-12)


@pytest.mark.parametrize("front", [(), (2,)])
@pytest.mark.parametrize("is_causal", [False, True])
def test_self_attention_equals_torch(front: tuple[int, ...], is_causal: bool) -> None:
    given = draw((*front, 4, 3), (5, 3), (5, 3), (2, 3))
    theirs = twin("nn/attention").self_attention(*map(tensor, given), is_causal=is_causal)
    for name, a, b in zip("yp", self_attention(*given, is_causal=is_causal), theirs, strict=True):
        close(name, a, b.numpy(), 1e-12)


def test_dropout_leaves_out_weights_and_keeps_the_mean() -> None:
    q, k, v = qkv((), queries=1)
    whole = scaled_dot_product_attention(q, k, v)
    rng = np.random.default_rng(0)
    many = np.array([scaled_dot_product_attention(q, k, v, dropout_p=0.3, rng=rng) for _ in range(4000)])
    assert many.std(axis=0).min() > 0.1
    np.testing.assert_allclose(many.mean(axis=0), whole, atol=5 * many.std() / 4000**0.5)
    assert not scaled_dot_product_attention(q, k, v, dropout_p=1.0, rng=0).any()


@pytest.mark.parametrize("shape", [(2, 4, 6)])
def test_views_inputs_and_results_are_left_alone(shape: tuple[int, ...]) -> None:
    (wide,) = draw(shape)
    view, layer = wide[..., ::2], DotProductAttention()
    before, y = wide.copy(), layer(view, view, view)
    np.testing.assert_allclose(y, layer(view.copy(), view.copy(), view.copy()), rtol=1e-12)
    weights, first = layer.weights, y.copy()
    copies = weights.copy()
    dy = np.ones_like(y)
    layer.backward(dy)
    layer(2 * view, view, view)
    assert np.array_equal(wide, before)
    assert np.array_equal(dy, np.ones_like(y))
    assert np.array_equal(y, first)
    assert np.array_equal(weights, copies)


def test_operations_are_counted_as_torch_counts_them() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    shape = (2, 3, 4, 5)
    with FlopCounterMode(display=False) as counter:
        twin("nn/attention").self_attention(torch.ones(4, 5), *(torch.ones(5, 5),) * 3)
    assert DotProductAttention().flops((4, 5), (4, 5)) == counter.get_total_flops() - 3 * 2 * 4 * 5 * 5
    assert DotProductAttention().flops(shape, shape) == 2 * 2 * 3 * 2 * 4 * 4 * 5


ones = np.ones


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda f: f(ones(3), ones((2, 3)), ones((2, 3))),
            ShapeError,
            "expected (..., L, E), (..., S, E), (..., S, D)",
        ),
        (lambda f: f(ones((2, 4, 3)), ones((5, 3)), ones((5, 3))), ShapeError, "same axes in front"),
        (lambda f: f(ones((4, 3)), ones((5, 2)), ones((5, 2))), ShapeError, "queries as wide as keys, got 3 and 2"),
        (lambda f: f(ones((4, 3)), ones((5, 3)), ones((4, 3))), ShapeError, "a value for each key, got 5 keys and 4"),
        (lambda f: f(ones((4, 3), int), ones((5, 3)), ones((5, 3))), DtypeError, "floating-point numbers, got int64"),
        (lambda f: f(*qkv(()), ones((4, 5), int)), DtypeError, "True and False, or of real numbers, got int64"),
        (lambda f: f(*qkv(()), np.full((4, 5), np.nan)), ValueError, "without NaN and +inf"),
        (lambda f: f(*qkv(()), np.full((4, 5), np.inf)), ValueError, "-inf is what hides a key"),
        (lambda f: f(*qkv(()), ones((5, 4), bool)), ShapeError, "broadcasts to (4, 5), got (5, 4)"),
        (lambda f: f(*qkv(()), ones(5, bool)), ShapeError, "queries come before keys"),
        (lambda f: f(*qkv(()), ones((1, 4, 5), bool)), ShapeError, "got (1, 4, 5)"),
        (lambda f: f(*qkv(()), ones((4, 5), bool), is_causal=True), ValueError, "got both"),
    ],
)
@pytest.mark.parametrize("form", ["layer", "function"])
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str, form: str) -> None:
    who = "DotProductAttention.forward" if form == "layer" else "scaled_dot_product_attention"
    with pytest.raises(error, match=rf"^{who}: expected .*, got ") as raised:
        call(DotProductAttention() if form == "layer" else scaled_dot_product_attention)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: scaled_dot_product_attention(*qkv(), dropout_p=0.5), TypeError, "randomness is explicit"),
        (lambda: scaled_dot_product_attention(*qkv(), dropout_p=2, rng=0), ValueError, "dropout_p between 0.0 and 1.0"),
        (lambda: DotProductAttention().backward(ones((2, 4, 2))), OrderError, "one forward before each backward"),
        (lambda: causal_mask(-1, 2), ValueError, "causal_mask: expected queries of at least 0, got -1"),
        (lambda: causal_mask(2, 2.0), TypeError, "keys in whole numbers"),
        (lambda: padding_mask([-1], 2), ValueError, "lengths of at least 0"),
        (lambda: padding_mask([3, 1], 2), ValueError, "lengths of at most 2 keys, got 3"),
        (lambda: self_attention(ones((4, 3)), *(ones((2, 2)),) * 3), ShapeError, "expected 2 features"),
        (lambda: self_attention(ones((4, 3)), *(ones(3),) * 3), ShapeError, "expected shape (O, I)"),
        (lambda: self_attention(ones((4, 3)), ones((2, 3)), ones((1, 3)), ones((2, 3))), ShapeError, "as wide as keys"),
        (lambda: self_attention(ones(3), *(ones((3, 3)),) * 3), ShapeError, "self_attention"),
    ],
)
def test_the_rest_is_refused_too(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    layer = DotProductAttention()
    layer(*qkv())
    with pytest.raises(ShapeError, match=r"DotProductAttention.backward: expected shape \(2, 4, 2\)"):
        layer.backward(ones((2, 4, 3)))
