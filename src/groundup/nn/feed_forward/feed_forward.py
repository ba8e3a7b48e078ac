"""Feed-forward: the same small network at every position, between two layers of attention.

    (1)  H = X W₁ᵀ + b₁          A = φ(H)                   Y = drop(A) W₂ᵀ + b₂
    (2)  dA = drop'(dY W₂)       dH = dA ∘ φ'(H)            dX = dH W₁
         dW₂ = dYᵀ drop(A)       dW₁ = dHᵀ X                db = the sum over positions of what came in

A gate in place of the bend, without biases (SwiGLU), where silu(z) = z σ(z):

    (3)  G = X W_gᵀ     U = X W_uᵀ      Y = (silu(G) ∘ U) W_dᵀ
    (4)  dM = dY W_d    dU = dM ∘ silu(G)    dG = dM ∘ U ∘ silu'(G)    dX = dG W_g + dU W_u

Axes: every leading axis is a position, D width of the model, F inner width, usually 4 D.
Derivation: lesson.md, "Derive".  Sources: Vaswani et al. (2017), section 3.3; Shazeer, GLU Variants (2020).
"""

from groundup.core import Array, Layer, Rng, expect_features, expect_positive, expect_shape, generator
from groundup.nn.activation import GELU, ReLU, SiLU
from groundup.nn.dropout import Dropout
from groundup.nn.linear import Linear


def activation_named(who: str, activation: str | Layer) -> Layer:
    """A layer for "relu" or "gelu", or the layer that is passed. Raises ValueError for another word."""
    if isinstance(activation, Layer):
        return activation
    if activation not in ("relu", "gelu"):
        raise ValueError(f"{who}: expected activation to be 'relu', 'gelu' or a layer, got {activation!r}; try GELU()")
    return ReLU() if activation == "relu" else GELU()


class FeedForward(Layer):
    """Map (..., D) to (..., D) by Eq. 1, each position by itself.

    State keys are those that torch.nn.TransformerEncoderLayer has for it: ``linear1.weight`` (F, D), ``linear1.bias``
    (F,), ``linear2.weight`` (D, F), ``linear2.bias`` (D,).

    Raises ValueError for sizes below 1, TypeError when ``rng`` is missing, ShapeError in ``forward`` and ``backward``.
    """

    def __init__(
        self,
        d_model: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Layer = "relu",
        bias: bool = True,
        *,
        rng: Rng | None = None,
    ) -> None:
        expect_positive("FeedForward", d_model=d_model, dim_feedforward=dim_feedforward)
        draw = generator("FeedForward", rng)
        self.d_model = d_model
        self.linear1 = Linear(d_model, dim_feedforward, bias, rng=draw)
        self.activation = activation_named("FeedForward", activation)
        self.dropout = Dropout(dropout, rng=draw)
        self.linear2 = Linear(dim_feedforward, d_model, bias, rng=draw)

    def forward(self, x: Array) -> Array:
        """(..., D) -> (..., D), Eq. 1."""
        x = expect_features("FeedForward.forward", x, self.d_model)
        self.keep(x.shape)
        hidden = self.activation(self.linear1(x))  # (..., F)
        y: Array = self.linear2(self.dropout(hidden))  # (..., D)
        return y

    def backward(self, dy: Array) -> Array:
        """(..., D) -> (..., D), Eq. 2; the gradients of the weights are added by the layers that own them."""
        (shape,) = self.kept_all()
        expect_shape("FeedForward.backward", dy, shape, like="y")
        dhidden = self.dropout.backward(self.linear2.backward(dy))  # (..., F)
        dx: Array = self.linear1.backward(self.activation.backward(dhidden))  # (..., D)
        return dx


class SwiGLU(Layer):
    """Map (..., D) to (..., D) by Eq. 3: one half of the hidden numbers opens and closes the other.

    State keys are LLaMA's: ``gate_proj.weight`` (F, D), ``up_proj.weight`` (F, D), ``down_proj.weight`` (D, F).
    With F a third less it has as many parameters as ``FeedForward``.

    Raises ValueError for sizes below 1, TypeError when ``rng`` is missing, ShapeError in ``forward`` and ``backward``.
    """

    def __init__(self, d_model: int, dim_feedforward: int, *, rng: Rng | None = None) -> None:
        expect_positive("SwiGLU", d_model=d_model, dim_feedforward=dim_feedforward)
        draw = generator("SwiGLU", rng)
        self.d_model = d_model
        self.gate_proj = Linear(d_model, dim_feedforward, bias=False, rng=draw)
        self.up_proj = Linear(d_model, dim_feedforward, bias=False, rng=draw)
        self.down_proj = Linear(dim_feedforward, d_model, bias=False, rng=draw)
        self.activation = SiLU()

    def forward(self, x: Array) -> Array:
        """(..., D) -> (..., D), Eq. 3."""
        x = expect_features("SwiGLU.forward", x, self.d_model)
        gate, up = self.activation(self.gate_proj(x)), self.up_proj(x)  # (..., F) each
        self.keep(gate, up)
        y: Array = self.down_proj(gate * up)  # (..., D)
        return y

    def backward(self, dy: Array) -> Array:
        """(..., D) -> (..., D), Eq. 4."""
        gate, up = self.kept_all()
        expect_shape("SwiGLU.backward", dy, (*up.shape[:-1], self.d_model), like="y")
        dproduct = self.down_proj.backward(dy)  # (..., F)
        dgate = self.gate_proj.backward(self.activation.backward(dproduct * up))
        dx: Array = dgate + self.up_proj.backward(dproduct * gate)  # x went both ways
        return dx
