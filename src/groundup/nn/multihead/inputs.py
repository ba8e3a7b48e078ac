"""What MultiheadAttention takes: arrays that fit, and masks of two kinds made into one."""

from typing import Any

import numpy as np

from groundup.core import Array, DtypeError, ShapeError, expect_features

WHO = "MultiheadAttention.forward"


def expect_inputs(layer: Any, query: Any, key: Any, value: Any) -> list[Array]:
    """Query, key and value as (N, L, E), (N, S, kdim), (N, S, vdim). Raises ShapeError, DtypeError."""
    q = expect_features(WHO, query, layer.embed_dim)
    k, v = expect_features(WHO, key, layer.kdim), expect_features(WHO, value, layer.vdim)
    if q.ndim not in (2, 3) or {q.ndim} != {k.ndim, v.ndim}:
        form = "(N, L, E)" if layer.batch_first else "(L, N, E)"
        raise ShapeError(f"{WHO}: expected three arrays {form}, or (L, E), got {q.shape}, {k.shape}, {v.shape}")
    q, k, v = (layer.inside(x) for x in (q, k, v))
    if len(q) != len(k) or k.shape[:2] != v.shape[:2]:
        raise ShapeError(
            f"{WHO}: expected one batch, and a value for each key, got (N, L) = {q.shape[:2]}, (N, S) = {k.shape[:2]} "
            f"and {v.shape[:2]}; is batch_first={layer.batch_first} meant?"
        )
    return [q, k, v]


def hidden(
    layer: Any, sizes: tuple[int, int, int], padding: Any, attn_mask: Any, is_causal: bool, past: int
) -> np.ndarray[Any, Any] | None:
    """One mask for the scores (N, H, L, S): True where a query may look, or numbers to add; None where all may."""
    n, queries, keys = sizes
    found = []
    if attn_mask is not None:
        mask = _mask("attn_mask", attn_mask)
        heads = layer.num_heads
        if mask.shape == (n * heads, queries, keys):
            found.append(mask.reshape(n, heads, queries, keys))
        elif mask.shape == (queries, keys):
            found.append(mask[None, None])
        else:
            raise ShapeError(
                f"{WHO}: expected attn_mask {(queries, keys)} or {(n * heads, queries, keys)}, got {mask.shape}; "
                "queries come before keys"
            )
    elif is_causal:
        found.append(np.arange(keys) > np.arange(queries)[:, None] + past)
    if padding is not None:
        mask = _mask("key_padding_mask", padding)
        mask = mask[None] if mask.ndim == 1 else mask
        if mask.shape != (n, keys):
            raise ShapeError(f"{WHO}: expected key_padding_mask {(n, keys)}, got {mask.shape}; it is (N, S), always")
        found.append(mask[:, None, None])
    if not found:
        return None
    if all(mask.dtype == bool for mask in found):
        return ~np.any(np.broadcast_arrays(*found), axis=0)
    return sum(np.where(m, -np.inf, 0.0) if m.dtype == bool else m for m in found)  # type: ignore[return-value]


def _mask(name: str, mask: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(mask)
    if array.dtype != bool and not np.issubdtype(array.dtype, np.floating):
        raise DtypeError(f"{WHO}: expected {name} of True and False or of real numbers, got {array.dtype}; True hides")
    if array.dtype != bool and np.isnan(array).any():
        raise ValueError(f"{WHO}: expected {name} without NaN, got some; -inf is what hides a key")
    return array
