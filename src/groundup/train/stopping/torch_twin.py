"""Early stopping as a PyTorch user writes it: PyTorch has the plateau rule and leaves the end of a run to its user."""

import copy
from collections.abc import Callable, Iterable
from math import inf
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

__all__ = ["Patience", "checkpoint", "fit", "rates_on_plateau", "resume"]


class Patience:
    """The rule, and a copy of the best weights."""

    def __init__(self, patience: int = 5, min_delta: float = 0.0) -> None:
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = inf, 0
        self.weights: dict[str, Tensor] = {}

    def step(self, loss: float, model: nn.Module) -> bool:
        """After an epoch: whether it is time to stop. The weights are copied: state_dict() gives the live ones."""
        if loss < self.best - self.min_delta:
            self.best, self.waited = loss, 0
            self.weights = copy.deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "waited": self.waited, "weights": copy.deepcopy(self.weights)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.waited, self.weights = state["best"], state["waited"], copy.deepcopy(state["weights"])


def fit(
    train_epoch: Callable[[], None], validate: Callable[[], float], model: nn.Module, rule: Patience, epochs: int
) -> int:
    """Train until the rule says so; load the best weights; the epochs that it took."""
    for done in range(1, epochs + 1):  # noqa: B007 (it is what is returned)
        train_epoch()
        if rule.step(validate(), model):
            break
    model.load_state_dict(rule.weights)
    return done


def rates_on_plateau(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    """The rate after each epoch, by PyTorch's own scheduler."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = ReduceLROnPlateau(optimiser, factor=factor, patience=patience, threshold=0.0, eps=0.0)
    rates: list[float] = []
    for loss in losses:
        scheduler.step(loss)
        rates.append(float(scheduler.get_last_lr()[0]))
    return rates


def checkpoint(
    model: nn.Module, optimiser: torch.optim.Optimizer, rule: Patience, rng: torch.Generator
) -> dict[str, Any]:
    """All that the next step depends on, copied, for torch.save."""
    return {
        "model": copy.deepcopy(model.state_dict()),
        "optimiser": copy.deepcopy(optimiser.state_dict()),
        "rule": rule.state_dict(),
        "rng": rng.get_state(),
    }


def resume(
    saved: dict[str, Any], model: nn.Module, optimiser: torch.optim.Optimizer, rule: Patience, rng: torch.Generator
) -> None:
    """Put everything back as it was."""
    model.load_state_dict(saved["model"])
    optimiser.load_state_dict(saved["optimiser"])
    rule.load_state_dict(saved["rule"])
    rng.set_state(saved["rng"])
