"""The feed-forward network in PyTorch, as it stands inside torch.nn.TransformerEncoderLayer, and LLaMA's."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F


class FeedForward(nn.Module):
    """Eq. 1; PyTorch has no class for it, only these three parts of its Transformer layers."""

    def __init__(
        self,
        d_model: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.linear1 = nn.Linear(d_model, dim_feedforward, bias)
        named: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}
        self.activation = named[activation] if isinstance(activation, str) else activation
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model, bias)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return y


class SwiGLU(nn.Module):
    """Eq. 3."""

    def __init__(self, d_model: int, dim_feedforward: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(d_model, dim_feedforward, bias=False)
        self.up_proj = nn.Linear(d_model, dim_feedforward, bias=False)
        self.down_proj = nn.Linear(dim_feedforward, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return y
