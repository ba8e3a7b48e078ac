"""One batch on several threads."""

from groundup.core.shard.shard import Shard, Sharded

__all__ = ["Shard", "Sharded"]
