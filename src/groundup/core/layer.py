"""Layer and Parameter: what every network here is made of.

A layer is a function y = f(x; θ) that can also pull a gradient back through itself:

    (1)  y  = f(x; θ)                         forward
    (2)  dx = (∂y/∂x)ᵀ dy                     backward, returned
    (3)  θ.grad += (∂y/∂θ)ᵀ dy                backward, added

``dy`` is ∂L/∂y for a scalar loss L that the layer never sees. Gradients are *added* because a parameter may be used
more than once: in a recurrent step, in tied weights, in two halves of one batch. Names and keys are those of torch.nn.
"""

from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from groundup.core.errors import OrderError, StateError
from groundup.core.types import Array, StateDict


class Parameter:
    """An array that is learned: ``value``, and the gradient ``grad`` of the loss with respect to it, same shape."""

    def __init__(self, value: Array) -> None:
        self.value = value
        self.grad = np.zeros_like(value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.value.dtype})"


class Layer:
    """Base of all layers and models.

    A subclass writes ``forward(x) -> y``, which keeps what backward needs with ``self.keep(...)``, and
    ``backward(dy) -> dx``, which takes it back with ``self.kept()``. Parameters and sub-layers are found among
    the attributes, in the order of assignment.
    """

    training: bool = True
    _kept: tuple[Array, ...] | None = None

    def forward(self, x: Array) -> Array:
        """Map x to y, Eq. 1."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, dy: Array) -> Array:
        """Map ∂L/∂y to ∂L/∂x, Eq. 2, and add to the gradients of the parameters, Eq. 3."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward")

    def __call__(self, x: Array) -> Array:
        return self.forward(x)

    # What forward leaves for backward.

    def keep(self, *values: Array) -> None:
        """Keep what backward will need; the next forward replaces it."""
        self._kept = values

    def kept(self) -> Array:
        """The one array that forward kept. Each forward allows one backward.

        Raises OrderError when there is nothing: backward came before forward, or a second time after it.
        """
        (value,) = self.kept_all()
        return value

    def kept_all(self) -> tuple[Array, ...]:
        """Everything that forward kept, in its order. Raises OrderError as ``kept`` does."""
        if self._kept is None:
            raise OrderError(
                f"{type(self).__name__}.backward: expected one forward before each backward, got none; "
                "call forward(x) again, what it kept is freed by backward"
            )
        values, self._kept = self._kept, None
        return values

    # The tree of layers.

    def children(self) -> Iterator[tuple[str, "Layer"]]:
        """Direct sub-layers with their names; a list of layers yields "name.0", "name.1", ..."""
        for name, value in vars(self).items():
            if isinstance(value, Layer):
                yield name, value
            elif isinstance(value, list | tuple) and not name.startswith("_"):
                yield from ((f"{name}.{i}", v) for i, v in enumerate(value) if isinstance(v, Layer))

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its dotted name, this layer's own first."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for name, child in self.children():
            yield from child.named_parameters(f"{prefix}{name}.")

    def parameters(self) -> list[Parameter]:
        """Every parameter, in the order of ``named_parameters``."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set every gradient to zero: backward only ever adds."""
        for parameter in self.parameters():
            parameter.grad.fill(0)

    def train(self, mode: bool = True) -> Self:
        """Switch to training (or evaluation) behaviour, here and in every sub-layer."""
        self.training = mode
        for _, child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Switch to evaluation behaviour: no dropout, running statistics."""
        return self.train(False)

    def to(self, dtype: DTypeLike) -> Self:
        """Convert every parameter and gradient, in place; float64 for gradient checks."""
        for parameter in self.parameters():
            parameter.value = parameter.value.astype(dtype)
            parameter.grad = parameter.grad.astype(dtype)
        return self

    # State.

    def state_dict(self) -> StateDict:
        """A copy of every parameter's value by name; the keys and shapes are torch.nn's."""
        return {name: parameter.value.copy() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Copy values in, all or none. Raises StateError naming every key that is missing, unknown or misshapen."""
        own = dict(self.named_parameters())
        wrong = [f"missing {key}" for key in own if key not in state]
        wrong += [f"unknown {key}" for key in state if key not in own]
        wrong += [
            f"{key} has shape {np.shape(state[key])}, expected {own[key].shape}"
            for key in own
            if key in state and np.shape(state[key]) != own[key].shape
        ]
        if wrong:
            raise StateError(
                f"{type(self).__name__}.load_state_dict: {'; '.join(wrong)}; is it the state of another model?"
            )
        for key, parameter in own.items():
            parameter.value[...] = state[key]


class Sequential(Layer):
    """Layers one after the other. State keys are "0.weight", "2.bias", ... as in torch.nn.Sequential.

    (4)  y = fₖ(...f₂(f₁(x)))        dx = f₁.backward(f₂.backward(...fₖ.backward(dy)))
    """

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"Sequential: expected layers, got {layer!r} at {i}; is a class passed where an instance is meant?"
                )
        self._layers = list(layers)

    def children(self) -> Iterator[tuple[str, Layer]]:
        yield from ((str(i), layer) for i, layer in enumerate(self._layers))

    def forward(self, x: Array) -> Array:
        for layer in self._layers:
            x = layer(x)
        return x

    def backward(self, dy: Array) -> Array:
        for layer in reversed(self._layers):
            dy = layer.backward(dy)
        return dy

    def __len__(self) -> int:
        return len(self._layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers)

    def __getitem__(self, index: int) -> Layer:
        return self._layers[index]
