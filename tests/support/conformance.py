"""Conformance: a layer or loss of ours beside torch's of the same name, over configurations that Hypothesis draws.

A ``Family`` says how to draw the arguments of a class and an input that suits them. ``compare`` builds both, carries
our weights over, and compares outputs, gradients of the inputs and gradients of the parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from groundup import nn
from groundup.core import Layer
from support.parity import carry, close, tensor

RTOL = {"float64": 1e-9, "float32": 2e-4}  # relative to the largest value; float32 sums of a few hundred terms


@dataclass(frozen=True)
class Case:
    """One configuration: arguments of the class, then inputs and options of forward."""

    args: dict[str, Any]
    inputs: tuple[np.ndarray, ...]
    options: dict[str, Any] = field(default_factory=dict)
    training: bool = True

    @property
    def dtype(self) -> str:
        return next((str(x.dtype) for x in self.inputs if x.dtype.kind == "f"), "float32")


@dataclass(frozen=True)
class Family:
    """A class by its name in ``groundup.nn`` and in ``torch.nn``, and how its cases are drawn."""

    name: str
    cases: st.SearchStrategy[Case]
    random_start: bool = False  # its constructor takes rng
    examples: int = 40
    our_args: Callable[[dict[str, Any]], dict[str, Any]] = lambda args: args


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Standard normal numbers; at times a view with gaps in memory, or with its axes in another order."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    match draw(st.sampled_from(["plain", "plain", "strided", "transposed"])):
        case "strided":
            wide = rng.standard_normal((*shape[:-1], 2 * shape[-1])).astype(dtype)
            return wide[..., ::2]
        case "transposed":
            return rng.standard_normal(shape[::-1]).astype(dtype).transpose()
        case _:
            return rng.standard_normal(shape).astype(dtype)


dtypes = st.sampled_from(["float64", "float64", "float64", "float32"])
batches = st.sampled_from([0, 1, 2, 3, 3])


def compare(family: Family, case: Case, upstream: int = 0) -> None:
    """Outputs, input gradients and parameter gradients agree to ``RTOL``."""
    start = {"rng": 0} if family.random_start else {}
    ours: Layer = getattr(nn, family.name)(**family.our_args(case.args), **start).to(case.dtype)
    theirs: torch.nn.Module = getattr(torch.nn, family.name)(**case.args).to(getattr(torch, case.dtype))
    carry(ours.train(case.training), theirs.train(case.training))
    rtol = RTOL[case.dtype]
    y = ours(*case.inputs, **case.options)
    their_inputs = [tensor(x, grad=x.dtype.kind == "f") for x in case.inputs]
    their_y = theirs(*their_inputs, **_tensors(case.options))
    close("y", y, their_y.detach().numpy(), rtol)
    dy = np.random.default_rng(upstream).standard_normal(y.shape).astype(y.dtype)
    dx = ours.backward(dy)
    their_y.backward(tensor(dy))
    found = dx if isinstance(dx, tuple) else (dx,)
    for i, (gradient, theirs_in) in enumerate(zip(found, their_inputs, strict=True)):
        if theirs_in.grad is None:
            assert gradient is None or not gradient.any()
        else:
            close(f"gradient of input {i}", gradient, theirs_in.grad.numpy(), rtol)
    same_parameters(ours, theirs, rtol)
    for name, buffer in ours.named_buffers():
        close(name, buffer.value, dict(theirs.named_buffers())[name].numpy(), rtol)


def same_parameters(ours: Layer, theirs: torch.nn.Module, rtol: float) -> None:
    """Every parameter of ours has torch's gradient."""
    by_name = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        gradient = by_name[name].grad
        close(
            f"{name}.grad",
            parameter.grad,
            np.zeros_like(parameter.value) if gradient is None else gradient.numpy(),
            rtol,
        )


def compare_loss(name: str, args: dict[str, Any], pred: np.ndarray, target: np.ndarray) -> None:
    """The value of a loss and the gradient of its prediction, with a random upstream."""
    ours = getattr(nn, name)(**args)
    theirs = getattr(torch.nn, name)(**_tensors(args))
    their_pred = tensor(pred, grad=True)
    rtol = RTOL[str(pred.dtype)]
    value = ours(pred, target)
    their_value = theirs(their_pred, tensor(target))
    close("loss", np.asarray(value), their_value.detach().numpy(), rtol)
    dloss = np.random.default_rng(1).standard_normal(value.shape).astype(pred.dtype)
    gradient = ours.backward(dloss if value.shape else float(dloss))
    their_value.backward(tensor(dloss))
    assert their_pred.grad is not None
    close("gradient", gradient, their_pred.grad.numpy(), rtol)


def _tensors(options: dict[str, Any]) -> dict[str, Any]:
    return {key: tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
