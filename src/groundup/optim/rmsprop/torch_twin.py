"""Adagrad and RMSprop in PyTorch."""

import torch

Adagrad = torch.optim.Adagrad
RMSprop = torch.optim.RMSprop
