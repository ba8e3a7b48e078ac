"""Recurrent layers, attention and Transformer blocks beside torch's: several inputs, several outputs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundup import nn
from support.conformance import RTOL, arrays, dtypes, same_parameters, tensor
from support.parity import carry, close

quietly = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def repeat(body: Callable[[st.DataObject], None], tally: Counter[str]) -> None:
    """Run the body on Hypothesis's draws and count them."""

    @quietly
    @given(st.data())
    def over(data: st.DataObject) -> None:
        body(data)
        tally["configurations beside torch"] += 1

    over()


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_recurrent_layers_equal_torch(name: str, tally: Counter[str]) -> None:
    def body(data: st.DataObject) -> None:
        draw, dtype = data.draw, data.draw(dtypes)
        args: dict[str, Any] = {
            "input_size": draw(st.integers(1, 3)),
            "hidden_size": draw(st.integers(1, 3)),
            "num_layers": draw(st.integers(1, 3)),
            "bias": draw(st.booleans()),
            "batch_first": draw(st.booleans()),
            "bidirectional": draw(st.booleans()),
        }
        if name == "RNN":
            args["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
        ours = getattr(nn, name)(**args, rng=0).to(dtype)
        theirs = getattr(torch.nn, name)(**args).to(getattr(torch, dtype))
        carry(ours, theirs)
        steps, batch = draw(st.integers(1, 5)), draw(st.integers(1, 3))
        x = draw(arrays((batch, steps, args["input_size"]), dtype))
        x = x if args["batch_first"] else x.transpose(1, 0, 2)
        state_shape = (args["num_layers"] * (1 + args["bidirectional"]), batch, args["hidden_size"])
        states = [draw(arrays(state_shape, dtype)) for _ in range(1 + (name == "LSTM"))] * draw(st.booleans())
        state = None if not states else tuple(states) if name == "LSTM" else states[0]
        their_x, their_states = tensor(x, grad=True), [tensor(s, grad=True) for s in states]
        their_state = None if not states else tuple(their_states) if name == "LSTM" else their_states[0]
        y, last = ours(x, state)
        their_y, their_last = theirs(their_x, their_state)
        close("y", y, their_y.detach().numpy(), RTOL[dtype])
        lasts, their_lasts = (list(v) if name == "LSTM" else [v] for v in (last, their_last))
        for a, b in zip(lasts, their_lasts, strict=True):
            close("last state", a, b.detach().numpy(), RTOL[dtype])
        rng = np.random.default_rng(0)
        dy = rng.standard_normal(y.shape).astype(dtype)
        dlast = [rng.standard_normal(a.shape).astype(dtype) for a in lasts]
        dx, dstate = ours.backward(dy, tuple(dlast) if name == "LSTM" else dlast[0])
        torch.autograd.backward([their_y, *their_lasts], [tensor(dy), *(tensor(d) for d in dlast)])
        close("dx", dx, their_x.grad.numpy(), RTOL[dtype])  # type: ignore[union-attr]
        for a, b in zip(list(dstate) if name == "LSTM" else [dstate], their_states, strict=False):
            close("dstate", a, b.grad.numpy(), RTOL[dtype])  # type: ignore[union-attr]
        same_parameters(ours, theirs, RTOL[dtype])

    repeat(body, tally)


def masks(draw: st.DrawFn, targets: int, sources: int, batch: int, heads: int, dtype: str) -> dict[str, Any]:
    """A mask for attention and one for padding; every row keeps a place to look at. True leaves out."""
    rng, given_masks = np.random.default_rng(draw(st.integers(0, 999))), {}
    kind = draw(st.sampled_from(["none", "bool", "float", "heads"]))
    if kind != "none":
        shape = (batch * heads, targets, sources) if kind == "heads" else (targets, sources)
        blocked = rng.random(shape) < 0.4
        blocked[..., 0] = False
        given_masks["attn_mask"] = rng.standard_normal(shape).astype(dtype) if kind == "float" else blocked
    if draw(st.booleans()):
        padding = rng.random((batch, sources)) < 0.3
        padding[:, 0] = False
        as_numbers = np.where(padding, -np.inf, 0.0).astype(dtype)
        given_masks["key_padding_mask"] = as_numbers if kind == "float" else padding
    return given_masks


def test_multihead_attention_equals_torch(tally: Counter[str]) -> None:
    def body(data: st.DataObject) -> None:
        draw, dtype = data.draw, data.draw(dtypes)
        heads, first = draw(st.integers(1, 3)), draw(st.booleans())
        width = heads * draw(st.integers(1, 3))
        other = draw(st.booleans())
        args = {"embed_dim": width, "num_heads": heads, "bias": draw(st.booleans()), "batch_first": first}
        args |= {"kdim": draw(st.integers(1, 4)), "vdim": draw(st.integers(1, 4))} if other else {}
        ours = nn.MultiheadAttention(**args, rng=0).to(dtype)
        theirs = torch.nn.MultiheadAttention(**args).to(getattr(torch, dtype))
        carry(ours, theirs)
        batch, targets, sources = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
        sizes = ((targets, width), (sources, args.get("kdim", width)), (sources, args.get("vdim", width)))
        inputs = [draw(arrays((batch, *size), dtype)) for size in sizes]
        inputs = inputs if first else [x.transpose(1, 0, 2) for x in inputs]
        options = masks(draw, targets, sources, batch, heads, dtype)
        average = draw(st.booleans())
        their_inputs = [tensor(x, grad=True) for x in inputs]
        y, weights = ours(*inputs, **options, average_attn_weights=average)
        their_options = {key: tensor(value) for key, value in options.items()}
        their_y, their_weights = theirs(*their_inputs, **their_options, average_attn_weights=average)
        close("y", y, their_y.detach().numpy(), RTOL[dtype])
        close("weights", weights, their_weights.detach().numpy(), RTOL[dtype])
        dy = np.random.default_rng(0).standard_normal(y.shape).astype(dtype)
        their_y.backward(tensor(dy))
        for which, gradient, x in zip("qkv", ours.backward(dy), their_inputs, strict=True):
            close(f"d{which}", gradient, x.grad.numpy(), RTOL[dtype])  # type: ignore[union-attr]
        same_parameters(ours, theirs, RTOL[dtype])

    repeat(body, tally)


@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "TransformerDecoderLayer"])
def test_transformer_blocks_equal_torch(name: str, tally: Counter[str]) -> None:
    def body(data: st.DataObject) -> None:
        draw, dtype = data.draw, data.draw(dtypes)
        heads = draw(st.integers(1, 2))
        args = {
            "d_model": heads * draw(st.integers(1, 3)),
            "nhead": heads,
            "dim_feedforward": draw(st.integers(1, 5)),
            "dropout": 0.0,
            "activation": draw(st.sampled_from(["relu", "gelu"])),
            "batch_first": draw(st.booleans()),
            "norm_first": draw(st.booleans()),
            "bias": draw(st.booleans()),
        }
        ours = getattr(nn, name)(**args, rng=0).to(dtype)
        theirs = getattr(torch.nn, name)(**args).to(getattr(torch, dtype))
        carry(ours, theirs)
        batch, lengths = draw(st.integers(1, 3)), [draw(st.integers(1, 4))]
        lengths += [draw(st.integers(1, 4))] * (name == "TransformerDecoderLayer")
        inputs = [draw(arrays((batch, length, args["d_model"]), dtype)) for length in lengths]
        inputs = inputs if args["batch_first"] else [x.transpose(1, 0, 2) for x in inputs]
        blocked = np.triu(np.ones((lengths[0], lengths[0]), bool), k=1)
        options = {("tgt_mask" if len(inputs) == 2 else "src_mask"): blocked} if draw(st.booleans()) else {}
        their_inputs = [tensor(x, grad=True) for x in inputs]
        y = ours(*inputs, **options)
        their_y = theirs(*their_inputs, **{key: tensor(value) for key, value in options.items()})
        close("y", y, their_y.detach().numpy(), RTOL[dtype])
        dy = np.random.default_rng(0).standard_normal(y.shape).astype(dtype)
        their_y.backward(tensor(dy))
        gradients = ours.backward(dy)
        for gradient, x in zip(gradients if len(inputs) == 2 else [gradients], their_inputs, strict=True):
            close("gradient of an input", gradient, x.grad.numpy(), RTOL[dtype])  # type: ignore[union-attr]
        same_parameters(ours, theirs, RTOL[dtype])

    repeat(body, tally)
