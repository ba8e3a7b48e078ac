"""The encoder and the decoder block of a Transformer."""

from groundup.nn.block.block import TransformerDecoderLayer, TransformerEncoderLayer

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer"]
