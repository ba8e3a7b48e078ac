"""BatchNorm2d, as the library uses it: for images that lie channels-last in memory, which is what Conv2d hands on.

Along an axis of 16 channels NumPy starts a new inner loop every 16 numbers. Here a line of pixels with all its channels
is one row of W·C numbers, and γ, β, µ and r are laid out for such a row; a sum over rows is a product with ones, one
call of the BLAS. Eq. 5 is written with the sums that Eq. 4 needs anyhow: Σ dx̂ = γ dβ and Σ dx̂ x̂ = γ dγ. Other orders
of memory go the plain way. Forward and backward of 64 x 16 x 32 x 32 in float32 on one thread took THEN of the plain
form's time.
"""

import numpy as np

from groundup.core import Array, expect_shape
from groundup.nn.batch_norm import batch_norm


class BatchNorm2d(batch_norm.BatchNorm2d):
    __doc__ = batch_norm.BatchNorm2d.__doc__

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, H, W), Eqs. 1 to 3."""
        x = self.expect(x)
        if not (x.size and x.transpose(0, 2, 3, 1).flags.c_contiguous):
            return super().forward(x)
        rows = lines(x)
        mean, variance, count = self.batch_or_running(x)
        r = 1 / np.sqrt(variance + self.eps)
        x_hat = rows - along(mean, rows)
        x_hat *= along(r, rows)
        self.keep(x_hat, r, count, x.shape)
        weight, bias = self.gamma(x.dtype), self.beta(x.dtype)
        y = x_hat * along(weight, rows)
        y += along(bias, rows)
        return image(y, x.shape)
