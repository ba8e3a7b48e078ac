"""Optimisers and what goes with them. Names, arguments and defaults are those of torch.optim and torch.nn.utils."""

from groundup.optim.adam import Adam, AdamW
from groundup.optim.clip import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from groundup.optim.optimizer import Optimizer
from groundup.optim.penalty import Penalty, soft_threshold, weights
from groundup.optim.rmsprop import Adagrad, RMSprop
from groundup.optim.schedule import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from groundup.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "Optimizer",
    "Penalty",
    "RMSprop",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "soft_threshold",
    "weights",
]
