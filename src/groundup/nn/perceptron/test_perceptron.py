import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.core import DtypeError, ShapeError
from groundup.nn.perceptron import Perceptron, mistake_bound
from support.parity import tensor, twin

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([-1, 1, 1, -1])
AND_Y = np.array([-1, -1, -1, 1])


def separable(rows: int, seed: int, gap: float = 0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Rows that a random line separates, none of them closer to it than ``gap``."""
    rng = np.random.default_rng(seed)
    weight, bias = rng.standard_normal(3), float(rng.standard_normal())
    x = rng.standard_normal((20 * rows, 3))
    score = x @ weight + bias
    clear = np.flatnonzero(np.abs(score) > gap * np.hypot(np.linalg.norm(weight), bias))[:rows]
    return x[clear], np.where(score[clear] > 0, 1, -1), weight, bias


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lr", [1.0, 0.3])
def test_the_path_of_the_weights_is_that_of_the_twin_bit_for_bit(seed: int, lr: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((100, 3)), rng.choice([-1, 1], 100)  # labels by chance: there is always more to learn
    ours, theirs = Perceptron(3, lr=lr), twin("nn/perceptron").Perceptron(3, lr=lr)
    changes = 0
    for row, label in zip(x, y, strict=True):
        learned = ours.update(row, label)
        assert learned == theirs.update(tensor(row), int(label))
        assert np.array_equal(ours.weight, theirs.weight.numpy())
        assert ours.bias == theirs.bias.item()
        changes += learned
    assert 20 < changes < 80
    assert np.array_equal(ours.predict(x), theirs.predict(tensor(x)).numpy())


@pytest.mark.parametrize("seed", range(5))
def test_fit_and_the_bound_equal_the_twins(seed: int) -> None:
    x, y, weight, bias = separable(40, seed)
    ours = Perceptron(3).fit(x, y)
    theirs = twin("nn/perceptron").Perceptron(3).fit(tensor(x), tensor(y))
    assert ours.mistakes_per_epoch == theirs.mistakes_per_epoch
    assert np.array_equal(ours.weight, theirs.weight.numpy())
    bound = twin("nn/perceptron").mistake_bound(tensor(x), tensor(y), tensor(weight), bias)
    assert mistake_bound(x, y, weight, bias) == pytest.approx(bound.item(), rel=1e-12)


def test_the_rule_is_a_step_down_the_perceptron_criterion() -> None:
    """Autograd on Σ max(0, -y s) finds Eq. 2 for every row that is strictly on the wrong side."""
    import torch

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 3)), rng.choice([-1, 1], 30)
    ours = Perceptron(3, lr=0.5)
    for row, label in zip(x, y, strict=True):
        weight, bias = tensor(ours.weight, grad=True), tensor(np.array(ours.bias), grad=True)
        at_zero = ours.decision(row) == 0
        loss = twin("nn/perceptron").criterion(weight, bias, tensor(row), tensor(label))
        dw, db = torch.autograd.grad(loss, [weight, bias])
        before = ours.weight
        ours.update(row, label)
        if not at_zero:
            assert np.array_equal(ours.weight, before - 0.5 * dw.numpy())
            assert ours.bias == bias.item() - 0.5 * db.item()


@pytest.mark.parametrize("lr", [1.0, 0.25])
@pytest.mark.parametrize("epochs", [1, 3, 50])
@pytest.mark.parametrize("seed", range(3))
def test_equals_scikit_learn(seed: int, epochs: int, lr: float) -> None:
    from sklearn.linear_model import Perceptron as Oracle

    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((60, 4)), rng.choice([-1, 1], 60)  # labels by chance: it has to keep learning
    ours = Perceptron(4, lr=lr).fit(x, y, epochs=epochs)
    oracle = Oracle(eta0=lr, max_iter=epochs, tol=None, shuffle=False).fit(x, y)
    np.testing.assert_allclose(ours.weight, oracle.coef_[0], rtol=1e-12, atol=1e-12)
    assert ours.bias == pytest.approx(oracle.intercept_[0], rel=1e-12)
    assert np.array_equal(ours.predict(x), oracle.predict(x))


@given(st.integers(0, 10_000), st.floats(0.01, 100.0), st.booleans())
def test_novikoffs_theorem(seed: int, lr: float, shuffled: bool) -> None:
    """Separable rows: it converges, within the bound of Eq. 3, in any order, and then predicts every one."""
    x, y, weight, bias = separable(20, seed)
    bound = mistake_bound(x, y, weight, bias)
    model = Perceptron(3, lr=lr).fit(x, y, epochs=int(bound) + 2, rng=seed if shuffled else None)
    assert model.converged
    assert sum(model.mistakes_per_epoch) <= bound
    assert np.array_equal(model.predict(x), y)


def test_the_learning_rate_only_scales_the_weights() -> None:
    x, y, *_ = separable(30, 7)
    small, large = Perceptron(3, lr=0.5).fit(x, y), Perceptron(3, lr=4.0).fit(x, y)  # powers of two: exactly
    assert np.array_equal(8 * small.weight, large.weight)
    assert small.mistakes_per_epoch == large.mistakes_per_epoch


def test_xor_never_comes_to_rest_and_goes_round_in_a_circle() -> None:
    """In the order of the table every epoch makes four mistakes, and ends where it began."""
    model = Perceptron(2).fit(XOR_X, XOR_Y, epochs=50)
    assert (model.epochs_run, model.converged) == (50, False)
    assert model.mistakes_per_epoch == [4] * 50
    assert not model.weight.any()
    assert model.bias == 0


def test_and_is_learned_by_hand() -> None:
    """The steps that the lesson prints."""
    model = Perceptron(2).fit(XOR_X, AND_Y)
    assert model.converged
    assert np.array_equal(model.predict(XOR_X), AND_Y)
    assert np.array_equal(model.weight, np.round(model.weight))


def test_fit_goes_on_from_the_weights_and_begins_its_record_anew() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 2)), rng.choice([-1, 1], 30)
    model = Perceptron(2).fit(x, y, epochs=1)
    assert model.epochs_run == 1
    first = model.weight
    model.fit(x, y, epochs=1)
    both = Perceptron(2).fit(x, y, epochs=2)
    assert np.array_equal(model.weight, both.weight)
    assert not np.array_equal(first, model.weight)
    assert model.mistakes_per_epoch == both.mistakes_per_epoch[1:]


def test_the_order_comes_from_rng_alone() -> None:
    x, y, *_ = separable(40, 3, gap=0.01)
    one, same, other = (Perceptron(3).fit(x, y, epochs=2, rng=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.weight, same.weight)
    assert not np.array_equal(one.weight, other.weight)


def test_shapes_and_kinds_of_what_comes_out() -> None:
    model = Perceptron(3)
    assert model.decision(np.ones((0, 3))).shape == (0,)
    assert model.predict(np.ones((2, 4, 3))).shape == (2, 4)
    assert model.predict(np.ones(3)).shape == ()
    assert model.predict(np.ones((2, 3), np.float32)).dtype == np.int64
    assert model.predict(np.zeros((1, 3))) == [-1]  # on the boundary
    assert model.converged is False
    assert model.update(np.ones(3, np.float32), 1) is True
    assert model.weight.dtype == np.float64


def test_an_update_leaves_the_old_weights_and_the_row_alone() -> None:
    model, row = Perceptron(2), np.array([1.0, 2.0])
    old = model.weight
    model.update(row, 1)
    assert not old.any()
    assert np.array_equal(row, [1.0, 2.0])


ROWS, LABELS = np.ones((2, 3)), np.array([1, -1])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Perceptron(0), ValueError, "Perceptron: expected in_features of at least 1, got 0"),
        (lambda: Perceptron(2, lr=0), ValueError, "Perceptron: expected lr above 0, got 0"),
        (lambda: Perceptron(2, lr=float("nan")), ValueError, "got nan"),
        (lambda: Perceptron(3).decision(np.ones((2, 4))), ShapeError, "Perceptron.decision: expected 3 features"),
        (lambda: Perceptron(3).predict([[1.0]]), DtypeError, "Perceptron.decision: expected a NumPy array, got list"),
        (lambda: Perceptron(3).update(ROWS, 1), ShapeError, "Perceptron.update: expected shape (I,), got (2, 3)"),
        (lambda: Perceptron(3).update(ROWS[0], 0), ValueError, "Perceptron.update: expected labels -1 and +1, got 0"),
        (lambda: Perceptron(3).fit(ROWS, np.array([0, 1])), ValueError, "got 0, 1; labels 0 and 1 become these by"),
        (lambda: Perceptron(3).fit(ROWS, LABELS[:1]), ShapeError, "an array of labels of shape (2,), got (1,)"),
        (lambda: Perceptron(3).fit(ROWS, [1, -1]), ShapeError, "of shape (2,), got list"),
        (lambda: Perceptron(3).fit(ROWS[0], LABELS), ShapeError, "Perceptron.fit: expected shape (N, I), got (3,)"),
        (lambda: Perceptron(3).fit(ROWS, LABELS, epochs=0), ValueError, "expected epochs of at least 1, got 0"),
        (lambda: Perceptron(3).fit(ROWS[:0], LABELS[:0]), ValueError, "expected rows of at least 1, got 0"),
        (lambda: Perceptron(3).fit(ROWS, LABELS, rng="0"), TypeError, "expected rng to be a seed or a numpy Generator"),
        (lambda: mistake_bound(XOR_X, XOR_Y, np.ones(2), -0.5), ValueError, "every row on its right side, got row 3"),
        (lambda: mistake_bound(XOR_X, AND_Y, np.ones(2), -1.0), ValueError, "got row 1 at -0; only a separating"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)
