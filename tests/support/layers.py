"""Every layer of the library with an input shape that suits it: what the layer contract runs over."""

import inspect

from groundup import models, nn
from groundup.core import Layer
from groundup.models import MLP
from groundup.nn import GELU, LeakyReLU, Linear, ReLU, Sigmoid, SiLU, Softmax, Tanh

LAYERS = {
    "Linear": (lambda: Linear(3, 4, rng=0), (5, 3)),
    "Linear without bias": (lambda: Linear(3, 4, bias=False, rng=0), (2, 5, 3)),
    "Sigmoid": (Sigmoid, (4, 3)),
    "Tanh": (Tanh, (4, 3)),
    "ReLU": (ReLU, (4, 3)),
    "LeakyReLU": (lambda: LeakyReLU(0.2), (4, 3)),
    "Softmax": (lambda: Softmax(dim=-1), (4, 3)),
    "GELU": (GELU, (4, 3)),
    "GELU by tanh": (lambda: GELU(approximate="tanh"), (4, 3)),
    "SiLU": (SiLU, (4, 3)),
    "MLP": (lambda: MLP([3, 5, 2], rng=0), (4, 3)),
    "MLP with tanh": (lambda: MLP([3, 4, 4, 2], activation="tanh", rng=0), (4, 3)),
}


def all_layer_classes() -> set[str]:
    """Names of the Layer classes that ``nn`` and ``models`` export."""
    return {
        name
        for package in (nn, models)
        for name, value in vars(package).items()
        if inspect.isclass(value) and issubclass(value, Layer)
    }
