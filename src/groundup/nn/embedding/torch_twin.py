"""Embedding in PyTorch: the layer is torch.nn.Embedding, Eq. 1 as a product is one_hot(ids, V).to(W.dtype) @ W."""

from torch import nn
from torch.nn.functional import one_hot

__all__ = ["Embedding", "one_hot"]

Embedding = nn.Embedding
