"""Transformer block, pre-norm, causal, GELU, batch 16, 128 steps, width 128, 4 heads: forward and backward."""

import numpy as np
import torch

from benchmarks.harness import EAGER, EAGER_TWO, Ratio, Step, idle, interleave, threads
from groundup.core import Layer, Sharded
from groundup.nn import TransformerEncoderLayer

BATCH, STEPS, WIDTH, HEADS = 16, 128, 128, 4
ARGS = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}


class Block(torch.nn.Module):
    """The block as a PyTorch user writes it for speed: F.scaled_dot_product_attention, exact GELU."""

    def __init__(self) -> None:
        super().__init__()
        nn = torch.nn
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, steps, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, steps, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(n, steps, width))
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


def run() -> list[Ratio]:
    """One thread; two where the machine is idle: ours by shards of the batch, torch's by its own pool."""
    name = f"Transformer block, batch {BATCH}, {STEPS} steps, width {WIDTH}, {HEADS} heads"
    block = TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, **ARGS, rng=0)
    with threads(1):
        rows = [interleave(name, ours(block), (f"{EAGER}, SDPA", theirs()), target=1.05)]
    if idle():
        with threads(2):
            two = (f"{EAGER_TWO}, SDPA", theirs())
            rows.append(interleave(f"{name}, 2 threads", ours(Sharded(block, 2)), two, target=1.2))
    return rows


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x, dy = (rng.standard_normal((BATCH, STEPS, WIDTH), dtype=np.float32) for _ in range(2))
    return x, dy


def ours(block: Layer) -> Step:
    x, dy = data()
    mask = np.triu(np.ones((STEPS, STEPS), bool), k=1)

    def step() -> None:
        block.zero_grad()
        block(x, src_mask=mask, is_causal=True)
        block.backward(dy)

    return step


def theirs() -> Step:
    block, (x, dy) = Block(), map(torch.from_numpy, data())
    x.requires_grad_()

    def step() -> None:
        block.zero_grad()
        x.grad = None
        block(x).backward(dy)

    return step
