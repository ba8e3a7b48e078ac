"""GRU: parity with torch over cells, lengths and pieces of text; where the reset stands; what is refused."""

import numpy as np
import pytest

from groundup.core import DtypeError, ShapeError, load_state, save_state
from groundup.nn.gru import gru
from groundup.nn.gru.gru import GRU, GRUCell
from support.parity import twin
from support.sequences import check_cell, check_lengths, check_truncation

TWIN = twin("nn/gru")


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("inputs", "hidden"), [(2, 3), (3, 1), (1, 2)])
def test_a_cell_equals_torchs(inputs: int, hidden: int, bias: bool) -> None:
    check_cell(GRUCell(inputs, hidden, bias, rng=0), TWIN.GRUCell(inputs, hidden, bias), 1)


@pytest.mark.parametrize("lengths", [[4, 2, 1], [1, 4, 3], [4, 4]], ids=str)
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_lengths_equal_torchs_packing(lengths: list[int], both_ways: bool, given: bool) -> None:
    ours = GRU(2, 3, num_layers=2, bidirectional=both_ways, batch_first=given, rng=0)
    check_lengths(ours, TWIN.GRU(2, 3, num_layers=2, bidirectional=both_ways), 1, lengths, 5, given)


def test_a_text_in_pieces_has_the_gradients_of_a_detached_state() -> None:
    check_truncation(GRU(2, 3, num_layers=2, rng=0), TWIN.GRU(2, 3, num_layers=2), 1)


def test_dropout_between_layers_and_the_state_in_a_file(tmp_path) -> None:
    x = np.random.default_rng(0).standard_normal((4, 3, 2))
    layer, other = (GRU(2, 3, num_layers=2, dropout=0.5, rng=seed) for seed in (0, 1))
    assert not np.array_equal(layer(x)[0], layer(x)[0])
    save_state(tmp_path / "state.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "state.safetensors"))
    assert np.array_equal(layer.eval()(x)[0], other.eval()(x)[0])


def test_reset_gates_the_product_and_not_the_state() -> None:
    r, z, n = gru.gates(np.array([[0.0, 0.0, 0.5]]), np.array([[-100.0, 100.0, 7.0]]))
    assert (r.item(), z.item()) == (pytest.approx(0), 1.0)
    assert n.item() == pytest.approx(np.tanh(0.5))  # the state's part of n is shut out with its bias


def test_a_closed_update_gate_keeps_the_state_and_its_gradient() -> None:
    cell = GRUCell(1, 2, rng=0).to("float64")
    for p in cell.parameters():
        p.value[...] = 0
    cell.bias_ih.value[2:4] = 100  # z = 1: keep
    h = np.array([[0.3, -0.7]])
    for _ in range(50):
        np.testing.assert_allclose(cell(np.ones((1, 1)), h), h, rtol=1e-12)
        np.testing.assert_allclose(cell.backward(np.ones((1, 2)))[1], 1, rtol=1e-12)


def test_flops_are_three_quarters_of_an_lstms() -> None:
    assert GRUCell(2, 3, rng=0).flops((5, 2), (5, 3)) == 2 * 5 * (2 + 3) * 9


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: GRU(2, 0, rng=0), ValueError, "GRU: expected hidden_size of at least 1, got 0"),
        (lambda: GRUCell(2, 3), TypeError, "GRUCell: expected rng to be a seed or a numpy Generator, got None"),
        (lambda: GRU(2, 3, rng=0)(np.ones((4, 3, 2)), np.zeros((2, 3, 3))), ShapeError, "expected shape (1, 3, 3)"),
        (lambda: GRU(2, 3, rng=0)(np.ones((4, 3, 2), int)), DtypeError, "GRU.forward: expected"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^GRU(Cell)?(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)
