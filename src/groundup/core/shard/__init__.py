"""One batch on several threads."""

from groundup.core.shard.shard import Centre, Shard, Sharded, add_in_order, deal

__all__ = ["Centre", "Shard", "Sharded", "add_in_order", "deal"]
