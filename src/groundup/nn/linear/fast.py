"""Linear, as the library uses it: the arithmetic of linear.py without work that nobody needs.

Three things: the first product of a batch is written into the gradient instead of added to it; the first layer of a
network computes no dX; and its weight then lies in memory column by column, as Eq. 1 reads it (x @ Wᵀ took 1.25 times
as long from rows, at 64 x 784 x 128 on one thread of OpenBLAS; Eq. 2 wants rows, so the other layers keep them).
"""

from typing import Any, Self

import numpy as np

from groundup.core import Array, expect_shape
from groundup.nn.linear import linear


class Linear(linear.Linear):
    __doc__ = linear.Linear.__doc__

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Whether backward's dX will be read; without it the weight is laid out for forward alone."""
        order = np.ascontiguousarray if needed else np.asfortranarray
        gradient, self.weight.value = order(self.weight.grad), order(self.weight.value)
        self.weight.grad = gradient
        return super().needs_input_grad(needed)

    def backward(self, dy: Array) -> Any:
        """(..., O) -> (..., I), Eq. 2; None when ``needs_input_grad(False)`` was called."""
        x = self.kept()
        expect_shape("Linear.backward", dy, (*x.shape[:-1], self.out_features), like="y")
        rows_x, rows_dy = x.reshape(-1, self.in_features), dy.reshape(-1, self.out_features)  # (N, I), (N, O)
        self.weight.add_product(rows_dy.T, rows_x)  # (O, N) @ (N, I)
        if self.bias is not None:
            self.bias.grad += rows_dy.sum(axis=0)  # (O,), one bias served all N rows
        return dy @ self.weight.value if self.input_grad else None  # (..., O) @ (O, I)
