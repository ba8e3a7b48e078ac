"""LSTM: parity with torch over cells, lengths and pieces of text; the order of gates; what is refused."""

import numpy as np
import pytest

from groundup.core import DtypeError, ShapeError, load_state, save_state
from groundup.nn.lstm import lstm
from groundup.nn.lstm.lstm import LSTM, LSTMCell
from support.parity import twin
from support.sequences import check_cell, check_lengths, check_truncation

TWIN = twin("nn/lstm")


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("inputs", "hidden"), [(2, 3), (3, 1), (1, 2)])
def test_a_cell_equals_torchs(inputs: int, hidden: int, bias: bool) -> None:
    check_cell(LSTMCell(inputs, hidden, bias, rng=0), TWIN.LSTMCell(inputs, hidden, bias), 2)


@pytest.mark.parametrize("lengths", [[4, 2, 1], [1, 4, 3], [4, 4]], ids=str)
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_lengths_equal_torchs_packing(lengths: list[int], both_ways: bool, given: bool) -> None:
    ours = LSTM(2, 3, num_layers=2, bidirectional=both_ways, batch_first=given, rng=0)
    check_lengths(ours, TWIN.LSTM(2, 3, num_layers=2, bidirectional=both_ways), 2, lengths, 5, given)


def test_a_text_in_pieces_has_the_gradients_of_a_detached_state() -> None:
    check_truncation(LSTM(2, 3, num_layers=2, rng=0), TWIN.LSTM(2, 3, num_layers=2), 2)


def test_dropout_between_layers_and_the_state_in_a_file(tmp_path) -> None:
    x = np.random.default_rng(0).standard_normal((4, 3, 2))
    layer, other = (LSTM(2, 3, num_layers=2, dropout=0.5, rng=seed) for seed in (0, 1))
    assert not np.array_equal(layer(x)[0], layer(x)[0])
    save_state(tmp_path / "state.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "state.safetensors"))
    assert np.array_equal(layer.eval()(x)[0], other.eval()(x)[0])


def test_the_gates_are_in_torchs_order() -> None:
    i, f, g, o = lstm.gates(np.array([[0.0, 100.0, 0.5, -100.0]]))
    assert (i.item(), f.item(), o.item()) == (0.5, 1.0, pytest.approx(0))
    assert g.item() == np.tanh(0.5)


def test_an_open_forget_gate_keeps_the_cell_and_its_gradient() -> None:
    cell = LSTMCell(1, 2, rng=0).to("float64")
    for p in cell.parameters():
        p.value[...] = 0
    cell.bias_ih.value[:4] = [-100, -100, 100, 100]  # nothing in, everything kept
    c = np.array([[0.3, -0.7]])
    for _ in range(50):
        _, after = cell(np.ones((1, 1)), (np.zeros((1, 2)), c))
        np.testing.assert_allclose(after, c, rtol=1e-12)
        _, (_, dc) = cell.backward((np.zeros((1, 2)), np.ones((1, 2))))
        np.testing.assert_allclose(dc, 1, rtol=1e-12)


def test_flops_are_those_of_eight_products_a_step() -> None:
    assert LSTMCell(2, 3, rng=0).flops((5, 2), (5, 3)) == 2 * 5 * (2 + 3) * 12
    assert LSTM(2, 3, bidirectional=True, rng=0).flops((7, 5, 2), (7, 5, 6)) == 2 * 7 * LSTMCell(2, 3, rng=0).flops(
        (5, 2), (5, 3)
    )


X = np.ones((4, 3, 2))
HALF = np.zeros((1, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: LSTM(0, 3, rng=0), ValueError, "LSTM: expected input_size of at least 1, got 0"),
        (lambda: LSTMCell(2, 3), TypeError, "LSTMCell: expected rng to be a seed or a numpy Generator, got None"),
        (lambda: LSTM(2, 3, rng=0)(X, HALF), TypeError, "expected a state of 2 arrays, (h, c), got ndarray"),
        (lambda: LSTM(2, 3, rng=0)(X, [HALF]), TypeError, "got 1 arrays; an LSTM has two"),
        (lambda: LSTM(2, 3, rng=0)(X, (HALF, HALF[0])), ShapeError, "expected shape (1, 3, 3)"),
        (lambda: LSTMCell(2, 3, rng=0)(X[0], (HALF[0], [0])), DtypeError, "LSTMCell.forward: expected"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^LSTM(Cell)?(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)
