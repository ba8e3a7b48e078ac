"""What people really write when they count."""

from collections.abc import Iterable, Sequence
from math import prod

from groundup.core.cost.cost import matmul_flops
from groundup.core.misconception import misconception
from groundup.core.parameter import Parameter


@misconception(
    "matmul_flops", "You count each multiply-add as one operation: the addition is one of its own.", see="Derive"
)
def one_for_multiply_and_add(m: int, k: int, n: int) -> int:
    return m * k * n


@misconception(
    "matmul_flops",
    "You count the numbers that go in and come out. Each number of the result is a sum over the inner axis.",
    see="Derive",
)
def size_of_the_operands(m: int, k: int, n: int) -> int:
    return m * k + k * n + m * n


@misconception(
    "matmul_flops",
    "You leave out the first addition of each sum. That is exact and nobody counts so: a multiply-add is two.",
    see="Derive",
)
def one_addition_less(m: int, k: int, n: int) -> int:
    return m * n * (2 * k - 1)


@misconception(
    "convolution_flops",
    "Every channel out reads all channels in: with groups it reads those of its own group.",
    see="Convolutions and attention",
)
def groups_forgotten(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    return matmul_flops(prod(out_shape[:1] + out_shape[2:]), prod(kernel) * in_channels, out_shape[1])


@misconception(
    "convolution_flops",
    "You divide both kinds of channels by the groups. All the channels out are computed, each from its own group.",
    see="Convolutions and attention",
)
def groups_divide_twice(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    places = prod(out_shape[:1] + out_shape[2:])
    return matmul_flops(places, prod(kernel) * (in_channels // groups), out_shape[1] // groups)


@misconception(
    "convolution_flops",
    "Your kernel counts along one side only: it covers an area.",
    see="Convolutions and attention",
)
def one_side_of_the_kernel(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    return matmul_flops(prod(out_shape[:1] + out_shape[2:]), kernel[0] * (in_channels // groups), out_shape[1])


@misconception(
    "convolution_flops",
    "You count one image. The batch is as many times the work.",
    see="Convolutions and attention",
)
def one_image(out_shape: tuple[int, ...], kernel: Sequence[int], in_channels: int, groups: int = 1) -> int:
    return matmul_flops(prod(out_shape[2:]), prod(kernel) * (in_channels // groups), out_shape[1])


@misconception(
    "attention_flops",
    "You count the scores alone. The weights are then multiplied with the values, which is as much again.",
    see="Convolutions and attention",
)
def scores_alone(batch: int, heads: int, queries: int, keys: int, width: int) -> int:
    return batch * heads * matmul_flops(queries, width, keys)


@misconception(
    "attention_flops",
    "You take queries for keys. With another sequence to look at their numbers differ.",
    see="Convolutions and attention",
)
def as_many_keys_as_queries(batch: int, heads: int, queries: int, keys: int, width: int) -> int:
    return batch * heads * 2 * matmul_flops(queries, width, queries)


@misconception(
    "count_parameters", "A weight that two layers share is counted twice: it is held, and learned, once.", see="Break"
)
def shared_counted_twice(parameters: Iterable[Parameter]) -> int:
    return sum(parameter.value.size for parameter in parameters)


@misconception(
    "count_parameters", "You count arrays. What is learned is every number in them.", see="Parameters and memory"
)
def arrays_counted(parameters: Iterable[Parameter]) -> int:
    return len({id(parameter) for parameter in parameters})


@misconception(
    "count_parameters",
    "You count one axis of each array. A weight has as many numbers as the product of its axes.",
    see="Parameters and memory",
)
def first_axis_counted(parameters: Iterable[Parameter]) -> int:
    return sum({id(parameter): len(parameter.value) for parameter in parameters}.values())


@misconception(
    "activation_bytes",
    "You count numbers. In float32 each takes four bytes, in float64 eight.",
    see="Parameters and memory",
)
def numbers_for_bytes(shapes: Iterable[tuple[int, ...]], itemsize: int) -> int:
    return sum(prod(shape) for shape in shapes)


@misconception(
    "activation_bytes",
    "You keep the largest output only. Backward needs each of them, so they are all there at once.",
    see="Parameters and memory",
)
def largest_only(shapes: Iterable[tuple[int, ...]], itemsize: int) -> int:
    return itemsize * max(prod(shape) for shape in shapes)
