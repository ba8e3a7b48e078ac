"""Hooks: look at what flows through a network, forward and back, without changing it.

with Watch(model) as flow:
    model.backward(loss_gradient(model(x)))
flow.activations["0"].norm, flow.gradients["2"].histogram
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

import numpy as np

from groundup.core.expect import expect_positive
from groundup.core.layer import Layer
from groundup.core.types import Array, IntArray

Hook = Callable[[str, Layer, tuple[Any, ...], Any], None]


@contextmanager
def hooked(model: Layer, *, forward: Hook | None = None, backward: Hook | None = None) -> Iterator[None]:
    """Call ``forward(name, layer, inputs, output)`` and ``backward(name, layer, inputs, dx)`` after every layer's own.

    ``inputs`` is what the method was given, as a tuple: that of backward begins with dy.
    Names are those of ``named_modules``; the model itself is "". The hooks come off when the block ends.
    """
    wrapped: list[tuple[Layer, str]] = []
    try:
        for name, layer in model.named_modules():
            if forward is not None:
                _wrap(layer, "forward", partial(forward, name, layer))
                wrapped.append((layer, "forward"))
            if backward is not None:
                _wrap(layer, "backward", partial(backward, name, layer))
                wrapped.append((layer, "backward"))
        yield
    finally:
        for layer, method in wrapped:
            vars(layer).pop(method, None)  # a layer that is used twice was wrapped twice


def _wrap(layer: Layer, method: str, after: Callable[[tuple[Any, ...], Any], None]) -> None:
    original = getattr(layer, method)

    def with_hook(*given: Any, **options: Any) -> Any:
        result = original(*given, **options)
        after(given, result)
        return result

    setattr(layer, method, with_hook)  # on the instance: its class stays as it is


@dataclass(frozen=True)
class Flow:
    """What is worth knowing of one array: its size, its middle and spread, and how its values lie."""

    norm: float  # Euclidean, of the whole array
    mean: float
    std: float
    zeros: float  # the share that is exactly zero: dead units show here
    histogram: IntArray  # (bins,) counts
    edges: Array  # (bins + 1,)

    @classmethod
    def of(cls, x: Array, bins: int) -> "Flow":
        """Values that are no numbers show in the norm, and are left out of the rest."""
        wide = x.astype(np.float64)
        finite = wide[np.isfinite(wide)]
        counts, edges = np.histogram(finite, bins=bins)
        mean, std = (float(finite.mean()), float(finite.std())) if finite.size else (0.0, 0.0)
        return cls(float(np.linalg.norm(wide)), mean, std, float((x == 0).sum() / max(1, x.size)), counts, edges)


class Watch:
    """Within ``with Watch(model) as flow:`` every layer's latest output and its gradient, as ``Flow`` by name."""

    def __init__(self, model: Layer, *, bins: int = 40) -> None:
        expect_positive("Watch", bins=bins)
        self.model, self.bins = model, bins
        self.activations: dict[str, Flow] = {}
        self.gradients: dict[str, Flow] = {}

    def weight_gradients(self) -> dict[str, Flow]:
        """The gradient of every parameter as it is now."""
        return {name: Flow.of(p.grad, self.bins) for name, p in self.model.named_parameters()}

    def __enter__(self) -> Self:
        self._hooks = hooked(self.model, forward=self._saw_output, backward=self._saw_gradient)
        self._hooks.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hooks.__exit__(kind, error, trace)

    def _saw_output(self, name: str, layer: Layer, inputs: tuple[Any, ...], y: Any) -> None:
        self.activations[name] = Flow.of(_first(y), self.bins)

    def _saw_gradient(self, name: str, layer: Layer, given: tuple[Any, ...], dx: Any) -> None:
        self.gradients[name] = Flow.of(_first(given[0]), self.bins)


def _first(value: Any) -> Array:
    """The output itself, or the first of several."""
    return np.asarray(value[0] if isinstance(value, tuple) else value)
