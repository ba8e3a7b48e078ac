"""perceptron: one neuron learns what a line can divide, and cannot learn XOR."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from groundup.core import Array, IntArray
from groundup.data import Dataset, load, split
from groundup.labs import figures, plots
from groundup.labs.baselines import MAJORITY
from groundup.labs.lab import Figure, Lab, Outcome, Settings, percent
from groundup.labs.xor import LABELS, POINTS
from groundup.nn.perceptron import Perceptron, mistake_bound
from groundup.train import Metric, RunFolder

DIGITS, XOR = "perceptron, zeros and ones", "perceptron, XOR"
MARGIN = 0.04  # of the points on the plane to the line that divides them


@dataclass(frozen=True)
class PerceptronSettings(Settings):
    """At most so many passes; a perceptron stops by itself after one without a mistake."""

    epochs: int = 50


@dataclass
class Learned:
    """A perceptron, and the rows that it has learned from."""

    neuron: Perceptron
    x: Array
    y: IntArray  # 0 or 1

    def accuracy(self, x: Array, y: IntArray) -> float:
        """Share of rows on the right side."""
        return float((self.neuron.predict(x) == 2 * y - 1).mean())

    def describe(self) -> str:
        """How learning went, in a clause."""
        mistakes = self.neuron.mistakes_per_epoch
        if self.neuron.converged:
            return f"made {sum(mistakes)} mistakes, and none in pass {len(mistakes)}: it is done"
        fewest = f"never fewer than {min(mistakes)} in a pass"
        return f"still made {mistakes[-1]} mistakes in pass {len(mistakes)}, and {fewest}"


def learn(settings: PerceptronSettings, purpose: str, x: Array, y: IntArray) -> Learned:
    """Rosenblatt's rule on rows (N, I) with labels 0 and 1."""
    neuron = Perceptron(x.shape[1])
    neuron.fit(x, 2 * y - 1, epochs=settings.epochs, rng=settings.rng(purpose))
    return Learned(neuron, x, y)


def divided_plane(rng: np.random.Generator, n: int = 120) -> tuple[Array, IntArray, float]:
    """Points (N, 2) of a square, labelled by a line with a gap on both sides, and Novikoff's bound on the mistakes."""
    angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3)
    weight = np.array([np.cos(angle), np.sin(angle)])
    x = rng.uniform(-1, 1, (4 * n, 2))
    x = x[np.abs(x @ weight - offset) > MARGIN][:n]
    y = (x @ weight > offset).astype(np.int64)
    return x, y, mistake_bound(x, 2 * y - 1, weight, -offset)


def zeros_and_ones(digits: Dataset, rng: np.random.Generator) -> tuple[dict[str, Array], dict[str, IntArray]]:
    """Two of the ten digits, in two parts: there is nothing here to choose by validation."""
    two = np.flatnonzero(digits.y < 2)
    x, y = digits.features()[two].astype(np.float64), digits.y[two]
    rows = split(len(two), {"train": 0.7, "test": 0.3}, rng=rng, stratify=y)
    return {part: x[r] for part, r in rows.items()}, {part: y[r] for part, r in rows.items()}


