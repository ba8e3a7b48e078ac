"""A test for an illness from blood samples: what the study promises is not what the clinic gets.

Few patients, many markers, of which a handful say a little. A study keeps the markers that tell the ill from the
healthy, trains some small networks, takes one of them and reports how often it is right. Run this file to see what
was promised and what came of it, for real patients and for patients whose diagnosis was drawn from a hat.
"""

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, Sequential
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm1d
from groundup.nn.linear import Linear
from groundup.nn.loss import CrossEntropyLoss

MARKERS, TELLING, SIZES = 400, 20, (4, 8, 16, 32, 64)


def patients(n: int, shift: float, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """n samples (n, MARKERS), and who is ill; in the ill the first TELLING markers are higher by ``shift``."""
    ill = rng.permutation(np.arange(n) % 2)
    x = rng.standard_normal((n, MARKERS))
    x[:, :TELLING] += shift * ill[:, None]
    samples: Array = (50 + 10 * x).astype(np.float32)
    return samples, ill


def markers(x: Array, ill: IntArray, keep: int) -> IntArray:
    """(keep,): the columns in which the ill differ most from the healthy."""
    gap = np.abs(x[ill == 1].mean(axis=0) - x[ill == 0].mean(axis=0))
    return np.argsort(-gap / x.std(axis=0))[:keep]


def trained(x: Array, ill: IntArray, rng: Rng) -> Sequential:
    """A small network that has seen these rows; its first layer brings every marker to mean 0 and variance 1."""
    features = x.shape[1]
    model = Sequential(BatchNorm1d(features, momentum=0.7), Linear(features, 8, rng=rng), ReLU(), Linear(8, 2, rng=rng))
    loss = CrossEntropyLoss()
    for _ in range(8):
        model.zero_grad()
        loss(model(x), ill)
        model.backward(loss.backward())
        for p in model.parameters():
            p.value -= 1.0 * p.grad
    return model.eval()


def right(model: Layer, x: Array, ill: IntArray) -> float:
    """The part of the patients that are told apart as they should be."""
    return float((model(x).argmax(axis=1) == ill).mean())


def study(shift: float, rng: np.random.Generator) -> tuple[float, float]:
    """What the report of one study promises, and what its test then does for five hundred patients of the clinic."""
    x, ill = patients(160, shift, rng)
    learn, choose, report = np.split(rng.permutation(len(x)), [80, 120])
    tried: list[tuple[float, int, IntArray, Sequential]] = []
    for keep in SIZES:
        columns = markers(x[learn], ill[learn], keep)
        for _ in range(2):
            model = trained(x[learn][:, columns], ill[learn], rng)
            tried.append((right(model, x[choose][:, columns], ill[choose]), len(tried), columns, model))
    _, _, columns, model = max(tried)
    promised = right(model, x[report][:, columns], ill[report])
    x, ill = patients(500, shift, rng)
    return promised, right(model, x[:, columns], ill)


def run(seed: int, shift: float = 0.6, studies: int = 40) -> tuple[float, float]:
    """What was promised and what was kept, in the mean over several studies."""
    rng = np.random.default_rng(seed)
    promised, kept = np.mean([study(shift, rng) for _ in range(studies)], axis=0)
    return float(promised), float(kept)


if __name__ == "__main__":
    for what, shift in (("real patients", 0.6), ("out of a hat", 0.0)):
        print("{}: promised {:.0%}, kept {:.0%}".format(what, *run(0, shift)))
