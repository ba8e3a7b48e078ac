"""Scaled dot-product attention."""

from groundup.nn.attention.attention import (
    DotProductAttention,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
    self_attention,
)

__all__ = ["DotProductAttention", "causal_mask", "padding_mask", "scaled_dot_product_attention", "self_attention"]
