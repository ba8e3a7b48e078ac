from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, ShapeError, gradcheck
from groundup.nn import LearnedPositionalEmbedding, RotaryEmbedding, SinusoidalPositionalEncoding
from groundup.nn.position import sinusoidal
from support.parity import check_layer, close, tensor, twin


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("width", [1, 4, 7])
def test_the_table_is_the_twins(width: int) -> None:
    close("table", sinusoidal(9, width), twin("nn/position").sinusoidal(9, width).numpy(), 1e-12)


def test_a_shift_is_the_same_rotation_everywhere() -> None:
    table, shift = sinusoidal(50, 8), 7
    pairs = table.reshape(50, 4, 2)[..., ::-1]  # (cos, sin)
    z = pairs[..., 0] + 1j * pairs[..., 1]
    turns = z[shift:] / z[:-shift]
    np.testing.assert_allclose(turns, np.broadcast_to(turns[0], turns.shape), rtol=1e-9)


def test_learned_rows_equal_the_twin() -> None:
    ours = LearnedPositionalEmbedding(6, 4, rng=0)
    check_layer(ours, twin("nn/position").LearnedPositionalEmbedding(6, 4), draw(2, 3, 5, 4))


@pytest.mark.parametrize("interleaved", [True, False])
def test_rotation_equals_the_twin(interleaved: bool) -> None:
    x, layer = draw(2, 3, 5, 6), RotaryEmbedding(6, interleaved=interleaved)
    their_x = tensor(x, grad=True)
    theirs = twin("nn/position").rotary(their_x, interleaved=interleaved)
    close("y", layer(x), theirs.detach().numpy(), 1e-12)
    dy = draw(*x.shape, seed=1)
    theirs.backward(torch.from_numpy(dy))
    close("dx", layer.backward(dy), their_x.grad.numpy(), 1e-12)


def test_products_of_rotated_queries_and_keys_depend_on_the_distance_alone() -> None:
    layer, q, k = RotaryEmbedding(8), draw(1, 8), draw(1, 8, seed=1)
    products = [(layer(q, offset=t) @ layer(k, offset=t + 5).T).item() for t in (0, 3, 40)]
    np.testing.assert_allclose(products, products[0], rtol=1e-9)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SinusoidalPositionalEncoding(4, 9),
        lambda: LearnedPositionalEmbedding(9, 4, rng=0),
        lambda: RotaryEmbedding(4, 9),
    ],
    ids=["sinusoidal", "learned", "rotary"],
)
class TestEach:
    def test_backward_is_the_gradient(self, make: Callable[[], Any]) -> None:
        assert gradcheck(make(), draw(2, 5, 4), rng=0)[0].error < 1e-8

    def test_an_offset_is_a_later_part_of_a_longer_sequence(self, make: Callable[[], Any]) -> None:
        layer, x = make(), draw(2, 9, 4)
        np.testing.assert_allclose(layer(x[:, 6:], offset=6), layer(x)[:, 6:], rtol=1e-12)

    def test_what_does_not_fit_is_refused(self, make: Callable[[], Any]) -> None:
        for wrong in (draw(2, 10, 4), draw(4)):
            with pytest.raises(ShapeError, match=r"forward: expected \(..., T, 4\) within 9 positions"):
                make()(wrong)
        with pytest.raises(ShapeError, match="from -1 on"):
            make()(draw(2, 4), offset=-1)
        with pytest.raises(ShapeError, match="expected 4 features"):
            make()(draw(2, 5))
        with pytest.raises(DtypeError):
            make()(np.ones((2, 4), int))

    def test_dtype_is_kept(self, make: Callable[[], Any]) -> None:
        layer, x = make(), draw(2, 5, 4).astype("float32")
        assert layer(x).dtype == layer.backward(x).dtype == np.float32


def test_an_odd_width_cannot_be_turned() -> None:
    with pytest.raises(ValueError, match="RotaryEmbedding: expected an even dim, got 5"):
        RotaryEmbedding(5)
