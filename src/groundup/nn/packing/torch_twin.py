"""Packing in PyTorch: torch.nn.utils.rnn, and the two helpers that it leaves to its users."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.utils import rnn

PackedSequence = rnn.PackedSequence
pack_padded_sequence = rnn.pack_padded_sequence
pad_packed_sequence = rnn.pad_packed_sequence
pad_sequence = rnn.pad_sequence


def length_mask(lengths: Tensor, steps: int | None = None) -> Tensor:
    """(N,) -> (T, N), True where a step is real."""
    return torch.arange(int(lengths.max()) if steps is None else steps)[:, None] < lengths


def reverse_sequence(x: Tensor, lengths: Tensor) -> Tensor:
    """(T, N, ...) -> each sequence turned round within its length."""
    turned = x.clone()
    for n, length in enumerate(lengths.tolist()):
        turned[:length, n] = x[:length, n].flip(0)
    return turned


def run_packed(
    cell: Callable[[Tensor, Tensor], Tensor], packed: rnn.PackedSequence, h: Tensor
) -> tuple[rnn.PackedSequence, Tensor]:
    """A cell over the real steps alone, for sequences that come longest first."""
    outputs = []
    for x in torch.split(packed.data, packed.batch_sizes.tolist()):
        stepped = cell(x, h[: len(x)])
        outputs.append(stepped)
        h = torch.cat([stepped, h[len(x) :]])
    return rnn.PackedSequence(torch.cat(outputs), packed.batch_sizes), h
