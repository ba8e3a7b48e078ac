"""Keys as they are pressed where stdin is a terminal; lines where it is not.

The terminal is put into cbreak mode, in which Ctrl-C still interrupts, and is given back as it was whatever happens.
"""

import os
import queue
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Read = Callable[[float], str | None]  # seconds to wait -> a key; None when none came; "q" at the end of the input

ESCAPED = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?")  # an arrow or a key of a keypad: several bytes, letters too


@contextmanager
def pressed_keys() -> Iterator[Read]:
    """A function that waits for the next key."""
    if not sys.stdin.isatty():
        yield _lines()
    elif sys.platform == "win32":
        yield _windows
    else:
        with _cbreak():
            yield _posix()


if sys.platform == "win32":
    import msvcrt

    def _windows(seconds: float) -> str | None:
        until = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() > until:
                return None
            time.sleep(0.01)
        return msvcrt.getwch()
else:
    import select
    import termios
    import tty

    def _posix() -> Read:
        descriptor = sys.stdin.fileno()
        typed: list[str] = []

        def wait(seconds: float) -> str | None:
            if not typed and select.select([descriptor], [], [], seconds)[0]:
                several = os.read(descriptor, 64).decode("utf-8", "replace") or "q"
                typed.extend(ESCAPED.sub("", several))
            return typed.pop(0).replace("\x04", "q") if typed else None

        return wait

    @contextmanager
    def _cbreak() -> Iterator[None]:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        handlers = {kind: signal.signal(kind, _leave) for kind in (signal.SIGTERM, signal.SIGHUP)}
        try:
            tty.setcbreak(descriptor)
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
            for kind, handler in handlers.items():
                signal.signal(kind, handler)

    def _leave(kind: int, frame: object) -> None:
        """End as an exception does, so that the terminal is given back."""
        sys.exit(128 + kind)


def _lines() -> Read:
    """The first letter of each line; a thread reads them, since a pipe cannot be waited for on every system."""
    typed: queue.Queue[str] = queue.Queue()

    def read() -> None:
        rest = b""
        while chunk := os.read(sys.stdin.fileno(), 4096):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                typed.put(line.decode("utf-8", "replace").strip()[:1])
        typed.put("q")

    def wait(seconds: float) -> str | None:
        try:
            return typed.get(timeout=seconds)
        except queue.Empty:
            return None

    threading.Thread(target=read, daemon=True).start()
    return wait
