"""What flows through a stack of layers, forward and back, watched by hooks: in NumPy and in PyTorch the same numbers.

For one batch that is never trained on its own account (nothing is stepped), with zₗ the output of the l-th linear
layer and aₗ what its activation makes of it:

    (1)  aₗ = φ(zₗ),    zₗ = aₗ₋₁ Wₗᵀ + bₗ                     seen on the way forward
    (2)  δₗ = ∂L/∂zₗ                                            seen on the way back
    (3)  ∂L/∂Wₗ = δₗᵀ aₗ₋₁                                      left in the parameters

Each is written as its norm, the root of the sum of its squares, and as a sample of its values.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Array, load_state, save_state
from groundup.core.hooks import Flow, hooked
from groundup.labs.torch_learner import TorchLearner
from groundup.train import Callback, Learner, Metric, Trainer

KINDS = ("gradient", "weight gradient", "activation")  # of Eqs. 2, 3, 1
SAMPLE = 600  # values of an array that are kept, for histograms
BINS = 40


@dataclass(frozen=True)
class Arrays:
    """By the layer's name: its outputs, the gradients at them, and the gradients of the weights."""

    outputs: dict[str, Array]
    gradients: dict[str, Array]
    weights: dict[str, Array]

    def by_kind(self) -> dict[str, list[Array]]:
        """Eqs. 1 to 3 for a stack that begins with a linear layer and has an activation behind each but the last."""
        linear = [name.removesuffix(".weight") for name in self.weights]
        behind = [str(int(name) + 1) for name in linear[:-1]]
        return {
            "activation": [self.outputs[name] for name in behind],
            "gradient": [self.gradients[name] for name in linear[:-1]],
            "weight gradient": list(self.weights.values()),
        }


def probe(learner: Learner, x: Array, target: Any) -> Arrays:
    """Forward and back on one batch, without a step: what every layer put out and got back."""
    return _torch(learner, x, target) if isinstance(learner, TorchLearner) else _numpy(learner, x, target)


def _numpy(learner: Any, x: Array, target: Any) -> Arrays:
    model, outputs, gradients = learner.model, {}, {}

    def forward(name: str, layer: Any, inputs: tuple[Any, ...], y: Array) -> None:
        outputs[name] = y.copy()

    def backward(name: str, layer: Any, given: tuple[Any, ...], dx: Any) -> None:
        gradients[name] = given[0].copy()  # dy: the gradient at the layer's output

    model.zero_grad()
    with hooked(model, forward=forward, backward=backward):
        learner.loss(model(x), target)
        model.backward(learner.loss.backward())
    return Arrays(outputs, gradients, _matrices(learner))


def _torch(learner: TorchLearner, x: Array, target: Any) -> Arrays:
    outputs: dict[str, Array] = {}
    gradients: dict[str, Array] = {}
    handles = []
    for name, module in learner.model.named_children():

        def forward(module: Any, inputs: Any, y: Any, name: str = name) -> None:
            outputs[name] = y.detach().cpu().numpy().copy()

        def backward(module: Any, dx: Any, dy: Any, name: str = name) -> None:
            gradients[name] = dy[0].cpu().numpy().copy()

        handles += [module.register_forward_hook(forward), module.register_full_backward_hook(backward)]
    learner.model.zero_grad()
    rows = learner.torch.from_numpy(x).to(learner.device).requires_grad_()  # else the first layer's hook has no say
    learner.loss(learner.model(rows), learner.torch.from_numpy(target).to(learner.device)).backward()
    for handle in handles:
        handle.remove()
    return Arrays(outputs, gradients, _matrices(learner))


def _matrices(learner: Learner) -> dict[str, Array]:
    return {name: grad.copy() for name, grad in learner.gradients().items() if grad.ndim > 1}


class Flows(Callback):
    """Probes one batch before the first step and after each of ``steps``: a file for each, so a resume loses none."""

    def __init__(self, folder: Path, x: Array, target: Any, steps: tuple[int, ...]) -> None:
        self.folder, self.x, self.target, self.steps = folder, x, target, steps

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        if trainer.step == 0:
            self._write(trainer)

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        if metric.step in self.steps:
            self._write(trainer)

    def _write(self, trainer: Trainer) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # what has grown past all bounds is shown as that
            kinds = probe(trainer.learner, self.x, self.target).by_kind()
        found: dict[str, Array] = {}
        for kind, arrays in kinds.items():
            found[f"{kind}.norms"] = np.array([Flow.of(array, BINS).norm for array in arrays])
            found[f"{kind}.sample"] = np.stack([_sample(array) for array in arrays])
        self.folder.mkdir(parents=True, exist_ok=True)
        save_state(self.folder / f"{trainer.step:06d}.safetensors", found)


def _sample(array: Array) -> Array:
    """(SAMPLE,): values from all over an array, always at the same places; finite."""
    flat = array.ravel()
    picked = flat[np.linspace(0, flat.size - 1, SAMPLE).astype(int)]
    sample: Array = np.nan_to_num(picked, posinf=0.0, neginf=0.0).astype(np.float32)
    return sample


@dataclass(frozen=True)
class Course:
    """What ``Flows`` wrote of one training: the steps, and by kind (layers, steps) norms and (layers, steps, S)."""

    steps: list[int]
    norms: dict[str, Array]
    samples: dict[str, Array]


def course_of(folder: Path) -> Course:
    """Read what ``Flows`` wrote."""
    files = sorted(folder.glob("*.safetensors"))
    states = [load_state(file) for file in files]
    return Course(
        [int(file.stem) for file in files],
        {kind: np.stack([state[f"{kind}.norms"] for state in states], axis=1) for kind in KINDS},
        {kind: np.stack([state[f"{kind}.sample"] for state in states], axis=1) for kind in KINDS},
    )
