"""The GRU: cell and layer."""

from groundup.nn.gru.gru import GRU, GRUCell

__all__ = ["GRU", "GRUCell"]
