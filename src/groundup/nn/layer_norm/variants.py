"""Layer, group and root-mean-square normalisation written another way, and just as right."""

from math import prod

import numpy as np

from groundup.core import Array, expect_shape, variant
from groundup.nn.batch_norm.batch_norm import standardise_backward
from groundup.nn.layer_norm.layer_norm import GroupNorm, LayerNorm, RMSNorm, expect_tail, last_axes


@variant("LayerNorm.forward", "NumPy's mean and variance")
def mean_and_variance(self: LayerNorm, x: Array) -> Array:
    x = expect_tail("LayerNorm.forward", x, self.normalized_shape)
    axes = last_axes(self.normalized_shape)
    gaps = x - x.mean(axis=axes, keepdims=True)
    r = (x.var(axis=axes, keepdims=True) + self.eps) ** -0.5
    self.keep(gaps * r, r)
    y: Array = gaps * r if self.weight is None else self.weight.value * r * gaps
    return y if self.bias is None else self.bias.value + y


@variant("LayerNorm.forward", "one row after the other")
def row_after_row(self: LayerNorm, x: Array) -> Array:
    x = expect_tail("LayerNorm.forward", x, self.normalized_shape)
    size = prod(self.normalized_shape)
    rows = x.reshape(x.size // size, size)
    x_hat, r = np.empty_like(rows), np.empty((len(rows), 1), x.dtype)
    for i, row in enumerate(rows):
        gaps = row - row.sum() / size
        r[i] = 1 / np.sqrt(np.dot(gaps, gaps) / size + self.eps)
        x_hat[i] = gaps * r[i]
    front = x.shape[: x.ndim - len(self.normalized_shape)]
    self.keep(x_hat.reshape(x.shape), r.reshape(*front, *(1 for _ in self.normalized_shape)))
    y = x_hat.reshape(x.shape).copy()
    if self.weight is not None:
        y *= self.weight.value
    if self.bias is not None:
        y += self.bias.value
    return y


@variant("LayerNorm.backward", "all rows as one matrix, einsum")
def rows_as_a_matrix(self: LayerNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    expect_shape("LayerNorm.backward", dy, x_hat.shape, like="y")
    size = prod(self.normalized_shape)
    hats, rows = (a.reshape(a.size // size, size) for a in (x_hat, dy))
    if self.bias is not None:
        self.bias.grad += np.einsum("nf->f", rows).reshape(self.normalized_shape)
    if self.weight is not None:
        self.weight.grad += np.einsum("nf,nf->f", rows, hats).reshape(self.normalized_shape)
        rows = np.einsum("nf,f->nf", rows, self.weight.value.ravel())
    shift, stretch = rows.mean(axis=1, keepdims=True), np.einsum("nf,nf->n", rows, hats)[:, None] / size
    return np.array(r * (rows - shift - hats * stretch).reshape(dy.shape))


@variant("LayerNorm.backward", "leading axes summed away one by one")
def leading_axes_one_by_one(self: LayerNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    expect_shape("LayerNorm.backward", dy, x_hat.shape, like="y")
    by_weight, by_bias = dy * x_hat, dy
    while by_bias.ndim > len(self.normalized_shape):
        by_weight, by_bias = by_weight.sum(axis=0), by_bias.sum(axis=0)
    for parameter, gradient in ((self.weight, by_weight), (self.bias, by_bias)):
        if parameter is not None:
            parameter.grad += gradient
    dx_hat = dy if self.weight is None else dy * self.weight.value
    return standardise_backward(dx_hat, x_hat, r, last_axes(self.normalized_shape), prod(self.normalized_shape))


@variant("RMSNorm.forward", "the length of a row over the root of M")
def length_of_a_row(self: RMSNorm, x: Array) -> Array:
    x = expect_tail("RMSNorm.forward", x, self.normalized_shape)
    eps = np.finfo(x.dtype).eps if self.eps is None else self.eps
    squares = np.square(x).sum(axis=last_axes(self.normalized_shape), keepdims=True)
    size = np.sqrt(squares / prod(self.normalized_shape) + x.dtype.type(eps))
    x_hat = x / size
    self.keep(x_hat, 1 / size)
    return np.array(x_hat if self.weight is None else x_hat * self.weight.value)


@variant("RMSNorm.forward", "rows as a matrix, einsum, the weight first")
def weight_first(self: RMSNorm, x: Array) -> Array:
    x = expect_tail("RMSNorm.forward", x, self.normalized_shape)
    eps = self.eps if self.eps is not None else float(np.finfo(x.dtype).eps)
    m = prod(self.normalized_shape)
    rows = x.reshape(x.size // m, m)
    r = (np.einsum("nf,nf->n", rows, rows) / m + eps) ** -0.5
    r = r.reshape(*x.shape[: x.ndim - len(self.normalized_shape)], *(1 for _ in self.normalized_shape))
    self.keep(x * r, r)
    y: Array = x.copy() if self.weight is None else x * self.weight.value
    y *= r
    return y


@variant("RMSNorm.backward", "by x itself and the third power of r")
def third_power(self: RMSNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    expect_shape("RMSNorm.backward", dy, x_hat.shape, like="y")
    x, axes, dx_hat = x_hat / r, last_axes(self.normalized_shape), dy
    if self.weight is not None:
        rows = tuple(range(dy.ndim - len(axes)))
        self.weight.grad[...] = self.weight.grad + np.add.reduce(x_hat * dy, axis=rows)
        dx_hat = dy * self.weight.value
    by_r = (dx_hat * x).sum(axis=axes, keepdims=True)
    return np.array(r * dx_hat - r**3 / prod(self.normalized_shape) * by_r * x)


@variant("RMSNorm.backward", "rows as a matrix, one Jacobian each")
def jacobian_of_each_row(self: RMSNorm, dy: Array) -> Array:
    x_hat, r = self.kept_all()
    expect_shape("RMSNorm.backward", dy, x_hat.shape, like="y")
    m = prod(self.normalized_shape)
    hats, rows = (a.reshape(a.size // m, m) for a in (x_hat, dy))
    if self.weight is not None:
        self.weight.grad += (rows * hats).sum(axis=0).reshape(self.normalized_shape)
        rows = rows * self.weight.value.ravel()
    jacobians = np.eye(m, dtype=dy.dtype) - hats[:, :, None] * hats[:, None, :] / m
    return np.array(np.einsum("nij,nj->ni", jacobians, rows).reshape(dy.shape) * r)


@variant("GroupNorm.by_groups", "the channels split, and stacked on a new axis")
def split_and_stacked(self: GroupNorm, x: Array) -> Array:
    groups = np.stack(np.split(x, self.num_groups, axis=1), axis=1)  # (N, G, C/G, ...)
    return groups.reshape(len(x), self.num_groups, prod(groups.shape[2:]))


@variant("GroupNorm.by_groups", "the channels' pixels side by side in an empty array")
def side_by_side(self: GroupNorm, x: Array) -> Array:
    pixels, members = prod(x.shape[2:]), x.shape[1] // self.num_groups
    groups = np.empty((x.shape[0], self.num_groups, members * pixels), x.dtype)
    for c in range(x.shape[1]):
        start = c % members * pixels
        groups[:, c // members, start : start + pixels] = x[:, c].reshape(x.shape[0], pixels)
    return groups
