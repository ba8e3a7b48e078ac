"""Costs counted another way, and just as right."""

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np

from groundup.core.cost.cost import matmul_flops
from groundup.core.misconception import variant
from groundup.core.parameter import Parameter


@variant("matmul_flops", "multiplications and additions apart")
def multiplications_and_additions(m: int, k: int, n: int) -> int:
    multiplications = m * n * k
    additions = m * n * k
    return multiplications + additions


@variant("matmul_flops", "one number of the result after the other")
def number_after_number(m: int, k: int, n: int) -> int:
    return sum(k + k for _ in range(m) for _ in range(n))


@variant("convolution_flops", "one group after the other")
def group_after_group(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    images, out_channels, *space = out_shape
    terms = prod(kernel) * in_channels // groups
    return sum(matmul_flops(images * prod(space), terms, out_channels // groups) for _ in range(groups))


@variant("convolution_flops", "the terms of each number that comes out, shapes joined as tuples")
def terms_of_each_number(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    window = (in_channels // groups, *kernel)
    return 2 * int(np.prod(out_shape + window))


@variant("attention_flops", "multiplied out")
def multiplied_out(batch: int, heads: int, queries: int, keys: int, width: int) -> int:
    return 4 * batch * heads * queries * keys * width


@variant("attention_flops", "the products of each head")
def products_of_each_head(batch: int, heads: int, queries: int, keys: int, width: int) -> int:
    total = 0
    for _ in range(batch * heads):
        total += matmul_flops(queries, width, keys)  # scores
        total += matmul_flops(queries, keys, width)  # mixing
    return total


@variant("count_parameters", "a list of those that were met")
def list_of_those_met(parameters: Iterable[Parameter]) -> int:
    met: list[Parameter] = []
    for parameter in parameters:
        if all(parameter is not other for other in met):
            met.append(parameter)
    return sum(prod(parameter.shape) for parameter in met)


@variant("count_parameters", "a set of identities")
def set_of_identities(parameters: Iterable[Parameter]) -> int:
    seen: set[int] = set()
    total = 0
    for parameter in parameters:
        if id(parameter) not in seen:
            total += int(np.prod(parameter.value.shape))
        seen.add(id(parameter))
    return total


@variant("activation_bytes", "the bytes of each output")
def bytes_of_each(shapes: Iterable[tuple[int, ...]], itemsize: int) -> int:
    total = 0
    for shape in shapes:
        size = itemsize
        for length in shape:
            size *= length
        total += size
    return total


@variant("activation_bytes", "the item as one more axis")
def item_as_an_axis(shapes: Iterable[tuple[int, ...]], itemsize: int) -> int:
    return sum(prod(shape + (itemsize,)) for shape in shapes)  # noqa: RUF005
