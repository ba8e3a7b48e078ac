"""Cost: what a network holds and what a forward pass takes, before it is trained.

Parameters are counted once each, however many layers share them. A product of an (M, K) with a (K, N) matrix takes

    (1)  2 M K N

floating-point operations, a multiplication and an addition for each of its M K N terms. Convolutions, attention and
recurrent steps are such products; elementwise work is not counted (torch.utils.flop_counter counts the same way).
What training keeps for backward is about

    (2)  bytes = itemsize · Σ (elements of every layer's output)

and a training step takes about three forward passes: two products go back for each that went forward.
Derivation: lesson.md, "Derive".  Source: Kaplan et al., Scaling Laws for Neural Language Models (2020), section 2.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core.hooks import hooked
from groundup.core.layer import Layer


def matmul_flops(m: int, k: int, n: int) -> int:
    """Operations of (m, k) @ (k, n), Eq. 1."""
    return 2 * m * k * n


def count_parameters(layer: Layer) -> int:
    """Learned numbers, each counted once."""
    return sum(parameter.value.size for parameter in layer.parameters())


def own_parameters(layer: Layer) -> int:
    """Learned numbers of the layer itself, those of its children left out."""
    below = {id(p) for _, child in layer.children() for p in child.parameters()}
    return sum(p.value.size for p in layer.parameters() if id(p) not in below)


@dataclass(frozen=True)
class Row:
    """One layer of a summary."""

    name: str  # "" for the model itself
    kind: str
    output: tuple[int, ...]
    parameters: int  # the layer's own
    flops: int  # the layer's own, of one forward


@dataclass(frozen=True)
class Summary:
    """A network layer by layer, in the order in which they ran; ``str()`` is a table."""

    rows: tuple[Row, ...]
    parameters: int
    flops: int
    activation_bytes: int  # Eq. 2

    def __str__(self) -> str:
        head = f"{'layer':<34} {'output':<22} {'parameters':>12} {'MFLOP':>10}"
        lines = [
            f"{f'{r.name} {r.kind}'.strip():<34} {r.output!s:<22} {r.parameters:>12,} {r.flops / 1e6:>10.2f}"
            for r in self.rows
        ]
        total = f"{'total':<34} {'':<22} {self.parameters:>12,} {self.flops / 1e6:>10.2f}"
        kept = f"kept for backward: about {self.activation_bytes / 1e6:.2f} MB"
        return "\n".join([head, "-" * len(head), *lines, "-" * len(head), total, kept])


def summarise(model: Layer, input_shapes: Sequence[tuple[int, ...]], dtype: DTypeLike = "float32") -> Summary:
    """Run zeros of these shapes (batch axis included) through the model and note what each layer made of them.

    The model is left as it was: same mode, same buffers, same kept values. Raises what its forward raises.
    """
    modules = [layer for _, layer in model.named_modules()]
    before = [(layer, layer.training, layer._kept) for layer in modules]
    rows: list[Row] = []
    size = [0]

    def note(name: str, layer: Layer, inputs: tuple[Any, ...], y: Any) -> None:
        shape = np.shape(y[0] if isinstance(y, tuple) else y)
        flops = layer.flops(np.shape(inputs[0]), shape)
        rows.append(Row(name, type(layer).__name__, shape, own_parameters(layer), flops))
        size[0] += int(np.prod(shape)) * (not list(layer.children()))  # a container's output is its last child's

    try:
        with hooked(model.eval(), forward=note):
            model(*(np.zeros(shape, dtype) for shape in input_shapes))
    finally:
        for layer, training, kept in before:
            layer.training, layer._kept = training, kept
    flops = sum(row.flops for row in rows)
    return Summary(tuple(rows), count_parameters(model), flops, size[0] * np.dtype(dtype).itemsize)