def run(folder: RunFolder, settings: PerceptronSettings, console: Console) -> Outcome:
    """Three times the same rule. It takes milliseconds, so a run that goes on begins anew, and comes to the same."""
    folder.load_resume()
    digits = load("digits")
    x, y = zeros_and_ones(digits, settings.rng("split"))
    points, side, bound = divided_plane(settings.rng("points"))
    plane = learn(settings, "plane", points, side)
    real = learn(settings, "digits", x["train"], y["train"])
    xor = learn(settings, "xor", POINTS.astype(np.float64), LABELS)
    for epoch, mistakes in enumerate(real.neuron.mistakes_per_epoch, 1):
        share = mistakes / len(real.x)
        folder.add_metric(Metric(epoch, epoch, "train", share, 1 - share))
    folder.save_checkpoint({"weight": real.neuron.weight, "bias": np.array(real.neuron.bias)})
    sizes = {"train": len(x["train"]), "val": 0, "test": len(x["test"])}
    scores = {
        DIGITS: real.accuracy(x["test"], y["test"]),
        XOR: xor.accuracy(xor.x, xor.y),
        MAJORITY: max(float(y["test"].mean()), 1 - float(y["test"].mean())),
    }
    outcome = Outcome(digits.name, f"{digits.source}; zeros and ones only", digits.stand_in, sizes, scores)
    outcome.notes = [*digits.notes, "XOR: the four points of its truth table, learned and tested on all four."]
    outcome.facts = {
        "mistakes": sum(plane.neuron.mistakes_per_epoch), "mistake_bound": bound,
        "plane_learned": plane.neuron.converged, "digits_learned": real.neuron.converged,
        "xor_learned": xor.neuron.converged,
    }  # fmt: skip
    outcome.figures = [_draw(plane, real, xor, folder.path / "figures" / "perceptron")]
    _say(plane, real, xor, outcome)
    return outcome


def _draw(plane: Learned, real: Learned, xor: Learned, stem: Path) -> Figure:
    fig, (left, middle, right) = figures.figure(columns=3, height=2.5)
    plots.boundary(left, plane.neuron.decision, plane.x, plane.y, f"A line: {_wrong(plane)} of {len(plane.y)} wrong")
    plots.boundary(middle, xor.neuron.decision, xor.x, xor.y, f"XOR: {_wrong(xor)} of 4 wrong")
    for i, (name, learned) in enumerate((("plane", plane), ("digits", real), ("XOR", xor))):
        mistakes = learned.neuron.mistakes_per_epoch
        share = np.array(mistakes) / len(learned.x)
        figures.curve(right, i, range(1, len(share) + 1), share, label=name)
        right.plot(len(share), share[-1], marker=figures.MARKERS[i], color=figures.COLOURS[i])
    done = sum(learned.neuron.converged for learned in (plane, real, xor))
    right.set_title(f"{done} of 3 come to an end")
    right.set_xlabel("pass over the rows")
    right.set_ylabel("mistakes a row")
    right.set(xscale="log", ylim=(-0.02, None))
    right.xaxis.set_major_formatter("{x:g}")
    right.legend()
    figures.save(fig, stem)
    caption = "Left, points that a line divides, and the line found. Middle, XOR. Right, mistakes in each pass."
    return Figure(stem.name, caption)


def _wrong(learned: Learned) -> int:
    return round((1 - learned.accuracy(learned.x, learned.y)) * len(learned.x))


def _say(plane: Learned, real: Learned, xor: Learned, outcome: Outcome) -> None:
    outcome.happened = [
        f"On {len(plane.x)} points that a line divides, it {plane.describe()}. "
        f"Novikoff's theorem allows {outcome.facts['mistake_bound']:.0f}, by the line that labelled the points.",
        f"On {len(real.x)} images of zeros and ones, 64 pixels each, it {real.describe()}; "
        f"of {outcome.sizes['test']} images it had not seen it got {percent(outcome.scores[DIGITS])} right.",
        f"On XOR it {xor.describe()}."
        + ("" if xor.neuron.converged else " No line divides these points, so no number of passes can help."),
    ]
    outcome.further = [
        "`groundup lab run xor` puts a hidden layer in front of the same neuron.",
        "Choose two digits that look alike, 3 and 8, in `zeros_and_ones`: how many more mistakes does it take?",
        "Move the points closer to the line: Novikoff's bound says how the number of mistakes grows.",
    ]


LAB = Lab(
    name="perceptron",
    title="What one neuron can learn, and what it cannot",
    covers=("01.05",),
    about="Rosenblatt's rule on points that a line divides, on real digits, and on XOR: where does it come to an end?",
    expects="An end, without a mistake, wherever a line divides the classes; on XOR none, and at most 75 % right.",
    settings=PerceptronSettings,
    run=run,
)
