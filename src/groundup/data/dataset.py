"""Dataset: the arrays, their labels, and where they came from.

Axes: N rows, C channels, H height, W width, D features.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.core import Array, IntArray

Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows and labels as they were published: images as bytes (N, H, W), tables as floats (N, D).

    ``source`` says in words what this is and whence; ``stand_in`` is true when a small part stands for the real thing,
    and both belong beside every result. ``splits`` holds the official split as row numbers, empty where there is none.
    ``scale`` is the largest value of a pixel, 0 for a table. ``notes`` says why each better source was passed over.
    Raises ValueError for rows and labels that cannot be right.
    """

    name: str
    x: Numbers
    y: IntArray
    classes: list[str]
    source: str
    stand_in: bool = False
    splits: dict[str, IntArray] = field(default_factory=dict)
    scale: float = 0
    columns: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        who = f"Dataset {self.name}"
        if not np.issubdtype(self.y.dtype, np.integer) or self.y.ndim != 1:
            raise ValueError(f"{who}: expected integer labels (N,), got {self.y.dtype} {self.y.shape}")
        if len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(f"{who}: expected one label a row, got {len(self.x)} rows and {len(self.y)} labels")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError(f"{who}: expected distinct classes, got {self.classes}; is a name there twice?")
        if self.y.min() < 0 or self.y.max() >= len(self.classes):
            got = f"{self.y.min()} to {self.y.max()}"
            raise ValueError(
                f"{who}: expected labels from 0 to {len(self.classes) - 1}, got {got}; is a class missing?"
            )
        if np.issubdtype(self.x.dtype, np.floating) and not np.isfinite(self.x).all():
            row = int(np.argwhere(~np.isfinite(self.x))[0][0])
            raise ValueError(
                f"{who}: expected finite numbers, got NaN or infinity in row {row}; fill or drop such rows"
            )

    def __len__(self) -> int:
        return len(self.y)

    def features(self) -> Array:
        """Float32 (N, D): the columns as they are, or the pixels in one row, scaled to [0, 1]."""
        flat = self.x.reshape(len(self), -1).astype(np.float32)
        if self.scale:
            flat /= self.scale  # in place: 70,000 digits are 220 MB
        return flat

    def images(self) -> Array:
        """Float32 (N, C, H, W), scaled to [0, 1]. Raises ValueError when the rows are not images."""
        if not self.scale:
            raise ValueError(f"Dataset.images: expected a data set of images, got {self.name}, a table; use features()")
        return self.features().reshape(len(self), 1, *self.x.shape[1:])  # grey: one channel
