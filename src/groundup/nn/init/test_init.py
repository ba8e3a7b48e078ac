"""Formulas exactly as torch's, distributions by their moments, orthogonality to rounding; and what is refused."""

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, Parameter, ShapeError
from groundup.nn import init
from groundup.nn.init.init import NONLINEARITIES
from support.parity import tensor, twin

SHAPES = [(4, 3), (3, 4), (1, 1), (8, 2, 3, 5), (6, 2, 3), (4, 1, 3, 3)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
FILLS = ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"]


def weight(*shape: int, dtype: str = "float64") -> Parameter:
    return Parameter(np.zeros(shape, dtype))


@pytest.fixture
def torchs_draws(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """What torch hands to its generator: the bounds of a uniform draw, mean and deviation of a normal one."""
    seen: list[tuple[float, float]] = []

    def record(self: torch.Tensor, first: float, second: float, generator: None = None) -> torch.Tensor:
        seen.append((first, second))
        return self

    monkeypatch.setattr(torch.Tensor, "uniform_", record)
    monkeypatch.setattr(torch.Tensor, "normal_", record)
    return seen


class Recorder(np.random.Generator):
    """A generator that also notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))
        self.asked: list[tuple[float, float]] = []

    def uniform(self, low, high, size):
        self.asked.append((low, high))
        return super().uniform(low, high, size)

    def normal(self, mean, std, size):
        self.asked.append((mean, std))
        return super().normal(mean, std, size)


@every_shape
def test_fans_are_torchs(shape: tuple[int, ...]) -> None:
    assert init.fans(weight(*shape)) == twin("nn/init").fans(torch.zeros(shape))


@pytest.mark.parametrize("param", [None, 0.01, 0.2, 1, 0])
@pytest.mark.parametrize("name", NONLINEARITIES)
def test_gains_are_torchs(name: str, param: float | None) -> None:
    assert init.calculate_gain(name, param) == pytest.approx(torch.nn.init.calculate_gain(name, param), rel=1e-15)


@every_shape
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
@pytest.mark.parametrize("fill", ["xavier_uniform_", "xavier_normal_"])
def test_xavier_asks_for_the_numbers_torch_asks_for(fill: str, gain: float, shape, torchs_draws) -> None:
    getattr(torch.nn.init, fill)(torch.zeros(shape), gain)
    rng = Recorder()
    getattr(init, fill)(weight(*shape), gain, rng=rng)
    assert rng.asked == [pytest.approx(torchs_draws[0], rel=1e-15)]


@every_shape
@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize(
    ("a", "name"), [(0, "leaky_relu"), (0.2, "leaky_relu"), (0, "relu"), (0, "tanh"), (0, "linear")]
)
@pytest.mark.parametrize("fill", ["kaiming_uniform_", "kaiming_normal_"])
def test_kaiming_asks_for_the_numbers_torch_asks_for(fill: str, a: float, name, mode, shape, torchs_draws) -> None:
    getattr(torch.nn.init, fill)(torch.zeros(shape), a, mode, name)
    rng = Recorder()
    getattr(init, fill)(weight(*shape), a, mode, name, rng=rng)
    assert rng.asked == [pytest.approx(torchs_draws[0], rel=1e-15)]


def test_the_defaults_are_torchs(torchs_draws) -> None:
    rng = Recorder()
    for fill in (*FILLS, "uniform_", "normal_"):
        getattr(torch.nn.init, fill)(torch.zeros(3, 2))
        getattr(init, fill)(weight(3, 2), rng=rng)
    assert rng.asked == [pytest.approx(draw, rel=1e-15) for draw in torchs_draws]


@every_shape
def test_the_twin_knows_the_same_scales(shape: tuple[int, ...]) -> None:
    ours, theirs, twins = weight(*shape), torch.zeros(shape), twin("nn/init")
    assert init.xavier_std(ours, 2.0) == pytest.approx(twins.xavier_std(theirs, 2.0), rel=1e-15)
    for mode in ("fan_in", "fan_out"):
        assert init.kaiming_std(ours, 0.1, mode) == pytest.approx(twins.kaiming_std(theirs, 0.1, mode), rel=1e-15)
    assert init.uniform_bound(0.3) == pytest.approx(twins.uniform_bound(0.3), rel=1e-15)


@pytest.mark.parametrize("fill", FILLS)
def test_the_weights_have_the_deviation_that_was_asked_for(fill: str) -> None:
    """60,000 draws: the deviation of the sample's deviation is below 0.3 % (normal), of its mean std/245; 4 of each."""
    w = getattr(init, fill)(weight(300, 200), rng=0).value
    std = init.xavier_std(weight(300, 200)) if "xavier" in fill else init.kaiming_std(weight(300, 200))
    assert w.std() == pytest.approx(std, rel=0.012)
    assert abs(w.mean()) < 4 * std / w.size**0.5
    kurtosis = ((w - w.mean()) ** 4).mean() / w.var() ** 2  # 3 for a normal, 9/5 for a uniform distribution
    assert kurtosis == pytest.approx(3.0 if "normal" in fill else 1.8, abs=0.1)  # sd of either is at most √(24/60,000)


def test_uniform_weights_stay_inside_their_bound_and_reach_towards_it() -> None:
    w = init.kaiming_uniform_(weight(100, 50), rng=0).value
    bound = (6 / 50) ** 0.5  # gain √2, fan_in 50
    assert 0.99 * bound < np.abs(w).max() <= bound  # all 5,000 below 0.99: 1e-22


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (1, 5), (5, 1), (2, 3, 2, 2), (9, 2, 2, 2)], ids=str)
@pytest.mark.parametrize("gain", [1, 1.5])
def test_orthogonal_to_the_last_digit_as_torchs_is(shape: tuple[int, ...], gain: float) -> None:
    ours = init.gram(init.orthogonal_(weight(*shape), gain, rng=0))
    theirs = twin("nn/init").gram(torch.nn.init.orthogonal_(torch.zeros(shape, dtype=torch.float64), gain)).numpy()
    np.testing.assert_allclose(ours, gain**2 * np.eye(len(ours)), atol=1e-14)
    np.testing.assert_allclose(ours, theirs, atol=1e-13)


