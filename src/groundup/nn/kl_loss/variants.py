"""The divergence written another way, and just as right."""

import math

import numpy as np

from groundup.core import Array, variant
from groundup.nn.kl_loss.kl_loss import KLDivLoss, divergence
from groundup.nn.loss import Loss
from groundup.nn.loss.checks import expect_log, expect_targets


@variant("divergence", "zeros, filled where p is above 0")
def filled_where_above(p: Array, log_q: Array) -> Array:
    terms = np.zeros_like(p)
    some = p > 0
    terms[some] = p[some] * (np.log(p[some]) - log_q[some])
    return terms


@variant("divergence", "the logarithm taken only where p is above 0")
def logarithm_where_above(p: Array, log_q: Array) -> Array:
    some = p > 0
    log_p = np.log(p, where=some, out=np.zeros_like(p))
    apart = np.subtract(log_p, log_q, where=some, out=np.zeros_like(p))
    return apart * p


@variant("divergence", "entropy and cross-entropy, number by number")
def entropy_and_cross_entropy(p: Array, log_q: Array) -> Array:
    pairs = zip(p.ravel().tolist(), log_q.ravel().tolist(), strict=True)
    terms = [share * math.log(share) - share * x if share else 0.0 for share, x in pairs]
    return np.array(terms, dtype=p.dtype).reshape(p.shape)


@variant("KLDivLoss.reduce", "the mean of the rows' sums")
def mean_of_row_sums(self: KLDivLoss, losses: Array) -> Array:
    if self.reduction == "batchmean":
        self._rows(losses)  # refuses an empty batch
        return np.asarray(losses.reshape(len(losses), -1).sum(axis=1).mean())
    return Loss.reduce(self, losses)


@variant("KLDivLoss.reduce", "a mean of all elements, times the elements of a row")
def mean_times_elements(self: KLDivLoss, losses: Array) -> Array:
    if self.reduction == "batchmean":
        return np.asarray(losses.mean() * (losses.size / self._rows(losses)), dtype=losses.dtype)
    return Loss.reduce(self, losses)


@variant("KLDivLoss.share", "dloss divided beforehand")
def divided_beforehand(self: KLDivLoss, dloss: Array | float, losses: Array) -> Array:
    if self.reduction == "batchmean":
        self._expect_upstream(dloss, losses)
        return np.full(losses.shape, dloss / self._rows(losses), dtype=losses.dtype)
    return Loss.share(self, dloss, losses)


@variant("KLDivLoss.forward", "one formula for both: the logarithms of the targets, if they are not given")
def one_formula(self: KLDivLoss, pred: Array, target: Array) -> Array:
    expect_log("KLDivLoss.forward", pred)
    target = expect_targets("KLDivLoss.forward", pred, target, within=(-np.inf, 0) if self.log_target else (0, 1))
    p: Array = np.exp(target) if self.log_target else target
    log_p = target if self.log_target else np.log(np.where(p > 0, p, 1))
    self.keep(p)
    return self.reduce(p * (log_p - np.where(p > 0, pred, 0)))


@variant("KLDivLoss.forward", "divergence for both: the exponentials of the targets, if they are logarithms")
def divergence_for_both(self: KLDivLoss, pred: Array, target: Array) -> Array:
    expect_log("KLDivLoss.forward", pred)
    if self.log_target:
        p: Array = np.exp(expect_targets("KLDivLoss.forward", pred, target, within=(-np.inf, 0)))
    else:
        p = expect_targets("KLDivLoss.forward", pred, target, within=(0, 1))
    self.keep(p)
    return self.reduce(divergence(p, pred))


@variant("KLDivLoss.backward", "the shares of minus the upstream gradient")
def shares_of_minus(self: KLDivLoss, dloss: Array | float = 1.0) -> Array:
    p: Array = self.kept()
    return p * self.share(-dloss, p)


@variant("KLDivLoss.backward", "the divisor written out for each reduction")
def divisor_written_out(self: KLDivLoss, dloss: Array | float = 1.0) -> Array:
    p: Array = self.kept()
    divisor = {"mean": p.size, "batchmean": len(p)}.get(self.reduction, 1)
    return np.negative(p) * dloss / divisor
