"""Connectionist temporal classification in PyTorch: the same names, arguments and defaults."""

from torch import Tensor, autograd, nn, unique_consecutive
from torch.nn.functional import log_softmax

CTCLoss = nn.CTCLoss


def collapse(path: Tensor, blank: int = 0) -> Tensor:
    """What a path (T,) spells."""
    runs: Tensor = unique_consecutive(path)
    return runs[runs != blank]


def greedy(log_probs: Tensor, input_lengths: Tensor, blank: int = 0) -> list[Tensor]:
    """The labels of the likeliest class at each step."""
    best = log_probs.argmax(dim=2)  # (T, N)
    return [collapse(best[:length, n], blank) for n, length in enumerate(input_lengths.tolist())]


def value_and_gradient(
    loss: nn.CTCLoss, logits: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor
) -> tuple[Tensor, Tensor]:
    """L, and its gradient for the *logits* (T, N, C): what ctc_loss itself returns is meant to pass a log_softmax."""
    logits = logits.detach().requires_grad_()
    value: Tensor = loss(log_softmax(logits, dim=2), targets, input_lengths, target_lengths)
    (gradient,) = autograd.grad(value.sum(), logits)
    return value.detach(), gradient
