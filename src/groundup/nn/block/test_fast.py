"""Self-attention in pieces gives what the plain form gives, and steps aside where it does not fit."""

from typing import Any

import numpy as np
import pytest

from groundup import nn
from groundup.core import hooked
from groundup.nn.block import block, fast

D, HEADS, F = 8, 2, 12


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype="float32")


def future(steps: int) -> np.ndarray:
    return np.triu(np.ones((steps, steps), bool), k=1)


def pair(name: str = "TransformerEncoderLayer", **args: Any) -> tuple[Any, Any]:
    options = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True, "rng": 0} | args
    return tuple(getattr(module, name)(D, HEADS, F, **options) for module in (fast, block))  # type: ignore[return-value]


def check_same(mine: Any, plain: Any, inputs: list[np.ndarray], rtol: float = 1e-5, **masks: Any) -> None:
    y, expected = mine(*inputs, **masks), plain(*inputs, **masks)
    np.testing.assert_allclose(y, expected, rtol=rtol, atol=rtol)
    dy = draw(*y.shape, seed=5)
    found, wanted = mine.backward(dy), plain.backward(dy)
    for a, b in zip(
        found if isinstance(found, tuple) else [found], wanted if isinstance(wanted, tuple) else [wanted], strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=10 * rtol, atol=10 * rtol)
    for (name, a), b in zip(mine.named_parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=10 * rtol, atol=50 * rtol, err_msg=name)


def went_in_pieces(layer: fast.InPieces) -> bool:
    return layer._rows is not None


def test_the_library_exports_it() -> None:
    assert nn.TransformerEncoderLayer is fast.TransformerEncoderLayer
    assert nn.TransformerDecoderLayer is fast.TransformerDecoderLayer


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (4, 32), (5, 33), (9, 70)], ids=str)
@pytest.mark.parametrize("masks", ["none", "hint", "mask", "both"])
@pytest.mark.parametrize("bias", [True, False])
def test_it_gives_what_the_plain_form_gives(shape: tuple[int, int], masks: str, bias: bool) -> None:
    mine, plain = pair(bias=bias)
    given = {
        "src_mask": future(shape[1]) if masks in ("mask", "both") else None,
        "is_causal": masks in ("hint", "both"),
    }
    for seed in (1, 2):  # the second time the room is there already
        check_same(mine, plain, [draw(*shape, D, seed=seed)], **given)
        assert went_in_pieces(mine)
        mine.zero_grad()
        plain.zero_grad()


def test_the_decoder_too() -> None:
    mine, plain = pair("TransformerDecoderLayer")
    check_same(mine, plain, [draw(3, 40, D), draw(3, 7, D, seed=1)], tgt_mask=future(40), tgt_is_causal=True)
    assert went_in_pieces(mine)


@pytest.mark.parametrize(
    "case",
    [{"masks": {"src_key_padding_mask": np.zeros((2, 5), bool)}}, {"masks": {"src_mask": future(5) | np.eye(5, k=-1, dtype=bool)}},
     {"masks": {"src_mask": np.where(future(5), -np.inf, 0).astype("float32")}}, {"args": {"batch_first": False}},
     {"x": draw(2, 5, D).astype("float64")}, {"x": draw(5, D)}, {"x": draw(0, 5, D)}],
    ids=["padding", "another mask", "numbers", "time first", "float64", "one sequence", "no sequence"],
)  # fmt: skip
def test_what_does_not_fit_goes_the_plain_way(case: dict[str, Any]) -> None:
    mine, plain = pair(**case.get("args", {}))
    check_same(mine, plain, [case.get("x", draw(2, 5, D))], **case.get("masks", {}))
    assert not went_in_pieces(mine)


def test_large_scores_and_nan_go_the_plain_way() -> None:
    mine, plain = pair()
    for layer in (mine, plain):
        layer.self_attn.in_proj_weight.value *= 40
    check_same(mine, plain, [draw(2, 5, D)], rtol=1e-4, is_causal=True)
    assert not went_in_pieces(mine)
    x = draw(2, 5, D)
    x[0, 0, 0] = np.nan
    assert np.isnan(mine(x)[0]).any()
    assert not np.isnan(mine(x)[1]).any()


def test_dropout_on_the_weights_goes_the_plain_way_in_training() -> None:
    mine, plain = pair(dropout=0.3)
    check_same(mine, plain, [draw(2, 5, D)])
    assert not went_in_pieces(mine)
    check_same(mine.eval(), plain.eval(), [draw(2, 5, D)])
    assert went_in_pieces(mine)


def test_hooks_and_summary_see_attention_at_work() -> None:
    mine, plain = pair()
    seen: list[str] = []
    with hooked(mine, forward=lambda name, *rest: seen.append(name)):
        mine(draw(2, 5, D))
    assert "self_attn" in seen
    assert mine.summary((2, 5, D)).flops == plain.summary((2, 5, D)).flops


def test_what_was_handed_out_is_not_changed_by_the_next_batch() -> None:
    mine, _ = pair()
    x = draw(4, 40, D)
    y = mine(x, is_causal=True)
    dx = mine.backward(y)
    before = x.copy(), y.copy(), dx.copy()
    mine(draw(4, 40, D, seed=3), is_causal=True)
    mine.backward(y)
    assert all(np.array_equal(now, then) for now, then in zip((x, y, dx), before, strict=True))
