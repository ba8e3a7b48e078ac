"""Recurrent cells and layers beside torch's: several states, lengths, and a text in pieces."""

from typing import Any

import numpy as np
import torch

from groundup.core import Array, Layer
from support.parity import carry, close, tensor


def many(value: Any) -> list[Any]:
    """A state as a list: [h], or [h, c]."""
    return list(value) if isinstance(value, tuple | list) else [value]


def one(values: list[Any]) -> Any:
    """[h] -> h, [h, c] -> (h, c)."""
    return tuple(values) if len(values) > 1 else values[0]


def normal(shape: tuple[int, ...], seed: int, count: int = 1) -> Any:
    """A state of ``count`` arrays."""
    rng = np.random.default_rng(seed)
    return one([rng.standard_normal(shape) for _ in range(count)])


def same_gradients(ours: Layer, theirs: torch.nn.Module, rtol: float = 1e-9) -> None:
    """Every parameter has the gradient that torch has."""
    found = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        close(f"{name}.grad", parameter.grad, found[name].grad.numpy(), rtol)  # type: ignore[union-attr]


def check_cell(ours: Any, theirs: torch.nn.Module, states: int, n: int = 3) -> None:
    """A cell over two steps, gradients added up: states, dx, gradients of the state and of the weights."""
    carry(ours.to("float64"), theirs)
    for given in (True, False):
        x = normal((n, ours.input_size), 0)
        before = many(normal((n, ours.hidden_size), 1, states)) if given else []
        their_x, their_before = tensor(x, grad=True), [tensor(s, grad=True) for s in before]
        after = ours(x, one(before)) if given else ours(x)
        their_after = theirs(their_x, one(their_before)) if given else theirs(their_x)
        dafter = many(normal((n, ours.hidden_size), 2, states))
        dx, dbefore = ours.backward(one(dafter))
        torch.autograd.backward(many(their_after), [tensor(d) for d in dafter])
        for a, b in zip(many(after), many(their_after), strict=True):
            close("state", a, b.detach().numpy(), 1e-12)
        close("dx", dx, their_x.grad.numpy(), 1e-9)  # type: ignore[union-attr]
        for a, b in zip(many(dbefore), their_before, strict=False):
            close("gradient of the state", a, b.grad.numpy(), 1e-9)  # type: ignore[union-attr]
    same_gradients(ours, theirs)


def check_lengths(ours: Any, theirs: Any, states: int, lengths: list[int], steps: int, given: bool) -> None:
    """``lengths`` equals torch's packing: outputs, last states and all gradients, with the last states in the loss."""
    carry(ours.to("float64"), theirs)
    n, shape = len(lengths), (ours.num_layers * ours.directions, len(lengths), ours.hidden_size)
    x = normal((steps, n, ours.input_size), 0)
    before = many(normal(shape, 1, states))
    their_x, their_before = tensor(x, grad=True), [tensor(s, grad=True) for s in before]
    y, last = ours(_turned(ours, x), one(before) if given else None, lengths=np.array(lengths))
    rows = torch.nn.utils.rnn
    packed = rows.pack_padded_sequence(their_x, torch.tensor(lengths), enforce_sorted=False)
    their_y, their_last = theirs(packed, one(their_before) if given else None)
    their_y, _ = rows.pad_packed_sequence(their_y, total_length=steps)
    dy, dlast = normal(their_y.shape, 2), many(normal(shape, 3, states))
    dx, dbefore = ours.backward(_turned(ours, dy), one(dlast))
    torch.autograd.backward([their_y, *many(their_last)], [tensor(dy), *(tensor(d) for d in dlast)])
    close("y", _turned(ours, y), their_y.detach().numpy(), 1e-12)
    close("dx", _turned(ours, dx), their_x.grad.numpy(), 1e-9)  # type: ignore[union-attr]
    for a, b in zip(many(last), many(their_last), strict=True):
        close("last state", a, b.detach().numpy(), 1e-12)
    for a, b in zip(many(dbefore), their_before if given else [], strict=given):
        close("gradient of the first state", a, b.grad.numpy(), 1e-9)  # type: ignore[union-attr]
    same_gradients(ours, theirs)


def _turned(ours: Any, x: Array) -> Array:
    return x.swapaxes(0, 1) if ours.batch_first else x


def check_truncation(ours: Any, theirs: Any, states: int) -> None:
    """A text in three pieces, the state handed on: gradients are those of torch with the state detached."""
    carry(ours.to("float64"), theirs)
    x, dy = normal((9, 2, ours.input_size), 0), normal((9, 2, ours.hidden_size), 1)
    whole, last = ours(x)
    ours.kept_all()
    state = their_state = None
    for piece in np.split(np.arange(9), 3):
        y, state = ours(x[piece], state)
        np.testing.assert_allclose(y, whole[piece], rtol=1e-12)
        ours.backward(dy[piece])
        their_y, their_state = theirs(tensor(x[piece]), their_state)
        their_y.backward(tensor(dy[piece]))
        their_state = one([s.detach() for s in many(their_state)])
    for a, b in zip(many(state), many(last), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    same_gradients(ours, theirs)
