"""What people write instead of a transposed convolution."""

from typing import Any

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.conv import conv
from groundup.nn.conv_transpose import conv_transpose
from groundup.nn.conv_transpose.conv_transpose import ConvTranspose2d


@misconception(
    "output_size",
    "That is how many pixels a convolution gives. This layer goes the other way: the image grows.",
    see="The size of the output",
)
def size_of_a_convolution(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    return conv.output_size(size, kernel, stride, padding, dilation) + output_padding


@misconception(
    "output_size",
    "You multiply the pixels by the stride. That forgets how far the last stamp reaches, and what padding cuts off.",
    see="The size of the output",
)
def stride_times_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    return size * stride


@misconception(
    "output_size",
    "Your padding makes the output larger. Here it is cut off: it undoes the padding of a convolution.",
    see="The size of the output",
)
def padding_added(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    return conv_transpose.output_size(size, kernel, stride, -padding, output_padding, dilation)


@misconception(
    "output_size",
    "You count output_padding at both ends; it is added at one, below and at the right.",
    see="The size of the output",
)
def output_padding_twice(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    return conv_transpose.output_size(size, kernel, stride, padding, 2 * output_padding, dilation)


@misconception(
    "ConvTranspose2d.forward",
    "The bias is added to every stamp, so pixels under several stamps get it several times.",
    see="Build",
)
def bias_in_every_stamp(self: ConvTranspose2d, x: Array) -> Array:
    y = _right(self, x)
    if self.bias is None:
        return y
    once = np.broadcast_to(self.bias.value.reshape(1, -1, 1, 1, 1, 1), (1, self.out_channels, *x.shape[2:], 1, 1))
    stamps = np.broadcast_to(once, (*once.shape[:4], *self.kernel_size))
    page = conv.scatter(stamps, self.covered(x.shape), self.stride, self.dilation)
    return y + self.inside(page) - self.bias.value.reshape(-1, 1, 1)


@misconception(
    "ConvTranspose2d.forward",
    "The bias is missing.",
    see="Build",
)
def bias_forgotten(self: ConvTranspose2d, x: Array) -> Array:
    y = _right(self, x)
    return y if self.bias is None else y - self.bias.value.reshape(-1, 1, 1)


@misconception(
    "ConvTranspose2d.forward",
    "Where two stamps overlap, yours divides by how many there are. What they bring adds up.",
    see="Break",
)
def overlaps_averaged(self: ConvTranspose2d, x: Array) -> Array:
    bias = 0 if self.bias is None else self.bias.value.reshape(-1, 1, 1)
    ones = np.ones((1, 1, *x.shape[2:], *self.kernel_size), x.dtype)
    count = self.inside(conv.scatter(ones, self.covered(x.shape), self.stride, self.dilation))
    return (_right(self, x) - bias) / np.maximum(count, 1) + bias


@misconception(
    "ConvTranspose2d.forward",
    "Your stamps are turned round. Turning belongs to the other way of computing this, a convolution over an image "
    "with zeros put in; a stamp lies as it is stored.",
    see="Two ways to see it",
)
def stamps_turned(self: ConvTranspose2d, x: Array) -> Array:
    stored = self.weight.value
    self.weight.value = stored[:, :, ::-1, ::-1]
    try:
        return _right(self, x)
    finally:
        self.weight.value = stored


@misconception(
    "ConvTranspose2d.forward",
    "You cut all of the padding off one end: the picture is moved.",
    see="The size of the output",
)
def cut_at_one_end(self: ConvTranspose2d, x: Array) -> Array:
    height, width = self.covered(x.shape)
    stored, self.padding = self.padding, (0, 0)
    try:
        page = _right(self, x)
    finally:
        self.padding = stored
    return page[:, :, : height - 2 * stored[0], : width - 2 * stored[1]]


@misconception(
    "ConvTranspose2d.backward",
    "Your gradients replace what was in grad instead of adding to it.",
    see="Build",
)
def gradient_replaced(self: ConvTranspose2d, dy: Array) -> Any:
    self.zero_grad()
    return _back(self, dy)


@misconception(
    "ConvTranspose2d.backward",
    "You put dy in the corner of the page. The output was cut out of its middle, so that is where dy belongs.",
    see="Backward",
)
def gradient_in_the_corner(self: ConvTranspose2d, dy: Array) -> Any:
    rows, (n, _, h, w) = self.kept_all()
    around = np.zeros((n, self.out_channels, *self.covered((n, self.in_channels, h, w))), dy.dtype)
    around[:, :, : dy.shape[2], : dy.shape[3]] = dy
    if self.bias is not None:
        self.bias.grad += dy.sum(axis=(0, 2, 3))
    seen = conv.to_rows(conv.patches(around, self.kernel_size, self.stride, self.dilation)[:, :, :h, :w], self.groups)
    self.weight.grad += (rows.swapaxes(1, 2) @ seen).reshape(self.weight.shape)
    return conv.from_rows(seen @ self.filters().swapaxes(1, 2), n, (h, w), (1, 1))[..., 0, 0]


@misconception(
    "ConvTranspose2d.backward",
    "The bias gradient is a mean. One bias served every pixel of every image: add.",
    see="Backward",
)
def bias_gradient_averaged(self: ConvTranspose2d, dy: Array) -> Any:
    before = None if self.bias is None else self.bias.grad.copy()
    dx = _back(self, dy)
    if self.bias is not None and before is not None:
        self.bias.grad[...] = before + dy.mean(axis=(0, 2, 3))
    return dx


@misconception(
    "ConvTranspose2d.backward",
    "Your way back turns the filters round. A pixel meets the same weights as on its way there, in the same places.",
    see="Two ways to see it",
)
def filters_turned(self: ConvTranspose2d, dy: Array) -> Any:
    stored = self.weight.value
    self.weight.value = stored[:, :, ::-1, ::-1]
    try:
        return _back(self, dy)
    finally:
        self.weight.value = stored


_right, _back = ConvTranspose2d.forward, ConvTranspose2d.backward  # before any of the above takes their place
