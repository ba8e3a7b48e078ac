"""Residual connections in PyTorch: there is no such module, one writes the sum into forward."""

from torch import Tensor, nn

__all__ = ["Linear", "ReLU", "Residual", "Sequential", "Tanh", "residual_block"]

Linear, ReLU, Tanh, Sequential = nn.Linear, nn.ReLU, nn.Tanh, nn.Sequential


class Residual(nn.Module):
    """body(x) + x, or body(x) + shortcut(x)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x) + (x if self.shortcut is None else self.shortcut(x))
        return y


def residual_block(in_features: int, out_features: int) -> Residual:
    """The block of Eq. 3."""
    body = Sequential(ReLU(), Linear(in_features, out_features), ReLU(), Linear(out_features, out_features))
    same = in_features == out_features
    return Residual(body, None if same else Linear(in_features, out_features, bias=False))
