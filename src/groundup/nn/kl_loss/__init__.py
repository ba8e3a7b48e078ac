"""The Kullback-Leibler divergence of one distribution from another."""

from groundup.nn.kl_loss.kl_loss import KLDivLoss

__all__ = ["KLDivLoss"]