@pytest.mark.parametrize("shape", [(5, 5), (5, 3), (3, 5)], ids=str)
def test_orthogonal_from_torchs_draw_gives_torchs_matrix(shape: tuple[int, ...], monkeypatch) -> None:
    """torch draws a normal matrix, too; given the same one it finds the same Q."""
    draw = np.random.default_rng(0).standard_normal(shape)
    monkeypatch.setattr(torch.Tensor, "normal_", lambda self, *_, generator=None: self.copy_(tensor(draw)))
    theirs = torch.nn.init.orthogonal_(torch.zeros(shape, dtype=torch.float64))
    np.testing.assert_allclose(init.orthogonal_(weight(*shape), rng=0).value, theirs.numpy(), atol=1e-14)


def test_every_orthogonal_matrix_is_equally_likely() -> None:
    """Over 2,000 draws each entry of Q has mean 0 (sd 0.011) and half the matrices turn, half reflect (sd 0.011)."""
    rng = np.random.default_rng(0)
    drawn = np.array([init.orthogonal_(weight(4, 4), rng=rng).value for _ in range(2000)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.045  # 4 sd; without the signs the diagonal is far from it
    assert (np.linalg.det(drawn) > 0).mean() == pytest.approx(0.5, abs=0.045)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fills_keep_the_array_its_dtype_and_the_gradient(dtype: str) -> None:
    for fill in (*FILLS, "uniform_", "normal_", "orthogonal_"):
        w = weight(3, 2, dtype=dtype)
        value, w.grad[...] = w.value, 7
        assert getattr(init, fill)(w, rng=0) is w
        assert w.value is value  # in place: an optimiser that holds it sees the new numbers
        assert w.value.dtype == dtype
        assert w.value.all()
        assert (w.grad == 7).all()


def test_the_same_seed_gives_the_same_weights_and_another_others() -> None:
    for fill in (*FILLS, "uniform_", "normal_", "orthogonal_"):
        first, again, other = (getattr(init, fill)(weight(3, 2), rng=seed).value for seed in (0, 0, 1))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_constants() -> None:
    assert (init.constant_(weight(2, 3), 0.5).value == 0.5).all()
    assert (init.ones_(weight(3)).value == 1).all()
    assert (init.zeros_(Parameter(np.ones(3))).value == 0).all()
    assert (init.normal_(weight(3), 2.0, 0.0, rng=0).value == 2).all()


def test_signals_keep_their_scale_through_twenty_layers() -> None:
    """At width 256 the mean square drifts by a few per cent a layer: within a factor of 3 after twenty."""
    x = np.random.default_rng(0).standard_normal((256, 64))

    def after_twenty(fill) -> float:
        y = x
        for seed in range(20):
            y = np.maximum(fill(weight(256, 256), seed).value @ y, 0)
        return float((y**2).mean() / (x**2).mean())

    assert 1 / 3 < after_twenty(lambda w, seed: init.kaiming_normal_(w, rng=seed)) < 3
    assert after_twenty(lambda w, seed: init.xavier_normal_(w, rng=seed)) == pytest.approx(2**-20, rel=2)
    assert after_twenty(lambda w, seed: init.normal_(w, std=0.01, rng=seed)) < 1e-30


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: init.fans(weight(3)), ShapeError, "expected a weight (O, I) or (O, I, kH, kW), got shape (3,)"),
        (lambda: init.fans(weight(0, 3)), ShapeError, "got shape (0, 3)"),
        (lambda: init.xavier_normal_(weight(3), rng=0), ShapeError, "a bias has no fans"),
        (lambda: init.orthogonal_(weight(3), rng=0), ShapeError, "orthogonal_: expected a weight"),
        (lambda: init.zeros_(np.ones(3)), DtypeError, "zeros_: expected a Parameter, got ndarray; pass layer.weight"),
        (lambda: init.kaiming_normal_(np.ones((2, 2)), rng=0), DtypeError, "expected a Parameter, got ndarray"),
        (lambda: init.xavier_uniform_(weight(2, 2)), TypeError, "expected rng to be a seed"),
        (lambda: init.normal_(weight(2, 2)), TypeError, "normal_: expected rng"),
        (lambda: init.orthogonal_(weight(2, 2)), TypeError, "orthogonal_: expected rng"),
        (lambda: init.normal_(weight(2), std=-1, rng=0), ValueError, "normal_: expected std at least 0, got -1"),
        (lambda: init.uniform_(weight(2), 1, -1, rng=0), ValueError, "a=1 and b=-1; are they the wrong way round?"),
        (lambda: init.kaiming_std(weight(2, 2), mode="in"), ValueError, "to be 'fan_in' or 'fan_out', got 'in'"),
        (lambda: init.calculate_gain("ReLU"), ValueError, "got 'ReLU'; is there a capital or a hyphen?"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^\w+: expected ") as raised:
        call()
    assert says in str(raised.value)
