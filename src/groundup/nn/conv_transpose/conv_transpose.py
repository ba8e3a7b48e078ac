"""ConvTranspose2d: what a convolution does backward, used forward. Small images become large ones.

    (1)  OH = (H - 1) S - 2P + D(K - 1) + Q + 1                              Q is output_padding
    (2)  y[n, o, iS + aD - P, jS + eD - P] += w[c, o, a, e] x[n, c, i, j]    for every c, a, e and every place (i, j)
    (3)  Ỹ = X W̃ᵀ        y = b + what the rows of Ỹ add up to, spread out    a row of W̃ᵀ: the stamp of one channel
    (4)  dX = dỸ W̃       dW̃ᵀ = Xᵀ dỸ       db = Σ dY                         a row of dỸ is what one stamp covers of dy

Axes: N batch, C channels in, O channels out, (H, W) pixels in; kernel K, stride S, padding P, dilation D. With G groups
w is (C, O/G, K, K): input channels first, so that the weight of a convolution fits the layer that goes the other way.
Source: Zeiler, Krishnan, Taylor, Fergus, Deconvolutional Networks (2010); Dumoulin and Visin (2016), chapter 4.
Derivation: lesson.md, "Derive".
"""

from math import prod
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Layer,
    Parameter,
    Rng,
    ShapeError,
    convolution_flops,
    expect_rank,
    expect_shape,
    generator,
)
from groundup.nn.conv.conv import Sizes, expect_channels, from_rows, patches, per_axis, scatter, to_rows


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Pixels out along one axis, Eq. 1."""
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1


class ConvTranspose2d(Layer):
    """Stamps in place of windows: (N, C, H, W) -> (N, O, OH, OW), Eq. 2.

    ``padding`` is cut off what the stamps cover; ``output_padding`` adds rows below and columns at the right, fewer
    than the stride or the dilation. State keys: ``weight`` (C, O/G, KH, KW), ``bias`` (O,). Weights start uniform in
    ±1/√(O/G·KH·KW), as in torch.nn.ConvTranspose2d.

    Raises ValueError and TypeError for settings that do not fit, ShapeError and DtypeError in ``forward``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        rng: Rng | None = None,
    ) -> None:
        who = "ConvTranspose2d"
        expect_channels(who, in_channels, out_channels, groups)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = per_axis(who, "kernel_size", kernel_size, 2), per_axis(who, "stride", stride, 2)
        self.dilation, self.padding = per_axis(who, "dilation", dilation, 2), per_axis(who, "padding", padding, 2, 0)
        self.output_padding = per_axis(who, "output_padding", output_padding, 2, 0)
        if any(q >= max(s, d) for q, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True)):
            raise ValueError(
                f"{who}: expected output_padding smaller than the stride or the dilation, got {self.output_padding}; "
                "more of it would only add rows that no stamp covers"
            )
        if padding_mode != "zeros":
            raise ValueError(f"{who}: expected padding_mode 'zeros', got {padding_mode!r}; there is no other here")
        draw, shape = generator(who, rng), (in_channels, out_channels // groups, *self.kernel_size)
        bound = prod(shape[1:]) ** -0.5  # as torch, which takes the second axis for the one that is summed over
        self.weight = Parameter(draw.uniform(-bound, bound, shape).astype("float32"))
        self.bias = Parameter(draw.uniform(-bound, bound, out_channels).astype("float32")) if bias else None

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, O, OH, OW), Eq. 3."""
        x = self.image(x)
        rows = to_rows(x[..., None, None], self.groups)  # (G, P, C/G): the pixels, one a row
        self.keep(rows, x.shape)
        stamps = rows @ self.filters()  # (G, P, C/G) @ (G, C/G, O/G·KH·KW)
        columns = from_rows(stamps, len(x), x.shape[2:], self.kernel_size)
        y = self.inside(scatter(columns, self.covered(x.shape), self.stride, self.dilation))
        return y.copy() if self.bias is None else y + self.bias.value.reshape(-1, 1, 1)

    def backward(self, dy: Array) -> Any:
        """(N, O, OH, OW) -> (N, C, H, W), Eq. 4; adds to the gradients of weight and bias."""
        rows, (n, _, h, w) = self.kept_all()
        covered = self.covered((n, self.in_channels, h, w))
        around = np.zeros((n, self.out_channels, *covered), dy.dtype)
        self.inside(around)[...] = expect_shape("ConvTranspose2d.backward", dy, self.inside(around).shape, like="y")
        if self.bias is not None:
            self.bias.grad += dy.sum(axis=(0, 2, 3))
        seen = patches(around, self.kernel_size, self.stride, self.dilation)[:, :, :h, :w]
        dy = to_rows(seen, self.groups)  # (G, P, O/G·KH·KW): what each stamp covers
        self.weight.grad += (rows.swapaxes(1, 2) @ dy).reshape(self.weight.shape)  # (G, C/G, P) @ (G, P, ...)
        dx = dy @ self.filters().swapaxes(1, 2)  # (G, P, C/G)
        return from_rows(dx, n, (h, w), (1, 1))[..., 0, 0]

    def filters(self) -> Array:
        """W̃ᵀ for each group: (G, C/G, O/G·KH·KW)."""
        return self.weight.value.reshape(self.groups, self.in_channels // self.groups, -1)

    def covered(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """(height, width) of what the stamps cover, padding not yet cut off, output_padding added."""
        settings = zip(shape[2:], self.kernel_size, self.stride, self.output_padding, self.dilation, strict=True)
        height, width = (output_size(n, k, s, 0, q, d) for n, k, s, q, d in settings)
        return height, width

    def inside(self, y: Array) -> Array:
        """(N, O, OH, OW) out of what the stamps cover, a view."""
        (top, left), (height, width) = self.padding, y.shape[2:]
        return y[:, :, top : height - top, left : width - left]

    def image(self, x: Any) -> Array:
        """A float image with the channels of this layer that leaves something. Raises ShapeError, DtypeError."""
        who, checked = "ConvTranspose2d.forward", expect_rank("ConvTranspose2d.forward", x, "NCHW")
        if checked.shape[1] != self.in_channels:
            raise ShapeError(
                f"{who}: expected {self.in_channels} channels in (N, C, H, W), got {checked.shape[1]} in "
                f"{checked.shape}; add channels or set in_channels={checked.shape[1]}"
            )
        size = tuple(n - 2 * p for n, p in zip(self.covered(checked.shape), self.padding, strict=True))
        if min(*size, *checked.shape[2:]) < 1:
            raise ShapeError(
                f"{who}: expected an image that gives at least one pixel, got {checked.shape}, which gives {size}; "
                "padding is cut off here: take less"
            )
        return checked

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Eq. 3's product: as many as the convolution that goes the other way."""
        return convolution_flops(x_shape, self.kernel_size, self.out_channels, self.groups)
