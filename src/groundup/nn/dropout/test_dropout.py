"""Parity with torch by handing it our mask, the law that the mask follows, and what is refused."""

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, Sequential, ShapeError, Sharded
from groundup.nn import Linear
from groundup.nn.dropout import Dropout, Dropout2d
from groundup.nn.dropout.dropout import inverted_mask
from support.parity import check_layer, close, tensor, twin

TWIN = twin("nn/dropout")
both = pytest.mark.parametrize(("kind", "shape"), [(Dropout, (4, 5)), (Dropout2d, (3, 4, 2, 5))])


def uniform_of(kind: type, shape: tuple[int, ...]) -> np.ndarray:
    """The u that a layer with seed 0 draws first."""
    return np.random.default_rng(0).random(shape if kind is Dropout else (*shape[:2], 1, 1))


@pytest.mark.parametrize(
    ("kind", "shape"),
    [(Dropout, s) for s in ((5, 3), (0, 3), (2, 4, 3), (3,), ())]
    + [(Dropout2d, (3, 4, 2, 5)), (Dropout2d, (0, 2, 3, 3))],
)
@pytest.mark.parametrize("p", [0.1, 0.5, 1.0, 1])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-6)])
def test_equals_torch_with_the_same_mask(kind, shape: tuple[int, ...], p: float, dtype: str, rtol: float) -> None:
    mask = TWIN.inverted_mask(tensor(uniform_of(kind, shape)), p, getattr(torch, dtype))
    x = np.asarray(np.random.default_rng(1).standard_normal(shape), dtype)
    check_layer(kind(p, rng=0), TWIN.GivenMask(mask), x, rtol=rtol)


@both
@pytest.mark.parametrize("p", [0, 0.3, 1])
def test_evaluation_equals_torch_and_so_does_p_of_zero_in_training(kind, shape: tuple[int, ...], p: float) -> None:
    theirs = getattr(TWIN, kind.__name__)
    x = np.random.default_rng(1).standard_normal(shape)
    check_layer(kind(p, rng=0).eval(), theirs(p).eval(), x, rtol=0)
    check_layer(kind(0, rng=0), theirs(0), x, rtol=0)


def test_p_of_one_leaves_nothing_as_in_torch() -> None:
    x = np.array([1.0, -2.0])
    close("y", Dropout(1, rng=0)(x), TWIN.Dropout(1.0)(tensor(x)).numpy(), 0)


@both
def test_where_nothing_is_changed_nothing_is_copied_or_drawn(kind, shape: tuple[int, ...]) -> None:
    x, dy = np.ones(shape), np.ones(shape)
    for layer in (kind(0.5, rng=0).eval(), kind(0, rng=0)):
        state = layer.rng.bit_generator.state
        assert layer(x) is x
        assert layer.backward(dy) is dy
        assert layer.rng.bit_generator.state == state


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_rate_is_p_and_the_mean_stays(p: float) -> None:
    """300,000 draws: the standard deviation of the rate is below 0.001, that of the mean below 0.006."""
    y = Dropout(p, rng=0)(np.ones(300_000))
    assert (y == 0).mean() == pytest.approx(p, abs=0.004)
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert set(np.unique(y)) == {0, 1 / (1 - p)}
    assert y.var() == pytest.approx(p / (1 - p), rel=0.03)  # what the lesson derives


def test_channels_go_whole_each_by_itself() -> None:
    y = Dropout2d(0.4, rng=0)(np.ones((500, 40, 3, 2)))
    assert np.array_equal(y, np.broadcast_to(y[:, :, :1, :1], y.shape))
    gone = y[:, :, 0, 0] == 0
    assert gone.mean() == pytest.approx(0.4, abs=0.015)  # 20,000 draws: sd 0.0035
    assert abs(np.corrcoef(gone[:, 0], gone[:, 1])[0, 1]) < 0.15  # neighbours do not know of each other
    assert abs(np.corrcoef(gone[0], gone[1])[0, 1]) < 0.5  # nor do images


