"""Every layer of the library with an input shape that suits it: what the layer contract runs over."""

import inspect

from groundup import models, nn
from groundup.core import Array, Layer
from groundup.models import MLP
from groundup.nn import GELU, LeakyReLU, Linear, ReLU, Sigmoid, SiLU, Softmax, Tanh


class OnItself(Layer):
    """A decoder block whose memory is what it decodes: two inputs in the form of one."""

    def __init__(self) -> None:
        self.decoder = nn.TransformerDecoderLayer(4, 2, 6, 0.0, batch_first=True, rng=0)

    def forward(self, x: Array) -> Array:
        return self.decoder(x, x)

    def backward(self, dy: Array) -> Array:
        dtgt, dmemory = self.decoder.backward(dy)
        return dtgt + dmemory


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
    "Dropout at rest": (lambda: nn.Dropout(0.5, rng=0).eval(), (4, 3)),  # its own tests have it in training
    "Dropout2d at rest": (lambda: nn.Dropout2d(0.5, rng=0).eval(), (2, 3, 4, 5)),
    "Conv1d": (lambda: nn.Conv1d(3, 4, 3, 2, 1, rng=0), (2, 3, 7)),
    "Conv2d": (lambda: nn.Conv2d(6, 4, 3, padding=1, rng=0), (2, 6, 5, 4)),
    "Conv2d of few channels": (lambda: nn.Conv2d(3, 4, (3, 2), stride=2, bias=False, rng=0), (2, 3, 6, 5)),
    "Conv2d in groups": (lambda: nn.Conv2d(4, 6, 3, dilation=2, padding="same", groups=2, rng=0), (2, 4, 5, 6)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2, rng=0), (2, 4, 3, 4)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (2, 3, 6, 5)),
    "MaxPool2d of overlapping windows": (lambda: nn.MaxPool2d(3, 2, 1), (2, 3, 6, 5)),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, 1), (2, 3, 6, 5)),
    "MaxPool1d": (lambda: nn.MaxPool1d(2), (2, 3, 6)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), (2, 3, 6)),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(4), (2, 3, 6)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(1), (2, 3, 6, 5)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(4), (2, 3, 6)),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d((2, None)), (2, 3, 6, 5)),
    "Residual": (lambda: nn.Residual(nn.Sigmoid()), (4, 3)),
    "Residual with a projection": (lambda: nn.residual.residual_block(3, 5, rng=0), (2, 4, 3)),
    "Flatten": (nn.Flatten, (2, 3, 4, 5)),
    "Unflatten": (lambda: nn.Unflatten(1, (3, -1)), (2, 12)),
    "FeedForward": (lambda: nn.FeedForward(4, 6, 0.0, rng=0), (2, 3, 4)),
    "FeedForward with GELU": (lambda: nn.FeedForward(4, 6, 0.0, "gelu", bias=False, rng=0), (5, 4)),
    "SwiGLU": (lambda: nn.SwiGLU(4, 6, rng=0), (2, 3, 4)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(4, 2, 6, 0.0, batch_first=True, rng=0), (2, 3, 4)),
    "TransformerEncoderLayer, norm first": (
        lambda: nn.TransformerEncoderLayer(4, 2, 6, 0.0, "gelu", batch_first=True, norm_first=True, rng=0),
        (2, 3, 4),
    ),
    "TransformerDecoderLayer on its own input": (lambda: OnItself(), (2, 3, 4)),
    "MLP": (lambda: MLP([3, 5, 2], rng=0), (4, 3)),
    "MLP with tanh": (lambda: MLP([3, 4, 4, 2], activation="tanh", rng=0), (4, 3)),
}

OF_IDS = {"Embedding"}  # layers of whole numbers: test_embedding.py holds them to the same contract


def all_layer_classes() -> set[str]:
    """Names of the Layer classes that ``nn`` and ``models`` export, those over ids apart."""
    return {
        name
        for package in (nn, models)
        for name, value in vars(package).items()
        if inspect.isclass(value) and issubclass(value, Layer) and name not in OF_IDS
    }
