"""Parity with torch over ids of any shape, the contract of layers for a layer of ids, tied weights, what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, OrderError, Sequential, ShapeError, Sharded, load_state, save_state
from groundup.nn import Embedding, Linear
from groundup.nn.embedding import embedding, fast, one_hot
from support.parity import carry, close, twin

both_forms = pytest.mark.parametrize("form", [embedding.Embedding, fast.Embedding], ids=["plain", "fast"])
IDS = np.array([[1, 4, 1], [0, 2, 1]])


@settings(max_examples=100, deadline=None)
@given(
    form=st.sampled_from([embedding.Embedding, fast.Embedding]),
    shape=st.sampled_from([(), (5,), (4, 3), (2, 3, 2), (0,), (3, 0)]),
    rows=st.integers(1, 6),
    padding=st.sampled_from([None, 0, -1]),
    dtype=st.sampled_from(["float64", "float32"]),
    whole=st.sampled_from(["int64", "int32"]),
    seed=st.integers(0, 1000),
)
def test_equals_torch(form, shape, rows, padding, dtype, whole, seed) -> None:
    rng = np.random.default_rng(seed)
    ours = form(rows, 3, padding, rng=seed).to(dtype)
    ours.weight.value[...] = rng.standard_normal((rows, 3))  # the row for padding, too
    theirs = carry(ours, twin("nn/embedding").Embedding(rows, 3, padding))
    assert ours.padding_idx == theirs.padding_idx
    for _ in range(2):  # gradients add up
        ids = np.asarray(rng.integers(0, rows, shape), whole)
        before = ids.copy()
        y, their_y = ours(ids), theirs(torch.from_numpy(ids))
        close("y", y, their_y.detach().numpy(), 0)
        dy = np.asarray(rng.standard_normal(y.shape), dtype)
        assert ours.backward(dy) is None
        their_y.backward(torch.from_numpy(dy))
        assert np.array_equal(ids, before)
    close("weight.grad", ours.weight.grad, theirs.weight.grad.numpy(), 1e-12 if dtype == "float64" else 1e-5)


@both_forms
def test_the_lookup_is_a_product_with_one_hot_rows(form) -> None:
    layer = form(5, 3, rng=0).to("float64")
    rows = one_hot(IDS, 5)
    assert np.array_equal(rows, twin("nn/embedding").one_hot(torch.from_numpy(IDS), 5).numpy())
    np.testing.assert_allclose(layer(IDS), rows @ layer.weight.value, rtol=1e-15)
    dy = np.random.default_rng(0).standard_normal((2, 3, 3))
    layer.backward(dy)
    np.testing.assert_allclose(layer.weight.grad, rows.reshape(-1, 5).T @ dy.reshape(-1, 3), rtol=1e-13)


def test_only_rows_that_were_looked_up_have_a_gradient() -> None:
    layer = Embedding(5, 3, rng=0)
    layer(IDS)
    layer.backward(np.ones((2, 3, 3), "float32"))
    assert layer.weight.grad[:, 0].tolist() == [1, 3, 1, 0, 1]


def test_starts_as_torch_does() -> None:
    layer = Embedding(400, 300, padding_idx=-1, rng=0)
    drawn, row = layer.weight.value[:-1], layer.weight.value[-1]
    assert (layer.padding_idx, layer.weight.value.dtype) == (399, "float32")
    assert not row.any()
    assert drawn.mean() == pytest.approx(0, abs=0.015)  # 119,700 draws: sd of the mean is 0.003
    assert drawn.std() == pytest.approx(1, rel=0.01)
    assert np.array_equal(layer.weight.value, Embedding(400, 300, padding_idx=-1, rng=0).weight.value)


@both_forms
def test_the_rows_are_copies_and_a_gradient_column_by_column_is_added_to(form) -> None:
    layer = form(5, 3, rng=0).to("float64")
    y = layer(IDS)
    y[...] = 7
    assert not (layer.weight.value == 7).any()
    layer.weight.grad = np.asfortranarray(layer.weight.grad)  # as a fast Linear of the same weight leaves it
    layer.backward(np.ones((2, 3, 3)))
    assert layer.weight.grad[:, 2].tolist() == [1, 3, 1, 0, 1]


@both_forms
def test_the_result_has_the_dtype_of_the_table_and_float64_adds_to_a_float32_gradient(form) -> None:
    layer = form(5, 3, rng=0)
    assert layer(IDS).dtype == np.float32
    layer.backward(np.ones((2, 3, 3)))
    assert layer.weight.grad.dtype == np.float32
    assert layer.weight.grad[1].tolist() == [3, 3, 3]
    assert layer.to("float64")(IDS).dtype == np.float64


def test_tied_weights_are_one_parameter_and_its_gradient_has_both_parts() -> None:
    ours = Sequential(Embedding(5, 3, rng=0), Linear(3, 5, bias=False, rng=0)).to("float64")
    ours[1].weight = ours[0].weight
    theirs = torch.nn.Sequential(torch.nn.Embedding(5, 3), torch.nn.Linear(3, 5, bias=False))
    theirs[1].weight = theirs[0].weight
    carry(ours, theirs)
    assert [name for name, _ in ours.named_parameters()] == ["0.weight"]
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["0.weight", "1.weight"]
    dy = np.random.default_rng(1).standard_normal((2, 3, 5))
    close("y", ours(IDS), theirs(torch.from_numpy(IDS)).detach().numpy(), 1e-12)
    assert ours.backward(dy) is None
    theirs(torch.from_numpy(IDS)).backward(torch.from_numpy(dy))
    close("grad", ours.parameters()[0].grad, theirs[0].weight.grad.numpy(), 1e-12)


@pytest.mark.parametrize("shards", [2, 3])
def test_a_batch_in_shards_gives_what_the_whole_gives(shards: int) -> None:
    whole, parts = Embedding(5, 3, 0, rng=0).to("float64"), Embedding(5, 3, 0, rng=0).to("float64")
    sharded, ids = Sharded(parts, shards), np.random.default_rng(0).integers(0, 5, (7, 4))
    assert np.array_equal(sharded(ids), whole(ids))
    dy = np.random.default_rng(1).standard_normal((7, 4, 3))
    assert whole.backward(dy) is sharded.backward(dy) is None
    np.testing.assert_allclose(parts.weight.grad, whole.weight.grad, rtol=1e-12)


def test_a_strided_view_gives_what_a_copy_gives() -> None:
    layer, ids = Embedding(5, 3, rng=0), np.random.default_rng(0).integers(0, 5, (4, 6))[:, ::2]
    assert np.array_equal(layer(ids), layer(ids.copy()))
    layer.backward(np.ones((4, 6, 6), "float32")[:, ::2, ::2])
    assert layer.weight.grad[:, 0].tolist() == np.bincount(ids.ravel(), minlength=5).tolist()


def test_state_travels_through_a_file(tmp_path) -> None:
    layer, other = Embedding(5, 3, rng=0), Embedding(5, 3, rng=1)
    save_state(tmp_path / "embedding.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "embedding.safetensors"))
    assert list(layer.state_dict()) == ["weight"]
    assert np.array_equal(layer(IDS), other(IDS))


@both_forms
def test_each_forward_allows_one_backward_of_its_shape(form) -> None:
    layer, dy = form(5, 3, rng=0), np.ones((2, 3, 3), "float32")
    with pytest.raises(OrderError, match=r"Embedding.backward: expected one forward before each backward"):
        layer.backward(dy)
    layer(IDS)
    layer.backward(dy)
    with pytest.raises(OrderError):
        layer.backward(dy)
    layer(IDS)
    with pytest.raises(ShapeError, match=r"Embedding.backward: expected shape \(2, 3, 3\) \(that of y\), got \(6, 3\)"):
        layer.backward(dy.reshape(6, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Embedding(0, 2, rng=0), ValueError, "expected num_embeddings of at least 1, got 0"),
        (lambda: Embedding(2, 1.5, rng=0), TypeError, "expected embedding_dim to be a whole number, got 1.5"),
        (lambda: Embedding(2, 1), TypeError, "expected rng to be a seed or a numpy Generator, got None"),
        (lambda: Embedding(5, 2, 5, rng=0), ValueError, "expected padding_idx from -5 to 4, got 5"),
        (lambda: Embedding(5, 2, -6, rng=0), ValueError, "got -6; the padding needs a row of its own"),
        (lambda: Embedding(5, 2, True, rng=0), TypeError, "expected padding_idx to be a whole number, got True"),
        (lambda: Embedding(5, 2, rng=0)([1, 2]), DtypeError, "expected a NumPy array, got list"),
        (lambda: Embedding(5, 2, rng=0)(np.ones(3)), DtypeError, "expected whole numbers, got float64"),
        (lambda: Embedding(5, 2, rng=0)(np.ones(3, bool)), DtypeError, "expected whole numbers, got bool"),
        (lambda: Embedding(5, 2, rng=0)(np.array([1, 5])), ValueError, "expected ids from 0 to 4, got 1 to 5"),
        (lambda: Embedding(5, 2, rng=0)(np.array([-1])), ValueError, "was the vocabulary counted from 1"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^Embedding(\.forward)?: expected ") as raised:
        call()
    assert says in str(raised.value)


def test_one_hot_refuses_what_has_no_place() -> None:
    with pytest.raises(ValueError, match="one_hot: expected ids from 0 to 2, got 3 to 3"):
        one_hot(np.array([3]), 3)
