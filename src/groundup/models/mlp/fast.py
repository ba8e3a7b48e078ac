"""MLP, as the library uses it: ``train_step`` in one go, with buffers that are used again from step to step.

The plain ``train_step`` of mlp.py hands arrays from layer to layer; each is new, each is checked, each gradient is
stored, multiplied by the rate and subtracted. Here the same arithmetic is done in place, and the rate goes into the
first delta, so that every gradient arrives as the step itself:

    (6)  δ_L = η ∂L/∂y          Wₗ ← Wₗ - δₗᵀ hₗ₋₁          bₗ ← bₗ - Σₙ δₗ

It bought, beside PyTorch eager on one thread: at 784-128-10 about a quarter more speed than layer by layer, at 2-8-1,
where calls cost more than arithmetic, nearly three times as much (benchmarks/results has the figures of the last run).
What it does not cover (other losses, weights for classes, a single row) goes the plain way.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.core import Array
from groundup.models.mlp import mlp
from groundup.nn.activation import ReLU, Sigmoid
from groundup.nn.linear import Linear
from groundup.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, Loss, MSELoss


class Buffers:
    """Arrays for one batch size and dtype: activations, deltas and steps of every linear layer."""

    def __init__(self, linears: list[Linear], rows: int, dtype: np.dtype[Any]) -> None:
        self.ones, self.index = np.ones(rows, dtype), np.arange(rows)
        self.h = [np.empty((rows, linear.out_features), dtype) for linear in linears]
        self.delta = [np.empty_like(h) for h in self.h]
        self.slope = [np.empty_like(h) for h in self.h]
        self.columns = [linear.weight.value.flags.f_contiguous for linear in linears]  # Wᵀ is what lies in memory
        shapes = [linear.weight.shape[:: -1 if c else 1] for linear, c in zip(linears, self.columns, strict=True)]
        self.step = [np.empty(shape, dtype) for shape in shapes]  # as the weight lies in memory


class MLP(mlp.MLP):
    __doc__ = mlp.MLP.__doc__

    _buffers: Buffers | None = None

    def train_step(self, x: Array, target: Any, loss: Loss, lr: float) -> float:
        """Forward, backward and update in one, Eqs. 1 to 6; the loss before the step."""
        start = _start_of(loss)
        linears: list[Any] = self.stack[::2]
        if start is None or not _fits(x, linears) or not 0 <= lr < np.inf:
            return super().train_step(x, target, loss, lr)
        b = self._buffers_for(x, linears)
        h = x
        for linear, y in zip(linears, b.h, strict=True):
            np.dot(h, linear.weight.value.T, y)
            y += linear.bias.value
            h = y if linear is linears[-1] else self._activate(y)
        value = start(h, target, b, lr)
        if value is None:  # a target out of the ordinary: the plain way says what is wrong with it
            return super().train_step(x, target, loss, lr)
        self._descend(x, b, linears)
        for linear in linears:
            linear.weight.zero_grad()
            linear.bias.zero_grad()
        return value

    def _descend(self, x: Array, b: Buffers, linears: list[Any]) -> None:
        """Eqs. 3, 4 and 6, from the last layer down; each weight serves its delta before it moves."""
        for i in range(len(linears) - 1, -1, -1):
            linear, delta = linears[i], b.delta[i]
            if i:
                np.dot(delta, linear.weight.value, b.delta[i - 1])
                self._pull_back(b.delta[i - 1], b.h[i - 1], b.slope[i - 1])
            weight, h, step = linear.weight.value, b.h[i - 1] if i else x, b.step[i]
            if b.columns[i]:
                weight = weight.T
                np.dot(h.T, delta, step)
            else:
                np.dot(delta.T, h, step)
            np.subtract(weight, step, out=weight)
            linear.bias.value -= b.ones.dot(delta)  # a product with ones is quicker than a sum over rows

    def _activate(self, z: Array) -> Array:
        """φ in place, Eq. 2."""
        kind = type(self.stack[1])
        if kind is ReLU:
            return np.maximum(z, 0, out=z)
        if kind is Sigmoid:  # by tanh: σ(z) = (1 + tanh(z/2)) / 2
            z *= 0.5
            np.tanh(z, out=z)
            z += 1
            z *= 0.5
            return z
        return np.tanh(z, out=z)

    def _pull_back(self, delta: Array, h: Array, slope: Array) -> None:
        """delta times φ' in place, Eq. 4, with φ' from h = φ(z)."""
        kind = type(self.stack[1])
        if kind is ReLU:
            delta *= h > 0
            return
        if kind is Sigmoid:
            np.subtract(1, h, out=slope)
            slope *= h  # σ(1 - σ)
        else:
            np.multiply(h, h, out=slope)
            np.subtract(1, slope, out=slope)  # 1 - tanh²
        delta *= slope

    def _buffers_for(self, x: Array, linears: list[Any]) -> Buffers:
        b = self._buffers
        if b is None or len(b.ones) != len(x) or b.ones.dtype != x.dtype or _moved(b, linears):
            self._buffers = b = Buffers(linears, len(x), x.dtype)
        return b


def _moved(b: Buffers, linears: list[Any]) -> bool:
    """The first weight has been laid out in another order since the buffers were made."""
    return bool(b.columns[0] != linears[0].weight.value.flags.f_contiguous)


def _fits(x: Any, linears: list[Any]) -> bool:
    """A plain batch of at least one row, of the weights' own dtype."""
    weight = linears[0].weight.value
    return (
        type(x) is np.ndarray
        and x.ndim == 2
        and x.dtype == weight.dtype
        and x.shape[1] == weight.shape[1]
        and len(x) > 0
    )


