"""Linear: an affine map of the last axis.

    (1)  Y  = X Wᵀ + b
    (2)  dX = dY W        dW = dYᵀ X        db = Σₙ dYₙ

Axes: N rows (every leading axis counts as rows), I inputs, O outputs.  W is (O, I), b is (O,).
Derivation: lesson.md, "Derive".  Source: Rumelhart, Hinton, Williams, Nature 323 (1986).
"""

from math import prod

from groundup.core import (
    Array,
    Layer,
    Parameter,
    Rng,
    expect_features,
    expect_positive,
    expect_shape,
    generator,
    matmul_flops,
)


class Linear(Layer):
    """Map (..., I) to (..., O) by Eq. 1.

    Weight and bias start uniform in ±1/√I, as in torch.nn.Linear. State keys: ``weight`` (O, I), ``bias`` (O,).

    Raises ValueError for sizes below 1, TypeError when ``rng`` is missing, ShapeError in ``forward`` and ``backward``.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, rng: Rng | None = None) -> None:
        expect_positive("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        draw, bound = generator("Linear", rng), in_features**-0.5
        self.weight = Parameter(draw.uniform(-bound, bound, (out_features, in_features)).astype("float32"))
        self.bias = Parameter(draw.uniform(-bound, bound, out_features).astype("float32")) if bias else None

    def forward(self, x: Array) -> Array:
        """(..., I) -> (..., O), Eq. 1."""
        x = expect_features("Linear.forward", x, self.in_features)
        self.keep(x)
        y = x @ self.weight.value.T  # (..., I) @ (I, O)
        if self.bias is not None:
            y += self.bias.value  # (O,) is added to every row
        return y

    def backward(self, dy: Array) -> Array:
        """(..., O) -> (..., I), Eq. 2; adds to the gradients of weight and bias."""
        x = self.kept()
        expect_shape("Linear.backward", dy, (*x.shape[:-1], self.out_features), like="y")
        rows_x, rows_dy = x.reshape(-1, self.in_features), dy.reshape(-1, self.out_features)  # (N, I), (N, O)
        self.weight.grad += rows_dy.T @ rows_x  # (O, N) @ (N, I)
        if self.bias is not None:
            self.bias.grad += rows_dy.sum(axis=0)  # one bias served all N rows
        return dy @ self.weight.value  # (..., O) @ (O, I)

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """One product, (N, I) @ (I, O)."""
        return matmul_flops(prod(y_shape[:-1]), self.in_features, self.out_features)
