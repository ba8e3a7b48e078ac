"""Dataset: the arrays, their labels, and where they came from. ``kinds`` has texts, corpora and series.

Axes: N rows, C channels, H height, W width, D features.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.core import Array, IntArray

Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sourced:
    """What every data set can say of itself.

    ``source`` says in words what this is and whence; ``stand_in`` is true when something small stands for the real
    thing, and both belong beside every result. ``splits`` holds the official split as row numbers, empty where there is
    none. ``notes`` says why each better source was passed over, and what was done to the data on the way.
    """

    name: str
    source: str
    stand_in: bool = False
    splits: dict[str, IntArray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset(Sourced):
    """Rows and labels as they were published: bytes (N, H, W), in colour (N, H, W, 3), or a table of floats (N, D).

    ``scale`` is the largest value of a pixel, 0 for a table; ``columns`` names the D features of a table.
    Raises ValueError for rows and labels that cannot be right.
    """

    x: Numbers
    y: IntArray
    classes: list[str]
    scale: float = 0
    columns: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        who = f"Dataset {self.name}"
        expect_labels(who, self.y, len(self.x), self.classes)
        if np.issubdtype(self.x.dtype, np.floating) and not np.isfinite(self.x).all():
            row, *rest = (int(i) for i in np.argwhere(~np.isfinite(self.x))[0])
            column = f", column {self.columns[rest[0]]!r}" if self.columns and rest else ""
            raise ValueError(
                f"{who}: expected finite numbers, got NaN or infinity in row {row}{column}; fill or drop such rows"
            )

    def __len__(self) -> int:
        return len(self.y)

    def features(self) -> Array:
        """Float32 (N, D): the columns as they are, or the pixels of ``images()`` in one row."""
        return (self.images() if self.scale else self.x.astype(np.float32)).reshape(len(self), -1)

    def images(self) -> Array:
        """Float32 (N, C, H, W), scaled to [0, 1]; C is 1 for grey, 3 for red, green, blue.

        Raises ValueError when the rows are not images.
        """
        if not self.scale:
            raise ValueError(f"Dataset.images: expected a data set of images, got {self.name}, a table; use features()")
        channels = self.x[:, None] if self.x.ndim == 3 else np.moveaxis(self.x, 3, 1)
        scaled = channels.astype(np.float32, order="C")
        scaled /= self.scale  # in place: 70,000 digits are 220 MB
        return scaled


def expect_labels(who: str, y: IntArray, rows: int, classes: list[str]) -> None:
    """One label a row, each the number of a class. Raises ValueError."""
    if not np.issubdtype(y.dtype, np.integer) or y.ndim != 1:
        raise ValueError(f"{who}: expected integer labels (N,), got {y.dtype} {y.shape}")
    if rows != len(y) or not rows:
        raise ValueError(f"{who}: expected one label a row, got {rows} rows and {len(y)} labels")
    if len(set(classes)) != len(classes):
        raise ValueError(f"{who}: expected distinct classes, got {classes}; is a name there twice?")
    if y.min() < 0 or y.max() >= len(classes):
        got = f"{y.min()} to {y.max()}"
        raise ValueError(f"{who}: expected labels from 0 to {len(classes) - 1}, got {got}; is a class missing?")
