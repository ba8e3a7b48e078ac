"""The fast form is the plain form, whichever way it goes."""

from typing import Any

import numpy as np
import pytest

from groundup.core import OrderError, ShapeError, Watch
from groundup.nn.multihead import fast, multihead
from groundup.nn.multihead.blocks import BLOCK

WIDTH, HEADS = 6, 2


def pair(**options: Any) -> tuple[multihead.MultiheadAttention, multihead.MultiheadAttention]:
    made = [
        kind(WIDTH, HEADS, **options, rng=0).to("float64")
        for kind in (fast.MultiheadAttention, multihead.MultiheadAttention)
    ]
    rng = np.random.default_rng(1)
    for one, two in zip(made[0].parameters(), made[1].parameters(), strict=True):
        one.value[...] = two.value[...] = rng.standard_normal(one.shape)
    return made[0], made[1]


def options(kind: str, n: int, steps: int) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    future = np.triu(np.ones((steps, steps), bool), k=1)
    padding = np.arange(steps) >= rng.integers(0, steps + 1, n)[:, None]  # a sequence may be empty
    return {
        "nothing": {},
        "is_causal": {"is_causal": True},
        "the future": {"attn_mask": future, "is_causal": True},
        "padding": {"key_padding_mask": padding},
        "the future and padding": {"attn_mask": future, "key_padding_mask": padding},
        "some": {"attn_mask": rng.random((steps, steps)) < 0.3},
        "some by head": {"attn_mask": rng.random((n * HEADS, steps, steps)) < 0.3, "key_padding_mask": padding},
        "numbers": {"attn_mask": rng.standard_normal((steps, steps))},
    }[kind]


def same(ours: multihead.MultiheadAttention, plain: multihead.MultiheadAttention, x: np.ndarray, **masks: Any) -> None:
    y = ours(x, x, x, need_weights=False, **masks)[0]
    close(y, plain(x, x, x, need_weights=False, **masks)[0])
    dy = np.random.default_rng(3).standard_normal(y.shape)
    for one, two in zip(ours.backward(dy), plain.backward(dy), strict=True):
        close(one, two)
    again = ours(x, x, x, need_weights=False, **masks)[0]
    plain(x, x, x, need_weights=False, **masks)
    close(again, y)
    close(ours.backward_self(dy), plain.backward_self(dy))
    for one, two in zip(ours.parameters(), plain.parameters(), strict=True):
        close(one.grad, two.grad)


def close(one: np.ndarray, two: np.ndarray) -> None:
    assert one.shape == two.shape
    np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-10 * np.abs(two).max(initial=1))


@pytest.mark.parametrize(
    "kind",
    ["nothing", "is_causal", "the future", "padding", "the future and padding", "some", "some by head", "numbers"],
)
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_equals_the_plain_form(kind: str, batch_first: bool, bias: bool) -> None:
    ours, plain = pair(bias=bias, batch_first=batch_first)
    for n, steps in ((2, 5), (1, 1), (3, BLOCK + 1), (2, 2 * BLOCK)):
        x = np.random.default_rng(0).standard_normal((n, steps, WIDTH) if batch_first else (steps, n, WIDTH))
        same(ours, plain, x, **options(kind, n, steps))


def test_scores_that_could_overflow_have_their_maximum_taken_away() -> None:
    ours, plain = pair(batch_first=True)
    x = 40 * np.random.default_rng(0).standard_normal((2, 7, WIDTH))
    same(ours, plain, x, **options("the future and padding", 2, 7))
    assert np.isfinite(ours(x, x, x, need_weights=False)[0]).all()


@pytest.mark.parametrize("shape", [(0, 4, WIDTH), (2, 0, WIDTH), (4, WIDTH)], ids=str)
def test_nothing_and_a_single_sequence(shape: tuple[int, ...]) -> None:
    same(*pair(batch_first=True), np.random.default_rng(0).standard_normal(shape), is_causal=True)


def test_other_inputs_weights_and_a_cache_go_the_plain_way() -> None:
    ours, plain = pair(batch_first=True)
    x, z = np.random.default_rng(0).standard_normal((2, 2, 4, WIDTH))
    for given, wanted in (((x, z, z), False), ((x, x, x), True)):
        for one, two in zip(ours(*given, need_weights=wanted), plain(*given, need_weights=wanted), strict=True):
            assert one is two is None or np.array_equal(one, two)
    close(ours.backward_self(x), plain.backward_self(x))
    caches = multihead.KVCache(), multihead.KVCache()
    one, two = (
        layer.eval()(x, x, x, need_weights=False, cache=c)[0] for layer, c in zip((ours, plain), caches, strict=True)
    )
    assert np.array_equal(one, two)
    assert len(caches[0]) == 4


def test_dropout_drops_in_training_and_hooks_see_it() -> None:
    ours, plain = pair(dropout=0.5, batch_first=True)
    x = np.random.default_rng(0).standard_normal((2, 4, WIDTH))
    assert np.array_equal(*(layer(x, x, x, need_weights=False)[0] for layer in (ours, plain)))
    close(*(layer.eval()(x, x, x, need_weights=False)[0] for layer in (ours, plain)))
    with Watch(ours) as watch:
        ours(x, x, x, need_weights=False)
    assert "dropout" in watch.activations


def test_backward_is_guarded_as_in_the_plain_form() -> None:
    ours, _ = pair(batch_first=True)
    x = np.ones((2, 4, WIDTH))
    for backward in (ours.backward, ours.backward_self):
        with pytest.raises(OrderError, match=r"MultiheadAttention.backward: expected one forward"):
            backward(x)
        ours(x, x, x, need_weights=False)
        with pytest.raises(ShapeError):
            backward(np.ones((2, 3, WIDTH)))
    with pytest.raises(ShapeError, match="attn_mask"):
        ours(x, x, x, need_weights=False, attn_mask=np.ones((3, 3), bool))


def test_results_stay_what_they_were() -> None:
    ours, _ = pair(batch_first=True)
    x = np.random.default_rng(0).standard_normal((2, 4, WIDTH))
    before = x.copy()
    y = ours(x, x, x, need_weights=False)[0]
    dx = ours.backward_self(np.ones_like(y))
    copies = y.copy(), dx.copy()
    ours(2 * x, x, x, need_weights=False)
    z = 2 * x
    ours.backward_self(ours(z, z, z, need_weights=False)[0])
    assert np.array_equal(x, before)
    assert np.array_equal(y, copies[0])
    assert np.array_equal(dx, copies[1])
