"""The same lab in PyTorch: same data, same initial weights, same batches, same choice of the best epoch.

PyTorch is imported when it is asked for. Nothing here imports a twin by name, so that the library stays free of torch.
"""

import importlib
import json
import sys
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from groundup.core import Array, StateDict
from groundup.data import Loader
from groundup.labs.lab import Lab
from groundup.labs.network import NetworkSettings, Task, build


def have_torch() -> bool:
    """Whether PyTorch can be imported here."""
    return find_spec("torch") is not None


def need_torch(who: str) -> Any:
    """The torch module. Raises ImportError naming the extra that brings it."""
    if not have_torch():
        install = "pip install -c constraints.txt -e '.[torch]'"
        raise ImportError(f"{who}: expected PyTorch, found none; `make test` installs it, and so does {install}")
    return importlib.import_module("torch")


class Twin:
    """The network, loss and optimiser of a task in PyTorch, with the weights ``state``."""

    def __init__(self, settings: NetworkSettings, task: Task, state: StateDict) -> None:
        self.torch = need_torch("Twin")
        self.torch.set_num_threads(1)  # as many as ours has
        modules = {part: importlib.import_module(f"groundup.{part}.torch_twin") for part in ("models.mlp", "nn.loss")}
        layers = [task.x["train"].shape[1], settings.hidden, task.outputs]
        self.model = modules["models.mlp"].MLP(layers, activation=settings.activation)
        self.model.to(self._tensor(next(iter(state.values()))).dtype)
        self.model.load_state_dict({key: self._tensor(value) for key, value in state.items()}, strict=True)
        self.loss = getattr(modules["nn.loss"], type(task.loss).__name__)()
        self.optimiser = self.torch.optim.SGD(
            self.model.parameters(), lr=settings.lr, momentum=settings.momentum, weight_decay=settings.weight_decay
        )

    def _tensor(self, x: Any) -> Any:
        return self.torch.from_numpy(np.ascontiguousarray(x))

    def step(self, x: Array, target: Any) -> float:
        """One step on one batch, as a PyTorch user writes it; the loss before it."""
        loss = self.loss(self.model(self._tensor(x)), self._tensor(target))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())

    def predict(self, x: Array) -> Array:
        """Logits (N, K) without gradients."""
        with self.torch.no_grad():
            logits: Array = self.model(self._tensor(x)).numpy()
        return logits

    def gradients(self) -> StateDict:
        """The gradients of the last step, by the names of the state dict."""
        return {name: p.grad.numpy() for name, p in self.model.named_parameters()}

    def state(self) -> StateDict:
        """A copy of the weights."""
        return {key: value.numpy().copy() for key, value in self.model.state_dict().items()}


def train(lab: Lab, settings: NetworkSettings) -> dict[str, float]:
    """Train the twin as the lab trains the network: test accuracy, and seconds spent in training."""
    if lab.task is None:
        raise ValueError(f"lab {lab.name}: expected a lab whose network has a PyTorch twin")
    task: Task = lab.task(settings)
    model, _, loader = build(settings, task)
    twin = Twin(settings, task, model.state_dict())
    Twin(settings, task, model.state_dict()).step(*next(iter(build(settings, task)[2])))  # the first step loads much
    seconds, best, best_loss = 0.0, twin.state(), float("inf")
    for _ in range(settings.epochs):
        seconds += _epoch(twin, loader)
        loss = float(task.loss(twin.predict(task.x["val"]), task.target["val"])) if "val" in task.x else -np.inf
        if loss < best_loss or "val" not in task.x:
            best, best_loss = twin.state(), loss
    twin.model.load_state_dict({key: twin._tensor(value) for key, value in best.items()})
    return {"accuracy": task.measure(twin.predict(task.x["test"]), task.target["test"]), "seconds": seconds}


def _epoch(twin: Twin, loader: Loader) -> float:
    seconds = 0.0
    for x, target in loader:  # drawing the batch is not timed here, and not in the trainer
        began = time.perf_counter()
        twin.step(x, target)
        seconds += time.perf_counter() - began
    return seconds


if __name__ == "__main__":  # python -m groundup.labs.torch_side NAME '{"seed": 0, ...}'
    from groundup.labs.registry import LABS

    chosen = LABS[sys.argv[1]]
    print(json.dumps(train(chosen, chosen.settings(**json.loads(sys.argv[2])))))  # type: ignore[arg-type]
