"""What people write instead of a linear layer."""

from groundup.core import Array, misconception
from groundup.nn.linear.linear import Linear


@misconception(
    "Linear.forward",
    "The bias is missing: every row of your output is short by the same vector.",
    see="Build",
)
def bias_forgotten(self: Linear, x: Array) -> Array:
    self.keep(x)
    return x @ self.weight.value.T


@misconception(
    "Linear.forward",
    "You used the weight the other way round, as (inputs, outputs). It only fits here because the layer is square.",
    see="Derive",
)
def weight_not_transposed(self: Linear, x: Array) -> Array:
    self.keep(x)
    y = x @ self.weight.value
    return y if self.bias is None else y + self.bias.value


@misconception(
    "Linear.forward",
    "The bias is added before the product, to the inputs, so the weights scale it as well.",
    see="Derive",
)
def bias_inside(self: Linear, x: Array) -> Array:
    self.keep(x)
    return (x + (0 if self.bias is None else self.bias.value)) @ self.weight.value.T


@misconception(
    "Linear.backward",
    "Your gradients replace what was in grad instead of adding to it: a layer used twice would forget its first use.",
    see="Break",
)
def gradient_replaced(self: Linear, dy: Array) -> Array:
    x = self.kept()
    self.weight.grad[...] = dy.reshape(-1, self.out_features).T @ x.reshape(-1, self.in_features)
    if self.bias is not None:
        self.bias.grad[...] = dy.reshape(-1, self.out_features).sum(axis=0)
    return dy @ self.weight.value


@misconception(
    "Linear.backward",
    "The gradients are averaged over the rows. A loss that is a mean has divided by N already: here rows add up.",
    see="Break",
)
def gradient_averaged(self: Linear, dy: Array) -> Array:
    x = self.kept()
    rows = dy.reshape(-1, self.out_features)
    self.weight.grad += rows.T @ x.reshape(-1, self.in_features) / len(rows)
    if self.bias is not None:
        self.bias.grad += rows.mean(axis=0)
    return dy @ self.weight.value


@misconception(
    "Linear.backward",
    "The bias gradient is averaged over the rows while the weight gradient is summed: "
    "one bias served every row, so its gradients add up.",
    see="Derive",
)
def bias_gradient_averaged(self: Linear, dy: Array) -> Array:
    x = self.kept()
    rows = dy.reshape(-1, self.out_features)
    self.weight.grad += rows.T @ x.reshape(-1, self.in_features)
    if self.bias is not None:
        self.bias.grad += rows.mean(axis=0)
    return dy @ self.weight.value


@misconception(
    "Linear.backward",
    "The gradient for the input goes through the weight the wrong way round; it only fits because the layer is square.",
    see="Derive",
)
def input_gradient_transposed(self: Linear, dy: Array) -> Array:
    x = self.kept()
    rows = dy.reshape(-1, self.out_features)
    self.weight.grad += rows.T @ x.reshape(-1, self.in_features)
    if self.bias is not None:
        self.bias.grad += rows.sum(axis=0)
    return dy @ self.weight.value.T


@misconception(
    "Linear.backward",
    "The bias gradient is never added, so the bias would stay where it began.",
    see="Derive",
)
def bias_gradient_forgotten(self: Linear, dy: Array) -> Array:
    x = self.kept()
    self.weight.grad += dy.reshape(-1, self.out_features).T @ x.reshape(-1, self.in_features)
    return dy @ self.weight.value
