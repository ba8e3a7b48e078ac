"""Adam and AdamW in PyTorch."""

import torch

Adam = torch.optim.Adam
AdamW = torch.optim.AdamW
