from typing import Any

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, Sharded, gradcheck
from groundup.nn import GELU
from groundup.nn.block import TransformerDecoderLayer, TransformerEncoderLayer
from support.parity import carry, close, tensor, twin

D, HEADS, F, T, S, N = 8, 2, 12, 5, 4, 3
CAUSAL = np.triu(np.ones((T, T), bool), 1)
PADDING = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]], bool)
LOOK = np.array([[0, 1, 1, 0]] * T, bool)
MEMORY_PADDING = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 1]], bool)


def draw(*shape: int, seed: int = 0, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def pair(name: str, dtype: str = "float64", **args: Any) -> tuple[Any, torch.nn.Module]:
    ours = globals()[name](D, HEADS, F, 0.0, rng=0, **args).to(dtype)
    for i, parameter in enumerate(ours.parameters()):
        parameter.value += 0.3 * draw(*parameter.shape, seed=i).astype(dtype)  # biases and norms away from 0 and 1
    return ours, carry(ours, getattr(twin("nn/block"), name)(D, HEADS, F, 0.0, **args))


def masks_for(torch_too: dict[str, Any]) -> dict[str, Any]:
    return {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in torch_too.items()}


def compare(ours: Any, theirs: torch.nn.Module, arrays: list[np.ndarray], masks: dict[str, Any], rtol: float) -> None:
    """Outputs, every input gradient, every parameter gradient."""
    inputs = [tensor(a, grad=True) for a in arrays]
    y, their_y = ours(*arrays, **masks), theirs(*inputs, **masks_for(masks))
    close("y", y, their_y.detach().numpy(), rtol)
    dy = draw(*y.shape, seed=9).astype(y.dtype)
    found = ours.backward(dy)
    their_y.backward(tensor(dy))
    for i, (mine, x) in enumerate(zip(found if isinstance(found, tuple) else (found,), inputs, strict=True)):
        close(f"gradient of input {i}", mine, x.grad.numpy(), rtol)
    gradients = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        close(name, parameter.grad, gradients[name].grad.numpy(), rtol)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "masks", [{}, {"src_mask": CAUSAL, "is_causal": True}, {"src_key_padding_mask": PADDING},
              {"src_mask": CAUSAL, "src_key_padding_mask": PADDING}, {"src_mask": np.where(CAUSAL, -np.inf, 0.5)}],
    ids=lambda m: " ".join(m) or "no mask",
)  # fmt: skip
def test_the_encoder_layer_equals_torch(norm_first: bool, batch_first: bool, bias: bool, masks: dict[str, Any]) -> None:
    ours, theirs = pair("TransformerEncoderLayer", norm_first=norm_first, batch_first=batch_first, bias=bias)
    x = draw(N, T, D) if batch_first else draw(T, N, D)
    compare(ours, theirs, [x], masks, 1e-9)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    "masks", [{}, {"tgt_mask": CAUSAL, "tgt_is_causal": True}, {"tgt_key_padding_mask": PADDING, "memory_mask": LOOK},
              {"tgt_mask": CAUSAL, "memory_key_padding_mask": MEMORY_PADDING}],
    ids=lambda m: " ".join(m) or "no mask",
)  # fmt: skip
def test_the_decoder_layer_equals_torch(norm_first: bool, batch_first: bool, masks: dict[str, Any]) -> None:
    ours, theirs = pair("TransformerDecoderLayer", norm_first=norm_first, batch_first=batch_first, activation="gelu")
    shapes = [(N, T, D), (N, S, D)] if batch_first else [(T, N, D), (S, N, D)]
    compare(ours, theirs, [draw(*shape, seed=i) for i, shape in enumerate(shapes)], masks, 1e-9)


@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "TransformerDecoderLayer"])
@pytest.mark.parametrize(
    "options", [{"activation": "gelu", "norm_first": True}, {"layer_norm_eps": 1e-2}, {"bias": False}]
)
def test_options_and_float32(name: str, options: dict[str, Any]) -> None:
    ours, theirs = pair(name, "float32", batch_first=True, **options)
    arrays = [draw(N, T, D, dtype="float32"), draw(N, S, D, seed=1, dtype="float32")]
    compare(ours, theirs, arrays[: 1 + ("Decoder" in name)], {}, 2e-5)


def test_a_single_sequence_and_an_empty_batch() -> None:
    compare(*pair("TransformerEncoderLayer"), [draw(T, D)], {"src_mask": CAUSAL}, 1e-9)
    compare(*pair("TransformerDecoderLayer"), [draw(T, D), draw(S, D, seed=1)], {}, 1e-9)
    layer = TransformerEncoderLayer(D, HEADS, F, 0.0, batch_first=True, rng=0)
    y = layer(np.ones((0, T, D), "float32"))
    assert layer.backward(y).shape == (0, T, D)


