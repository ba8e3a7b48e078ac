import numpy as np
import pytest

from groundup.core import OrderError, ShapeError, hooked
from groundup.nn import GELU, SiLU
from groundup.nn.feed_forward import FeedForward, SwiGLU, feed_forward
from support.parity import check_layer, twin

SHAPES = [(5, 6), (2, 3, 6), (6,), (0, 3, 6)]


def draw(*shape: int, seed: int = 1, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
def test_equals_torch(shape: tuple[int, ...], activation: str, bias: bool, dtype: str, rtol: float) -> None:
    ours = FeedForward(6, 10, 0.0, activation, bias, rng=0)
    theirs = twin("nn/feed_forward").FeedForward(6, 10, 0.0, activation, bias)
    check_layer(ours, theirs, draw(*shape, dtype=dtype), rtol=rtol)


def test_any_layer_may_bend() -> None:
    import torch

    ours = FeedForward(6, 10, 0.0, GELU("tanh"), rng=0)
    theirs = twin("nn/feed_forward").FeedForward(6, 10, 0.0, torch.nn.GELU("tanh"))
    check_layer(ours, theirs, draw(3, 6), rtol=1e-12)
    check_layer(FeedForward(6, 10, 0.0, GELU("tanh"), rng=0), theirs, draw(3, 6, dtype="float32"), rtol=1e-5)
    check_layer(
        FeedForward(6, 10, 0.0, SiLU(), rng=0),
        twin("nn/feed_forward").FeedForward(6, 10, 0.0, torch.nn.SiLU()),
        draw(3, 6),
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_gated_form_equals_torch(shape: tuple[int, ...]) -> None:
    check_layer(SwiGLU(6, 10, rng=0), twin("nn/feed_forward").SwiGLU(6, 10), draw(*shape), rtol=1e-12)


def test_its_parameters_are_called_and_start_as_those_of_the_transformer_layer_in_torch() -> None:
    import torch

    layer = FeedForward(8, 32, rng=0)
    theirs = torch.nn.TransformerEncoderLayer(8, 2, 32).state_dict()
    assert {k: v.shape for k, v in layer.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.items() if k.startswith("linear")
    }
    assert np.abs(layer.linear1.weight.value).max() <= 8**-0.5
    assert np.abs(layer.linear2.weight.value).max() <= 32**-0.5


@pytest.mark.parametrize("bias", [True, False])
def test_the_fast_form_gives_what_the_plain_one_gives(bias: bool) -> None:
    fast, plain = (kind(6, 400, 0.0, "gelu", bias, rng=0) for kind in (FeedForward, feed_forward.FeedForward))
    for rows in (1, 200, 3, 3):  # room is made anew, then used again
        x, dy = draw(rows, 6, dtype="float32"), draw(rows, 6, seed=2, dtype="float32")
        np.testing.assert_allclose(fast(x), plain(x), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(fast.backward(dy), plain.backward(dy), rtol=1e-5, atol=1e-5)
    for a, b in zip(fast.parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-5, atol=1e-4)


def test_what_was_handed_out_is_not_changed_by_the_next_batch() -> None:
    layer = FeedForward(6, 10, 0.0, "gelu", rng=0)
    y = layer(draw(4, 6, dtype="float32"))
    dx = layer.backward(np.ones_like(y))
    before = y.copy(), dx.copy()
    layer(draw(4, 6, seed=5, dtype="float32"))
    layer.backward(np.ones_like(y))
    assert np.array_equal(y, before[0])
    assert np.array_equal(dx, before[1])


def test_hooks_see_the_parts_of_the_fast_form() -> None:
    layer, seen = FeedForward(6, 10, 0.0, "gelu", rng=0), []
    with hooked(layer, forward=lambda name, *rest: seen.append(name)):
        layer(draw(4, 6, dtype="float32"))
    assert seen == ["linear1", "activation", "dropout", "linear2", ""]
    summary = layer.summary((4, 6))
    assert summary.flops == 2 * 4 * (6 * 10 + 10 * 6)


def test_dropout_falls_on_the_hidden_numbers_in_training_only() -> None:
    layer = FeedForward(4, 1000, 0.5, "gelu", rng=0)
    x = draw(2, 4, dtype="float32")
    assert not np.array_equal(layer(x), layer(x))
    layer(x)
    layer.backward(np.ones((2, 4), "float32"))
    assert 0.4 < (layer.linear1.bias.grad == 0).mean() < 0.6 or (layer.linear2.weight.grad == 0).any()
    layer.eval()
    assert np.array_equal(layer(x), layer(x))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: FeedForward(0, rng=0), ValueError, "FeedForward: expected d_model of at least 1, got 0"),
        (lambda: FeedForward(4, -1, rng=0), ValueError, "dim_feedforward"),
        (lambda: FeedForward(4), TypeError, "FeedForward: expected rng to be a seed"),
        (lambda: FeedForward(4, 8, activation="swish", rng=0), ValueError, "'relu', 'gelu' or a layer, got 'swish'"),
        (lambda: FeedForward(4, 8, rng=0)(np.ones((2, 3))), ShapeError, "FeedForward.forward: expected 4 features"),
        (lambda: FeedForward(4, 8, rng=0).backward(np.ones((2, 4))), OrderError, "FeedForward.backward"),
        (lambda: SwiGLU(4, 0, rng=0), ValueError, "SwiGLU: expected dim_feedforward"),
        (lambda: SwiGLU(4, 8), TypeError, "SwiGLU: expected rng"),
        (lambda: SwiGLU(4, 8, rng=0)(np.ones((2, 3))), ShapeError, "SwiGLU.forward: expected 4 features"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [lambda: FeedForward(4, 8, 0.0, "gelu", rng=0), lambda: SwiGLU(4, 8, rng=0)])
def test_an_upstream_gradient_of_another_shape_is_refused(make, dtype: str) -> None:
    layer = make().to(dtype)
    layer(np.ones((2, 4), dtype))
    with pytest.raises(ShapeError, match=r"backward: expected shape \(2, 4\) \(that of y\), got \(2, 3\)"):
        layer.backward(np.ones((2, 3), dtype))
