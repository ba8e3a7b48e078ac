"""What people write instead of a schedule."""

from bisect import bisect_left, bisect_right
from math import cos, pi

from groundup.core import misconception
from groundup.optim.schedule.schedule import (
    CosineAnnealingLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


@misconception(
    "StepLR.rate",
    "Your rate slides from stair to stair: the division is to be whole, so that the rate stays level in between.",
    see="Stairs and slides",
)
def slides_between(self: StepLR, t: int) -> float:
    return float(self.base_lr * self.gamma ** (t / self.step_size))


@misconception(
    "StepLR.rate",
    "gamma is multiplied by the number of stairs instead of raised to it; at the top the rate is zero.",
    see="Stairs and slides",
)
def times_the_stairs(self: StepLR, t: int) -> float:
    return self.base_lr * self.gamma * (t // self.step_size)


@misconception(
    "StepLR.rate",
    "gamma is taken off at each stair. It is a factor: each stair is a share of what is left.",
    see="Stairs and slides",
)
def subtracts(self: StepLR, t: int) -> float:
    return self.base_lr - self.gamma * (t // self.step_size)


@misconception(
    "StepLR.rate",
    "You start from the optimiser's rate of now, which has come down already: the stairs are taken again and again.",
    see="The rate of now",
)
def from_the_rate_of_now(self: StepLR, t: int) -> float:
    return float(self.optimizer.lr * self.gamma ** (t // self.step_size))


@misconception(
    "StepLR.rate",
    "There is a fall at every step here, and not every step_size of them.",
    see="Stairs and slides",
)
def every_step(self: StepLR, t: int) -> float:
    return float(self.base_lr * self.gamma**t)


@misconception(
    "MultiStepLR.rate",
    "A stair comes one step late: at its own t it should count already.",
    see="Stairs and slides",
)
def one_step_late(self: MultiStepLR, t: int) -> float:
    return float(self.base_lr * self.gamma ** bisect_left(self.milestones, t))


@misconception(
    "MultiStepLR.rate",
    "However many stairs have been passed, you fall once.",
    see="Stairs and slides",
)
def falls_once(self: MultiStepLR, t: int) -> float:
    return self.base_lr * (self.gamma if t >= self.milestones[0] else 1.0)


@misconception(
    "CosineAnnealingLR.rate",
    "Your wave is a whole one: at T_max the rate is back at the top. Half a wave comes down.",
    see="Half a wave",
)
def whole_wave(self: CosineAnnealingLR, t: int) -> float:
    return self.eta_min + (self.base_lr - self.eta_min) * (1 + cos(2 * pi * t / self.T_max)) / 2


@misconception(
    "CosineAnnealingLR.rate",
    "The 1 and the half are missing: your rate follows the bare cosine, which is below zero for the second half.",
    see="Half a wave",
)
def bare_cosine(self: CosineAnnealingLR, t: int) -> float:
    return self.eta_min + (self.base_lr - self.eta_min) * cos(pi * t / self.T_max)


@misconception(
    "CosineAnnealingLR.rate",
    "It begins at eta_min and rises: the sign of the cosine is turned round.",
    see="Half a wave",
)
def upside_down(self: CosineAnnealingLR, t: int) -> float:
    return self.eta_min + (self.base_lr - self.eta_min) * (1 - cos(pi * t / self.T_max)) / 2


@misconception(
    "CosineAnnealingLR.rate",
    "pi is missing: after T_max steps you are one radian into the wave, a sixth of the way round.",
    see="Half a wave",
)
def one_radian(self: CosineAnnealingLR, t: int) -> float:
    return self.eta_min + (self.base_lr - self.eta_min) * (1 + cos(t / self.T_max)) / 2


@misconception(
    "CosineAnnealingLR.rate",
    "eta_min is added to a wave of full height, so the rate begins above the one that was asked for.",
    see="Half a wave",
)
def full_height(self: CosineAnnealingLR, t: int) -> float:
    return self.eta_min + self.base_lr * (1 + cos(pi * t / self.T_max)) / 2


@misconception(
    "LinearLR.rate",
    "The line does not end: after total_iters steps your rate goes on past its goal.",
    see="Warm-up",
)
def never_levels(self: LinearLR, t: int) -> float:
    return self.base_lr * (self.start_factor + (self.end_factor - self.start_factor) * t / self.total_iters)


@misconception(
    "LinearLR.rate",
    "Your line begins at zero instead of at start_factor; the first step does nothing.",
    see="Warm-up",
)
def begins_at_zero(self: LinearLR, t: int) -> float:
    return self.base_lr * self.end_factor * min(t, self.total_iters) / self.total_iters


@misconception(
    "LinearLR.rate",
    "start and end have changed places.",
    see="Warm-up",
)
def backwards(self: LinearLR, t: int) -> float:
    gone = min(t, self.total_iters) / self.total_iters
    return self.base_lr * (self.end_factor + (self.start_factor - self.end_factor) * gone)


@misconception(
    "LinearLR.rate",
    "Your line is added to start_factor at its full height: it ends at start plus end.",
    see="Warm-up",
)
def adds_both(self: LinearLR, t: int) -> float:
    return self.base_lr * (self.start_factor + self.end_factor * min(t, self.total_iters) / self.total_iters)


def _stretch(self: OneCycleLR, heights: list[float], t: int) -> tuple[float, float, float]:
    """The two heights on either side of t, and the share of the way between them."""
    k = next((k for k in range(1, len(heights)) if t <= self.corners[k]), len(heights) - 1)
    length = self.corners[k] - self.corners[k - 1]
    return heights[k - 1], heights[k], (t - self.corners[k - 1]) / length if length else 1.0


@misconception(
    "OneCycleLR.eased",
    "The share of a stretch is counted from step 0, and not from the corner where the stretch begins.",
    see="One cycle",
)
def counts_from_the_start(self: OneCycleLR, heights: list[float], t: int) -> float:
    k = next((k for k in range(1, len(heights)) if t <= self.corners[k]), len(heights) - 1)
    p = t / self.corners[k] if self.corners[k] else 1.0
    share = (1 - cos(pi * p)) / 2 if self.anneal_strategy == "cos" else p
    return heights[k - 1] + (heights[k] - heights[k - 1]) * share


@misconception(
    "OneCycleLR.eased",
    "Each stretch is walked backwards: it begins at the height where it should end.",
    see="One cycle",
)
def walked_backwards(self: OneCycleLR, heights: list[float], t: int) -> float:
    x, y, p = _stretch(self, heights, t)
    return y + (x - y) * ((1 - cos(pi * p)) / 2 if self.anneal_strategy == "cos" else p)


@misconception(
    "OneCycleLR.eased",
    "anneal_strategy is ignored, and all lines are straight.",
    see="One cycle",
)
def always_straight(self: OneCycleLR, heights: list[float], t: int) -> float:
    x, y, p = _stretch(self, heights, t)
    return x + (y - x) * p


@misconception(
    "OneCycleLR.eased",
    "anneal_strategy is ignored, and all lines are eased.",
    see="One cycle",
)
def always_eased(self: OneCycleLR, heights: list[float], t: int) -> float:
    x, y, p = _stretch(self, heights, t)
    return x + (y - x) * (1 - cos(pi * p)) / 2


@misconception(
    "OneCycleLR.eased",
    "One line is drawn from the first height to the last, past the corners between them.",
    see="One cycle",
)
def past_the_corners(self: OneCycleLR, heights: list[float], t: int) -> float:
    p = t / self.corners[-1]
    share = (1 - cos(pi * p)) / 2 if self.anneal_strategy == "cos" else p
    return heights[0] + (heights[-1] - heights[0]) * share


@misconception(
    "SequentialLR.place",
    "Every schedule counts from step 0, so the second begins in the middle of its way.",
    see="One after the other",
)
def counts_from_zero(self: SequentialLR, t: int) -> tuple[int, int]:
    return bisect_right(self.milestones, t), t


@misconception(
    "SequentialLR.place",
    "A milestone still belongs to the schedule before it: the next one takes over one step late.",
    see="One after the other",
)
def takes_over_late(self: SequentialLR, t: int) -> tuple[int, int]:
    k = bisect_left(self.milestones, t)
    return k, t - self.milestones[k - 1] if k else t


@misconception(
    "SequentialLR.place",
    "You subtract the milestone that is still to come; the steps of your schedules are below zero.",
    see="One after the other",
)
def counts_down(self: SequentialLR, t: int) -> tuple[int, int]:
    k = bisect_right(self.milestones, t)
    return k, t - [*self.milestones, self.milestones[-1]][k]


@misconception(
    "SequentialLR.place",
    "All milestones passed are subtracted, where only the last of them counts.",
    see="One after the other",
)
def subtracts_all(self: SequentialLR, t: int) -> tuple[int, int]:
    k = bisect_right(self.milestones, t)
    return k, t - sum(self.milestones[:k])


@misconception(
    "ReduceLROnPlateau.better",
    "The threshold is ignored: any improvement counts, be it in the ninth digit, and the rate never falls.",
    see="Plateau",
)
def any_improvement(self: ReduceLROnPlateau, measure: float) -> bool:
    return measure < self.best if self.mode == "min" else measure > self.best


@misconception(
    "ReduceLROnPlateau.better",
    "The mode is ignored: with 'max' you call a falling measure better.",
    see="Plateau",
)
def always_lower(self: ReduceLROnPlateau, measure: float) -> bool:
    return measure < (self.best * (1 - self.threshold) if self.threshold_mode == "rel" else self.best - self.threshold)


@misconception(
    "ReduceLROnPlateau.better",
    "The bar is on the wrong side: what is a little worse than the best counts as better.",
    see="Plateau",
)
def bar_on_the_wrong_side(self: ReduceLROnPlateau, measure: float) -> bool:
    gap = -self.threshold if self.mode == "max" else self.threshold
    bar = self.best * (1 + gap) if self.threshold_mode == "rel" else self.best + gap
    return measure < bar if self.mode == "min" else measure > bar


@misconception(
    "ReduceLROnPlateau.better",
    "The threshold is taken as an amount where it is a share of the best.",
    see="Plateau",
)
def always_an_amount(self: ReduceLROnPlateau, measure: float) -> bool:
    gap = self.threshold if self.mode == "max" else -self.threshold
    return measure < self.best + gap if self.mode == "min" else measure > self.best + gap
