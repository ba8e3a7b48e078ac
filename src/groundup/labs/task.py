"""Task: data in three parts, ready for a network, and what the network is asked.

Three parts, three uses: the network is fitted to *train*, the epoch (and every setting) chosen by *val*, *test* looked
at once, at the end.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.core import Array, IntArray
from groundup.data import Dataset, split
from groundup.labs.blueprint import Blueprint
from groundup.labs.lab import Outcome, Settings
from groundup.nn.loss import Loss
from groundup.train.trainer import Measure

PARTS = ("train", "val", "test")


@dataclass
class Task:
    """x by part, targets as the loss wants them, labels (N,) as whole numbers, and the network to learn them."""

    x: dict[str, Array]
    target: dict[str, Any]
    labels: dict[str, IntArray]
    classes: list[str]
    network: Blueprint
    loss: Loss
    measure: Measure
    dataset: str
    source: str
    stand_in: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def sizes(self) -> dict[str, int]:
        return {part: len(self.x[part]) if part in self.x else 0 for part in PARTS}

    def outcome(self, scores: dict[str, float]) -> Outcome:
        """An outcome that names the data."""
        return Outcome(self.dataset, self.source, self.stand_in, self.sizes, scores, notes=list(self.notes))

    def fingerprint(self) -> dict[str, Any]:
        """Which rows these are, so that a run does not go on with others."""
        digest = hashlib.sha256()
        for part in sorted(self.x):
            digest.update(np.ascontiguousarray(self.x[part]).data)
            digest.update(self.labels[part].tobytes())
        return {"dataset": self.dataset, "source": self.source, "sizes": self.sizes, "sha256": digest.hexdigest()}

    def doubled(self) -> "Task":
        """The same in float64."""
        x = {part: rows.astype(np.float64) for part, rows in self.x.items()}
        floats = {p: np.issubdtype(t.dtype, np.floating) for p, t in self.target.items()}
        target = {part: t.astype(np.float64) if floats[part] else t for part, t in self.target.items()}
        return Task(**{**vars(self), "x": x, "target": target})


def parts_of(
    data: Dataset, settings: Settings, sizes: dict[str, float]
) -> tuple[dict[str, Array], dict[str, IntArray]]:
    """Features (N, D) and labels by part; the seed decides who is in which."""
    rows = split(data, sizes, rng=settings.rng("split"))
    x = data.features()
    return {part: x[r] for part, r in rows.items()}, {part: data.y[r] for part, r in rows.items()}


def pictures_of(
    data: Dataset, settings: Settings, sizes: dict[str, float], train_rows: int = 0, held_out: int = 0
) -> tuple[dict[str, Array], dict[str, IntArray]]:
    """Pictures (N, C, H, W) and labels by part, each channel with mean 0 and deviation 1 over the training pictures.

    ``train_rows`` keeps so many of the training pictures, of each class in proportion, ``held_out`` at most so many in
    each of the other parts; 0 all.
    """
    rows = split(data, sizes, rng=settings.rng("split"))
    if 0 < train_rows < len(rows["train"]):
        share = train_rows / len(rows["train"])
        few = split(
            len(rows["train"]),
            {"in": share, "out": 1 - share},
            rng=settings.rng("rows"),
            stratify=data.y[rows["train"]],
        )
        rows["train"] = rows["train"][few["in"]]
    rows = {part: r[:held_out] if held_out and part != "train" else r for part, r in rows.items()}
    images = data.images()
    mean = images[rows["train"]].mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
    deviation = images[rows["train"]].std(axis=(0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
    images -= mean
    images /= deviation
    return {part: images[r] for part, r in rows.items()}, {part: data.y[r] for part, r in rows.items()}
