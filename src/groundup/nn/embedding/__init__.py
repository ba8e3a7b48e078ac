"""A table of vectors, looked up by id."""

from groundup.nn.embedding.embedding import one_hot
from groundup.nn.embedding.fast import Embedding

__all__ = ["Embedding", "one_hot"]
