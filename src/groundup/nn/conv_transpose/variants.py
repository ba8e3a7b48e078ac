"""Transposed convolution written another way, and just as right."""

from typing import Any

import numpy as np

from groundup.core import Array, variant
from groundup.nn.conv.conv import from_rows, patches, scatter, to_rows
from groundup.nn.conv_transpose.conv_transpose import ConvTranspose2d


@variant("output_size", "where the last stamp ends, then what is cut off and added")
def end_of_the_last_stamp(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    starts = range(0, size * stride, stride)
    covered = starts[-1] + max(range(0, kernel * dilation, dilation)) + 1
    return covered + output_padding - padding - padding


@variant("output_size", "pixels set apart by zeros, then a convolution's size with a wide border")
def size_of_the_convolution(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    span = dilation * (kernel - 1)
    apart = size + (size - 1) * (stride - 1)
    return apart + 2 * (span - padding) + output_padding - span


@variant("ConvTranspose2d.forward", "one pixel's stamp after the other, added to the page")
def stamp_by_stamp(self: ConvTranspose2d, x: Array) -> Array:
    x = self.image(x)
    self.keep(to_rows(x[..., None, None], self.groups), x.shape)
    (high, wide), (down, across), (below, beside) = self.kernel_size, self.stride, self.dilation
    page = np.zeros((len(x), self.out_channels, *self.covered(x.shape)), x.dtype)
    outputs, share = self.out_channels // self.groups, self.in_channels // self.groups
    for c, i, j in np.ndindex(*x.shape[1:]):
        first = c // share * outputs  # the first channel out that c reaches
        rows = slice(i * down, i * down + below * (high - 1) + 1, below)
        columns = slice(j * across, j * across + beside * (wide - 1) + 1, beside)
        page[:, first : first + outputs, rows, columns] += np.multiply.outer(x[:, c, i, j], self.weight.value[c])
    if self.bias is not None:
        page += self.bias.value[:, None, None]
    return self.inside(page).copy()


@variant("ConvTranspose2d.forward", "a convolution of pixels set apart by zeros, with filters turned around")
def convolution_of_pixels_apart(self: ConvTranspose2d, x: Array) -> Array:
    x = self.image(x)
    self.keep(to_rows(x[..., None, None], self.groups), x.shape)
    spans = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True)]
    sizes = [n + span for n, span in zip(self.covered(x.shape), spans, strict=True)]
    apart = np.zeros((*x.shape[:2], *sizes), x.dtype)
    places = zip(spans, x.shape[2:], self.stride, strict=True)
    pixels: Any = (..., *(slice(first, first + (n - 1) * s + 1, s) for first, n, s in places))
    apart[pixels] = x
    seen = np.split(patches(apart, self.kernel_size, (1, 1), self.dilation), self.groups, axis=1)
    turned = np.split(self.weight.value[:, :, ::-1, ::-1], self.groups)  # (C/G, O/G, KH, KW) each
    pages = [np.einsum("nchwae,coae->nohw", a, w) for a, w in zip(seen, turned, strict=True)]
    y = self.inside(np.concatenate(pages, axis=1))
    return np.array(y) if self.bias is None else y + self.bias.value[None, :, None, None]


@variant("ConvTranspose2d.forward", "an einsum for each group in place of rows")
def einsum_by_group(self: ConvTranspose2d, x: Array) -> Array:
    x = self.image(x)
    self.keep(to_rows(x[..., None, None], self.groups), x.shape)
    parts = zip(np.split(x, self.groups, axis=1), np.split(self.weight.value, self.groups), strict=True)
    stamps = np.concatenate([np.einsum("ncij,coae->noijae", a, w) for a, w in parts], axis=1)
    y = self.inside(scatter(stamps, self.covered(x.shape), self.stride, self.dilation))
    return y.copy() if self.bias is None else y + np.expand_dims(self.bias.value, (1, 2))


def _on_the_page(layer: ConvTranspose2d, dy: Array, image: tuple[int, ...]) -> Array:
    """dy on the page that the stamps covered, zeros around it, and below for what output_padding made of it."""
    borders = []
    for pixels, size, before in zip(layer.covered(image), dy.shape[2:], layer.padding, strict=True):
        borders.append((before, pixels - size - before))
    return np.pad(dy, ((0, 0), (0, 0), *borders))


@variant("ConvTranspose2d.backward", "contractions of windows for each group, written in place")
def contracted_by_group(self: ConvTranspose2d, dy: Array) -> Any:
    rows, (n, channels, h, w) = self.kept_all()
    if self.bias is not None:
        self.bias.grad += np.einsum("nohw->o", dy)
    page = _on_the_page(self, dy, (n, channels, h, w))
    seen = patches(page, self.kernel_size, self.stride, self.dilation)[:, :, :h, :w]
    x = from_rows(rows, n, (h, w), (1, 1))[..., 0, 0]
    parts = [np.split(a, self.groups, axis=1) for a in (x, seen)]
    weights, gradients = (np.split(a, self.groups) for a in (self.weight.value, self.weight.grad))
    dx = []
    for image, windows, weight, gradient in zip(*parts, weights, gradients, strict=True):
        gradient += np.einsum("ncij,noijae->coae", image, windows)  # a view: adds to weight.grad
        dx.append(np.einsum("noijae,coae->ncij", windows, weight))
    return np.concatenate(dx, axis=1)


@variant("ConvTranspose2d.backward", "a loop over pixels of the stamp: where each of them fell on the page")
def pixel_of_the_stamp_by_pixel(self: ConvTranspose2d, dy: Array) -> Any:
    rows, (n, channels, h, w) = self.kept_all()
    if self.bias is not None:
        for o in range(self.out_channels):
            self.bias.grad[o] += dy[:, o].sum()
    page = _on_the_page(self, dy, (n, channels, h, w))
    x = from_rows(rows, n, (h, w), (1, 1))[..., 0, 0]
    dx = np.zeros(x.shape, dy.dtype)
    outputs, share = self.out_channels // self.groups, self.in_channels // self.groups
    for c, o, a, e in np.ndindex(*self.weight.value.shape):
        top, left = a * self.dilation[0], e * self.dilation[1]
        fell = page[:, c // share * outputs + o, top :: self.stride[0], left :: self.stride[1]][:, :h, :w]
        self.weight.grad[c, o, a, e] += np.vdot(x[:, c], fell)
        dx[:, c] += self.weight.value[c, o, a, e] * fell
    return dx
