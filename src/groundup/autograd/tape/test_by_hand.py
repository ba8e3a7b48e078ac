"""The gradients that the library derives by hand, found by the tape from the forward formula alone."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from groundup.autograd import Tensor, maximum, where
from groundup.core import Layer
from groundup.models import MLP
from groundup.nn import (
    GELU,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    LeakyReLU,
    Linear,
    MSELoss,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)

RTOL = 1e-10


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def softmax(x: Tensor, dim: int = -1) -> Tensor:
    e = (x - x.detach().amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


def log_softmax(x: Tensor) -> Tensor:
    shifted = x - x.detach().amax(-1, keepdim=True)
    return shifted - shifted.exp().sum(-1, keepdim=True).log()


def gelu(x: Tensor) -> Tensor:
    return x * (1 + ((x + 0.044715 * x**3) * math.sqrt(2 / math.pi)).tanh()) / 2


def agree(what: str, tape: np.ndarray, hand: np.ndarray) -> None:
    np.testing.assert_allclose(tape, hand, rtol=RTOL, atol=RTOL, err_msg=what)


def check_layer(layer: Layer, formula: Callable[..., Tensor], x: np.ndarray) -> None:
    """y, dx and every parameter's gradient of a layer are those of the formula; it receives the parameters by name."""
    layer.to(np.float64)
    on_tape = {name: Tensor(p.value.copy(), True) for name, p in layer.named_parameters()}
    inputs = Tensor(x, True)
    y = formula(inputs, on_tape)
    agree("y", y.data, layer(x))
    dy = draw(*y.shape, seed=7)
    y.backward(dy)
    agree("dx", inputs.grad, layer.backward(dy))
    for name, p in layer.named_parameters():
        agree(name, on_tape[name].grad, p.grad)


def mlp(x: Tensor, p: dict[str, Tensor]) -> Tensor:
    return (x @ p["0.weight"].T + p["0.bias"]).relu() @ p["2.weight"].T + p["2.bias"]


LAYERS = {
    "Linear": (lambda: Linear(3, 4, rng=0), lambda x, p: x @ p["weight"].T + p["bias"]),
    "Linear without bias": (lambda: Linear(3, 4, bias=False, rng=0), lambda x, p: x @ p["weight"].T),
    "Sigmoid": (Sigmoid, lambda x, p: x.sigmoid()),
    "Tanh": (Tanh, lambda x, p: x.tanh()),
    "ReLU": (ReLU, lambda x, p: maximum(x, 0.0)),
    "LeakyReLU": (lambda: LeakyReLU(0.2), lambda x, p: where(x.data > 0, x, 0.2 * x)),
    "Softmax": (Softmax, lambda x, p: softmax(x)),
    "Softmax over the first axis": (lambda: Softmax(dim=0), lambda x, p: softmax(x, 0)),
    "SiLU": (SiLU, lambda x, p: x * x.sigmoid()),
    "GELU by tanh": (lambda: GELU(approximate="tanh"), lambda x, p: gelu(x)),
    "MLP": (lambda: MLP([3, 5, 2], rng=0), mlp),
}


@pytest.mark.parametrize(("make", "formula"), LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize("shape", [(4, 3), (1, 3)], ids=str)
def test_the_tape_finds_the_gradients_of_the_layers(make, formula, shape) -> None:
    check_layer(make(), formula, draw(*shape))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_tape_finds_the_gradients_of_the_losses(reduction: str) -> None:
    logits, labels, soft = draw(5, 4), np.array([0, 3, 1, 1, 2]), np.random.default_rng(1).random((5, 4))
    formulas = [
        (CrossEntropyLoss(reduction=reduction), labels, lambda x: -log_softmax(x)[np.arange(5), labels]),
        (MSELoss(reduction=reduction), soft, lambda x: (x - soft) ** 2),
        (BCEWithLogitsLoss(reduction=reduction), soft, lambda x: -(x.sigmoid().log() * soft + (-x).sigmoid().log() * (1 - soft))),
    ]  # fmt: skip
    for loss, target, formula in formulas:
        x = Tensor(logits, True)
        y = getattr(formula(x), reduction)()
        agree("loss", y.data, loss(logits, target))
        y.backward()
        agree(type(loss).__name__, x.grad, loss.backward())


def test_the_tape_finds_the_gradient_of_a_layer_normalisation() -> None:
    """By hand: dx = r (g - mean(g) - x̂ mean(g x̂)), where g = γ dy and r = 1 / sqrt(variance + eps)."""
    values, gamma, dy = draw(4, 6), 1 + draw(6, seed=1), draw(4, 6, seed=2)
    x, w = Tensor(values, True), Tensor(gamma, True)
    centred = x - x.mean(-1, keepdim=True)
    normal = centred / ((centred * centred).mean(-1, keepdim=True) + 1e-5) ** 0.5
    (normal * w).backward(dy)
    r = 1 / np.sqrt(values.var(-1, keepdims=True) + 1e-5)
    hat, g = (values - values.mean(-1, keepdims=True)) * r, gamma * dy
    agree("dx", x.grad, r * (g - g.mean(-1, keepdims=True) - hat * (g * hat).mean(-1, keepdims=True)))
    agree("dgamma", w.grad, (dy * hat).sum(0))


def test_the_tape_finds_the_gradients_of_attention() -> None:
    """By hand: dV = Pᵀ dO, dS = P (dP - rowsum(P dP)) with dP = dO Vᵀ, dQ = dS K / √d, dK = dSᵀ Q / √d; causal."""
    arrays = [draw(2, 5, 4, seed=i) for i in range(3)]
    hidden = np.triu(np.full((5, 5), -np.inf), 1)
    q, k, v = (Tensor(a, True) for a in arrays)
    p = softmax(q @ k.transpose(-1, -2) / 2 + hidden)
    out, do = p @ v, draw(2, 5, 4, seed=3)
    out.backward(do)
    dp = do @ arrays[2].swapaxes(1, 2)
    ds = p.data * (dp - (p.data * dp).sum(-1, keepdims=True))
    agree("dv", v.grad, p.data.swapaxes(1, 2) @ do)
    agree("dq", q.grad, ds @ arrays[1] / 2)
    agree("dk", k.grad, ds.swapaxes(1, 2) @ arrays[0] / 2)
