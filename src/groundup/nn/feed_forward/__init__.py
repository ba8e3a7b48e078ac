"""The feed-forward network of a Transformer, and its gated form."""

from groundup.nn.feed_forward.fast import FeedForward
from groundup.nn.feed_forward.feed_forward import SwiGLU, activation_named

__all__ = ["FeedForward", "SwiGLU", "activation_named"]