def test_state_keys_are_those_of_torch_in_their_order() -> None:
    for name in ("TransformerEncoderLayer", "TransformerDecoderLayer"):
        ours, theirs = pair(name)
        assert [k for k, _ in ours.named_parameters()] == [k for k, _ in theirs.named_parameters()]


@pytest.mark.parametrize("norm_first", [True, False])
def test_backward_is_the_gradient_of_forward(norm_first: bool) -> None:
    layer = TransformerEncoderLayer(D, HEADS, F, 0.0, GELU(), norm_first=norm_first, rng=0)
    worst = gradcheck(layer, draw(3, 2, D), rng=1)[0]
    assert worst.error < 1e-6, worst


def test_dropout_acts_in_training_and_not_in_evaluation() -> None:
    layer = TransformerEncoderLayer(D, HEADS, F, 0.5, "gelu", rng=0)
    x = draw(T, N, D, dtype="float32")
    assert not np.array_equal(layer(x), layer(x))
    layer.eval()
    assert np.array_equal(layer(x), layer(x))
    again = TransformerEncoderLayer(D, HEADS, F, 0.5, "gelu", rng=0)
    assert np.array_equal(again(x), TransformerEncoderLayer(D, HEADS, F, 0.5, "gelu", rng=0)(x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_shards_it_gives_what_the_whole_gives(dtype: str) -> None:
    args = {"activation": "gelu", "batch_first": True, "norm_first": True}
    whole, parts = (TransformerEncoderLayer(D, HEADS, F, 0.0, **args, rng=0).to(dtype) for _ in range(2))
    sharded, x, dy = Sharded(parts, 2), draw(5, T, D, dtype=dtype), draw(5, T, D, seed=1, dtype=dtype)
    rtol = 1e-4 if dtype == "float32" else 1e-10
    np.testing.assert_allclose(
        sharded(x, src_mask=CAUSAL, is_causal=True), whole(x, src_mask=CAUSAL, is_causal=True), rtol=rtol, atol=rtol
    )
    np.testing.assert_allclose(sharded.backward(dy), whole.backward(dy), rtol=rtol, atol=rtol)
    for a, b in zip(parts.parameters(), whole.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=rtol, atol=rtol)


def test_inputs_are_left_alone_and_what_was_handed_out_stays() -> None:
    layer = TransformerEncoderLayer(D, HEADS, F, 0.0, "gelu", norm_first=True, rng=0)
    x, dy = draw(T, N, D, dtype="float32"), draw(T, N, D, seed=1, dtype="float32")
    x_before, dy_before = x.copy(), dy.copy()
    y = layer(x)
    dx = layer.backward(dy)
    y_before, dx_before = y.copy(), dx.copy()
    layer(dy)
    layer.backward(x)
    for now, then in ((x, x_before), (dy, dy_before), (y, y_before), (dx, dx_before)):
        assert np.array_equal(now, then)


def make(kind: Any = TransformerEncoderLayer, **args: Any) -> Any:
    return kind(**{"d_model": D, "nhead": HEADS, "dim_feedforward": F, "rng": 0} | args)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: make(d_model=0), ValueError, "TransformerEncoderLayer: expected d_model of at least 1, got 0"),
        (lambda: make(nhead=3), ValueError, "3"),
        (lambda: make(dim_feedforward=0), ValueError, "dim_feedforward"),
        (lambda: make(rng=None), TypeError, "TransformerEncoderLayer: expected rng"),
        (lambda: make(TransformerDecoderLayer, rng=None), TypeError, "TransformerDecoderLayer: expected rng"),
        (lambda: make(activation="tanh"), ValueError, "'relu', 'gelu' or a layer"),
        (lambda: make()(np.ones((2, 3, 7))), ShapeError, "TransformerEncoderLayer.forward: expected 8 features"),
        (lambda: make()(np.ones((2, 3, 4, D))), ShapeError, "expected two axes or three, got shape (2, 3, 4, 8)"),
        (lambda: make()(np.ones((2, 3, D), int)), DtypeError, "TransformerEncoderLayer.forward"),
        (lambda: make(TransformerDecoderLayer)(np.ones((2, 3, D)), np.ones((2, 3, 7))), ShapeError, "TransformerDecoderLayer.forward"),
        (lambda: make().backward(np.ones((2, 3, D))), OrderError, "TransformerEncoderLayer.backward"),
        (lambda: make(TransformerDecoderLayer).backward(np.ones((2, 3, D))), OrderError, "TransformerDecoderLayer.backward"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    layer = make()
    layer(np.ones((2, 3, D)))
    with pytest.raises(ShapeError, match=r"TransformerEncoderLayer.backward: expected shape \(2, 3, 8\) \(that of y\)"):
        layer.backward(np.ones((2, 2, D)))
