"""The feed-forward network written another way, and just as right."""

from functools import reduce

import numpy as np

from groundup.core import Array, expect_features, expect_shape, variant
from groundup.nn.feed_forward.feed_forward import FeedForward, SwiGLU
from groundup.nn.linear import Linear


def _product_back(layer: Linear, dy: Array) -> Array:
    """Back through a linear layer by tensordot, over all positions at once."""
    x = layer.kept()
    layer.weight.grad += np.tensordot(dy, x, (range(dy.ndim - 1),) * 2)  # (O, I)
    if layer.bias is not None:
        layer.bias.grad += dy.reshape(-1, dy.shape[-1]).sum(axis=0)
    dx: Array = np.tensordot(dy, layer.weight.value, 1)
    return dx


@variant("FeedForward.forward", "a loop over the parts")
def loop_over_the_parts(self: FeedForward, x: Array) -> Array:
    x = expect_features("FeedForward.forward", x, self.d_model)
    self.keep(x.shape)
    for part in (self.linear1, self.activation, self.dropout, self.linear2):
        x = part(x)
    return x


@variant("FeedForward.forward", "both products by einsum, their layers told what went in")
def products_by_einsum(self: FeedForward, x: Array) -> Array:
    a = expect_features("FeedForward.forward", x, self.d_model)
    self.keep(a.shape)
    for layer in (self.linear1, self.linear2):
        layer.keep(a)
        a = np.einsum("...i,oi->...o", a, layer.weight.value)
        if layer.bias is not None:
            a = a + layer.bias.value
        if layer is self.linear1:
            a = self.dropout(self.activation(a))
    return a


@variant("FeedForward.backward", "folded over the parts, from the last")
def folded_from_the_last(self: FeedForward, dy: Array) -> Array:
    (shape,) = self.kept_all()
    expect_shape("FeedForward.backward", dy, shape, like="y")
    parts = [self.linear2, self.dropout, self.activation, self.linear1]
    return reduce(lambda d, part: part.backward(d), parts, dy)


@variant("FeedForward.backward", "both products by tensordot")
def products_back_by_tensordot(self: FeedForward, dy: Array) -> Array:
    (shape,) = self.kept_all()
    d = _product_back(self.linear2, expect_shape("FeedForward.backward", dy, shape, like="y"))
    d = self.activation.backward(self.dropout.backward(d))
    return _product_back(self.linear1, d)


@variant("SwiGLU.forward", "up first, the gate multiplied into it")
def gate_multiplied_in(self: SwiGLU, x: Array) -> Array:
    x = expect_features("SwiGLU.forward", x, self.d_model)
    up = self.up_proj(x)
    gate = self.activation(self.gate_proj(x))
    product = up.copy()
    product *= gate
    self.keep(gate, up)
    y: Array = self.down_proj(product)
    return y


@variant("SwiGLU.forward", "gate and up in one product with both weights, split afterwards")
def one_product(self: SwiGLU, x: Array) -> Array:
    x = expect_features("SwiGLU.forward", x, self.d_model)
    for layer in (self.gate_proj, self.up_proj):
        layer.keep(x)
    both = x @ np.concatenate([self.gate_proj.weight.value, self.up_proj.weight.value]).T  # (..., 2F)
    closed, up = np.split(both, 2, axis=-1)
    gate = self.activation(closed)
    self.keep(gate, up)
    y: Array = self.down_proj(np.einsum("...f,...f->...f", gate, up))
    return y


@variant("SwiGLU.backward", "one way after the other, added in place")
def one_way_after_the_other(self: SwiGLU, dy: Array) -> Array:
    gate, up = self.kept_all()
    expect_shape("SwiGLU.backward", dy, (*up.shape[:-1], self.d_model), like="y")
    d = self.down_proj.backward(dy)
    dx: Array = self.up_proj.backward(gate * d).copy()
    dx += self.gate_proj.backward(self.activation.backward(up * d))
    return dx


@variant("SwiGLU.backward", "products by tensordot, silu's slope from its input")
def slope_from_its_input(self: SwiGLU, dy: Array) -> Array:
    gate, up = self.kept_all()
    expect_shape("SwiGLU.backward", dy, (*up.shape[:-1], self.d_model), like="y")
    d = _product_back(self.down_proj, dy)
    x = self.gate_proj.kept()
    closed = x @ self.gate_proj.weight.value.T
    opened = 1 / (1 + np.exp(-closed))
    self.gate_proj.keep(x)
    dclosed = d * up * opened * (1 + closed * (1 - opened))
    return _product_back(self.gate_proj, dclosed) + _product_back(self.up_proj, d * gate)
