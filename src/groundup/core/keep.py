"""What forward leaves for backward: kept once, taken back once."""

from typing import Any

from groundup.core.errors import OrderError
from groundup.core.types import Array


class Keeps:
    """Base of layers and losses: forward keeps what backward needs with ``keep``, backward takes it with ``kept``."""

    _kept: tuple[Any, ...] | None = None

    def keep(self, *values: Any) -> None:
        """Keep what backward will need; the next forward replaces it."""
        self._kept = values

    def kept(self) -> Array:
        """The one array that forward kept. Each forward allows one backward.

        Raises OrderError when there is nothing: backward came before forward, or a second time after it.
        """
        (value,) = self.kept_all()
        return value  # type: ignore[no-any-return]

    def kept_all(self) -> tuple[Any, ...]:
        """Everything that forward kept, in its order. Raises OrderError as ``kept`` does."""
        if self._kept is None:
            raise OrderError(
                f"{type(self).__name__}.backward: expected one forward before each backward, got none; "
                "call forward again, what it kept is freed by backward"
            )
        values, self._kept = self._kept, None
        return values
