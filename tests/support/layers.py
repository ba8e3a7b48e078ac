"""Every layer of the library with an input shape that suits it: what the layer contract runs over."""

import inspect

import numpy as np

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


class First(Layer):
    """A layer that returns a tuple, in the form of one output: the others are left alone."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def forward(self, x: Array) -> Array:
        return self.layer(x)[0]

    def backward(self, dy: Array) -> Array:
        return self.layer.backward(dy)[0]


class OneStep(Layer):
    """A recurrent cell from a state of zeros, in the form of one input and one output."""

    def __init__(self, cell: Layer) -> None:
        self.cell = cell

    def forward(self, x: Array) -> Array:
        after = self.cell(x)
        self.two = isinstance(after, tuple)
        return after[0] if self.two else after

    def backward(self, dy: Array) -> Array:
        return self.cell.backward((dy, np.zeros_like(dy)) if getattr(self, "two", False) else dy)[0]


class Self(Layer):
    """Attention of a sequence to itself: three inputs in the form of one."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def forward(self, x: Array) -> Array:
        y = self.layer(x, x, x)
        return y[0] if isinstance(y, tuple) else y

    def backward(self, dy: Array) -> Array:
        return sum(self.layer.backward(dy))


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
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (4, 3)),
    "BatchNorm1d at rest": (lambda: nn.BatchNorm1d(3).eval(), (4, 3)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), (2, 3, 4, 5)),
    "BatchNorm2d at rest": (lambda: nn.BatchNorm2d(3).eval(), (2, 3, 4, 5)),
    "LayerNorm": (lambda: nn.LayerNorm(5), (2, 3, 5)),
    "LayerNorm over two axes": (lambda: nn.LayerNorm((3, 4)), (2, 3, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (2, 4, 3, 2)),
    "RMSNorm": (lambda: nn.RMSNorm(5), (2, 3, 5)),
    "RNN": (lambda: First(nn.RNN(3, 4, 2, batch_first=True, rng=0)), (2, 5, 3)),
    "LSTM": (lambda: First(nn.LSTM(3, 4, batch_first=True, bidirectional=True, rng=0)), (2, 5, 3)),
    "GRU": (lambda: First(nn.GRU(3, 4, batch_first=True, rng=0)), (2, 5, 3)),
    "RNNCell": (lambda: OneStep(nn.RNNCell(3, 4, nonlinearity="relu", rng=0)), (2, 3)),
    "GRUCell": (lambda: OneStep(nn.GRUCell(3, 4, rng=0)), (2, 3)),
    "LSTMCell": (lambda: OneStep(nn.LSTMCell(3, 4, rng=0)), (2, 3)),
    "DotProductAttention of a sequence to itself": (lambda: Self(nn.DotProductAttention()), (2, 3, 4)),
    "MultiheadAttention of a sequence to itself": (
        lambda: Self(nn.MultiheadAttention(4, 2, batch_first=True, rng=0)),
        (2, 3, 4),
    ),
    "SinusoidalPositionalEncoding": (lambda: nn.SinusoidalPositionalEncoding(4, 9), (2, 3, 4)),
    "LearnedPositionalEmbedding": (lambda: nn.LearnedPositionalEmbedding(9, 4, rng=0), (2, 3, 4)),
    "RotaryEmbedding": (lambda: nn.RotaryEmbedding(4, 9), (2, 3, 4)),
    "MLP": (lambda: MLP([3, 5, 2], rng=0), (4, 3)),
    "MLP with tanh": (lambda: MLP([3, 4, 4, 2], activation="tanh", rng=0), (4, 3)),
}

# Held to the same by tests of their own: test_embedding.py, of whole numbers; tests/conformance/test_models.py, whose
# finite differences would take hours.
ELSEWHERE = {"Embedding", "AlexNet", "CNN", "CharLM", "LeNet", "ResNet", "VGG"}


def all_layer_classes() -> set[str]:
    """Names of the Layer classes that ``nn`` and ``models`` export, those tested elsewhere apart."""
    return {
        name
        for package in (nn, models)
        for name, value in vars(package).items()
        if inspect.isclass(value) and issubclass(value, Layer) and name not in ELSEWHERE
    }
