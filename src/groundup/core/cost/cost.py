"""Cost: what a network holds and what a forward pass takes, before it is trained.

The product of an (M, K) with a (K, N) matrix adds up K products for each of M N numbers:

    (1)  2 M K N                                      floating-point operations: a multiplication and an addition a term

and nearly all that a network does is such products. With P places in an image, kernel k × k, C channels in G groups:

    (2)  convolution to O channels    2 P (C/G) k² O            a row for each place, a column for each channel out
    (3)  attention, H heads of width E, L queries, S keys    H (2 L E S + 2 L S E)           scores, then the mixing

Elementwise work is not counted (torch.utils.flop_counter counts the same way). A training step takes about three
forward passes: for each product that went forward two come back. Until then it keeps about

    (4)  bytes = itemsize · Σ (numbers in the output of each layer)

Derivation: lesson.md, "Derive".  Source: Kaplan et al., Scaling Laws for Neural Language Models (2020), section 2.1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core.hooks import hooked
from groundup.core.layer import Layer
from groundup.core.parameter import Parameter


def matmul_flops(m: int, k: int, n: int) -> int:
    """Operations of (m, k) @ (k, n), Eq. 1."""
    return 2 * m * k * n


def convolution_flops(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    """Operations of a convolution that gives (N, O, ...), Eq. 2; ``kernel`` has a length an axis of space."""
    places = prod(out_shape[:1] + out_shape[2:])  # rows of the product: every place of every image
    return matmul_flops(places, prod(kernel) * (in_channels // groups), out_shape[1])


def attention_flops(batch: int, heads: int, queries: int, keys: int, width: int) -> int:
    """Operations of the two products of attention, Eq. 3; ``width`` is that of one head."""
    return batch * heads * (matmul_flops(queries, width, keys) + matmul_flops(queries, keys, width))


def count_parameters(parameters: Iterable[Parameter]) -> int:
    """Learned numbers; one that several layers share counts once."""
    return sum({id(parameter): parameter.value.size for parameter in parameters}.values())


def own_parameters(layer: Layer) -> int:
    """Learned numbers of the layer itself, those of its children left out."""
    below = {id(p) for _, child in layer.children() for p in child.parameters()}
    return count_parameters(p for p in layer.parameters() if id(p) not in below)


def activation_bytes(shapes: Iterable[tuple[int, ...]], itemsize: int) -> int:
    """What outputs of these shapes take in memory until backward has used them, Eq. 4."""
    return itemsize * sum(prod(shape) for shape in shapes)


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
    activation_bytes: int  # Eq. 4

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
    before = [(layer, layer.training, layer._kept) for _, layer in model.named_modules()]
    rows: list[Row] = []
    leaves: list[tuple[int, ...]] = []

    def note(name: str, layer: Layer, inputs: tuple[Any, ...], y: Any) -> None:
        shape = np.shape(y[0] if isinstance(y, tuple) else y)
        flops = layer.flops(np.shape(inputs[0]), shape)
        rows.append(Row(name, type(layer).__name__, shape, own_parameters(layer), flops))
        if not list(layer.children()):  # a container's output is its last child's
            leaves.append(shape)

    try:
        with hooked(model.eval(), forward=note):
            model(*(np.zeros(shape, dtype) for shape in input_shapes))
    finally:
        for layer, training, kept in before:
            layer.training, layer._kept = training, kept
    kept_bytes = activation_bytes(leaves, np.dtype(dtype).itemsize)
    return Summary(tuple(rows), count_parameters(model.parameters()), sum(row.flops for row in rows), kept_bytes)