@both
def test_each_forward_draws_anew_and_a_seed_repeats_it(kind, shape: tuple[int, ...]) -> None:
    layer, again = kind(0.5, rng=3), kind(0.5, rng=np.random.default_rng(3))
    x = np.ones(shape)
    first, second = layer(x), layer(x)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again(x))
    assert np.array_equal(second, again(x))


def test_the_bound_itself_is_kept() -> None:
    u = np.array([0.0, 0.25, np.nextafter(0.25, 0)])
    assert inverted_mask(u, 0.25, "float64").tolist() == [0, 1 / 0.75, 0]
    assert inverted_mask(u, 0.0, "float64").tolist() == [1, 1, 1]
    assert inverted_mask(u, 1.0, "float32").tolist() == [0, 0, 0]


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_keeps_dtype_inputs_and_earlier_results(kind, shape: tuple[int, ...], dtype: str) -> None:
    layer, x, dy = kind(0.5, rng=0), np.ones(shape, dtype), np.full(shape, 2.0, dtype)
    y = layer(x)
    kept = y.copy()
    dx = layer.backward(dy)
    assert y.dtype == dx.dtype == dtype
    assert np.array_equal(dx, 2 * y)
    layer(x)
    assert np.array_equal(y, kept)
    assert (x == 1).all()
    assert (dy == 2).all()


@both
def test_a_strided_view_gives_what_a_copy_gives(kind, shape: tuple[int, ...]) -> None:
    view = np.random.default_rng(0).standard_normal((*shape[:-1], 2 * shape[-1]))[..., ::2]
    assert np.array_equal(kind(0.5, rng=0)(view), kind(0.5, rng=0)(view.copy()))


def test_shards_draw_each_their_own() -> None:
    sharded = Sharded(Sequential(Dropout(0.5, rng=0)), 2)
    y = sharded(np.ones((8, 50)))
    assert not np.array_equal(y[:4], y[4:])
    assert np.array_equal(sharded.backward(np.ones((8, 50))), y)


def test_what_is_dropped_gives_the_weights_behind_it_no_gradient() -> None:
    layer = Sequential(Dropout(0.5, rng=0), Linear(6, 2, rng=0)).to("float64")
    y = layer(np.ones((1, 6)))
    layer.backward(np.ones_like(y))
    gone = uniform_of(Dropout, (1, 6))[0] < 0.5
    assert 0 < gone.sum() < 6
    assert not layer[1].weight.grad[:, gone].any()
    assert layer[1].weight.grad[:, ~gone].all()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Dropout(1.1, rng=0), ValueError, "Dropout: expected p between 0.0 and 1.0, got 1.1"),
        (lambda: Dropout2d(-0.1, rng=0), ValueError, "Dropout2d: expected p between 0.0 and 1.0, got -0.1"),
        (lambda: Dropout(float("nan"), rng=0), ValueError, "got nan"),
        (lambda: Dropout("half", rng=0), TypeError, "expected p to be a number, got 'half'"),
        (lambda: Dropout(0.0), TypeError, "Dropout: expected rng to be a seed or a numpy Generator, got None"),
        (lambda: Dropout(rng=0)(np.ones(3, int)), DtypeError, "Dropout.forward: expected floating-point numbers"),
        (lambda: Dropout(rng=0)([1.0]), DtypeError, "expected a NumPy array, got list"),
        (lambda: Dropout2d(rng=0)(np.ones((3, 4))), ShapeError, "Dropout2d.forward: expected shape (N, C, H, W)"),
        (lambda: Dropout(rng=0).backward(np.ones(3)), OrderError, "one forward before each backward"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^Dropout(2d)?(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)


@pytest.mark.parametrize("training", [True, False])
def test_an_upstream_gradient_of_another_shape_is_refused(training: bool) -> None:
    layer = Dropout(rng=0).train(training)
    layer(np.ones((4, 3)))
    with pytest.raises(ShapeError, match=r"Dropout.backward: expected shape \(4, 3\) \(that of y\), got \(3, 4\)"):
        layer.backward(np.ones((3, 4)))
