"""The divergence in PyTorch: the same names, arguments and defaults."""

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, softmax

KLDivLoss = nn.KLDivLoss


def divergence(p: Tensor, log_q: Tensor) -> Tensor:
    """The terms of Eq. 1; torch.xlogy(0, 0) is 0."""
    terms: Tensor = torch.xlogy(p, p) - p * log_q
    return terms


def distillation_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """The usual distillation loss, out of logits (N, K): T² KL(teacher ‖ student), both softened by T."""
    log_q, p = log_softmax(student / temperature, dim=1), softmax(teacher / temperature, dim=1)
    loss: Tensor = KLDivLoss(reduction="batchmean")(log_q, p)
    return temperature**2 * loss
