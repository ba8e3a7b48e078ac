"""LayerNorm, as the library uses it: sums over features as products with ones, everything else in place.

NumPy's mean and variance along a short last axis walk row by row; a product of the (R, D) rows with a vector of 1/D is
one call of the BLAS, and einsum adds up squares without an array of them. Covers one normalised axis; others go the
plain way.
"""

import numpy as np

from groundup.core import Array, expect_shape
from groundup.nn.norm import norm
from groundup.nn.norm.parts import expect_tail


class LayerNorm(norm.LayerNorm):
    __doc__ = norm.LayerNorm.__doc__

    def forward(self, x: Array) -> Array:
        """(..., D) -> (..., D), Eq. 1."""
        if len(self.normalized_shape) > 1:
            return super().forward(x)
        x = expect_tail("LayerNorm.forward", x, self.normalized_shape)
        rows = x.reshape(-1, x.shape[-1])  # (R, D)
        share = np.full(rows.shape[1], 1 / rows.shape[1], x.dtype)
        x_hat = rows - (rows @ share)[:, None]
        scale = np.einsum("rd,rd->r", x_hat, x_hat)
        scale /= rows.shape[1]
        scale += x.dtype.type(self.eps)
        np.sqrt(scale, out=scale)
        np.reciprocal(scale, out=scale)
        x_hat *= scale[:, None]
        self.keep(x_hat, scale, x.shape)
        if self.weight is None:
            return x_hat.reshape(x.shape).copy()
        y = x_hat * self.weight.value
        if self.bias is not None:
            y += self.bias.value
        return y.reshape(x.shape)

    def backward(self, dy: Array) -> Array:
        """Eqs. 2 and 3."""
        if len(self.normalized_shape) > 1:
            return super().backward(dy)
        x_hat, scale, shape = self.kept_all()
        expect_shape("LayerNorm.backward", dy, shape, like="y")
        rows = dy.reshape(x_hat.shape)
        ones, share = np.ones(len(rows), dy.dtype), np.full(rows.shape[1], 1 / rows.shape[1], dy.dtype)
        if self.bias is not None:
            self.bias.grad += ones @ rows
        if self.weight is None:
            dx = rows.copy()
        else:
            self.weight.grad += np.einsum("rd,rd->d", rows, x_hat)
            dx = rows * self.weight.value  # dx̂
        shift = dx @ share
        along = np.einsum("rd,rd->r", dx, x_hat)
        along /= rows.shape[1]
        dx -= shift[:, None]
        dx -= x_hat * along[:, None]
        dx *= scale[:, None]
        return dx.reshape(shape)
