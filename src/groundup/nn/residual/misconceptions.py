"""What people write instead of a residual connection."""

from typing import Any

from groundup.core import Array, Rng, Sequential, generator, misconception
from groundup.nn.activation import ReLU
from groundup.nn.linear import Linear
from groundup.nn.residual.residual import Residual


@misconception(
    "Residual.forward",
    "The input is not added: your layer is its body and nothing more.",
    see="Two ways forward",
)
def body_alone(self: Residual, x: Array) -> Array:
    y: Array = self.body(x)
    self.keep(y.shape)
    return y


@misconception(
    "Residual.forward",
    "You always add x itself, past the shortcut that was given. Here it had the same width, so nothing complained.",
    see="Two ways forward",
)
def shortcut_ignored(self: Residual, x: Array) -> Array:
    y: Array = self.body(x) + x
    self.keep(y.shape)
    if self.shortcut is not None:
        self.shortcut(x)
    return y


@misconception(
    "Residual.forward",
    "You add into the array that the body returned. The body had kept it for its backward, which now reads your sum.",
    see="Break",
)
def added_in_place(self: Residual, x: Array) -> Array:
    y: Array = self.body(x)
    y += x if self.shortcut is None else self.shortcut(x)
    self.keep(y.shape)
    return y


@misconception(
    "Residual.forward",
    "The shortcut is given what the body returned. The two run side by side, and both start from x.",
    see="Two ways forward",
)
def one_after_the_other(self: Residual, x: Array) -> Array:
    fx = self.body(x)
    y: Array = fx + (x if self.shortcut is None else self.shortcut(fx))
    self.keep(y.shape)
    return y


@misconception(
    "Residual.backward",
    "The gradient comes back through the body alone: the way past it, which keeps deep networks alive, is closed.",
    see="Two ways back",
)
def through_the_body_alone(self: Residual, dy: Array) -> Any:
    self.kept_all()
    if self.shortcut is not None:
        self.shortcut.backward(dy)
    return self.body.backward(dy)


@misconception(
    "Residual.backward",
    "You hand on dy alone. The body's parameters have their gradients, but x moved the body's output as well.",
    see="Two ways back",
)
def past_the_body_alone(self: Residual, dy: Array) -> Any:
    self.kept_all()
    self.body.backward(dy)
    return dy if self.shortcut is None else self.shortcut.backward(dy)


@misconception(
    "Residual.backward",
    "You gave each way half of dy. A sum has the slope 1 in both its parts: each way gets the whole of it.",
    see="Two ways back",
)
def shared_out(self: Residual, dy: Array) -> Any:
    self.kept_all()
    half = dy / 2
    through = self.body.backward(half)
    past = half if self.shortcut is None else self.shortcut.backward(half)
    return None if through is None or past is None else through + past


@misconception(
    "residual_block",
    "In your block each activation comes after its dense layer, so the body can only add, never take away.",
    see="Where the activation stands",
)
def activation_after(in_features: int, out_features: int, *, rng: Rng | None = None) -> Residual:
    draw = generator("residual_block", rng)
    body = Sequential(
        Linear(in_features, out_features, rng=draw), ReLU(), Linear(out_features, out_features, rng=draw), ReLU()
    )
    same = in_features == out_features
    return Residual(body, None if same else Linear(in_features, out_features, bias=False, rng=draw))


@misconception(
    "residual_block",
    "Your shortcut is a projection even where the widths agree: the straight way is gone, and parameters are wasted.",
    see="When the shapes differ",
)
def always_projected(in_features: int, out_features: int, *, rng: Rng | None = None) -> Residual:
    draw = generator("residual_block", rng)
    body = Sequential(
        ReLU(), Linear(in_features, out_features, rng=draw), ReLU(), Linear(out_features, out_features, rng=draw)
    )
    return Residual(body, Linear(in_features, out_features, bias=False, rng=draw))


@misconception(
    "residual_block",
    "You put an activation on the shortcut after its projection. What passes it is bent in every such block.",
    see="When the shapes differ",
)
def shortcut_bent(in_features: int, out_features: int, *, rng: Rng | None = None) -> Residual:
    draw = generator("residual_block", rng)
    body = Sequential(
        ReLU(), Linear(in_features, out_features, rng=draw), ReLU(), Linear(out_features, out_features, rng=draw)
    )
    if in_features == out_features:
        return Residual(body)
    return Residual(body, Sequential(Linear(in_features, out_features, bias=False, rng=draw), ReLU()))
