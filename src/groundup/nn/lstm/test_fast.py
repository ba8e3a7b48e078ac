"""The fast LSTM is the plain one; from tokens it is the embedding and the plain one."""

import numpy as np
import pytest

from groundup.nn import Embedding
from groundup.nn.lstm import fast, lstm


def both(*args: int, dtype: str = "float64", **options: bool) -> tuple[fast.LSTM, lstm.LSTM]:
    return fast.LSTM(*args, **options, rng=0).to(dtype), lstm.LSTM(*args, **options, rng=0).to(dtype)


def draw(*shape: int, seed: int = 0, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"bias": False}, {"batch_first": True}], ids=str)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-11), ("float32", 2e-4)])
@pytest.mark.parametrize("lengths", [None, np.array([3, 5])])
def test_equals_the_plain_form(options: dict[str, bool], dtype: str, rtol: float, lengths: np.ndarray | None) -> None:
    ours, plain = both(3, 4, 2, dtype=dtype, **options)
    for n in (2, 2, 2):  # arrays are used again
        x = draw(n, 5, 3, seed=n, dtype=dtype) if options.get("batch_first") else draw(5, n, 3, seed=n, dtype=dtype)
        states = tuple(draw(2 * (1 + bool(options.get("bidirectional"))), n, 4, seed=s, dtype=dtype) for s in (7, 8))
        (y, last), (y_plain, last_plain) = (layer(x, states, lengths=lengths) for layer in (ours, plain))
        np.testing.assert_allclose(y, y_plain, rtol=rtol, atol=rtol)
        dy, dlast = draw(*y.shape, seed=3, dtype=dtype), tuple(draw(*s.shape, seed=4, dtype=dtype) for s in last)
        (dx, first), (dx_plain, first_plain) = (layer.backward(dy, dlast) for layer in (ours, plain))
        np.testing.assert_allclose(dx, dx_plain, rtol=rtol, atol=rtol)
        for a, b in zip((*last, *first), (*last_plain, *first_plain), strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=rtol, atol=10 * rtol)


@pytest.mark.parametrize("tokens", [6, 20], ids=["few tokens, by ones", "many, looked up"])
@pytest.mark.parametrize(("padding", "layers", "bias"), [(None, 1, True), (2, 2, False)])
def test_tokens_are_the_embedding_and_the_layer(tokens: int, padding: int | None, layers: int, bias: bool) -> None:
    ours, plain = both(3, 4, layers, bias=bias)
    table, plain_table = (Embedding(tokens, 3, padding, rng=1).to("float64") for _ in range(2))
    ids = np.random.default_rng(0).integers(0, tokens, (5, 2))
    y, last = ours.forward_tokens(ids, table)
    y_plain, last_plain = plain(plain_table(ids))
    np.testing.assert_allclose(y, y_plain, rtol=1e-12)
    np.testing.assert_allclose(last[1], last_plain[1], rtol=1e-12)
    dy = draw(*y.shape)
    dx, before = ours.backward(dy)
    dx_plain, before_plain = plain.backward(dy)
    plain_table.backward(dx_plain)
    assert dx is None
    np.testing.assert_allclose(before[0], before_plain[0], rtol=1e-11, atol=1e-12)
    pairs = zip((*ours.parameters(), table.weight), (*plain.parameters(), plain_table.weight), strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-11, atol=1e-12)


def test_a_dense_input_after_tokens_has_a_gradient_again() -> None:
    layer, table = fast.LSTM(3, 4, rng=0), Embedding(20, 3, rng=1)
    y, _ = layer.forward_tokens(np.zeros((5, 2), int), table)
    assert layer.backward(y)[0] is None
    y, _ = layer(draw(5, 2, 3, dtype="float32"))
    assert layer.backward(y)[0].shape == (5, 2, 3)


@pytest.mark.parametrize("both_ways", [False, True])
def test_no_input_gradient_where_nobody_needs_it(both_ways: bool) -> None:
    ours, other = (fast.LSTM(3, 4, 2, bidirectional=both_ways, rng=0).to("float64") for _ in range(2))
    ours.needs_input_grad(False)
    x = draw(5, 2, 3)
    y, _ = ours(x)
    other(x)
    (dx, first), (_, first_other) = ours.backward(y), other.backward(y)
    assert dx is None
    np.testing.assert_allclose(first[0], first_other[0], rtol=1e-12)
    for a, b in zip(ours.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12)


def test_dropout_stands_between_layers_from_tokens_too() -> None:
    layer, table, ids = fast.LSTM(3, 4, 2, dropout=0.5, rng=0), Embedding(6, 3, rng=1), np.zeros((5, 2), int)
    y, _ = layer.eval().forward_tokens(ids, table)
    np.testing.assert_allclose(y, layer(table(ids))[0], rtol=1e-5)


def test_what_tokens_do_not_fit_is_refused() -> None:
    table, ids = Embedding(6, 3, rng=1), np.zeros((5, 2), int)
    with pytest.raises(ValueError, match="expected one direction"):
        fast.LSTM(3, 4, bidirectional=True, rng=0).forward_tokens(ids, table)
    with pytest.raises(ValueError, match=r"Embedding.forward: expected"):
        fast.LSTM(3, 4, rng=0).forward_tokens(ids + 6, table)


def test_what_was_returned_stays_as_it_was() -> None:
    layer, x = fast.LSTM(3, 4, rng=0), draw(5, 2, 3, dtype="float32")
    y, (h, c) = layer(x)
    before = y.copy(), h.copy(), c.copy()
    layer(2 * x)
    assert all(np.array_equal(a, b) for a, b in zip((y, h, c), before, strict=True))
