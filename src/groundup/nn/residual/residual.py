"""Residual: what a layer makes of x is added to x.

    (1)  y  = f(x) + s(x)                      s is the identity unless a shortcut is given
    (2)  dx = (∂f/∂x)ᵀ dy + (∂s/∂x)ᵀ dy        = f.backward(dy) + dy, for the identity

A block of two dense layers, each after its activation (pre-activation), and a projection where the width changes:

    (3)  f(x) = W₂ relu(W₁ relu(x) + b₁) + b₂        s(x) = x, or W₃ x

Axes: any; f(x) and s(x) have the same.
Derivation: lesson.md, "Derive".  Sources: He, Zhang, Ren, Sun, Deep Residual Learning (2015), Eqs. 1 and 2; the same,
Identity Mappings in Deep Residual Networks (2016).
"""

from typing import Any, Self

from groundup.core import (
    Array,
    Layer,
    Rng,
    Sequential,
    ShapeError,
    expect_float,
    expect_positive,
    expect_shape,
    generator,
)
from groundup.nn.activation import ReLU, Tanh
from groundup.nn.linear import Linear

__all__ = ["Linear", "ReLU", "Residual", "Sequential", "Tanh", "residual_block"]


class Residual(Layer):
    """Map x to body(x) + x, or to body(x) + shortcut(x), Eq. 1.

    State keys: ``body.`` and ``shortcut.`` before those of the two layers.

    Raises TypeError for what is no layer, ShapeError in ``forward`` where the two sums differ in shape.
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None) -> None:
        for name, layer in (("body", body), ("shortcut", shortcut)):
            if not isinstance(layer, Layer) and (name == "body" or layer is not None):
                raise TypeError(
                    f"Residual: expected {name} to be a layer, got {layer!r}; "
                    "is a class passed where an instance is meant?"
                )
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Array) -> Array:
        """(...) -> what the body makes of it, Eq. 1."""
        x = expect_float("Residual.forward", x)
        fx = self.body(x)
        sx = x if self.shortcut is None else self.shortcut(x)
        _expect_alike(fx, sx, self.shortcut)
        self.keep(fx.shape)
        y: Array = fx + sx  # not fx += sx: the body may have kept fx for its own backward
        return y

    def backward(self, dy: Array) -> Any:
        """The gradient goes both ways and is added where they meet, Eq. 2; None when nobody wants it."""
        (shape,) = self.kept_all()
        expect_shape("Residual.backward", dy, shape, like="y")
        through = self.body.backward(dy)
        past = dy if self.shortcut is None else self.shortcut.backward(dy)
        if through is None or past is None or not self.input_grad:
            return None
        return through + past

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Tell both ways."""
        for _, child in self.children():
            child.needs_input_grad(needed)
        return super().needs_input_grad(needed)


def residual_block(in_features: int, out_features: int, *, rng: Rng | None = None) -> Residual:
    """The block of Eq. 3: (..., I) -> (..., O); a projection without bias where I and O differ.

    Drawn from ``rng`` in the order of the state keys: ``body.1.weight``, ``body.1.bias``, ``body.3.weight``,
    ``body.3.bias``, ``shortcut.weight``.
    """
    expect_positive("residual_block", in_features=in_features, out_features=out_features)
    draw = generator("residual_block", rng)
    body = Sequential(
        ReLU(),
        Linear(in_features, out_features, rng=draw),
        ReLU(),
        Linear(out_features, out_features, rng=draw),
    )
    same = in_features == out_features
    return Residual(body, None if same else Linear(in_features, out_features, bias=False, rng=draw))


def _expect_alike(fx: Array, sx: Array, shortcut: Layer | None) -> None:
    if fx.shape != sx.shape:
        way, hint = ("x", "give it a shortcut that changes the shape as the body does")
        if shortcut is not None:
            way, hint = ("the shortcut's", "do stride and width of the shortcut match those of the body?")
        raise ShapeError(
            f"Residual.forward: expected the body to give the shape of {way}, {sx.shape}, got {fx.shape}; {hint}"
        )
