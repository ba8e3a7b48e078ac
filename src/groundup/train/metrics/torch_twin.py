"""Metrics in PyTorch, by its own operations: nothing of it needs a gradient."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["confusion", "expected_calibration_error", "perplexity", "roc_auc"]


@torch.no_grad()
def confusion(y: Tensor, predicted: Tensor, classes: int) -> Tensor:
    """(K, K) counts: row the true class, column the predicted one."""
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    return counts.index_put_((y, predicted), torch.ones_like(y), accumulate=True)


@torch.no_grad()
def roc_auc(y: Tensor, score: Tensor) -> float:
    """Share of the pairs of a positive and a negative that the scores (N,) have in order; a tie is half a pair."""
    gap = score[y == 1][:, None] - score[y == 0][None, :]  # (n₁, n₀)
    return float((torch.sign(gap).double().mean() + 1) / 2)


@torch.no_grad()
def expected_calibration_error(y: Tensor, probability: Tensor, bins: int = 15) -> float:
    """Mean gap between probability (N,) and event (N,), over bins by probability."""
    which = torch.bucketize(probability, torch.linspace(0, 1, bins + 1, dtype=probability.dtype)[1:-1])
    gaps = torch.zeros(bins, dtype=probability.dtype).index_add_(0, which, y - probability)
    return float(gaps.abs().sum() / len(y))


@torch.no_grad()
def perplexity(logits: Tensor, y: Tensor, ignore_index: int = -100) -> float:
    """exp of the mean cross-entropy of the tokens that count."""
    return float(F.cross_entropy(logits.flatten(0, -2), y.flatten(), ignore_index=ignore_index).exp())
