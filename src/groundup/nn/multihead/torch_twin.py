"""Multi-head attention in PyTorch: the layer has the same name, arguments and state keys; a cache it has not."""

import torch
from torch import Tensor, nn
from torch.nn import functional

MultiheadAttention = nn.MultiheadAttention


def split(x: Tensor, heads: int) -> Tensor:
    """(N, L, E) -> (N, H, L, d)."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def join(heads: Tensor) -> Tensor:
    """(N, H, L, d) -> (N, L, E)."""
    return heads.transpose(1, 2).flatten(-2)


class KVCache:
    """Keys and values of the steps so far, (N, H, S, d), as those who write text with PyTorch keep them."""

    def __init__(self) -> None:
        self.key: Tensor | None = None
        self.value: Tensor | None = None

    def extend(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """(N, H, new, d) twice -> all keys and all values so far."""
        self.key = key if self.key is None else torch.cat([self.key, key], dim=2)
        self.value = value if self.value is None else torch.cat([self.value, value], dim=2)
        return self.key, self.value


def step(layer: nn.MultiheadAttention, x: Tensor, cache: KVCache) -> Tensor:
    """(N, 1, E), the newest step -> (N, 1, E): what a causal forward of the whole text has in its last row."""
    query, key, value = functional.linear(x, layer.in_proj_weight, layer.in_proj_bias).chunk(3, dim=-1)
    keys, values = cache.extend(split(key, layer.num_heads), split(value, layer.num_heads))
    mixed = functional.scaled_dot_product_attention(split(query, layer.num_heads), keys, values)
    y: Tensor = layer.out_proj(join(mixed))
    return y
