"""Clipping written another way, and just as right."""

from collections.abc import Iterable
from math import inf, isnan

import numpy as np

from groundup.core import Array, Parameter, variant
from groundup.optim.clip.clip import clip_grads_with_norm_, get_total_norm

Parameters = Iterable[Parameter] | Parameter


def _listed(parameters: Parameters) -> list[Parameter]:
    return [parameters] if isinstance(parameters, Parameter) else list(parameters)


@variant("clip_grad_value_", "two bounds, one after the other")
def minimum_then_maximum(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        p.grad[...] = np.maximum(np.minimum(p.grad, clip_value), -clip_value)


@variant("clip_grad_value_", "masks")
def by_masks(parameters: Parameters, clip_value: float) -> None:
    for p in _listed(parameters):
        p.grad[p.grad > clip_value] = clip_value
        p.grad[p.grad < -clip_value] = -clip_value


@variant("norm_of_all", "one long vector and NumPy's norm")
def one_long_vector(sizes: list[Array], p: float) -> float:
    return float(np.linalg.norm(np.concatenate(sizes), p)) if sizes else 0.0


@variant("norm_of_all", "a norm of norms")
def norm_of_norms(sizes: list[Array], p: float) -> float:
    norms = np.array([np.linalg.norm(s, p) if s.size else 0.0 for s in sizes])
    return float(np.linalg.norm(norms, p)) if norms.size else 0.0


@variant("clip_grads_with_norm_", "a branch in place of a minimum")
def only_when_too_long(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    factor = max_norm / (total_norm + 1e-6)
    if factor < 1 or isnan(factor):
        for p in _listed(parameters):
            p.grad *= float(factor)


@variant("clip_grads_with_norm_", "a new array, written back")
def written_back(parameters: Parameters, max_norm: float, total_norm: float) -> None:
    for p in _listed(parameters):
        p.grad[...] = p.grad * float(np.minimum(max_norm / (total_norm + 1e-6), 1.0))


@variant("clip_grad_norm_", "the steps in one function")
def in_one_function(
    parameters: Parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    listed = _listed(parameters)
    total = get_total_norm((p.grad for p in listed), norm_type, error_if_nonfinite)
    for p in listed:
        p.grad *= float(np.minimum(max_norm / (total + 1e-6), 1.0))
    return total


@variant("clip_grad_norm_", "one vector of all gradients")
def of_one_vector(
    parameters: Parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    listed = _listed(parameters)
    everything = [np.concatenate([p.grad.ravel() for p in listed])] if listed else []
    total = get_total_norm(everything, inf if norm_type == inf else norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total
