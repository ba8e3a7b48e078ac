"""The same learner in PyTorch: the same data, initial weights, batches, schedule and choice of the best epoch.

PyTorch is imported when it is asked for. Nothing here imports a twin by name, so that the library stays free of torch.
"""

import copy
import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from groundup.core import Array, StateDict
from groundup.labs.network import NetworkSettings
from groundup.labs.task import Task
from groundup.train.learner import part_of


def have_torch() -> bool:
    """Whether PyTorch can be imported here."""
    return find_spec("torch") is not None


def need_torch(who: str) -> Any:
    """The torch module. Raises ImportError naming the extra that brings it."""
    if not have_torch():
        install = "pip install -c constraints.txt -e '.[torch]'"
        raise ImportError(f"{who}: expected PyTorch, found none; `make test` installs it, and so does {install}")
    return importlib.import_module("torch")


def device_of(torch: Any, name: str) -> Any:
    """The device of that name; "auto" is the first there is of cuda, mps, cpu. Raises ValueError for one missing."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    if not there.get(name.split(":")[0]):
        found = ", ".join(kind for kind, here in there.items() if here)
        raise ValueError(
            f"lab: expected --device auto or one of {found}, got {name}; this machine, or its PyTorch, has none"
        )
    return torch.device(name)


class TorchLearner:
    """The network, loss and optimiser of a task in PyTorch, beginning with the weights that NumPy's would begin with.

    A network that is written in PyTorch alone begins with weights drawn by PyTorch from the same seed. Pictures are
    laid out channels last, which is faster. Dropout draws PyTorch's numbers, so there the two backends differ.
    """

    def __init__(self, settings: NetworkSettings, task: Task) -> None:
        self.torch = torch = need_torch("lab --backend torch")
        torch.set_num_threads(settings.threads)
        seed = int(settings.rng("torch").integers(2**63))
        torch.manual_seed(seed)
        self.device, self.clip_norm = device_of(torch, settings.device), settings.clip_norm
        self.half = settings.precision == "bfloat16"
        self.model = task.network.torch()
        if task.network.numpy is not None:
            start = task.network.numpy(settings.rng("weights")).state_dict()
            self.model.load_state_dict({key: self._tensor(value) for key, value in start.items()}, strict=True)
        layout = torch.channels_last if task.x["train"].ndim == 4 else torch.contiguous_format
        dtype = self._tensor(task.x["train"][:1]).dtype
        self.model.to(device=self.device, dtype=dtype, memory_format=layout)
        self.loss = self._loss(task)
        name, options = settings.optimiser_options()
        self.optimiser = getattr(torch.optim, name)(self.model.parameters(), **options)
        self._warm_up(task)
        torch.manual_seed(seed)

    def _warm_up(self, task: Task) -> None:
        """The first backward pass loads much, which is not a step's time. A copy takes it."""
        twin = copy.deepcopy(self.model)
        self.loss(
            twin(self._tensor(task.x["train"][:2]).to(self.device)), self._target(task.target["train"][:2])
        ).backward()

    def _target(self, y: Any) -> Any:
        return self._tensor(y).to(self.device)

    def _loss(self, task: Task) -> Any:
        kind = getattr(importlib.import_module("groundup.nn.loss.torch_twin"), type(task.loss).__name__)
        smoothing = getattr(task.loss, "label_smoothing", None)
        return kind() if smoothing is None else kind(label_smoothing=smoothing)

    def _tensor(self, x: Any) -> Any:
        return self.torch.from_numpy(np.ascontiguousarray(x))

    def _answer(self, x: Array) -> Any:
        """The network's output on the device, in full precision."""
        with self.torch.autocast(self.device.type, self.torch.bfloat16, enabled=self.half):
            answer = self.model(self._tensor(x).to(self.device))
        return answer.float() if self.half else answer

    @property
    def lr(self) -> float:
        return float(self.optimiser.param_groups[0]["lr"])

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = value

    def step(self, x: Array, y: Any) -> tuple[float, Array]:
        """One step on one batch, as a PyTorch user writes it."""
        self.model.train()
        prediction = self._answer(x)
        loss = self.loss(prediction, self._target(y))
        self.optimiser.zero_grad()
        loss.backward()
        if self.clip_norm:
            self.torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.optimiser.step()
        return float(loss.detach()), prediction.detach().cpu().numpy()

    def predict(self, x: Array) -> Array:
        """In evaluation, without gradients."""
        self.model.eval()
        with self.torch.no_grad():
            prediction: Array = self._answer(x).cpu().numpy()
        self.model.train()
        return prediction

    def loss_of(self, prediction: Array, y: Any) -> float:
        with self.torch.no_grad():
            return float(self.loss(self._tensor(prediction), self._tensor(y)))

    def gradients(self) -> StateDict:
        """Zeros before the first step, where PyTorch has none."""
        zeros = self.torch.zeros_like
        return {n: (zeros(p) if p.grad is None else p.grad).cpu().numpy() for n, p in self.model.named_parameters()}

    def weights(self) -> StateDict:
        return {key: value.cpu().numpy().copy() for key, value in self.model.state_dict().items()}

    def load_weights(self, weights: Mapping[str, Array]) -> None:
        self.model.load_state_dict({key: self._tensor(value) for key, value in weights.items()}, strict=True)

    def state(self) -> tuple[StateDict, dict[str, Any]]:
        """Weights, what the optimiser remembers of each parameter, and PyTorch's random numbers."""
        arrays = {f"model.{key}": value for key, value in self.weights().items()}
        for i, kept in self.optimiser.state_dict()["state"].items():
            arrays |= {f"optimiser.{i}.{name}": v.cpu().numpy().copy() for name, v in kept.items() if v is not None}
        arrays["torch.rng"] = self.torch.get_rng_state().numpy()
        if self.device.type == "cuda":
            arrays["torch.rng.cuda"] = self.torch.cuda.get_rng_state(self.device).numpy()
        return arrays, {"lr": self.lr}

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Put back what ``state`` returned."""
        self.load_weights(part_of(arrays, "model."))
        own = self.optimiser.state_dict()
        own["state"] = {}
        for key, value in part_of(arrays, "optimiser.").items():
            i, name = key.split(".", 1)
            own["state"].setdefault(int(i), {})[name] = self._tensor(value).reshape(
                () if name == "step" else value.shape
            )
        self.optimiser.load_state_dict(own)
        self.lr = facts["lr"]
        self.torch.set_rng_state(self._tensor(arrays["torch.rng"]))
        if self.device.type == "cuda" and "torch.rng.cuda" in arrays:
            self.torch.cuda.set_rng_state(self._tensor(arrays["torch.rng.cuda"]), self.device)
