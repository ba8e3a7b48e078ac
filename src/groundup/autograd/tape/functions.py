"""Functions of several tensors: a choice, a maximum, and tensors joined into one. Names are torch's."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.autograd.tape.tape import Pull, Tensor, as_tensor
from groundup.core import Array, ShapeError


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition holds, b elsewhere; each receives the gradient of the places where it was chosen."""
    like = next((t.dtype for t in (a, b) if isinstance(t, Tensor)), None)
    a, b = as_tensor(a, like), as_tensor(b, like)
    chosen = np.asarray(condition, bool)
    back = (a, lambda dy: np.where(chosen, dy, 0)), (b, lambda dy: np.where(chosen, 0, dy))
    return Tensor.record("where", np.where(chosen, a.data, b.data), *back)


def maximum(a: Tensor, b: Any) -> Tensor:
    """The larger of two numbers, in each place; equal ones share the gradient."""
    b = a.operand("maximum", b)
    share = (a.data > b.data) + (a.data == b.data) / 2
    share = share.astype(a.dtype)
    back = (a, lambda dy: dy * share), (b, lambda dy: dy * (1 - share))
    return a.record("maximum", np.maximum(a.data, b.data), *back)


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along an axis that they have. Raises ShapeError when another axis differs."""
    if not tensors or len({(*t.shape[: dim % t.ndim], *t.shape[dim % t.ndim + 1 :]) for t in tensors}) != 1:
        got = [t.shape for t in tensors]
        raise ShapeError(f"cat: expected tensors that differ along axis {dim} alone, got {got}; stack makes a new axis")
    ends = np.cumsum([t.shape[dim] for t in tensors])
    pulls = [_part(dim, int(end) - t.shape[dim], int(end)) for t, end in zip(tensors, ends, strict=True)]
    return Tensor.record("cat", np.concatenate([t.data for t in tensors], dim), *zip(tensors, pulls, strict=True))


def _part(dim: int, start: int, end: int) -> Pull:
    """The pull of one of several tensors that were joined: its part of dy."""

    def pull(dy: Any) -> Array:
        part: Array = dy.swapaxes(0, dim)[start:end].swapaxes(0, dim)
        return part

    return pull


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape along a new axis. Raises ShapeError as ``cat`` does."""
    return cat([t.reshape(*np.expand_dims(t.data, dim).shape) for t in tensors], dim)
