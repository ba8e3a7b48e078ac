"""Five maps of what counts in a picture, in NumPy or PyTorch, and two checks that a map has to stand.

With p(x) the probability of the class that the network names for x, and m a map of x,

    (1)  D(s) = mean over pictures of p(x with the share s of its pixels blanked, those with the largest m first)
    (2)  area = mean of D over 0 <= s <= ½                              deletion: the smaller, the better the map
    (3)  r = mean over pictures of the correlation of m with the map of the untrained network

Blank is the commonest value of a pixel. Eq. 1 is set beside two orders that ask no network: pixels in random order,
and those first that are least like a blank one. A map whose r is near 1 shows the picture, not what was learned.
Sources: Petsiuk, Das, Saenko, BMVC 2018, for Eqs. 1 and 2; Adebayo et al., NeurIPS 2018, for Eq. 3.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Layer
from groundup.core.hooks import hooked
from groundup.labs.torch_learner import TorchLearner
from groundup.nn.activation import ReLU, softmax
from groundup.nn.conv import Conv2d
from groundup.train import Learner

METHODS = ("saliency", "grad × input", "SmoothGrad", "Grad-CAM", "occlusion")
RANDOM, UNLIKE = "pixels at random", "least blank first"
SHARES = (0.0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)  # s of Eq. 1
Maps = dict[str, Array]


@dataclass(frozen=True)
class Looker:
    """How pictures are looked at: the layer of Grad-CAM, what hides a pixel, and the seed of SmoothGrad's noise."""

    layer: str
    blank: float
    seed: int

    def numpy(self, model: Layer, x: Array, classes: IntArray) -> Maps:
        """Every map of pictures (N, C, H, W) for their classes (N,), each (N, H, W)."""
        kit = import_module("groundup.vision.saliency")
        return self._maps(kit, model, x, classes, {"rng": np.random.default_rng(self.seed)})

    def torch(self, learner: TorchLearner, x: Array, classes: IntArray) -> Maps:
        """The same by autograd, on the processor; SmoothGrad's noise is PyTorch's own."""
        torch, kit = learner.torch, import_module("groundup.vision.saliency.torch_twin")
        model = copy.deepcopy(learner.model).cpu().eval()
        draw = {"generator": torch.Generator().manual_seed(self.seed)}
        found = self._maps(kit, model, torch.from_numpy(x), torch.from_numpy(classes), draw)
        return {name: map_.detach().numpy() for name, map_ in found.items()}

    def _maps(self, kit: Any, model: Any, x: Any, classes: Any, draw: Mapping[str, Any]) -> dict[str, Any]:
        size = max(2, x.shape[-1] // 7)
        found = (
            kit.saliency(model, x, classes),
            kit.gradient_times_input(model, x, classes),
            kit.smooth_grad(model, x, classes, **draw),
            kit.grad_cam(model, x, classes, layer=self.layer),
            kit.occlusion(model, x, classes, size=size, stride=size // 2, fill=self.blank),
        )
        return dict(zip(METHODS, found, strict=True))


def convolutions(model: Layer) -> dict[str, str]:
    """Where each convolution of a stack has its maps ready: "conv 1" is "1", the ReLU behind it."""
    found: dict[str, str] = {}
    waiting = False  # for the ReLU of the last convolution
    for name, layer in model.children():
        if isinstance(layer, Conv2d):
            found[f"conv {len(found) + 1}"], waiting = name, True
        elif isinstance(layer, ReLU) and waiting:
            found[f"conv {len(found)}"], waiting = name, False
    return found


def seen_by(model: Layer, x: Array, layers: Mapping[str, str]) -> Maps:
    """What the named layers put out for pictures (N, C, H, W), by the names that they are called."""
    outputs: Maps = {}
    called = {name: word for word, name in layers.items()}

    def forward(name: str, layer: Layer, inputs: tuple[Any, ...], y: Array) -> None:
        if name in called:
            outputs[called[name]] = y.copy()

    with hooked(model, forward=forward):
        model(x)
    return outputs


def probability(learner: Learner, x: Array, classes: IntArray) -> Array:
    """(N,): what the network gives these classes."""
    shares: Array = softmax(learner.predict(x).astype(np.float64))
    return shares[np.arange(len(x)), classes]


def deletion(
    learner: Learner, x: Array, classes: IntArray, maps: Mapping[str, Array], blank: float, rng: np.random.Generator
) -> dict[str, list[float]]:
    """D of Eq. 1 at each of SHARES for every map, and for the two orders that ask no network."""
    orders = {**maps, UNLIKE: np.abs(x - blank).max(axis=1), RANDOM: rng.random((len(x), *x.shape[2:]))}
    return {
        name: [float(probability(learner, blanked(x, order, s, blank), classes).mean()) for s in SHARES]
        for name, order in orders.items()
    }


def blanked(x: Array, order: Array, s: float, blank: float) -> Array:
    """Pictures (N, C, H, W) with the share s of their pixels blank, those of the largest ``order`` (N, H, W)."""
    count = round(s * order[0].size)
    first = np.argsort(-order.reshape(len(x), -1), axis=1, kind="stable")[:, :count]
    hidden = x.reshape(*x.shape[:2], -1).copy()  # (N, C, H W)
    np.put_along_axis(hidden, first[:, None, :], blank, axis=2)
    return hidden.reshape(x.shape)


def area(curve: list[float]) -> float:
    """Eq. 2, by trapezes over SHARES."""
    return float(np.trapezoid(curve, SHARES) / SHARES[-1])


def correlation(maps: Array, others: Array) -> float:
    """r of Eq. 3 of maps (N, H, W); a map without any spread correlates with nothing and counts 0."""
    a, b = (m.reshape(len(m), -1) - m.mean(axis=(1, 2))[:, None] for m in (maps.astype(float), others.astype(float)))
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(np.divide((a * b).sum(axis=1), size, out=np.zeros(len(a)), where=size > 0).mean())


def in_parts(function: Callable[[Array, IntArray], Maps], x: Array, classes: IntArray, rows: int = 32) -> Maps:
    """``function`` of all pictures, some at a time: what a backward pass keeps need not all fit in memory."""
    parts = [function(x[i : i + rows], classes[i : i + rows]) for i in range(0, len(x), rows)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
