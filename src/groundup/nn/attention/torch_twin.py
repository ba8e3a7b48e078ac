"""Attention in PyTorch: one fused function; autograd writes the backward pass."""

import torch
from torch import Tensor, nn
from torch.nn import functional

scaled_dot_product_attention = functional.scaled_dot_product_attention


def causal_mask(queries: int, keys: int) -> Tensor:
    """(L, S): query i may look at keys 0 to i."""
    return torch.ones(queries, keys, dtype=torch.bool).tril()


def padding_mask(lengths: Tensor, keys: int) -> Tensor:
    """(N,) lengths -> (N, 1, S)."""
    return (torch.arange(keys) < lengths[:, None])[:, None]


class DotProductAttention(nn.Module):
    """The function as a module; it cannot show its weights."""

    def __init__(self, scale: float | None = None) -> None:
        super().__init__()
        self.scale = scale

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        return scaled_dot_product_attention(query, key, value, attn_mask, is_causal=is_causal, scale=self.scale)


def self_attention(
    x: Tensor, w_query: Tensor, w_key: Tensor, w_value: Tensor, *, is_causal: bool = False
) -> tuple[Tensor, Tensor]:
    """A sequence looks at itself; the weights are written out, for the fused function keeps them to itself."""
    query, key, value = x @ w_query.T, x @ w_key.T, x @ w_value.T
    s = query @ key.mT / query.shape[-1] ** 0.5
    if is_causal:
        s = s.masked_fill(~causal_mask(*s.shape[-2:]), float("-inf"))
    p = s.softmax(dim=-1)
    return p @ value, p
