"""What people write instead of clipping."""

from collections.abc import Iterable
from math import inf
from typing import Any

import numpy as np

from groundup.core import Array, Parameter, misconception
from groundup.optim.clip.clip import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
    norm_of_all,
)

Parameters = Iterable[Parameter] | Parameter


def _listed(parameters: Parameters) -> list[Parameter]:
    return [parameters] if isinstance(parameters, Parameter) else list(parameters)


@misconception(
    "clip_grad_value_",
    "Only the upper bound is there: entries far below zero stay as they are.",
    see="By value",
)
def upper_bound_only(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        np.minimum(p.grad, clip_value, out=p.grad)


@misconception(
    "clip_grad_value_",
    "Entries beyond the bound become zero. They are to become the bound, and keep their sign.",
    see="By value",
)
def zero_beyond_the_bound(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        p.grad[np.abs(p.grad) > clip_value] = 0


@misconception(
    "clip_grad_value_",
    "You clip the weights. It is their gradients that are too large.",
    see="Build",
)
def clips_the_weights(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        np.clip(p.value, -clip_value, clip_value, out=p.value)


@misconception(
    "clip_grad_value_",
    "The clipped gradient is a new array that nobody sees: the parameter's own stays as it was.",
    see="Build",
)
def clipped_copy(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        np.clip(p.grad, -clip_value, clip_value)


@misconception(
    "clip_grad_value_",
    "All entries become plus or minus the bound. Those within it should stay.",
    see="By value",
)
def only_signs_left(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        p.grad[...] = clip_value * np.sign(p.grad)


@misconception(
    "norm_of_all",
    "You add up the norms of the arrays. Norms do not add: (3, 4) has the length 5, and not 7.",
    see="By norm",
)
def norms_added(sizes: list[Array], p: float) -> float:
    return float(sum(s.max(initial=0) if p == inf else (s**p).sum() ** (1 / p) for s in sizes))


@misconception(
    "norm_of_all",
    "The root at the end is missing: what you return is a sum of powers.",
    see="By norm",
)
def root_forgotten(sizes: list[Array], p: float) -> float:
    return float(np.max([s.max(initial=0) for s in sizes])) if p == inf else float(sum((s**p).sum() for s in sizes))


@misconception(
    "norm_of_all",
    "The powers are averaged over the entries. A norm has no mean in it: a larger model has a larger one.",
    see="By norm",
)
def mean_of_powers(sizes: list[Array], p: float) -> float:
    line = np.concatenate(sizes)
    return float(line.max(initial=0)) if p == inf else float((line**p).mean() ** (1 / p))


@misconception(
    "norm_of_all",
    "You return the largest of the arrays' norms. All entries of all arrays belong to one vector.",
    see="By norm",
)
def largest_of_the_norms(sizes: list[Array], p: float) -> float:
    return float(max(s.max(initial=0) if p == inf else (s**p).sum() ** (1 / p) for s in sizes))


@misconception(
    "norm_of_all",
    "You always return the Euclidean norm, whatever p is.",
    see="By norm",
)
def always_euclidean(sizes: list[Array], p: float) -> float:
    return float(np.sqrt(sum((s**2).sum() for s in sizes)))


@misconception(
    "norm_of_all",
    "For p infinite the largest entries of the arrays are added. The largest of all is one entry.",
    see="By norm",
)
def largest_entries_added(sizes: list[Array], p: float) -> float:
    return float(sum(s.max(initial=0) for s in sizes)) if p == inf else norm_of_all(sizes, p)


@misconception(
    "clip_grads_with_norm_",
    "The factor may be above 1: gradients that were short enough are made longer, and near the end of training every "
    "step is as long as the bound.",
    see="Scaling up",
)
def scales_up(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    for p in _listed(parameters):
        p.grad *= max_norm / (total_norm + 1e-6)


@misconception(
    "clip_grads_with_norm_",
    "Each array is scaled by its own norm. Large and small layers then get the same length, and the direction changes.",
    see="Each array on its own",
)
def each_by_its_own_norm(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    for p in _listed(parameters):
        p.grad *= min(1.0, max_norm / (get_total_norm([p.grad]) + 1e-6))


@misconception(
    "clip_grads_with_norm_",
    "Norm and bound have changed places in the factor, so nothing is ever scaled down.",
    see="By norm",
)
def factor_upside_down(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    for p in _listed(parameters):
        p.grad *= min(1.0, (total_norm + 1e-6) / max_norm)


@misconception(
    "clip_grads_with_norm_",
    "Entries are cut to the bound one by one. That is clipping by value: the direction changes.",
    see="By norm",
)
def cut_by_value(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    clip_grad_value_(parameters, max_norm)


@misconception(
    "clip_grads_with_norm_",
    "The gradients are divided by their norm and never given the bound's length: right only where the bound is 1, and "
    "there they grow when they were short.",
    see="Scaling up",
)
def always_unit_length(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    for p in _listed(parameters):
        p.grad /= max(total_norm, 1e-12)


@misconception(
    "clip_grad_norm_",
    "You return the norm after scaling, which is the bound nearly always. What tells of trouble is the norm before.",
    see="Build",
)
def norm_afterwards(
    parameters: Parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    listed = _listed(parameters)
    clip_grads_with_norm_(listed, max_norm, get_total_norm([p.grad for p in listed], norm_type, error_if_nonfinite))
    return get_total_norm([p.grad for p in listed], norm_type)


@misconception(
    "clip_grad_norm_",
    "Every parameter is clipped by itself, so a model of many layers takes steps many times as long as the bound, and "
    "in another direction.",
    see="Each array on its own",
)
def one_after_the_other(
    parameters: Parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    listed = _listed(parameters)
    total = get_total_norm([p.grad for p in listed], norm_type, error_if_nonfinite)
    for p in listed:
        clip_grads_with_norm_([p], max_norm, get_total_norm([p.grad], norm_type))
    return total


@misconception(
    "clip_grad_norm_",
    "Nothing is returned. The norm before scaling is what a training loop logs.",
    see="Build",
)
def returns_nothing(parameters: Parameters, max_norm: float, norm_type: float = 2.0, *_: Any) -> None:
    clip_grad_norm_(parameters, max_norm, norm_type)


@misconception(
    "clip_grad_norm_",
    "You measure the weights and not their gradients.",
    see="Build",
)
def measures_the_weights(
    parameters: Parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    listed = _listed(parameters)
    total = get_total_norm([p.value for p in listed], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total
