"""Schedules: how the learning rate η changes while training goes on.

With η₀ the optimiser's own rate, after t steps of the schedule:

    (1)  η_t = η₀ γ^⌊t/s⌋                                     step          MultiStep: γ^(milestones passed)
    (2)  η_t = η₀ γᵗ                                          exponential
    (3)  η_t = η_min + (η₀ - η_min) (1 + cos(π t/T)) / 2      cosine
    (4)  η_t = η₀ (a + (b - a) min(t, n)/n)                   linear, from a η₀ to b η₀: warm-up
    (5)  η up from η_max/25 to η_max, down to η_max/(25·10⁴), each eased by   x + (y - x) (1 - cos(π p))/2    one cycle
    (6)  η ← η f  when the measure has not improved for more than k epochs                                    plateau

These are functions of t, as torch.optim.lr_scheduler's closed forms; names, arguments and defaults are torch's.
Derivation: lesson.md, "Derive".
Sources: Loshchilov and Hutter, ICLR 2017, Eq. 5 (cosine); Goyal and others (2017), section 2.2 (warm-up); Smith and
Topin (2018) (one cycle).
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import cos, inf, pi
from typing import Any, Literal

from groundup.core import expect_in, expect_positive
from groundup.optim.optimizer import Optimizer
from groundup.optim.schedule.scheduler import LRScheduler, count_steps, expect_factor, expect_keys, load_each


class StepLR(LRScheduler):
    """A fall by ``gamma`` every ``step_size`` steps, Eq. 1."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        expect_positive("StepLR", step_size=step_size)
        self.step_size, self.gamma = step_size, expect_factor("StepLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def rate(self, t: int) -> float:
        """Eq. 1."""
        return self.base_lr * self.gamma ** (t // self.step_size)


class MultiStepLR(LRScheduler):
    """A fall by ``gamma`` at each of the milestones, Eq. 1."""

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = sorted(milestones), expect_factor("MultiStepLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def rate(self, t: int) -> float:
        """Eq. 1, right."""
        return self.base_lr * self.gamma ** bisect_right(self.milestones, t)


class ExponentialLR(LRScheduler):
    """The same fall at every step, Eq. 2."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = expect_factor("ExponentialLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def rate(self, t: int) -> float:
        """Eq. 2."""
        return self.base_lr * self.gamma**t


class CosineAnnealingLR(LRScheduler):
    """Half a wave from the rate down to ``eta_min`` in ``T_max`` steps, Eq. 3; past them it climbs again."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        expect_positive("CosineAnnealingLR", T_max=T_max)
        self.T_max, self.eta_min = T_max, float(expect_in("CosineAnnealingLR", "eta_min", eta_min, 0.0))
        super().__init__(optimizer, last_epoch)

    def rate(self, t: int) -> float:
        """Eq. 3."""
        return self.eta_min + (self.base_lr - self.eta_min) * (1 + cos(pi * t / self.T_max)) / 2


class LinearLR(LRScheduler):
    """A straight line from ``start_factor`` to ``end_factor`` of the rate over ``total_iters`` steps, Eq. 4."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        expect_positive("LinearLR", total_iters=total_iters)
        self.start_factor = expect_factor("LinearLR", "start_factor", start_factor, 1.0)
        self.end_factor = float(expect_in("LinearLR", "end_factor", end_factor, 0.0, 1.0))
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, t: int) -> float:
        """Eq. 4."""
        gone = min(t, self.total_iters) / self.total_iters  # 0 to 1
        return self.base_lr * (self.start_factor + (self.end_factor - self.start_factor) * gone)


class OneCycleLR(LRScheduler):
    """Up to ``max_lr`` and down to far below where it began, Eq. 5; step it once a batch, ``total_steps`` in all.

    The momentum (of SGD; β₁ of Adam) goes the other way, from ``max_momentum`` to ``base_momentum`` and back. With
    ``three_phase`` it comes down as it went up, and the last fall is a third phase. Raises ValueError past the end.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.total_steps = n = count_steps(total_steps, epochs, steps_per_epoch)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}")
        if cycle_momentum and not (hasattr(optimizer, "momentum") or hasattr(optimizer, "betas")):
            raise ValueError(
                f"OneCycleLR: expected an optimiser with momentum or betas for cycle_momentum, got "
                f"{type(optimizer).__name__}; set cycle_momentum=False"
            )
        self.anneal_strategy, self.cycle_momentum = anneal_strategy, cycle_momentum
        up = expect_in("OneCycleLR", "pct_start", pct_start, 0.0, 1.0) * n
        top = expect_factor("OneCycleLR", "max_lr", max_lr)
        start = top / expect_factor("OneCycleLR", "div_factor", div_factor)
        end = start / expect_factor("OneCycleLR", "final_div_factor", final_div_factor)
        self.corners = [0.0, up - 1, 2 * up - 2, n - 1] if three_phase else [0.0, up - 1, n - 1]  # in steps
        self.rates = [start, top, start, end] if three_phase else [start, top, end]
        self.momenta = [max_momentum, base_momentum, max_momentum] + [max_momentum] * three_phase
        optimizer.initial_lr = start
        super().__init__(optimizer, last_epoch)

    def eased(self, heights: list[float], t: int) -> float:
        """The curve through these heights, one at each corner, after t steps; Eq. 5."""
        k = next((k for k in range(1, len(heights)) if t <= self.corners[k]), len(heights) - 1)
        x, y = heights[k - 1], heights[k]
        length = self.corners[k] - self.corners[k - 1]
        p = (t - self.corners[k - 1]) / length if length else 1.0  # 0 to 1 between the two corners
        return x + (y - x) * ((1 - cos(pi * p)) / 2 if self.anneal_strategy == "cos" else p)

    def rate(self, t: int) -> float:
        """The eased curve through the rates, Eq. 5."""
        if t > self.total_steps:
            raise ValueError(f"OneCycleLR.step: expected at most {self.total_steps} steps, got {t}; raise total_steps")
        return self.eased(self.rates, t)

    def apply(self, t: int) -> None:
        super().apply(t)
        if not self.cycle_momentum:
            return
        momentum, optimizer = self.eased(self.momenta, t), self.optimizer
        if hasattr(optimizer, "betas"):
            optimizer.betas = (momentum, optimizer.betas[1])
        else:
            optimizer.momentum = momentum  # type: ignore[attr-defined]


class SequentialLR(LRScheduler):
    """One schedule after the other, each counting from 0: warm-up and then a cosine, say.

    ``milestones`` are the steps at which the next takes over, one fewer than the schedules.
    Raises ValueError for another number of them or if they do not rise; TypeError for what is no function of time.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        for s in schedulers:
            if not isinstance(s, LRScheduler):
                raise TypeError(f"SequentialLR: expected schedules that are functions of time, got {type(s).__name__}")
            if s.optimizer is not optimizer:
                raise ValueError(
                    f"SequentialLR: expected schedules of this optimiser, got a {type(s).__name__} of another"
                )
        if len(milestones) != len(schedulers) - 1 or any(b <= a for a, b in pairwise([0, *milestones])):
            raise ValueError(
                f"SequentialLR: expected {len(schedulers) - 1} rising milestones for {len(schedulers)} schedules, got "
                f"{list(milestones)}; each says when the next one takes over"
            )
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer, last_epoch)

    def place(self, t: int) -> tuple[int, int]:
        """Which schedule holds after t steps, by its number, and how many steps are its own."""
        k = bisect_right(self.milestones, t)
        return k, t - self.milestones[k - 1] if k else t

    def rate(self, t: int) -> float:
        """The rate of the schedule that holds."""
        k, own = self.place(t)
        return self.schedulers[k].rate(own)

    def apply(self, t: int) -> None:
        k, own = self.place(t)
        self.schedulers[k].apply(own)
        self.schedulers[k].last_epoch = own

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"_schedulers": [s.state_dict() for s in self.schedulers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        expect_keys("SequentialLR", state, "last_epoch", "base_lrs", "_schedulers")
        load_each("SequentialLR", self.schedulers, state["_schedulers"])
        super().load_state_dict(state)


class ReduceLROnPlateau:
    """Multiply the rate by ``factor`` when a measure has not improved for more than ``patience`` epochs, Eq. 6.

    Better means lower (``mode="min"``) or higher ("max") than the best by ``threshold``: a share of the best ("rel")
    or an amount ("abs"). After a fall ``cooldown`` epochs do not count as bad. The rate stays at least ``min_lr``.
    """

    KEPT = ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")

    def __init__(
        self,
        optimizer: Optimizer,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        who = "ReduceLROnPlateau"
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"{who}: expected mode min or max, threshold_mode rel or abs, got {mode}, {threshold_mode}"
            )
        if factor >= 1:
            raise ValueError(f"{who}: expected factor below 1, got {factor}; the rate is to fall")
        self.optimizer, self.mode, self.threshold_mode = optimizer, mode, threshold_mode
        self.factor = float(expect_in(who, "factor", factor, 0.0))
        self.patience = int(expect_in(who, "patience", patience, 0))
        self.cooldown = int(expect_in(who, "cooldown", cooldown, 0))
        self.threshold, self.min_lr = expect_in(who, "threshold", threshold, 0.0), expect_in(who, "min_lr", min_lr, 0.0)
        self.eps = expect_in(who, "eps", eps, 0.0)
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0

    def better(self, measure: float) -> bool:
        """Whether this is an improvement on the best by more than the threshold; nan is not."""
        gap = self.threshold if self.mode == "max" else -self.threshold
        bar = self.best * (1 + gap) if self.threshold_mode == "rel" else self.best + gap
        return measure < bar if self.mode == "min" else measure > bar

    def step(self, metrics: float) -> None:
        """Take in the measure of one more epoch, and lower the rate where it is time, Eq. 6."""
        self.last_epoch += 1
        if self.better(float(metrics)):
            self.best = float(metrics)
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def reduce(self) -> None:
        """One fall of the rate, unless it would be smaller than ``eps``."""
        lower = max(self.optimizer.lr * self.factor, self.min_lr)
        if self.optimizer.lr - lower > self.eps:
            self.optimizer.lr = lower

    def get_last_lr(self) -> list[float]:
        """The rate now, in a list as torch gives it."""
        return [self.optimizer.lr]

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers under torch's names."""
        return {name: getattr(self, name) for name in self.KEPT} | {"_last_lr": self.get_last_lr()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; sets the optimiser's rate as well. Raises StateError naming what is missing."""
        expect_keys("ReduceLROnPlateau", state, *self.KEPT, "_last_lr")
        for name in self.KEPT:
            setattr(self, name, state[name])
        self.optimizer.lr = float(state["_last_lr"][0])
