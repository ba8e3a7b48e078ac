"""Schedules written another way, and just as right."""

from itertools import pairwise
from math import cos, isinf, pi, sin

import numpy as np

from groundup.core import variant
from groundup.optim.schedule.schedule import (
    CosineAnnealingLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


@variant("StepLR.rate", "stair by stair")
def stair_by_stair(self: StepLR, t: int) -> float:
    lr = self.base_lr
    for step in range(1, t + 1):
        if step % self.step_size == 0:
            lr *= self.gamma
    return lr


@variant("StepLR.rate", "from the rate one stair earlier")
def from_one_stair_earlier(self: StepLR, t: int) -> float:
    return self.base_lr if t < self.step_size else self.gamma * self.rate(t - self.step_size)


@variant("MultiStepLR.rate", "milestones counted by comparing")
def milestones_counted(self: MultiStepLR, t: int) -> float:
    return self.base_lr * self.gamma ** sum(milestone <= t for milestone in self.milestones)


@variant("MultiStepLR.rate", "a product over the milestones")
def product_over_milestones(self: MultiStepLR, t: int) -> float:
    return float(self.base_lr * np.prod(np.where(np.array(self.milestones) <= t, self.gamma, 1.0)))


@variant("CosineAnnealingLR.rate", "the square of half the angle's cosine")
def square_of_a_cosine(self: CosineAnnealingLR, t: int) -> float:
    share = cos(pi * t / (2 * self.T_max)) ** 2
    return share * self.base_lr + (1 - share) * self.eta_min


@variant("CosineAnnealingLR.rate", "middle and swing")
def middle_and_swing(self: CosineAnnealingLR, t: int) -> float:
    middle, swing = (self.base_lr + self.eta_min) / 2, (self.base_lr - self.eta_min) / 2
    return float(middle + swing * np.cos(np.pi * t / self.T_max))


@variant("LinearLR.rate", "NumPy's interpolation, level at its ends")
def by_interpolation(self: LinearLR, t: int) -> float:
    ends = [self.base_lr * self.start_factor, self.base_lr * self.end_factor]
    return float(np.interp(t, [0, self.total_iters], ends))


@variant("LinearLR.rate", "equal steps, and a branch for the level part")
def equal_steps(self: LinearLR, t: int) -> float:
    if t >= self.total_iters:
        return self.base_lr * self.end_factor
    n = self.total_iters
    return self.base_lr * ((n - t) * self.start_factor + t * self.end_factor) / n


@variant("OneCycleLR.eased", "a walk over the corners, the sine squared")
def sine_squared(self: OneCycleLR, heights: list[float], t: int) -> float:
    k = 1
    while k < len(heights) - 1 and t > self.corners[k]:
        k += 1
    start, end = self.corners[k - 1], self.corners[k]
    gone = (t - start) / (end - start) if end != start else 1.0
    if self.anneal_strategy == "cos":
        gone = sin(pi / 2 * gone) ** 2
    return (1 - gone) * heights[k - 1] + gone * heights[k]


@variant("OneCycleLR.eased", "middle and swing of each stretch")
def middle_and_swing_of_each(self: OneCycleLR, heights: list[float], t: int) -> float:
    stretches = list(zip(pairwise(self.corners), pairwise(heights), strict=True))
    (a, b), (x, y) = next((s for s in stretches if s[0][1] >= t), stretches[-1])
    if a == b:
        return y
    swing = cos(pi * (t - a) / (b - a)) if self.anneal_strategy == "cos" else 1 - 2 * (t - a) / (b - a)
    return (x + y) / 2 + (x - y) / 2 * swing


@variant("SequentialLR.place", "milestones passed one by one")
def passed_one_by_one(self: SequentialLR, t: int) -> tuple[int, int]:
    k, begun = 0, 0
    for milestone in self.milestones:
        if t >= milestone:
            k, begun = k + 1, milestone
    return k, t - begun


@variant("SequentialLR.place", "NumPy's search in a list that begins at 0")
def searched_from_zero(self: SequentialLR, t: int) -> tuple[int, int]:
    starts = np.array([0, *self.milestones])
    k = int(np.searchsorted(starts, t, side="right")) - 1
    return k, int(t - starts[k])


@variant("ReduceLROnPlateau.better", "one sign turns lower into higher")
def one_sign(self: ReduceLROnPlateau, measure: float) -> bool:
    sign = 1 if self.mode == "max" else -1
    bar = self.best * (1 + sign * self.threshold) if self.threshold_mode == "rel" else self.best + sign * self.threshold
    return sign * measure > sign * bar


@variant("ReduceLROnPlateau.better", "the gain beside the gain that is asked for")
def gain_beside_gain(self: ReduceLROnPlateau, measure: float) -> bool:
    gain = measure - self.best if self.mode == "max" else self.best - measure
    if isinf(self.best):
        return gain > 0
    return gain > (self.threshold * self.best if self.threshold_mode == "rel" else self.threshold)
