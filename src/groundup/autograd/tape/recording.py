"""Whether operations are being recorded: yes, but inside ``with no_grad():``. Each thread has an answer of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_recording: ContextVar[bool] = ContextVar("recording", default=True)


def is_recording() -> bool:
    return _recording.get()


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, nothing is recorded, and no array is kept for a backward pass that will not come."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)
