"""Dropout: in training each number is left out with probability p, and those that stay are scaled up.

    (1)  mᵢ = 1/(1 - p)  if uᵢ >= p, else 0              uᵢ uniform in [0, 1), a new one for each number and each batch
    (2)  y  = x ∘ m                                      in training
    (3)  y  = x                                          in evaluation; E[x ∘ m] = x makes the two agree on average
    (4)  dx = dy ∘ m, or dy                              the m that forward drew

Axes: any. Dropout2d draws one u for each channel of each image (N, C, H, W) and leaves whole channels out.
Derivation: lesson.md, "Derive".  Sources: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 15 (2014);
Tompson et al., Efficient Object Localization (2015), section 3.2, for whole channels.
"""

from numpy.typing import DTypeLike

from groundup.core import Array, Layer, Rng, expect_float, expect_in, expect_rank, expect_shape, generator


def inverted_mask(u: Array, p: float, dtype: DTypeLike) -> Array:
    """m of Eq. 1 in the shape of u; zero everywhere for p = 1."""
    scale = 1 / (1 - p) if p < 1 else 0.0  # nothing stays that could be scaled up
    return (u >= p).astype(dtype) * scale


class Dropout(Layer):
    """Leave out each number with probability ``p``, Eqs. 1 and 2; in evaluation, and for p = 0, change nothing.

    ``rng`` is asked for even where p is 0, so that a program does not break when p changes. It is kept and drawn from
    in every forward of training. Where nothing is changed, x and dy themselves are returned, not copies. No state.

    Raises ValueError for p outside [0, 1], TypeError when ``rng`` is missing, ShapeError in ``backward``.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng | None = None) -> None:
        who = type(self).__name__
        self.p = expect_in(who, "p", p, 0.0, 1.0)
        self.rng = generator(who, rng)

    def forward(self, x: Array) -> Array:
        """(...) -> (...), Eqs. 2 and 3; keeps the mask."""
        x = self.expect(x)
        if not self.training or self.p == 0:
            self.keep(None, x.shape)
            return x
        mask = inverted_mask(self.uniform(x.shape), self.p, x.dtype)
        self.keep(mask, x.shape)
        return x * mask

    def backward(self, dy: Array) -> Array:
        """(...) -> (...), Eq. 4: what was left out gets no gradient, what was scaled up gets more."""
        mask, shape = self.kept_all()
        expect_shape(f"{type(self).__name__}.backward", dy, shape, like="y")
        dx: Array = dy if mask is None else dy * mask
        return dx

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """u of Eq. 1, one for each number."""
        return self.rng.random(shape)

    def expect(self, x: Array) -> Array:
        """Any array of real numbers. Raises DtypeError."""
        return expect_float("Dropout.forward", x)


class Dropout2d(Dropout):
    """Leave out whole channels of (N, C, H, W): neighbouring pixels tell much the same, so one alone is hardly missed.

    Raises what Dropout raises, and ShapeError in ``forward`` for another rank.
    """

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """(N, C, 1, 1): u of Eq. 1, one for each channel of each image."""
        return self.rng.random((*shape[:2], 1, 1))

    def expect(self, x: Array) -> Array:
        """(N, C, H, W). Raises ShapeError, DtypeError."""
        return expect_rank("Dropout2d.forward", x, "NCHW")
