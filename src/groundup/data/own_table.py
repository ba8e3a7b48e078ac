"""Tables of your own: a file of values separated by commas, semicolons or tabs, its first line the names of columns."""

import csv
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import numpy as np

from groundup.core.suggest import nearest
from groundup.data.dataset import Dataset
from groundup.data.errors import DataError

Row = tuple[int, list[str]]  # the number of its line in the file, its cells


def load_table(path: Path, label: str | None = None) -> Dataset:
    """The table as a Dataset: the label column (the last unless named) gives the classes, the others the features.

    The classes are the distinct labels, in order: of numbers when all are whole numbers, else alphabetical. Raises
    DataError, with line and column, for a cell that is no finite number, a missing label, a line of another length;
    also for a file without header, without rows, or with labels that are fractions; LookupError for an unknown column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            lines = list(_lines(file, max(",;\t", key=first.count)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"load: expected a text of columns, got something else in {path} ({error})") from error
    head = _head(lines, path)
    at = len(head) - 1 if label is None else _column(label, head)
    rows = lines[1:]
    names = [name for name in head if name != head[at]]
    x = np.array([_numbers(row, head, at, path) for row in rows])
    labels = [_label(row, head, at, path) for row in rows]
    classes = _classes(labels, head[at], path)
    number = {name: i for i, name in enumerate(classes)}
    return Dataset(
        name=path.stem, x=x, y=np.array([number[each] for each in labels]), classes=classes, columns=names,
        source=f"own: {len(rows):,} rows of {path}, labelled by {head[at]!r}",
    )  # fmt: skip


def _lines(file: Iterator[str], separator: str) -> Iterator[Row]:
    """Every line that is not empty, with its number."""
    reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]


def _head(lines: list[Row], path: Path) -> list[str]:
    head = lines[0][1] if lines else []
    if len(head) < 2 or len(lines) < 2:
        raise DataError(
            f"load: expected a header of two columns or more, and rows, in {path}, got "
            f"{max(0, len(lines) - 1)} rows of {len(head)} columns; are the values separated by commas?"
        )
    if any(_number(name) is not None for name in head) or len(set(head)) < len(head) or "" in head:
        raise DataError(
            f"load: expected distinct names of columns in line 1 of {path}, got {', '.join(head[:8])}; "
            "is there a header?"
        )
    return head


def _column(label: str, head: list[str]) -> int:
    if label not in head:
        raise LookupError(nearest("column", label, head))
    return head.index(label)


def _numbers(row: Row, head: list[str], at: int, path: Path) -> list[float]:
    line, cells = row
    if len(cells) != len(head):
        raise DataError(
            f"load: expected {len(head)} values, got {len(cells)} in line {line} of {path}; is a separator missing?"
        )
    values = []
    for name, cell in ((name, cell) for i, (name, cell) in enumerate(zip(head, cells, strict=True)) if i != at):
        value = _number(cell)
        if value is None or not isfinite(value):
            raise DataError(
                f"load: expected a finite number, got {cell!r} in line {line}, column {name!r} of {path}; fill or drop "
                "such rows, and give text a number"
            )
        values.append(value)
    return values


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _label(row: Row, head: list[str], at: int, path: Path) -> str:
    line, cells = row
    if cells[at].lower() in ("", "nan"):
        raise DataError(
            f"load: expected a label, got {cells[at]!r} in line {line}, column {head[at]!r} of {path}; drop it"
        )
    return cells[at]


def _classes(labels: list[str], column: str, path: Path) -> list[str]:
    """The distinct labels in order. Raises DataError for fractions: they are measurements, not classes."""
    distinct = set(labels)
    values = {each: _number(each) for each in distinct}
    fraction = next((each for each, value in values.items() if value is not None and value % 1), None)
    if fraction is not None:
        raise DataError(
            f"load: expected names or whole numbers as labels, got {fraction} in column {column!r} of {path}; "
            "name another column with label="
        )
    return sorted(distinct, key=lambda each: (values[each] is None, values[each] or 0, each))
