"""Starting the child of a check and watching over it from outside: by fork from a warm parent where there is fork."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundup.course.check.guard import BY_SIGNAL
from groundup.course.check.kit import kit_for

OUTPUT_BYTES = 1024 * 1024
DISK_BYTES = 256 * 1024 * 1024
START_SECONDS = 3.0  # what starting Python and importing NumPy may take on a slow machine
BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from groundup.course.check import zygote; zygote.start(sys.argv[2:])"
)


@dataclass
class Ended:
    """How a child ended: "ok", "timeout", "output", "disk" or "died"; what it printed; processor seconds."""

    how: str
    output: str
    returncode: int
    cpu: float


def run_in_child(folder: Path, seconds: float) -> Ended:
    """Run the request in this folder. Bounded in time, output and disk."""
    reading, writing = os.pipe()
    reader = _CappedReader(reading)
    watch = _Watch(folder, reader, time.monotonic() + seconds + START_SECONDS)
    try:
        returncode, cpu = _warm().run(folder, writing, watch) if hasattr(os, "fork") else _once(folder, writing, watch)
    finally:
        os.close(writing)
    output = reader.finish()
    how = watch.stopped
    if reader.overflowed:
        how = "output"
    elif how == "ok" and sys.platform != "win32" and returncode == BY_SIGNAL + signal.SIGXCPU:
        how = "timeout"
    elif how == "ok" and not (folder / "result.json").is_file():
        how = "died"
    return Ended(how, output, returncode, cpu)


class _Watch:
    """Says when a child has to be stopped, and remembers why."""

    def __init__(self, folder: Path, reader: "_CappedReader", deadline: float) -> None:
        self.folder, self.reader, self.deadline = folder, reader, deadline
        self.stopped, self._next_look = "ok", 0.0

    def must_stop(self) -> bool:
        now = time.monotonic()
        if self.reader.overflowed:
            self.stopped = "output"
        elif now > self.deadline:
            self.stopped = "timeout"
        elif now > self._next_look:
            self._next_look = now + 0.1
            if _size(self.folder) > DISK_BYTES:
                self.stopped = "disk"
        return self.stopped != "ok"


def _size(folder: Path) -> int:
    """The bytes of all files below a folder; what vanishes while we look does not count."""
    total = 0
    for where, _, files in os.walk(folder):
        for file in (Path(where) / name for name in files):
            try:
                total += file.lstat().st_blocks * 512
            except (OSError, AttributeError):
                continue  # gone, or a system without blocks: the limit on each file remains
    return total


class _Warm:
    """The other end of the zygote. One check at a time; it starts anew if it was killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Have the process started; it warms up by itself. Nothing happens where it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._socket, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [*_python(), "serve", str(theirs.fileno())], stdin=subprocess.DEVNULL, env=_environment(),
            pass_fds=[theirs.fileno()], start_new_session=True, cwd="/",
        )  # fmt: skip
        theirs.close()

    def close(self) -> None:
        """Let it go: it ends when the socket does."""
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.wait()
        self._socket = self._process = None

    def run(self, folder: Path, output: int, watch: _Watch) -> tuple[int, float]:
        """One check: its return code and processor seconds."""
        with self._lock:
            for again in (True, False):
                self.start()
                try:
                    return self._ask(folder, output, watch)
                except (BrokenPipeError, ConnectionResetError, EOFError):
                    self.close()
                    if not again:
                        raise
        raise AssertionError("the loop returns or raises")

    def _ask(self, folder: Path, output: int, watch: _Watch) -> tuple[int, float]:
        assert self._socket is not None
        socket.send_fds(self._socket, [json.dumps({"folder": str(folder)}).encode()], [output])
        pid = int(self._answer(lambda: None)["pid"])
        killed = False

        def look() -> None:
            nonlocal killed
            if not killed and watch.must_stop():
                killed = True
                _kill_group(pid)

        ended = self._answer(look)
        return int(ended["returncode"]), ended["cpu"]

    def _answer(self, look: Callable[[], None]) -> dict[str, float]:
        assert self._socket is not None
        line = b""
        while not line.endswith(b"\n"):
            if select.select([self._socket], [], [], 0.02)[0]:
                byte = self._socket.recv(1)  # not beyond the end of the line: the next answer is another's
                if not byte:
                    raise EOFError("the warm process has ended")
                line += byte
            look()
        answer: dict[str, float] = json.loads(line)
        return answer


_THE_WARM_ONE: list[_Warm] = []


def _warm() -> _Warm:
    if not _THE_WARM_ONE:
        _THE_WARM_ONE.append(_Warm())
        atexit.register(_THE_WARM_ONE[0].close)
    return _THE_WARM_ONE[0]


def warm_up() -> None:
    """Start the warm process now, so that it is ready when the check is."""
    if hasattr(os, "fork"):
        _warm().start()


def _once(folder: Path, output: int, watch: _Watch) -> tuple[int, float]:
    """Without fork: an interpreter for this one check."""
    process = subprocess.Popen(
        [*_python(), "once", str(folder)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        env=_environment(), cwd=folder,
    )  # fmt: skip
    while process.poll() is None:
        if watch.must_stop():
            process.kill()
        time.sleep(0.005)
    return process.wait(), 0.0


def _python() -> list[str]:
    return [sys.executable, "-I", "-X", "utf8", "-c", BOOT, str(kit_for(None))]


def _environment() -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LANG", "LD_LIBRARY_PATH") if key in os.environ}
    return kept | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # the whole group has ended already


class _CappedReader:
    """Reads a pipe to its end but keeps no more than OUTPUT_BYTES."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._kept, self.overflowed = descriptor, bytearray(), False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._descriptor, 65536):
            self._kept += chunk[: max(0, OUTPUT_BYTES - len(self._kept))]
            self.overflowed = self.overflowed or len(self._kept) >= OUTPUT_BYTES

    def finish(self) -> str:
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            os.close(self._descriptor)
        return self._kept.decode("utf-8", "replace")
