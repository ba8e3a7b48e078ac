"""Packing: sequences of unequal lengths in one batch."""

from groundup.nn.packing.packing import (
    PackedSequence,
    length_mask,
    pack_padded_sequence,
    pad_packed_sequence,
    pad_sequence,
    reverse_sequence,
    run_packed,
)

__all__ = [
    "PackedSequence",
    "length_mask",
    "pack_padded_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "reverse_sequence",
    "run_packed",
]
