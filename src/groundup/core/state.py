"""State dicts on disk, in the safetensors format: plain arrays with names, loaded by PyTorch as they are.

Nothing here unpickles. Writing is atomic: a reader finds the old file or the new one, never half of either.
safetensors is imported when a file is touched, so that ``core`` needs NumPy alone to compute.
"""

import os
import uuid
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from groundup.core.errors import StateError
from groundup.core.types import Array, StateDict


def write_atomically(path: Path, data: bytes) -> None:
    """Write a temporary file beside ``path``, flush it to the disk, and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")  # not tempfile's: that would be readable by us alone
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def save_state(path: Path | str, state: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> None:
    """Write arrays by name, and short strings beside them. Raises OSError; an earlier file then stays as it was."""
    from safetensors.numpy import save

    arrays = {key: np.asarray(value, order="C") for key, value in state.items()}  # keeps the shape ()
    write_atomically(Path(path), save(arrays, metadata=dict(metadata) if metadata else None))


def load_state(path: Path | str) -> StateDict:
    """Read arrays by name. Raises StateError when the file is not a whole safetensors file."""
    return load_state_and_metadata(path)[0]


def load_state_and_metadata(path: Path | str) -> tuple[StateDict, dict[str, str]]:
    """Read the arrays and the strings written beside them. Raises StateError, FileNotFoundError."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"load_state: expected a safetensors file at {path}, found none")
    try:
        with safe_open(str(path), framework="numpy") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except SafetensorError as error:
        raise StateError(
            f"load_state: expected a safetensors file, got {path} ({error}); was the copy cut short?"
        ) from error
