"""What MultiheadAttention begins with: arrays and masks that fit, weights that are drawn."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core import Array, Parameter, ShapeError, expect_features
from groundup.nn.attention.inputs import expect_mask_values
from groundup.nn.init import xavier_uniform_

WHO = "MultiheadAttention.forward"


def started(shape: tuple[int, int], rng: np.random.Generator) -> Parameter:
    """A weight as torch begins with it."""
    weight = Parameter(np.empty(shape, "float32"))
    xavier_uniform_(weight, rng=rng)
    return weight


def expect_inputs(layer: Any, query: Any, key: Any, value: Any, cache: Any) -> list[Array]:
    """Query, key and value as (N, L, E), (N, S, kdim), (N, S, vdim). Raises ShapeError, DtypeError, ValueError."""
    if cache is not None and layer.training:
        raise ValueError(f"{WHO}: expected a cache in evaluation only, got one in training; call eval()")
    widths = (layer.embed_dim, layer.kdim, layer.vdim)
    q, k, v = (expect_features(WHO, x, width) for x, width in zip((query, key, value), widths, strict=True))
    if q.ndim not in (2, 3) or {q.ndim} != {k.ndim, v.ndim}:
        form = "(N, L, E)" if layer.batch_first else "(L, N, E)"
        got = f"{q.shape}, {k.shape}, {v.shape}"
        raise ShapeError(f"{WHO}: expected three arrays {form}, or (L, E), got {got}; is the batch axis missing?")
    q, k, v = (layer.inside(x) for x in (q, k, v))
    if len(q) != len(k) or k.shape[:2] != v.shape[:2]:
        got = f"{q.shape[:2]}, {k.shape[:2]} and {v.shape[:2]}"
        raise ShapeError(
            f"{WHO}: expected one batch and a value for each key, got (N, steps) of {got}; "
            f"is batch_first={layer.batch_first} meant?"
        )
    return [q, k, v]


def expect_masks(
    layer: Any, sizes: tuple[int, int, int], padding: Any, attn_mask: Any, is_causal: bool, past: int, dtype: DTypeLike
) -> list[np.ndarray[Any, Any]]:
    """Masks that broadcast to (N, H, L, S), True hides; ``past`` steps come before the first query."""
    n, queries, keys = sizes
    found = []
    if attn_mask is not None:
        mask = expect_mask_values(WHO, "attn_mask", attn_mask, dtype)
        if mask.shape not in ((queries, keys), (n * layer.num_heads, queries, keys)):
            raise ShapeError(
                f"{WHO}: expected attn_mask {(queries, keys)} or {(n * layer.num_heads, queries, keys)}, "
                f"got {mask.shape}; queries come before keys"
            )
        found.append(mask if mask.ndim == 2 else mask.reshape(n, layer.num_heads, queries, keys))
    elif is_causal:
        found.append(np.arange(keys) > np.arange(queries)[:, None] + past)
    if padding is not None:
        mask = expect_mask_values(WHO, "key_padding_mask", padding, dtype)
        if mask.shape != (n, keys) and (n, mask.shape) != (1, (keys,)):
            raise ShapeError(
                f"{WHO}: expected key_padding_mask {(n, keys)}, got {mask.shape}; it is (N, S) with and without "
                "batch_first"
            )
        found.append(mask.reshape(n, 1, 1, keys))
    return found
