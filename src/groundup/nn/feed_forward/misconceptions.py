"""What people write instead of a feed-forward network."""

from typing import Any

from groundup.core import Array, misconception
from groundup.nn.feed_forward.feed_forward import FeedForward, SwiGLU


@misconception(
    "FeedForward.forward",
    "Nothing bends the hidden numbers: two linear layers in a row are one, of lower rank at best.",
    see="Break",
)
def bend_forgotten(self: FeedForward, x: Array) -> Any:
    self.keep(x.shape)
    return self.linear2(self.dropout(self.linear1(x)))


@misconception(
    "FeedForward.forward",
    "The bend comes after the second layer: the output can no longer be negative, and the inner part is linear.",
    see="Derive",
)
def bend_at_the_end(self: FeedForward, x: Array) -> Any:
    self.keep(x.shape)
    return self.activation(self.linear2(self.dropout(self.linear1(x))))


@misconception(
    "FeedForward.forward",
    "Both layers are bent. The output is added to a stream that has to go down as well as up: it stays unbent.",
    see="Derive",
)
def bent_twice(self: FeedForward, x: Array) -> Any:
    self.keep(x.shape)
    return self.activation(self.linear2(self.dropout(self.activation(self.linear1(x)))))


@misconception(
    "FeedForward.forward",
    "Your result already contains the input. The sum with it belongs to the block around this network.",
    see="Build",
)
def input_added(self: FeedForward, x: Array) -> Any:
    self.keep(x.shape)
    return x + self.linear2(self.dropout(self.activation(self.linear1(x))))


@misconception(
    "FeedForward.forward",
    "Nothing is dropped in training: the dropout between the layers is left out.",
    see="Build",
)
def dropout_forgotten(self: FeedForward, x: Array) -> Any:
    self.keep(x.shape)
    return self.linear2(self.activation(self.linear1(x)))


@misconception(
    "FeedForward.backward",
    "The derivative of the activation is missing on the way back: it is treated as a straight line.",
    see="Derive",
)
def bend_forgotten_on_the_way_back(self: FeedForward, dy: Array) -> Any:
    self.kept_all()
    return self.linear1.backward(self.dropout.backward(self.linear2.backward(dy)))


@misconception(
    "FeedForward.backward",
    "What dropout took away comes back: hidden numbers that were dropped still receive a gradient.",
    see="Build",
)
def dropout_forgotten_on_the_way_back(self: FeedForward, dy: Array) -> Any:
    self.kept_all()
    return self.linear1.backward(self.activation.backward(self.linear2.backward(dy)))


@misconception(
    "FeedForward.backward",
    "dy is added to your result. The gradient that goes round this network is the block's to add.",
    see="Build",
)
def input_gradient_added(self: FeedForward, dy: Array) -> Any:
    self.kept_all()
    return dy + self.linear1.backward(self.activation.backward(self.dropout.backward(self.linear2.backward(dy))))


@misconception(
    "FeedForward.backward",
    "You stop at the hidden numbers and multiply with the second weight alone: the first layer has learned nothing.",
    see="Derive",
)
def first_layer_forgotten(self: FeedForward, dy: Array) -> Any:
    self.kept_all()
    dhidden = self.activation.backward(self.dropout.backward(self.linear2.backward(dy)))
    return dhidden @ self.linear1.weight.value


@misconception(
    "SwiGLU.forward",
    "The wrong one of the two products is bent: up_proj stays as it is, and gate_proj is the gate.",
    see="A gate",
)
def wrong_one_bent(self: SwiGLU, x: Array) -> Any:
    gate, up = self.gate_proj(x), self.activation(self.up_proj(x))
    self.keep(gate, up)
    return self.down_proj(gate * up)


@misconception(
    "SwiGLU.forward",
    "Gate and value are added. A gate multiplies: where it is closed, nothing may come through.",
    see="A gate",
)
def gate_added(self: SwiGLU, x: Array) -> Any:
    gate, up = self.activation(self.gate_proj(x)), self.up_proj(x)
    self.keep(gate, up)
    return self.down_proj(gate + up)


@misconception(
    "SwiGLU.forward",
    "The gate is not bent: a product of two straight lines opens again where both are negative.",
    see="A gate",
)
def gate_not_bent(self: SwiGLU, x: Array) -> Any:
    gate, up = self.gate_proj(x), self.up_proj(x)
    self.keep(gate, up)
    return self.down_proj(gate * up)


@misconception(
    "SwiGLU.backward",
    "Each factor receives itself times dy. Nudge the gate, and the product moves by the value behind it.",
    see="A gate",
)
def factors_swapped(self: SwiGLU, dy: Array) -> Any:
    gate, up = self.kept_all()
    dproduct = self.down_proj.backward(dy)
    dgate = self.gate_proj.backward(self.activation.backward(dproduct * gate))
    return dgate + self.up_proj.backward(dproduct * up)


@misconception(
    "SwiGLU.backward",
    "The gate's gradient does not pass through the activation on its way back.",
    see="A gate",
)
def gate_not_bent_on_the_way_back(self: SwiGLU, dy: Array) -> Any:
    gate, up = self.kept_all()
    dproduct = self.down_proj.backward(dy)
    return self.gate_proj.backward(dproduct * up) + self.up_proj.backward(dproduct * gate)


@misconception(
    "SwiGLU.backward",
    "Only what comes back through the value is returned. x went through the gate as well: two gradients add up.",
    see="A gate",
)
def one_way_back(self: SwiGLU, dy: Array) -> Any:
    gate, up = self.kept_all()
    dproduct = self.down_proj.backward(dy)
    self.gate_proj.backward(self.activation.backward(dproduct * up))
    return self.up_proj.backward(dproduct * gate)
