"""ONNX operators in terms of our layers: attributes and inputs as ONNX has them, outputs as it expects them."""

from typing import Any

import numpy as np

from groundup import nn
from groundup.core import Layer
from groundup.nn.activation import log_softmax
from support import onnx_sequences, onnx_tape
from support.onnx_backend import Adapter, Arrays, Attributes, NotApplicable


def load(layer: Layer, **values: np.ndarray | None) -> Layer:
    """Put the operator's inputs into the layer's parameters and buffers."""
    state = layer.state_dict()
    layer.load_state_dict(state | {key: value for key, value in values.items() if value is not None})
    return layer


def elementwise(make: Any) -> Adapter:
    """An activation: its arguments from the attributes."""

    def adapt(attributes: Attributes, inputs: Arrays, outputs: int) -> Arrays:
        return [make(attributes)(inputs[0])]

    return adapt


def swish(a: Attributes) -> Layer:
    if a.get("alpha", 1.0) != 1.0:
        raise NotApplicable("alpha other than 1")
    return nn.SiLU()


def softmax(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    return [nn.Softmax(dim=a.get("axis", -1))(inputs[0])]


def log_of_softmax(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    return [log_softmax(inputs[0], axis=a.get("axis", -1))]


def gemm(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight, *rest = inputs
    x = x.T if a.get("transA") else x
    weight = (weight if a.get("transB") else weight.T) * np.float32(a.get("alpha", 1.0))
    bias = rest[0] if rest else np.zeros(len(weight), np.float32)
    if bias.ndim == 2 and len(bias) > 1:
        raise NotApplicable("a bias of its own for every row")
    bias = np.broadcast_to(bias.reshape(-1), (len(weight),)) * np.float32(a.get("beta", 1.0))
    return [load(nn.Linear(x.shape[1], len(weight), rng=0), weight=weight, bias=bias)(x)]


def windows(a: Attributes, size: tuple[int, ...], kernel: list[int]) -> list[tuple[int, int]]:
    """Padding before and after each axis: ``pads``, or what ``auto_pad`` asks for."""
    axes = len(kernel)
    auto = a.get("auto_pad", "NOTSET")
    if auto in ("NOTSET", "VALID"):
        pads = a.get("pads", [0] * 2 * axes) if auto == "NOTSET" else [0] * 2 * axes
        return list(zip(pads[:axes], pads[axes:], strict=True))
    strides, dilations = a.get("strides", [1] * axes), a.get("dilations", [1] * axes)
    found = []
    for n, k, s, d in zip(size, kernel, strides, dilations, strict=True):
        total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        found.append((total // 2, total - total // 2) if auto == "SAME_UPPER" else (total - total // 2, total // 2))
    return found


def padded(x: np.ndarray, pads: list[tuple[int, int]], value: float = 0.0) -> np.ndarray:
    return np.pad(x, [(0, 0), (0, 0), *pads], constant_values=value)


def convolution(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight, *rest = inputs
    axes = x.ndim - 2
    if axes > 2:
        raise NotApplicable("three axes of space")
    kernel = list(weight.shape[2:])
    group = a.get("group", 1)
    args = {"stride": tuple(a.get("strides", [1] * axes)), "dilation": tuple(a.get("dilations", [1] * axes))}
    kind = nn.Conv2d if axes == 2 else nn.Conv1d
    layer = kind(x.shape[1], len(weight), tuple(kernel), groups=group, bias=bool(rest), **args, rng=0)
    load(layer, weight=weight, bias=rest[0] if rest else None)
    return [layer(padded(x, windows(a, x.shape[2:], kernel)))]


def transposed_convolution(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight, *rest = inputs
    axes = x.ndim - 2
    if axes != 2:
        raise NotApplicable("one or three axes of space")
    kernel, group = weight.shape[2:], a.get("group", 1)
    strides, dilations = a.get("strides", [1, 1]), a.get("dilations", [1, 1])
    extra = a.get("output_padding", [0, 0])
    whole = [s * (n - 1) + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[2:], kernel, strides, dilations, strict=True)]
    pads = _cropping(a, x.shape[2:], [w + e for w, e in zip(whole, extra, strict=True)], strides)
    missing = [max(0, -after) for _, after in pads]  # an output longer than the whole: output_padding makes it up
    grown = tuple(e + m for e, m in zip(extra, missing, strict=True))
    layer = nn.ConvTranspose2d(
        x.shape[1], weight.shape[1] * group, kernel, stride=tuple(strides), dilation=tuple(dilations), groups=group,
        output_padding=grown, bias=bool(rest), rng=0,
    )  # fmt: skip
    y = load(layer, weight=weight, bias=rest[0] if rest else None)(x)
    (top, bottom), (left, right) = pads
    return [y[:, :, top : y.shape[2] - max(0, bottom), left : y.shape[3] - max(0, right)]]


def _cropping(a: Attributes, size: Any, whole: list[int], strides: list[int]) -> list[tuple[int, int]]:
    """How much of the whole output goes off each side."""
    wanted = a.get("output_shape")
    if wanted is None and a.get("auto_pad", "NOTSET").startswith("SAME"):
        wanted = [n * s for n, s in zip(size, strides, strict=True)]
    if wanted is None:
        pads = a.get("pads", [0, 0, 0, 0])
        return list(zip(pads[:2], pads[2:], strict=True))
    totals = [w - n for w, n in zip(whole, wanted[-2:], strict=True)]
    if a.get("auto_pad") == "SAME_UPPER":
        return [(t // 2, t - t // 2) for t in totals]
    return [(t - t // 2, t // 2) if t > 0 else (0, t) for t in totals]


def max_pool(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x = inputs[0]
    axes = x.ndim - 2
    if axes > 2:
        raise NotApplicable("three axes of space")
    if x.dtype.kind != "f":
        raise NotApplicable("integer images are refused")
    if a.get("storage_order"):
        raise NotApplicable("places counted column by column")
    kernel, kind = a["kernel_shape"], nn.MaxPool2d if axes == 2 else nn.MaxPool1d
    args = {"stride": tuple(a.get("strides", [1] * axes)), "dilation": tuple(a.get("dilations", [1] * axes))}
    layer = kind(tuple(kernel), ceil_mode=bool(a.get("ceil_mode", 0)), **args)
    return [layer(padded(x, windows(a, x.shape[2:], kernel), -np.inf))]


def average_pool(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x = inputs[0]
    axes = x.ndim - 2
    if axes > 2:
        raise NotApplicable("three axes of space")
    if any(d != 1 for d in a.get("dilations", [1])):
        raise NotApplicable("dilation, which torch's average pooling does not have")
    kernel, kind = a["kernel_shape"], nn.AvgPool2d if axes == 2 else nn.AvgPool1d
    layer = kind(tuple(kernel), stride=tuple(a.get("strides", [1] * axes)), ceil_mode=bool(a.get("ceil_mode", 0)))
    pads = windows(a, x.shape[2:], kernel)
    if a.get("ceil_mode") and pads == [(p, p) for p, _ in pads]:  # the layer knows where padding begins
        args = {"padding": tuple(p for p, _ in pads), "count_include_pad": bool(a.get("count_include_pad", 0))}
        return [kind(tuple(kernel), stride=layer.stride, ceil_mode=True, **args)(x)]
    y = layer(padded(x, pads))
    if not a.get("count_include_pad", 0):
        y = y / layer(padded(np.ones_like(x), pads))  # the share of each window that is image
    return [y]


def global_pool(kind: str) -> Adapter:
    def adapt(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
        return [getattr(nn, kind)(1)(inputs[0])]

    return adapt


def batch_norm(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight, bias, mean, variance = inputs
    if a.get("training_mode"):
        raise NotApplicable("a running variance without Bessel's correction, which torch and we apply")
    layer = nn.BatchNorm2d(x.shape[1], eps=a.get("epsilon", 1e-5)).eval()
    return [load(layer, weight=weight, bias=bias, running_mean=mean, running_var=variance)(x)]


def layer_norm(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight, *rest = inputs
    layer = nn.LayerNorm(x.shape[a.get("axis", -1) :], eps=a.get("epsilon", 1e-5))
    return [load(layer, weight=weight, bias=rest[0] if rest else None)(x)]


def rms_norm(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight = inputs
    layer = nn.RMSNorm(x.shape[a.get("axis", -1) :], eps=a.get("epsilon", 1e-5))
    return [load(layer, weight=weight.reshape(layer.state_dict()["weight"].shape))(x)]


def group_norm(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, weight, bias = inputs
    groups = a.get("num_groups", x.shape[1])  # InstanceNormalization: a group a channel
    return [load(nn.GroupNorm(groups, x.shape[1], eps=a.get("epsilon", 1e-5)), weight=weight, bias=bias)(x)]


def dropout(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    x, ratio, training = [*inputs, None, None][:3]
    drops = 0.5 if ratio is None else float(ratio)
    if training is not None and bool(training) and drops > 0:
        raise NotApplicable("the draws of another generator")
    return [nn.Dropout(drops, rng=0).train(bool(training) if training is not None else False)(x)]


def flatten(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    axis = a.get("axis", 1) % inputs[0].ndim
    if axis == 0:
        raise NotApplicable("a new axis in front: flattening only joins axes")
    return [nn.Flatten(1)(nn.Flatten(0, axis - 1)(inputs[0]))]


def gather(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    table, ids = inputs
    if a.get("axis", 0) != 0:
        raise NotApplicable("rows are gathered, not columns")
    if (ids < 0).any():
        raise NotApplicable("negative ids are refused")
    rows = table.reshape(len(table), -1)
    layer = nn.Embedding(*rows.shape, rng=0).to(table.dtype)
    return [load(layer, weight=rows)(ids).reshape(*ids.shape, *table.shape[1:])]


def cross_entropy(a: Attributes, inputs: Arrays, outputs: int) -> Arrays:
    logits, labels, *rest = inputs
    args = {"weight": rest[0] if rest else None, "ignore_index": a.get("ignore_index", -100)}
    loss = nn.CrossEntropyLoss(reduction=a.get("reduction", "mean"), **args)(logits, labels)
    return [np.asarray(loss), log_softmax(logits, axis=1)][:outputs]


ADAPTERS: dict[str, Adapter] = (
    onnx_tape.ADAPTERS
    | onnx_sequences.ADAPTERS
    | {
        "AveragePool": average_pool,
        "BatchNormalization": batch_norm,
        "Conv": convolution,
        "ConvTranspose": transposed_convolution,
        "Dropout": dropout,
        "Flatten": flatten,
        "Gather": gather,
        "Gelu": elementwise(lambda a: nn.GELU(a.get("approximate", "none"))),
        "Gemm": gemm,
        "GlobalAveragePool": global_pool("AdaptiveAvgPool2d"),
        "GlobalMaxPool": global_pool("AdaptiveMaxPool2d"),
        "GroupNormalization": group_norm,
        "InstanceNormalization": group_norm,
        "LayerNormalization": layer_norm,
        "LeakyRelu": elementwise(lambda a: nn.LeakyReLU(a.get("alpha", 0.01))),
        "LogSoftmax": log_of_softmax,
        "MaxPool": max_pool,
        "RMSNormalization": rms_norm,
        "Relu": elementwise(lambda a: nn.ReLU()),
        "Sigmoid": elementwise(lambda a: nn.Sigmoid()),
        "Softmax": softmax,
        "SoftmaxCrossEntropyLoss": cross_entropy,
        "Swish": elementwise(swish),
        "Tanh": elementwise(lambda a: nn.Tanh()),
    }
)
