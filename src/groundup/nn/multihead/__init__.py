"""Multi-head attention."""

from groundup.nn.multihead.multihead import KVCache, MultiheadAttention

__all__ = ["KVCache", "MultiheadAttention"]
