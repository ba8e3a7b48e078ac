"""ONNX operators in terms of the tape of ``groundup.autograd``."""

from collections.abc import Callable

import numpy as np

from groundup.autograd import Tensor, cat, maximum, where
from support.onnx_backend import Adapter, Arrays, Attributes, NotApplicable


def tensors(inputs: Arrays) -> list[Tensor]:
    """Inputs as tensors of the tape, which holds real numbers of the two sizes that torch trains in."""
    if any(x.dtype not in (np.float32, np.float64) for x in inputs):
        raise NotApplicable("whole numbers or half precision: the tape holds float32 and float64")
    return [Tensor(x, requires_grad=True) for x in inputs]


def operation(f: Callable[..., Tensor]) -> Adapter:
    """An operation of one or two tensors without attributes."""

    def adapt(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
        return [np.asarray(f(*tensors(inputs)).data)]

    return adapt


def power(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    base, exponent = inputs
    if exponent.size != 1:
        raise NotApplicable("an exponent for each place")
    return [(tensors([base])[0] ** float(exponent)).data]


def reduction(method: str) -> Adapter:
    """A sum, mean or maximum over axes that come as an attribute or, since opset 13 or 18, as an input."""

    def adapt(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
        x, axes = inputs[0], a.get("axes")
        if len(inputs) > 1 and inputs[1] is not None:
            axes = inputs[1].tolist()
        if x.size == 0:
            raise NotApplicable("the reduction of nothing")
        if not axes and a.get("noop_with_empty_axes"):
            raise NotApplicable("no axes meaning none: here it means all of them, as in torch")
        result = getattr(tensors([x])[0], method)(tuple(axes) if axes else None, bool(a.get("keepdims", 1)))
        return [np.asarray(result.data)]

    return adapt


def transpose(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    """A permutation as swaps of two axes."""
    (x,) = tensors(inputs)
    wanted = list(a.get("perm", range(x.ndim - 1, -1, -1)))
    order = list(range(x.ndim))
    for place, axis in enumerate(wanted):
        at = order.index(axis)
        x = x.transpose(place, at)
        order[place], order[at] = order[at], order[place]
    return [x.data]


def reshape(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, shape = inputs
    if a.get("allowzero"):
        raise NotApplicable("a zero that means an empty axis")
    wanted = [n or x.shape[i] for i, n in enumerate(shape.tolist())]  # 0 keeps the axis
    return [tensors([x])[0].reshape(*wanted).data]


def concatenation(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    return [cat(tensors(inputs), a["axis"]).data]


def choice(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    condition, *branches = inputs
    return [where(condition, *tensors(branches)).data]


def largest(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    first, *rest = tensors(inputs)
    for other in rest:
        first = maximum(first, other)
    return [first.data]


ADAPTERS: dict[str, Adapter] = {
    "Add": operation(lambda a, b: a + b),
    "Concat": concatenation,
    "Div": operation(lambda a, b: a / b),
    "Exp": operation(lambda x: x.exp()),
    "Log": operation(lambda x: x.log()),
    "MatMul": operation(lambda a, b: a @ b),
    "Max": largest,
    "Mul": operation(lambda a, b: a * b),
    "Neg": operation(lambda x: -x),
    "Pow": power,
    "ReduceMax": reduction("amax"),
    "ReduceMean": reduction("mean"),
    "ReduceSum": reduction("sum"),
    "Reshape": reshape,
    "Sub": operation(lambda a, b: a - b),
    "Transpose": transpose,
    "Where": choice,
}
