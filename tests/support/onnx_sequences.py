"""ONNX's recurrent operators, attention and rotation in terms of our layers."""

from typing import Any

import numpy as np

from groundup import nn
from support.onnx_backend import Adapter, Arrays, Attributes, NotApplicable

ORDERS = {"RNN": [0], "LSTM": [0, 2, 3, 1], "GRU": [1, 0, 2]}  # where ours finds its gates among ONNX's (iofc, zrh)


def recurrent(name: str) -> Adapter:
    """X, W, R, B, sequence_lens, initial_h(, initial_c): weights reordered, directions renamed."""

    def adapt(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
        x, w, r, b, lengths, *states = [*inputs, *[None] * (8 - len(inputs))]
        if len(inputs) > 7 and inputs[7] is not None:
            raise NotApplicable("peepholes, which torch's LSTM does not have")
        if set(a) & {"activations", "clip"}:
            raise NotApplicable("other activations")
        hidden, direction = a["hidden_size"], a.get("direction", "forward")
        if a.get("layout"):  # batch first, in the input and the states
            x = x.swapaxes(0, 1)
            states = [None if s is None else s.swapaxes(0, 1) for s in states]
        _expect_reset_after(name, a, x, b, states, hidden)
        x = x[::-1] if direction == "reverse" else x
        both = direction == "bidirectional"
        layer = getattr(nn, name)(x.shape[2], hidden, bidirectional=both, rng=0)
        layer.load_state_dict(_state(name, w, r, b, hidden))
        given = [s for s in states[: 1 + (name == "LSTM")] if s is not None]
        state = None if not given else tuple(given) if name == "LSTM" else given[0]
        y, last = layer(x, state, lengths=None if lengths is None else np.asarray(lengths))
        y = y[::-1] if direction == "reverse" else y
        y = y.reshape(*y.shape[:2], 1 + both, hidden).transpose(0, 2, 1, 3)  # (T, D, N, H)
        found = [y, *(last if name == "LSTM" else [last])]
        if a.get("layout"):
            found = [y.transpose(2, 0, 1, 3), *(s.swapaxes(0, 1) for s in found[1:])]
        return found

    return adapt


def _expect_reset_after(name: str, a: Attributes, x: Any, b: Any, states: Any, hidden: int) -> None:
    """Where the reset gate stands makes no difference for one step from zero without a bias of the state's part."""
    if name != "GRU" or a.get("linear_before_reset"):
        return
    no_bias = b is None or not b[:, 3 * hidden :].any()
    if not (len(x) == 1 and states[0] is None and no_bias):
        raise NotApplicable("the reset gate before the product: torch and we have it after (linear_before_reset=1)")


def _state(name: str, w: Any, r: Any, b: Any, hidden: int) -> dict[str, np.ndarray]:
    state = {}
    gates = len(ORDERS[name])
    b = np.zeros((len(w), 2 * gates * hidden), w.dtype) if b is None else b
    for i in range(len(w)):
        suffix = "_l0" + "_reverse" * i
        parts = {
            "weight_ih": w[i],
            "weight_hh": r[i],
            "bias_ih": b[i][: gates * hidden],
            "bias_hh": b[i][gates * hidden :],
        }
        for key, value in parts.items():
            blocks = np.split(value, gates)
            state[key + suffix] = np.concatenate([blocks[k] for k in ORDERS[name]])
    return state


def attention(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    """Q, K, V, mask, past key, past value: heads split off and repeated, the past put in front."""
    q, k, v, mask, past_key, past_value, *rest = [*inputs, *[None] * (7 - len(inputs))]
    if q.dtype not in (np.float32, np.float64):
        raise NotApplicable("half precision")
    known = {
        "is_causal",
        "scale",
        "softcap",
        "q_num_heads",
        "kv_num_heads",
        "qk_matmul_output_mode",
        "softmax_precision",
    }
    if set(a) - known:
        raise NotApplicable("a window of keys, which a mask would have to say here")
    if a.get("softcap") or any(x is not None for x in rest):
        raise NotApplicable("capped scores, or lengths of keys that were filled up")
    if outputs > 3 or (outputs == 2):
        raise NotApplicable("scores from the middle of the computation as an output")
    flat = q.ndim == 3
    if flat:
        q, k, v = (_heads(x, a["q_num_heads" if x is q else "kv_num_heads"]) for x in (q, k, v))
    if past_key is not None:
        k, v = np.concatenate([past_key, k], axis=2), np.concatenate([past_value, v], axis=2)
    present, groups = [k, v], q.shape[1] // k.shape[1]
    k, v = (np.repeat(x, groups, axis=1) for x in (k, v))
    is_causal = bool(a.get("is_causal", 0))
    if is_causal and (mask is not None or past_key is not None):
        raise NotApplicable("a causal mask beside another, or counted from the end of a past")
    if mask is not None and mask.shape[-1] != k.shape[2]:
        raise NotApplicable("a mask that is shorter than the keys")
    y = nn.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal, scale=a.get("scale"))
    if flat:
        y = y.transpose(0, 2, 1, 3).reshape(y.shape[0], y.shape[2], -1)
    return [y, *present][:outputs]


def _heads(x: np.ndarray, heads: int) -> np.ndarray:
    return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)


ADAPTERS: dict[str, Adapter] = {
    "Attention": attention,
    "GRU": recurrent("GRU"),
    "LSTM": recurrent("LSTM"),
    "RNN": recurrent("RNN"),
}
