"""Packing: the results of torch.nn.utils.rnn, its round trips and gradients, and layers that read what is packed."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup import nn
from groundup.core import DtypeError, ShapeError
from groundup.nn import packing
from support.parity import carry, close, twin
from support.sequences import many, normal, one, same_gradients

TWIN = twin("nn/packing")
some_lengths = st.lists(st.integers(1, 6), min_size=1, max_size=5)
over = settings(max_examples=40, deadline=None, derandomize=True)


def same_packing(ours: packing.PackedSequence, theirs: Any) -> None:
    """Every field of torch's, None where it has None."""
    for name in packing.PackedSequence._fields:
        a, b = getattr(ours, name), getattr(theirs, name)
        assert (a is None) == (b is None), name
        if a is not None:
            close(name, a, b.numpy(), 0)


@over
@given(lengths=some_lengths, batch_first=st.booleans(), beyond=st.integers(0, 2), ordered=st.booleans())
def test_packing_and_padding_equal_torchs(lengths: list[int], batch_first: bool, beyond: int, ordered: bool) -> None:
    lengths = sorted(lengths, reverse=True) if ordered else lengths
    steps = max(lengths) + beyond
    shape = (len(lengths), steps, 2) if batch_first else (steps, len(lengths), 2)
    x = np.random.default_rng(0).standard_normal(shape)
    options = {"batch_first": batch_first, "enforce_sorted": ordered}
    packed = packing.pack_padded_sequence(x, lengths, **options)
    theirs = TWIN.pack_padded_sequence(torch.from_numpy(x), torch.tensor(lengths), **options)
    same_packing(packed, theirs)
    for total in (None, steps):
        ours_back = packing.pad_packed_sequence(packed, batch_first, -1.5, total)
        their_back = TWIN.pad_packed_sequence(theirs, batch_first, -1.5, total)
        for what, a, b in zip(("padded", "lengths"), ours_back, their_back, strict=True):
            close(what, a, b.numpy(), 0)


@over
@given(lengths=some_lengths, batch_first=st.booleans(), dtype=st.sampled_from(["float32", "float64", "int64"]))
def test_a_list_padded_equals_torchs(lengths: list[int], batch_first: bool, dtype: str) -> None:
    lists = [np.arange(2 * n).reshape(n, 2).astype(dtype) for n in lengths]
    ours = packing.pad_sequence(lists, batch_first, -1)
    close("padded", ours, TWIN.pad_sequence([torch.from_numpy(s) for s in lists], batch_first, -1).numpy(), 0)


@over
@given(lengths=some_lengths)
def test_masks_and_turning_round_equal_the_twins(lengths: list[int]) -> None:
    ours, theirs = np.array(lengths), torch.tensor(lengths)
    for steps in (None, 7):
        close("mask", packing.length_mask(ours, steps), TWIN.length_mask(theirs, steps).numpy(), 0)
    x = np.random.default_rng(0).standard_normal((7, len(lengths), 2))
    turned = packing.reverse_sequence(x, ours)
    close("turned", turned, TWIN.reverse_sequence(torch.from_numpy(x), theirs).numpy(), 0)
    assert np.array_equal(packing.reverse_sequence(turned, ours), x)


def test_no_lengths_make_an_empty_mask() -> None:
    assert packing.length_mask(np.zeros(0, int)).shape == (0, 0)


def test_the_gradient_of_each_way_is_the_other_way() -> None:
    lengths, rng = [2, 4, 1], np.random.default_rng(0)
    x, dpadded = torch.from_numpy(rng.standard_normal((5, 3, 2))).requires_grad_(), rng.standard_normal((4, 3, 2))
    packed = TWIN.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    packed.data.retain_grad()
    TWIN.pad_packed_sequence(packed)[0].backward(torch.from_numpy(dpadded))
    ours = packing.pack_padded_sequence(dpadded, lengths, enforce_sorted=False)  # the gradient of Eq. 4 is Eq. 3
    close("of Eq. 4", ours.data, packed.data.grad.numpy(), 0)
    close("of Eq. 3", packing.pad_packed_sequence(ours, total_length=5)[0], x.grad.numpy(), 0)  # type: ignore[union-attr]


@pytest.mark.parametrize("lengths", [[4, 2, 1], [1, 4, 2]], ids=str)
def test_a_cell_over_the_real_steps_is_the_layer(lengths: list[int]) -> None:
    rows: list[int] = []

    class Counting(nn.RNNCell):
        def forward(self, x: np.ndarray, state: Any = None) -> Any:
            rows.append(len(x))
            return super().forward(x, state)

    layer, cell = nn.RNN(2, 3, rng=0), Counting(2, 3, rng=1)
    cell.load_state_dict({key.removesuffix("_l0"): value for key, value in layer.state_dict().items()})
    x, h = normal((4, 3, 2), 0), normal((3, 3), 1)
    packed = packing.pack_padded_sequence(x, lengths, enforce_sorted=lengths[0] == 4)
    y, last = packing.run_packed(cell, packed, h)
    assert rows == packed.batch_sizes.tolist()
    y_layer, last_layer = layer(packed, h[None])
    np.testing.assert_allclose(y.data, y_layer.data, rtol=1e-12)
    np.testing.assert_allclose(last, last_layer[0], rtol=1e-12)
    assert np.array_equal(h, normal((3, 3), 1))


