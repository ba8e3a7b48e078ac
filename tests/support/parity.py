"""Parity: the same weights, the same input and the same random upstream gradient, in NumPy and in PyTorch."""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import torch

from groundup.core import Array, Layer, Rng, generator


def twin(concept: str) -> ModuleType:
    """The PyTorch twin of a concept, "nn/linear"."""
    return importlib.import_module(f"groundup.{concept.replace('/', '.')}.torch_twin")


def tensor(x: Any, *, grad: bool = False) -> torch.Tensor:
    """A copy of an array as a tensor."""
    return torch.from_numpy(np.array(x)).requires_grad_(grad)


def carry(ours: Layer, theirs: torch.nn.Module) -> torch.nn.Module:
    """Load our state dict into their module; keys and shapes must agree exactly."""
    state = {key: tensor(value) for key, value in ours.state_dict().items()}
    theirs.double() if any(v.dtype == torch.float64 for v in state.values()) else theirs.float()
    theirs.load_state_dict(state, strict=True)
    return theirs


def check_layer(ours: Layer, theirs: torch.nn.Module, x: Array, *, rng: Rng = 0, rtol: float = 1e-9) -> None:
    """Outputs, input gradient and every parameter gradient agree to ``rtol`` (relative to the largest value)."""
    if x.dtype == np.float64:
        ours.to(np.float64)
        theirs.double()
    theirs = carry(ours, theirs) if ours.state_dict() else theirs
    ours.zero_grad()
    theirs.zero_grad()
    y = ours.forward(x.copy())
    their_x = tensor(x, grad=True)
    their_y = theirs(their_x)
    close("y", y, their_y.detach().numpy(), rtol)
    dy = generator("parity", rng).standard_normal(y.shape).astype(y.dtype)
    dx = ours.backward(dy.copy())
    their_y.backward(tensor(dy))
    assert their_x.grad is not None
    close("dx", dx, their_x.grad.numpy(), rtol)
    theirs_by_name = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        gradient = theirs_by_name[name].grad
        assert gradient is not None, f"{name} has no gradient in PyTorch"
        close(f"{name}.grad", parameter.grad, gradient.numpy(), rtol)


def close(what: str, ours: Array, theirs: Array, rtol: float) -> None:
    """|ours - theirs| <= rtol * max(1, |theirs|); same shape and dtype."""
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, PyTorch has {theirs.shape}"
    assert ours.dtype == theirs.dtype, f"{what}: dtype {ours.dtype}, PyTorch has {theirs.dtype}"
    np.testing.assert_allclose(
        ours, theirs, rtol=rtol, atol=rtol * max(1.0, float(np.abs(theirs).max(initial=0))), err_msg=what
    )
