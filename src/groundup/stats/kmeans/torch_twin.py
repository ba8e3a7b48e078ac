"""K-means in PyTorch: the same functions on tensors, on any device."""

import torch
from torch import Tensor


def squared_distances(x: Tensor, centres: Tensor) -> Tensor:
    """``cdist`` squared."""
    return torch.cdist(x, centres, compute_mode="donot_use_mm_for_euclid_dist") ** 2


def nearest(x: Tensor, centres: Tensor) -> Tensor:
    """(N,) places of the nearest centres."""
    return squared_distances(x, centres).argmin(dim=1)


def means(x: Tensor, labels: Tensor, centres: Tensor) -> Tensor:
    """Sums by ``index_add``; a centre that nobody chose stays."""
    sums = torch.zeros_like(centres).index_add_(0, labels, x)
    counts = torch.bincount(labels, minlength=len(centres)).to(x.dtype)[:, None]
    return torch.where(counts > 0, sums / counts.clamp(min=1), centres)


def inertia(x: Tensor, labels: Tensor, centres: Tensor) -> float:
    """Sum of squared distances to the own centre."""
    return float(((x - centres[labels]) ** 2).sum())


def lloyd(x: Tensor, centres: Tensor, max_iter: int, tol: float) -> tuple[Tensor, Tensor, float]:
    """Centres, labels and inertia."""
    for _ in range(max_iter):
        moved = means(x, nearest(x, centres), centres)
        shift, centres = float(((moved - centres) ** 2).sum()), moved
        if shift <= tol:
            break
    labels = nearest(x, centres)
    return centres, labels, inertia(x, labels, centres)
