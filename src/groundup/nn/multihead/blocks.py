"""Attention of a sequence to itself, some queries at a time, in arrays that are there already.

The equations are those of nn.attention. Arrays are views (N, H, L, d) of rows that lie as the projections left them.
"""

from collections.abc import Iterator

import numpy as np

from groundup.core import Array
from groundup.nn.attention.attention import Mask

BLOCK = 32  # queries at a time
SAFE = 60.0  # e^60 and e^-60 are numbers in float32, and so are their sums over any number of keys


def spans(steps: int, causal: bool) -> Iterator[tuple[slice, int]]:
    """Some queries, and how many keys they may look at."""
    for first in range(0, steps, BLOCK):
        last = min(first + BLOCK, steps)
        yield slice(first, last), last if causal else steps


def attend(q: Array, k: Array, v: Array, y: Array, causal: bool, mask: Mask | None) -> list[Array]:
    """Write Y (N, H, L, d), Eqs. 1 to 5; the weights of each span come back. ``mask`` is True where a key is open."""
    scale = q.dtype.type(q.shape[-1] ** -0.5)
    kt = np.multiply(k.swapaxes(-1, -2), scale, order="C")  # (N, H, d, L): products read it row by row
    mask = None if mask is None else np.broadcast_to(mask, (*q.shape[:3], q.shape[2]))
    safe = bool(longest(q) * longest(kt.swapaxes(-1, -2)) < SAFE)  # |q · k| <= |q| |k|
    weights = []
    for rows, keys in spans(q.shape[2], causal):
        p = q[:, :, rows] @ kt[..., :keys]
        if causal:
            hide(p[..., rows], np.tri(p.shape[2], dtype=bool))
        if mask is not None:
            hide(p, mask[:, :, rows, :keys])
        softmax_in_place(p, safe)
        np.matmul(p, v[:, :, :keys], out=y[:, :, rows])
        weights.append(p)
    return weights


def attend_backward(
    weights: list[Array], qkv: list[Array], y: Array, dy: Array, dqkv: list[Array], causal: bool
) -> None:
    """Write dQ, dK and dV (N, H, L, d), Eqs. 6 to 8."""
    (q, k, v), (dq, dk, dv) = qkv, dqkv
    vt = np.ascontiguousarray(v.swapaxes(-1, -2))
    mean = np.einsum("nhld,nhld->nhl", dy, y)[..., None]  # rowsum(dP ∘ P)
    for (rows, keys), p in reversed(
        list(zip(spans(q.shape[2], causal), weights, strict=True))
    ):  # the last has all keys
        ds = dy[:, :, rows] @ vt[..., :keys]
        ds -= mean[:, :, rows]
        ds *= p
        np.matmul(ds, k[:, :, :keys], out=dq[:, :, rows])
        for total, by_query, found in ((dk, ds, q), (dv, p, dy)):
            part = by_query.swapaxes(-1, -2) @ found[:, :, rows]  # (N, H, keys, d)
            if rows.stop == q.shape[2]:
                total[...] = part
            else:
                total[:, :, :keys] += part
    scale = q.dtype.type(q.shape[-1] ** -0.5)
    dq *= scale
    dk *= scale


def softmax_in_place(s: Array, safe: bool) -> None:
    """Eq. 4; ``safe`` says that no exponential of a score can overflow."""
    if not safe:
        top = s.max(axis=-1, keepdims=True, initial=-np.inf)
        s -= np.where(top == -np.inf, 0, top)
    np.exp(s, out=s)
    total = s.reshape(-1, s.shape[-1]) @ np.ones(s.shape[-1], s.dtype)
    total[total == 0] = 1
    s *= np.reciprocal(total).reshape(*s.shape[:-1], 1)


def hide(s: Array, mask: Mask) -> None:
    """-∞ where the mask is False."""
    np.copyto(s, -np.inf, where=~mask)


def longest(rows: Array) -> float:
    """The length of the longest vector (..., d)."""
    return float(np.sqrt(np.einsum("...d,...d->...", rows, rows).max(initial=0)))
