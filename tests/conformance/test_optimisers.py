"""Optimisers and schedules beside torch's of the same name: the same weights after 100 steps, whatever the settings."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundup import optim
from groundup.core import Parameter
from support.parity import close, tensor

rates = st.sampled_from([1e-3, 1e-2, 0.1])
decays = st.sampled_from([0.0, 0.01, 0.3])
SETTINGS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "SGD": {"momentum": st.sampled_from([0.0, 0.9]), "weight_decay": decays, "maximize": st.booleans()},
    "Adagrad": {"lr_decay": st.sampled_from([0.0, 0.1]), "weight_decay": decays, "eps": st.sampled_from([1e-10, 1e-3])},
    "RMSprop": {
        "alpha": st.sampled_from([0.99, 0.5]),
        "momentum": st.sampled_from([0.0, 0.9]),
        "centered": st.booleans(),
        "weight_decay": decays,
    },
    "Adam": {"betas": st.sampled_from([(0.9, 0.999), (0.5, 0.9)]), "amsgrad": st.booleans(), "weight_decay": decays},
    "AdamW": {"betas": st.sampled_from([(0.9, 0.999), (0.5, 0.9)]), "amsgrad": st.booleans(), "weight_decay": decays},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_equals_torch_over_a_hundred_steps(name: str, tally: Counter[str]) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def over(data: st.DataObject) -> None:
        args = {"lr": data.draw(rates)} | {key: data.draw(value) for key, value in SETTINGS[name].items()}
        rng = np.random.default_rng(data.draw(st.integers(0, 999)))
        values = [rng.standard_normal(shape) for shape in ((3, 2), (4,), (2, 2, 2))]
        ours = [Parameter(value.copy()) for value in values]
        theirs = [torch.nn.Parameter(tensor(value)) for value in values]
        optimiser, their_optimiser = getattr(optim, name)(ours, **args), getattr(torch.optim, name)(theirs, **args)
        for _ in range(100):
            optimiser.zero_grad()
            for mine, other in zip(ours, theirs, strict=True):
                gradient = rng.standard_normal(mine.shape) + mine.value
                mine.grad += gradient
                other.grad = tensor(gradient)
            optimiser.step()
            their_optimiser.step()
        for mine, other in zip(ours, theirs, strict=True):
            close("value", mine.value, other.detach().numpy(), 1e-10)
        tally["configurations beside torch"] += 1

    over()
