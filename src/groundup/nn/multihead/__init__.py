"""Multi-head attention."""

from groundup.nn.multihead.fast import MultiheadAttention
from groundup.nn.multihead.multihead import KVCache

__all__ = ["KVCache", "MultiheadAttention"]
