"""The data sets that are not arrays with labels: Texts (many, labelled), Corpus (one, long), Series (numbers in time).

Axes: T days, K columns.
"""

from dataclasses import dataclass

import numpy as np

from groundup.core import Array, IntArray
from groundup.data.dataset import Sourced, expect_labels

Dates = np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Texts(Sourced):
    """Texts with the number of a class each. Raises ValueError for labels that cannot be right."""

    texts: list[str]
    y: IntArray
    classes: list[str]

    def __post_init__(self) -> None:
        expect_labels(f"Texts {self.name}", self.y, len(self.texts), self.classes)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, eq=False, kw_only=True)
class Corpus(Sourced):
    """One long text. Raises ValueError when it is empty."""

    text: str

    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError(f"Corpus {self.name}: expected a text, got none; is the file empty?")

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True, eq=False, kw_only=True)
class Series(Sourced):
    """Numbers in time: ``dates`` (T,) as datetime64[D], increasing, ``values`` (T, K), ``columns`` the K names.

    Raises ValueError for other shapes, dates out of order, and values that are not finite.
    """

    dates: Dates
    values: Array
    columns: list[str]

    def __post_init__(self) -> None:
        who, shape = f"Series {self.name}", (len(self.dates), len(self.columns))
        if self.values.shape != shape or not len(self.dates):
            raise ValueError(f"{who}: expected values (T, K) = {shape} with T above 0, got {self.values.shape}")
        if (np.diff(self.dates) <= np.timedelta64(0)).any():
            raise ValueError(f"{who}: expected dates in increasing order, got others; is a day there twice?")
        if not np.isfinite(self.values).all():
            row, column = np.argwhere(~np.isfinite(self.values))[0]
            at = f"{self.dates[row]} in {self.columns[column]!r}"
            raise ValueError(f"{who}: expected finite numbers, got NaN or infinity on {at}; drop that day")

    def __len__(self) -> int:
        return len(self.dates)
