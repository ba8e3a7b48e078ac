"""Layer: what every network here is made of.

A layer is a function y = f(x; θ) that can also pull a gradient back through itself:

    (1)  y  = f(x; θ)                         forward
    (2)  dx = (∂y/∂x)ᵀ dy                     backward, returned
    (3)  θ.grad += (∂y/∂θ)ᵀ dy                backward, added

``dy`` is ∂L/∂y for a scalar loss L that the layer never sees. Gradients are *added* because a parameter may be used
more than once: in a recurrent step, in tied weights, in two halves of one batch. Names and keys are those of torch.nn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import DTypeLike

from groundup.core.errors import StateError
from groundup.core.keep import Keeps
from groundup.core.parameter import Buffer, Parameter
from groundup.core.types import Array, StateDict

if TYPE_CHECKING:
    from groundup.core.cost import Summary
    from groundup.core.shard import Shard


class Layer(Keeps):
    """Base of all layers and models.

    A subclass writes ``forward(x) -> y``, which keeps what backward needs with ``self.keep(...)``, and
    ``backward(dy) -> dx``, which takes it back with ``self.kept()``. Parameters and sub-layers are found among
    the attributes, in the order of assignment.
    """

    training: bool = True
    input_grad: bool = True  # False: the caller has no use for dx, so a layer may return None and save the work
    shard: Shard | None = None  # which part of a batch this copy of the layer sees; None: all of it

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Map x to y, Eq. 1. Most layers take one array; some take several, or integers."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, dy: Array) -> Any:
        """Map ∂L/∂y to ∂L/∂x, Eq. 2, and add to the gradients of the parameters, Eq. 3.

        A layer of several inputs returns a tuple, one gradient an input; one of integers returns None.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define backward")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return self.forward(*inputs, **options)

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Floating-point operations of this layer's own forward, without its children's; elementwise work counts 0."""
        return 0

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Say whether backward's dx will be used. The first layer of a network saves a third of its work without it."""
        self.input_grad = needed
        return self

    # One batch in several shards: see core.shard.

    def across(self, *sums: Array) -> tuple[Array, ...]:
        """Sums over all shards of the batch; without shards the arrays themselves."""
        return sums if self.shard is None else self.shard.add_up(sums)

    @property
    def leads(self) -> bool:
        """True on one shard only: the one that updates running statistics."""
        return self.shard is None or self.shard.rank == 0

    # The tree of layers.

    def children(self) -> Iterator[tuple[str, Layer]]:
        """Direct sub-layers with their names; a list of layers yields "name.0", "name.1", ..."""
        for name, value in vars(self).items():
            if isinstance(value, Layer):
                yield name, value
            elif isinstance(value, list | tuple) and not name.startswith("_"):
                yield from ((f"{name}.{i}", v) for i, v in enumerate(value) if isinstance(v, Layer))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Layer]]:
        """This layer under its own name, "" at the top, and every layer below it."""
        yield prefix, self
        for name, child in self.children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def _entries(self) -> Iterator[tuple[str, Parameter | Buffer]]:
        """Everything that is saved, under every name that it has."""
        for prefix, layer in self.named_modules():
            for name, value in vars(layer).items():
                if isinstance(value, Parameter | Buffer):
                    yield f"{prefix}.{name}" if prefix else name, value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its dotted name, this layer's own first; a shared one once, under its first name."""
        seen: set[int] = set()
        for name, entry in self._entries():
            if isinstance(entry, Parameter) and id(entry) not in seen:
                seen.add(id(entry))
                yield name, entry

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Every buffer with its dotted name."""
        yield from ((name, entry) for name, entry in self._entries() if isinstance(entry, Buffer))

    def parameters(self) -> list[Parameter]:
        """Every parameter, in the order of ``named_parameters``."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set every gradient to zero: backward only ever adds."""
        for parameter in self.parameters():
            parameter.zero_grad()

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
        """Convert every parameter, gradient and buffer of real numbers, in place; float64 for gradient checks."""
        for _, entry in self._entries():
            entry.to(dtype)
        return self

    # State.

    def state_dict(self) -> StateDict:
        """A copy of every parameter's and buffer's value by name; the keys and shapes are torch.nn's."""
        return {name: entry.value.copy() for name, entry in self._entries()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Copy values in, all or none. Raises StateError naming every key that is missing, unknown or misshapen."""
        own = dict(self._entries())
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
        for key, entry in own.items():
            entry.value[...] = state[key]

    def summary(self, *input_shapes: tuple[int, ...], dtype: DTypeLike = "float32") -> Summary:
        """What each layer makes of an input of this shape, batch axis included: shapes, parameters, operations."""
        from groundup.core.cost import summarise

        return summarise(self, input_shapes, dtype)


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

    def forward(self, x: Any) -> Any:
        for layer in self._layers:
            x = layer(x)
        return x

    def backward(self, dy: Array | None) -> Any:
        for layer in reversed(self._layers):
            if dy is None:  # nothing below wants a gradient
                break
            dy = layer.backward(dy)
        return dy

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Tell every layer up to the first that has parameters."""
        for layer in self._layers:
            layer.needs_input_grad(needed)
            if layer.parameters():
                break
        return super().needs_input_grad(needed)

    def __len__(self) -> int:
        return len(self._layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers)

    def __getitem__(self, index: int) -> Layer:
        return self._layers[index]
