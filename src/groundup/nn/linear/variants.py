"""The affine map written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.nn.linear.linear import Linear


@variant("Linear.forward", "einsum names the axis that vanishes")
def einsum_forward(self: Linear, x: Array) -> Array:
    self.keep(x)
    y: Array = np.einsum("...i,oi->...o", x, self.weight.value)
    return y if self.bias is None else y + self.bias.value


@variant("Linear.forward", "output by output")
def output_by_output(self: Linear, x: Array) -> Array:
    self.keep(x)
    y = np.empty((*x.shape[:-1], self.out_features), dtype=x.dtype)
    for o, row in enumerate(self.weight.value):
        y[..., o] = (x * row).sum(axis=-1)
        if self.bias is not None:
            y[..., o] += self.bias.value[o]
    return y


@variant("Linear.forward", "the bias as the weight of an input that is always 1")
def with_a_one(self: Linear, x: Array) -> Array:
    self.keep(x)
    if self.bias is None:
        return np.tensordot(x, self.weight.value, axes=(-1, 1))
    ones = np.ones_like(x[..., :1])
    wide = np.concatenate([self.weight.value, self.bias.value[:, None]], axis=1)  # (O, I + 1)
    y: Array = np.concatenate([x, ones], axis=-1) @ wide.T
    return y


@variant("Linear.backward", "einsum over named axes")
def einsum_backward(self: Linear, dy: Array) -> Array:
    x = self.kept()
    self.weight.grad += np.einsum("no,ni->oi", dy.reshape(-1, self.out_features), x.reshape(-1, self.in_features))
    if self.bias is not None:
        self.bias.grad += np.einsum("no->o", dy.reshape(-1, self.out_features))
    dx: Array = np.einsum("...o,oi->...i", dy, self.weight.value)
    return dx


@variant("Linear.backward", "row by row: an outer product each")
def row_by_row(self: Linear, dy: Array) -> Array:
    x = self.kept()
    dx = np.empty_like(x)
    for row in np.ndindex(x.shape[:-1]):
        self.weight.grad += np.outer(dy[row], x[row])
        if self.bias is not None:
            self.bias.grad += dy[row]
        dx[row] = self.weight.value.T @ dy[row]
    return dx


@variant("Linear.backward", "sums over every axis but the last")
def sums_over_the_leading_axes(self: Linear, dy: Array) -> Array:
    x = self.kept()
    leading = tuple(range(dy.ndim - 1))
    self.weight.grad += np.tensordot(dy, x, axes=(leading, leading))
    if self.bias is not None:
        self.bias.grad += dy.sum(axis=leading)
    return np.tensordot(dy, self.weight.value, axes=1)
