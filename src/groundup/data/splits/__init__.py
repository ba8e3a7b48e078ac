"""Splits: rows dealt to training, validation and test without a leak between them."""

from groundup.data.splits.splits import SIZES, split, split_by_group, split_by_time, standardise

__all__ = ["SIZES", "split", "split_by_group", "split_by_time", "standardise"]
