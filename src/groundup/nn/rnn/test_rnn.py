"""RNN: parity with torch over cells, lengths and pieces of text; the reach of gradients; what is refused."""

import numpy as np
import pytest

from groundup.core import DtypeError, ShapeError, load_state, save_state
from groundup.nn.rnn import recurrent, rnn
from groundup.nn.rnn.rnn import RNN, RNNCell
from support.parity import twin
from support.sequences import check_cell, check_lengths, check_truncation

TWIN = twin("nn/rnn")


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("inputs", "hidden"), [(2, 3), (3, 1), (1, 2)])
def test_a_cell_equals_torchs(inputs: int, hidden: int, bias: bool) -> None:
    check_cell(RNNCell(inputs, hidden, bias, rng=0), TWIN.RNNCell(inputs, hidden, bias), 1)


@pytest.mark.parametrize("lengths", [[4, 2, 1], [1, 4, 3], [4, 4]], ids=str)
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_lengths_equal_torchs_packing(lengths: list[int], both_ways: bool, given: bool) -> None:
    ours = RNN(2, 3, num_layers=2, bidirectional=both_ways, batch_first=given, rng=0)
    check_lengths(ours, TWIN.RNN(2, 3, num_layers=2, bidirectional=both_ways), 1, lengths, 5, given)


def test_a_text_in_pieces_has_the_gradients_of_a_detached_state() -> None:
    check_truncation(RNN(2, 3, num_layers=2, rng=0), TWIN.RNN(2, 3, num_layers=2), 1)


def test_dropout_between_layers_and_the_state_in_a_file(tmp_path) -> None:
    x = np.random.default_rng(0).standard_normal((4, 3, 2))
    layer, other = (RNN(2, 3, num_layers=2, dropout=0.5, rng=seed) for seed in (0, 1))
    assert not np.array_equal(layer(x)[0], layer(x)[0])
    save_state(tmp_path / "state.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "state.safetensors"))
    assert np.array_equal(layer.eval()(x)[0], other.eval()(x)[0])


@pytest.mark.parametrize("bias", [True, False])
def test_with_relu_it_equals_torchs(bias: bool) -> None:
    check_cell(RNNCell(2, 3, bias, "relu", rng=0), TWIN.RNNCell(2, 3, bias, "relu"), 1)
    ours = RNN(2, 3, 2, "relu", bias, bidirectional=True, rng=0)
    check_lengths(ours, TWIN.RNN(2, 3, 2, "relu", bias, bidirectional=True), 1, [3, 5], 6, True)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_gradient_reach_is_what_backward_hands_back(nonlinearity: str) -> None:
    layer = RNN(2, 3, nonlinearity=nonlinearity, rng=0).to("float64")
    rng = np.random.default_rng(0)
    x, dlast = rng.standard_normal((6, 2, 2)), rng.standard_normal((2, 3))
    w_hh = layer.weight_hh_l0.value
    found = rnn.gradient_reach(dlast, layer(x)[0], w_hh, nonlinearity)
    layer.kept_all()
    for t in range(6):  # the last state's gradient at the state before step t + 1 is that of a run that starts there
        state = layer(x[: t + 1])[1]
        layer.kept_all()
        if t < 5:
            y, _ = layer(x[t + 1 :], state)
            _, back = layer.backward(np.zeros_like(y), dlast[None])
            assert found[t] == pytest.approx(np.linalg.norm(back))
    assert found[5] == pytest.approx(np.linalg.norm(dlast))


@pytest.mark.parametrize("filler", [1e6, np.inf, np.nan])
def test_padding_says_nothing(filler: float) -> None:
    layer, x = RNN(2, 3, bidirectional=True, rng=0), np.random.default_rng(0).standard_normal((5, 2, 2))
    other = x.copy()
    other[3:, 1] = filler
    (y, last), (y_other, last_other) = layer(x, lengths=[5, 3]), layer(other, lengths=[5, 3])
    assert np.array_equal(y, y_other)
    assert np.array_equal(last, last_other)
    assert not y[3:, 1].any()


def test_no_steps_give_the_state_back() -> None:
    layer, h = RNN(2, 3, rng=0).to("float64"), np.random.default_rng(0).standard_normal((1, 2, 3))
    y, last = layer(np.zeros((0, 2, 2)), h)
    assert y.shape == (0, 2, 3)
    assert np.array_equal(last, h)
    dx, dh = layer.backward(y, h)
    assert dx.shape == (0, 2, 2)
    assert np.array_equal(dh, h)


def test_flops_of_layers_and_directions() -> None:
    one = RNNCell(2, 3, rng=0).flops((5, 2), (5, 3))
    assert one == 2 * 5 * (2 + 3) * 3
    deep = RNN(2, 3, num_layers=2, bidirectional=True, rng=0)
    assert deep.flops((7, 5, 2), (7, 5, 6)) == 2 * 7 * (one + 2 * 5 * (6 + 3) * 3)


def test_a_kind_says_what_it_lacks() -> None:
    bare, nothing = recurrent.Kind(), np.zeros((1, 1))
    with pytest.raises(NotImplementedError, match="Kind does not define step"):
        bare.step(nothing, (nothing,), nothing, None)
    with pytest.raises(NotImplementedError, match="Kind does not define step_backward"):
        bare.step_backward((nothing,), (nothing,), nothing)


X, H = np.ones((4, 3, 2)), np.zeros((1, 3, 3))


def _backward(layer, x, dy):
    layer(x)
    return layer.backward(dy)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: RNN(2, 3, 0, rng=0), ValueError, "RNN: expected num_layers of at least 1, got 0"),
        (lambda: RNN(2, 3, nonlinearity="gelu", rng=0), ValueError, "'tanh' or 'relu', got 'gelu'"),
        (lambda: RNNCell(2, 3, nonlinearity="", rng=0), ValueError, "RNNCell: expected nonlinearity"),
        (lambda: RNN(2, 3, dropout=1.5, rng=0), ValueError, "RNN: expected dropout"),
        (lambda: RNN(2, 3), TypeError, "expected rng to be a seed or a numpy Generator, got None"),
        (lambda: RNN(3, 3, rng=0)(X), ShapeError, "RNN.forward: expected"),
        (lambda: RNN(2, 3, rng=0)(X[0]), ShapeError, "RNN.forward: expected"),
        (lambda: RNN(2, 3, rng=0)(X, H[0]), ShapeError, "expected shape (1, 3, 3)"),
        (lambda: RNN(2, 3, rng=0)(X, lengths=[1.0, 2, 3]), DtypeError, "lengths to be whole numbers, got float64"),
        (lambda: RNN(2, 3, rng=0)(X, lengths=[1, 2]), ShapeError, "a length for each of 3 sequences, got shape (2,)"),
        (lambda: RNN(2, 3, rng=0)(X, lengths=[1, 2, 5]), ValueError, "expected lengths from 1 to 4, got 1 to 5"),
        (lambda: RNN(2, 3, rng=0)(X, lengths=[0, 2, 4]), ValueError, "expected lengths from 1 to 4, got 0 to 4"),
        (lambda: _backward(RNN(2, 3, rng=0), X, X), ShapeError, "RNN.backward: expected shape (4, 3, 3)"),
        (lambda: _backward(RNNCell(2, 3, rng=0), X[0], X[0]), ShapeError, "RNNCell.backward: expected shape (3, 3)"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^RNN(Cell)?(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)
