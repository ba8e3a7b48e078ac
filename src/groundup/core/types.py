"""Names for arrays in signatures. Shapes stand in docstrings, as (N, C, H, W)."""

from typing import Any

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]
IntArray = np.ndarray[tuple[int, ...], np.dtype[np.integer[Any]]]
StateDict = dict[str, Array]
