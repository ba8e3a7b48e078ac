"""receptive-field: which pixels one number deep in a network can see, by arithmetic and by its gradient; and sees.

The square that a number can see is computed layer by layer for four networks of the course, and found a second time
from the gradient of that number at random weights (fields.py). What it sees is less: how the gradient lies within the
square is measured on real pictures, before a network has learned and after.
Source: Luo, Li, Urtasun, Zemel, Understanding the Effective Receptive Field, NeurIPS 2016.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from groundup.core import Array, StateDict, expect_positive
from groundup.labs import figures, network, pictures
from groundup.labs.fields import WEIGHT, Net, effective, found, inside, net_of, networks, share, square
from groundup.labs.lab import Figure, Lab, Outcome, percent
from groundup.labs.pictures import PictureSettings
from groundup.labs.plots_field import Box, effective_field, receptive_fields
from groundup.labs.report import table
from groundup.labs.task import Task
from groundup.train import RunFolder

NINE = f"{100 * WEIGHT:.0f} %"  # of the gradient, Eq. 4
CHECKED = 8  # pictures of noise that the gradient is taken on


@dataclass(frozen=True)
class FieldSettings(PictureSettings):
    """``width`` narrows VGG-11 and ResNet-20; ``looked`` pictures are what the effective field is measured on."""

    epochs: int = 4
    rows: int = 3_000
    lr: float = 1e-3
    optimiser: str = "adam"
    channels: tuple[int, ...] = (16, 32)
    blocks: int = 2
    padding: int = 1
    width: float = 0.25
    looked: int = 256

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", looked=self.looked)


@dataclass(frozen=True)
class Row:
    """One layer of a network: its computed square, whether the gradient found the same, and Eq. 4 on noise."""

    network: str
    layer: str
    size: int
    stride: int
    same: bool
    strength: Array
    box: Box

    @property
    def share(self) -> float:
        """Eq. 4."""
        return share(self.strength, self.size**2)

    def cells(self) -> tuple[str, ...]:
        """For a table."""
        said = "the same" if self.same else "**another**"
        return self.network, self.layer, f"{self.size} × {self.size}", str(self.stride), said, percent(self.share)


def look(name: str, net: Net, rng: np.random.Generator) -> list[Row]:
    """Every layer of a network: Eq. 1 beside Eqs. 2 and 4, in float64 on pictures of noise that just hold its field."""
    for layer in net.layers:
        layer.to(np.float64)
    rows = []
    for end in net.ends:
        field = net.field(end)
        place, size = inside(field)
        gradient = net.gradient(end, rng.standard_normal((CHECKED, net.channels, size, size)), (place, place))
        box = square(field, place)
        rows.append(Row(name, end, field.size, field.stride, found(gradient) == box, effective(gradient), box))
    return rows


def run(folder: RunFolder, settings: FieldSettings, console: Console) -> Outcome:
    """The four networks; then one is trained, and its field measured before and after."""
    rng = settings.rng("fields")
    nets = networks(rng, settings.width)
    rows = [row for name, net in nets.items() for row in look(name, net, rng)]
    task = pictures.task(settings)
    trained = network.train(folder, settings, task, console)
    x = task.x["val"][: settings.looked]
    before, after = _measured(settings, task, {}, x), _measured(settings, task, trained.learner.weights(), x)
    outcome = task.outcome({f"CNN, {trained.parameters:,} parameters, {settings.backend}": trained.accuracy})
    outcome.facts = trained.facts() | {"before": before.shares, "after": after.shares}
    outcome.measures = _measures(rows, before, after)
    head = ("network", "layer", "can see", "stride", "by gradient", f"{NINE} of it in")
    outcome.tables = [table(head, [row.cells() for row in rows]), _before_and_after(before, after)]
    outcome.figures = _draw(folder.path / "figures", nets, rows, before, after, task)
    _say(rows, before, after, outcome)
    return outcome


@dataclass(frozen=True)
class Measured:
    """Eqs. 3 and 4 of fields.py by layer, on real pictures, at a place in the middle."""

    net: Net
    strength: dict[str, Array]
    boxes: dict[str, Box]

    @property
    def shares(self) -> dict[str, float]:
        """Eq. 4: of the pixels of the square that lie in the picture, the share that holds nine tenths."""
        return {name: share(map_, _pixels(self.boxes[name], map_)) for name, map_ in self.strength.items()}


def _measured(settings: FieldSettings, task: Task, weights: StateDict, x: Array) -> Measured:
    """The network of the task with the weights it begins with, or with these."""
    assert task.network.numpy is not None
    model = task.network.numpy(settings.rng("weights"))
    if weights:
        model.load_state_dict(weights)
    net = net_of([layer for _, layer in model.children()])
    strength, boxes = {}, {}
    for name in net.ends:
        middle = net.maps(name, x[:1]).shape[2] // 2
        strength[name] = effective(net.gradient(name, x, (middle, middle)))
        boxes[name] = square(net.field(name), middle)
    return Measured(net, strength, boxes)


def _pixels(box: Box, picture: Array) -> int:
    """How many pixels of a square lie in the picture."""
    height, width = picture.shape
    (top, bottom), (left, right) = box
    return (min(bottom, height - 1) - max(top, 0) + 1) * (min(right, width - 1) - max(left, 0) + 1)


def _measures(rows: list[Row], before: Measured, after: Measured) -> dict[str, float]:
    last = {row.network: row for row in rows}
    deepest = list(before.shares)[-1]
    return {
        "layers whose gradient has the computed square": sum(row.same for row in rows),
        "layers": len(rows),
        **{f"side of the square, {name}": row.size for name, row in last.items()},
        **{f"share with 90 % of the gradient, {name}, noise": row.share for name, row in last.items()},
        f"share with 90 %, trained CNN, {deepest}, before": before.shares[deepest],
        f"share with 90 %, trained CNN, {deepest}, after": after.shares[deepest],
    }


def _before_and_after(before: Measured, after: Measured) -> str:
    rows = [
        (
            name,
            f"{_side(before.boxes[name])} × {_side(before.boxes[name])}",
            percent(share),
            percent(after.shares[name]),
        )
        for name, share in before.shares.items()
    ]
    return table(("layer of the trained CNN", "can see", "90 % in, before training", "90 % in, after"), rows)


def _side(box: Box) -> int:
    return box[0][1] - box[0][0] + 1


def _draw(
    folder: Path, nets: dict[str, Net], rows: list[Row], before: Measured, after: Measured, task: Task
) -> list[Figure]:
    """The squares of the trained network and of the four others over a picture; the effective field twice."""
    picture = pictures.shown(task.x["val"])[0]
    grey = picture if picture.ndim == 2 else picture.transpose(2, 0, 1)
    drawn = [receptive_fields(grey, before.boxes, folder / "squares"), _growth(nets, folder / "growth")]
    deepest = list(before.boxes)[-1]
    for when, found_ in (("before", before), ("after", after)):
        figure = effective_field(found_.strength[deepest], folder / f"effective-{when}", box=found_.boxes[deepest])
        drawn.append(Figure(figure.stem, f"{deepest}, {when} training. {figure.caption}"))
    narrow = min(rows, key=lambda row: row.share)
    figure = effective_field(narrow.strength, folder / "effective-narrowest", box=narrow.box)
    name = f"{narrow.network}, {narrow.layer}, with random weights on noise"
    return [*drawn, Figure(figure.stem, f"The narrowest of all: {name}. {figure.caption}")]


def _growth(nets: dict[str, Net], stem: Path) -> Figure:
    """How the side of the square grows, layer by layer."""
    fig, axes = figures.figure(height=2.9)
    sides = {name: [net.field(layer).size for layer in net.ends] for name, net in nets.items()}
    for i, (name, values) in enumerate(sides.items()):
        figures.curve(axes, i, range(1, len(values) + 1), values, label=name, marker=figures.MARKERS[i])
    axes.set(xlabel="convolution, pooling or block", ylabel="pixels along an axis")
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    figures.grid(axes)
    axes.legend()
    widest = max(sides, key=lambda name: sides[name][-1])
    figures.headline(fig, f"{widest} sees furthest at its end: {sides[widest][-1]} pixels along an axis")
    figures.save(fig, stem)
    return Figure(stem.name, "The side of the square that one number can see, on a scale of powers of two.")


def _say(rows: list[Row], before: Measured, after: Measured, outcome: Outcome) -> None:
    same, last = sum(row.same for row in rows), {row.network: row for row in rows}
    widest = max(last.values(), key=lambda row: row.size)
    deepest = list(before.shares)[-1]
    was, now = before.shares[deepest], after.shares[deepest]
    outcome.happened = [
        f"In {same} of {len(rows)} layers of four networks the gradient of one number is non-zero within exactly the "
        "square that arithmetic gives: it reaches all four sides, and nothing lies outside.",
        f"The last layer of {widest.network} can see {widest.size} × {widest.size} pixels; on noise, {NINE} "
        f"of its gradient lies on {percent(widest.share)} of them.",
        f"In the trained CNN {NINE} of the gradient of {deepest} lay on {percent(was)} of the pixels in its "
        f"reach before training and on {percent(now)} after: "
        f"its field became {100 * abs(now - was):.1f} points {'narrower' if now < was else 'wider'}.",
        f"That network named {percent(next(iter(outcome.scores.values())))} of the test pictures right.",
    ]
    outcome.further = [
        "`--set padding=0`: the squares stay as large, but move; why?",
        "`--set channels=16,32,64 --set blocks=3`: how does the share that holds nine tenths go on falling?",
        "`--set data=cifar10`: photographs fill the picture to its edges; is the field as narrow there?",
        "`groundup open receptive_field` shows the arithmetic; write it yourself as an exercise.",
    ]


LAB = Lab(
    name="receptive-field",
    title="What one number deep in a network can see, and what it sees",
    covers=("05.03",),
    about="Which pixels can change a number in each layer of four networks, does its gradient agree, "
    "and how much of that square does it use before training and after?",
    expects="The same square from arithmetic and from the gradient, in every layer; most of the gradient in the middle "
    "of it, the more so the more layers lie between.",
    settings=FieldSettings,
    run=run,
    quick={"epochs": 1, "rows": 600, "channels": (8, 16), "width": 0.125, "looked": 64},
)
