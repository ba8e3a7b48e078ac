"""Saliency maps in PyTorch: autograd for the gradients, a hook for the maps of a layer."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

Classes = int | Tensor | None


def _scores(model: Callable[[Tensor], Tensor], x: Tensor, classes: Classes) -> Tensor:
    """(N,): the score of the class that is asked about."""
    scores = model(x)
    wanted = scores.argmax(1) if classes is None else torch.as_tensor(classes).expand(len(x))
    return scores[torch.arange(len(x)), wanted]


def score_gradient(model: nn.Module, x: Tensor, classes: Classes = None) -> Tensor:
    """The gradient of each picture's score with respect to its pixels."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(_scores(model, x, classes).sum(), x)
    return gradient


def saliency(model: nn.Module, x: Tensor, classes: Classes = None) -> Tensor:
    """The largest size over the channels."""
    return score_gradient(model, x, classes).abs().amax(1)


def gradient_times_input(model: nn.Module, x: Tensor, classes: Classes = None) -> Tensor:
    """Summed over the channels."""
    return (score_gradient(model, x, classes) * x).sum(1)


def smooth_grad(
    model: nn.Module,
    x: Tensor,
    classes: Classes = None,
    *,
    samples: int = 25,
    noise: float = 0.15,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The saliency of the mean gradient of noisy copies."""
    wanted = model(x).argmax(1) if classes is None else torch.as_tensor(classes).expand(len(x))
    sigma = noise * (x.amax((1, 2, 3), keepdim=True) - x.amin((1, 2, 3), keepdim=True))
    copies = (x + sigma * torch.randn(x.shape, generator=generator, dtype=x.dtype) for _ in range(samples))
    mean = torch.stack([score_gradient(model, copy, wanted) for copy in copies]).mean(0)
    return mean.abs().amax(1)


def grad_cam(model: nn.Module, x: Tensor, classes: Classes = None, *, layer: str) -> Tensor:
    """The maps of a layer, weighted by their mean gradients."""
    seen: list[Tensor] = []
    handle = model.get_submodule(layer).register_forward_hook(lambda module, given, y: seen.append(y))
    score = _scores(model, x, classes).sum()
    handle.remove()
    maps = seen[0]
    (gradients,) = torch.autograd.grad(score, maps)
    cam = (gradients.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
    return interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)[:, 0].detach()


@torch.no_grad()
def occlusion(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    classes: Classes = None,
    *,
    size: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Tensor:
    """How far the score falls where a square is hidden, by a mask for each place of the square."""
    wanted = model(x).argmax(1) if classes is None else torch.as_tensor(classes).expand(len(x))
    before, height, width = _scores(model, x, wanted), x.shape[2], x.shape[3]
    masks = []
    for top in {*range(0, height - size + 1, stride), height - size}:
        for left in {*range(0, width - size + 1, stride), width - size}:
            mask = torch.zeros(height, width, dtype=x.dtype)
            mask[top : top + size, left : left + size] = 1
            masks.append(mask)
    falls = [before - _scores(model, x * (1 - mask) + fill * mask, wanted) for mask in masks]
    covered = torch.stack(masks)  # (squares, H, W)
    return torch.einsum("sn,shw->nhw", torch.stack(falls), covered) / covered.sum(0)
