"""The blocks in PyTorch, where they have the same names, arguments and state keys."""

from torch import Tensor, nn

TransformerDecoderLayer = nn.TransformerDecoderLayer
TransformerEncoderLayer = nn.TransformerEncoderLayer


def around(x: Tensor, f: nn.Module, norm: nn.Module, dropout: nn.Module, norm_first: bool) -> Tensor:
    """Eq. 1 or 2; autograd finds the way back."""
    y: Tensor = x + dropout(f(norm(x))) if norm_first else norm(x + dropout(f(x)))
    return y
