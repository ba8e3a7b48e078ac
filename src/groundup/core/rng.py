"""Randomness is always explicit: whatever draws numbers takes an ``rng`` and says so."""

from typing import Any

import numpy as np

Rng = int | np.random.Generator


def generator(who: str, rng: Rng | None) -> np.random.Generator:
    """A generator from a seed, or the generator itself. Raises TypeError when there is neither.

    >>> generator("demo", 0).integers(10)
    np.int64(8)
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool):
        return np.random.default_rng(rng)
    raise TypeError(
        f"{who}: expected rng to be a seed or a numpy Generator, got {rng!r}; randomness is explicit, try rng=0"
    )


def rng_state(rng: np.random.Generator) -> dict[str, Any]:
    """The generator's whole state as plain JSON values, for a checkpoint."""
    return dict(rng.bit_generator.state)


def restore_rng(rng: np.random.Generator, state: dict[str, Any]) -> None:
    """Put a generator back where ``rng_state`` found it; the next draw repeats bit for bit."""
    rng.bit_generator.state = state
