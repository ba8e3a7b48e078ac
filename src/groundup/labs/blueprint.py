"""Blueprint: one network, to be built in NumPy and in PyTorch.

A stack of layers is named once, for names, arguments and state keys are torch.nn's:

    stack(("Linear", 784, 128), ("ReLU",), ("Dropout", 0.2), ("Linear", 128, 10))

A model of the course and its PyTorch twin are named by their concept:  concept("models.cnn", "CNN", dropout=0.5).
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from groundup.core import Layer, Parameter, Sequential
from groundup.nn import init

Start = Callable[[Parameter, np.random.Generator], object]
STARTS: dict[str, Start] = {  # of the weights of Linear and Conv2d; their biases then begin at zero
    "he": lambda w, rng: init.kaiming_normal_(w, nonlinearity="relu", rng=rng),
    "glorot": lambda w, rng: init.xavier_normal_(w, rng=rng),
    "orthogonal": lambda w, rng: init.orthogonal_(w, rng=rng),
    "small": lambda w, rng: init.normal_(w, 0.0, 0.01, rng=rng),
    "large": lambda w, rng: init.normal_(w, 0.0, 1.0, rng=rng),
}


@dataclass(frozen=True)
class Blueprint:
    """How to build a network in NumPy with a generator, and in PyTorch. ``numpy`` is None for one in PyTorch alone."""

    numpy: Callable[[np.random.Generator], Layer] | None
    torch: Callable[[], Any]


def concept(path: str, name: str, **options: Any) -> Blueprint:
    """A model of the course: class ``name`` of groundup.``path``, and of its twin."""

    def build(rng: np.random.Generator) -> Layer:
        layer: Layer = getattr(importlib.import_module(f"groundup.{path}"), name)(**options, rng=rng)
        return layer

    def twin() -> Any:
        return getattr(importlib.import_module(f"groundup.{path}.torch_twin"), name)(**options)

    return Blueprint(build, twin)


def stack(*layers: tuple[Any, ...], start: str = "") -> Blueprint:
    """Layers in order, each a name of torch.nn with its arguments. ``start`` says how weights begin, see ``STARTS``."""
    if start and start not in STARTS:
        raise ValueError(f"stack: expected start to be one of {', '.join(STARTS)}, got {start!r}")

    def build(rng: np.random.Generator) -> Layer:
        nn = importlib.import_module("groundup.nn")
        model = Sequential(*(_layer(getattr(nn, name), arguments, rng) for name, *arguments in layers))
        if start:
            _begin(model, STARTS[start], rng)
        return model

    def twin() -> Any:
        nn = importlib.import_module("torch").nn
        return nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in layers))

    return Blueprint(build, twin)


def _layer(kind: type[Layer], arguments: list[Any], rng: np.random.Generator) -> Layer:
    draws = {"rng": rng.spawn(1)[0]} if "rng" in signature(kind).parameters else {}
    return kind(*arguments, **draws)


def _begin(model: Layer, start: Start, rng: np.random.Generator) -> None:
    for name, parameter in model.named_parameters():
        if parameter.value.ndim > 1:
            start(parameter, rng)
        elif name.endswith("bias"):
            init.zeros_(parameter)