Start = Callable[[Array, Any, Buffers, float], float | None]


def _start_of(loss: Loss) -> Start | None:
    """How the last delta of this loss begins, for a plain mean; None for everything else."""
    if loss.reduction != "mean":
        return None
    if type(loss) is CrossEntropyLoss:
        plain = loss.weight is None and loss.label_smoothing == 0 and loss.ignore_index < 0
        return _cross_entropy if plain else None
    if type(loss) is BCEWithLogitsLoss:
        return _binary if loss.weight is None and loss.pos_weight is None else None
    return _squared if type(loss) is MSELoss else None


def _cross_entropy(z: Array, target: Any, b: Buffers, lr: float) -> float | None:
    """Softmax and log loss of (N, K) against labels (N,); the delta is η (p - onehot) / N."""
    delta, n = b.delta[-1], len(z)
    if type(target) is not np.ndarray or target.shape != (n,) or target.dtype.kind != "i":
        return None
    if np.minimum.reduce(target) < 0 or np.maximum.reduce(target) >= z.shape[1]:
        return None
    np.subtract(z, np.maximum.reduce(z, axis=1, keepdims=True), out=z)
    at_target = z[b.index, target]
    np.exp(z, out=delta)
    total = np.add.reduce(delta, axis=1, keepdims=True)  # (N, 1)
    delta /= total
    delta[b.index, target] -= 1  # [k = t]
    delta *= lr / n
    return float((np.log(total[:, 0]) - at_target).sum() / n)


def _binary(z: Array, target: Any, b: Buffers, lr: float) -> float | None:
    """Sigmoid and log loss; the delta is η (σ(z) - t) / M."""
    delta = b.delta[-1]
    if not _is_like(target, z) or not (np.minimum.reduce(target, None) >= 0 and np.maximum.reduce(target, None) <= 1):
        return None
    total = np.add.reduce(np.logaddexp(0, z), None) - np.vdot(z, target)  # log(1 + e^z) overflows nowhere
    np.multiply(z, 0.5, out=delta)
    np.tanh(delta, out=delta)
    delta += 1  # 2σ(z)
    delta -= target
    delta -= target
    delta *= 0.5 * lr / z.size
    return float(total) / z.size


def _squared(z: Array, target: Any, b: Buffers, lr: float) -> float | None:
    """Squared error; the delta is η 2 (y - t) / M."""
    delta = b.delta[-1]
    if not _is_like(target, z) or not np.isfinite(target).all():
        return None
    np.subtract(z, target, out=delta)
    value = float(np.vdot(delta, delta) / z.size)
    delta *= 2 * lr / z.size
    return value


def _is_like(target: Any, z: Array) -> bool:
    return type(target) is np.ndarray and target.shape == z.shape and target.dtype == z.dtype