def test_the_twins_cell_over_the_real_steps_is_its_layer() -> None:
    layer, cell = torch.nn.RNN(2, 3), torch.nn.RNNCell(2, 3)
    cell.load_state_dict({key.removesuffix("_l0"): value for key, value in layer.state_dict().items()})
    packed = TWIN.pack_padded_sequence(torch.randn(4, 3, 2), torch.tensor([4, 2, 1]))
    (y, last), (y_layer, last_layer) = TWIN.run_packed(cell, packed, torch.zeros(3, 3)), layer(packed)
    torch.testing.assert_close(y.data, y_layer.data)
    torch.testing.assert_close(last, last_layer[0])


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])  # as in torch, what is packed has no batch axis to be first
def test_layers_read_what_is_packed_as_torchs_do(kind: str, ordered: bool, both_ways: bool, batch_first: bool) -> None:
    options = {"num_layers": 2, "bidirectional": both_ways, "batch_first": batch_first}
    ours, theirs = getattr(nn, kind)(2, 3, **options, rng=0).to("float64"), getattr(torch.nn, kind)(2, 3, **options)
    carry(ours, theirs)
    lengths = [5, 3, 3, 1] if ordered else [3, 1, 5, 3]
    states, shape = 1 + (kind == "LSTM"), (2 * (1 + both_ways), 4, 3)
    x, before = normal((6, 4, 2), 0), many(normal(shape, 1, states))
    their_x, their_before = (torch.from_numpy(x).requires_grad_(), [torch.from_numpy(s) for s in before])
    y, last = ours(packing.pack_padded_sequence(x, lengths, enforce_sorted=ordered), one(before))
    packed = TWIN.pack_padded_sequence(their_x, torch.tensor(lengths), enforce_sorted=ordered)
    their_y, their_last = theirs(packed, one(their_before))
    close("y", y.data, their_y.data.detach().numpy(), 1e-12)
    for a, b in zip(many(last), many(their_last), strict=True):
        close("last state", a, b.detach().numpy(), 1e-12)
    dy, dlast = normal(y.data.shape, 2), many(normal(shape, 3, states))
    dx, _ = ours.backward(y._replace(data=dy), one(dlast))
    torch.autograd.backward([their_y.data, *many(their_last)], [torch.from_numpy(d) for d in (dy, *dlast)])
    close("dx", packing.pad_packed_sequence(dx, total_length=6)[0], their_x.grad.numpy(), 1e-9)  # type: ignore[union-attr]
    same_gradients(ours, theirs)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_filler_may_be_anything(kind: str) -> None:
    layer, lengths = getattr(nn, kind)(2, 3, 2, bidirectional=True, rng=0), np.array([2, 4, 1])
    x, dy = normal((4, 3, 2), 0), normal((4, 3, 6), 1)
    real = packing.length_mask(lengths)[..., None]
    found = []
    for filler in (0.0, np.nan, np.inf):
        layer.zero_grad()
        y, last = layer(np.where(real, x, filler), lengths=lengths)
        dx, first = layer.backward(np.where(real, dy, filler))
        found.append([y, *many(last), dx, *many(first), *(p.grad.copy() for p in layer.parameters())])
    for others in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], others, strict=True))


X = np.zeros((4, 3, 2))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: packing.pad_sequence([]), ValueError, "expected at least one sequence"),
        (lambda: packing.pad_sequence([X[0], X[0, :, :1]]), ShapeError, "differ on the first axis alone"),
        (lambda: packing.pad_sequence([np.array(1.0)]), ShapeError, "differ on the first axis alone"),
        (lambda: packing.pack_padded_sequence(X[:, :0], []), ShapeError, "expected shape (T, N, ...)"),
        (lambda: packing.pack_padded_sequence(X[:, 0, 0], [4]), ShapeError, "expected shape (T, N, ...)"),
        (lambda: packing.pack_padded_sequence(X, [4, 3]), ShapeError, "a length for each of 3 sequences"),
        (lambda: packing.pack_padded_sequence(X, [4.0, 3, 1]), DtypeError, "whole numbers"),
        (lambda: packing.pack_padded_sequence(X, [5, 3, 1]), ValueError, "expected lengths from 1 to 4, got 1 to 5"),
        (lambda: packing.pack_padded_sequence(X, [3, 1, 0]), ValueError, "expected lengths from 1 to 4, got 0 to 3"),
        (lambda: packing.pack_padded_sequence(X, [1, 3, 2]), ValueError, "pass enforce_sorted=False"),
        (
            lambda: packing.pad_packed_sequence(packing.pack_padded_sequence(X, [4, 3, 1]), total_length=3),
            ValueError,
            "expected total_length of at least the longest, 4, got 3",
        ),
        (
            lambda: nn.RNN(2, 3, rng=0)(packing.pack_padded_sequence(X, [4, 3, 1]), lengths=[4, 3, 1]),
            ValueError,
            "got both",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^[\w.]+: expected ") as raised:
        call()
    assert says in str(raised.value)
