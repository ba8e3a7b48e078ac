"""What the learner's file may not do in the child: three walls, each of which holds where the next is missing.

1. limits of the system on time, memory, file size and open files (not on Windows, where the parent's clock remains)
2. namespaces and Landlock, where Linux grants them: no network, no other processes, no files but those of the check
3. Python's audit hooks, everywhere: an attempt raises, and is kept for the verdict

The first two hold for native code too; the third says in words what was tried.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 64 * 1024**2
NAMESPACES = 0x10000000 | 0x40000000 | 0x20000000 | 0x08000000  # CLONE_NEWUSER, NEWNET, NEWPID, NEWIPC
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ = 1 << 0 | 1 << 2 | 1 << 3  # execute (map a shared library), read a file, read a folder
EVERYTHING = (1 << 15) - 1
NO_NEW_PRIVILEGES = 38
BY_SIGNAL = 128  # a return code as a shell says it: 128 + the signal that ended the process


class Forbidden(PermissionError):  # noqa: N818 (a learner reads it: it names what happened, as PermissionError does)
    """The file tried something that no exercise needs."""


def limit(seconds: float) -> None:
    """Bound time, memory, file size, open files and processes."""
    if sys.platform == "win32":
        return  # the parent's wall-clock limit still holds
    import resource

    bounds = {
        "RLIMIT_CPU": int(seconds) + 1, "RLIMIT_AS": MEMORY_BYTES, "RLIMIT_FSIZE": FILE_BYTES, "RLIMIT_NOFILE": 128,
        "RLIMIT_CORE": 0,
    }  # fmt: skip
    for name, bound in bounds.items():
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        soft = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        # the hard limit on time stays above the soft one, so that SIGXCPU comes first and tells why
        resource.setrlimit(which, (soft, hard if name == "RLIMIT_CPU" else soft))


def leave_the_system() -> bool:
    """A network, process table and user of one's own; the next fork is process 1 there. False where that is refused."""
    return sys.platform == "linux" and bool(ctypes.CDLL(None).unshare(NAMESPACES) == 0)


def close_files(readable: Sequence[Path], writable: Path) -> bool:
    """Landlock: nothing but these can be opened, by no code whatever. False where the kernel has none."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << 13) - 1 if version < 2 else (1 << 14) - 1 if version < 3 else EVERYTHING
    network, scopes = (3 if version >= 4 else 0), (3 if version >= 6 else 0)  # bind and connect; sockets and signals
    attributes = struct.pack("QQQ", rights, network, scopes)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = libc.syscall(LANDLOCK_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return False
    for path, allowed in [*((p, READ) for p in readable), (writable, rights)]:
        if path.exists():
            place = os.open(path, os.O_PATH)
            mask = allowed if path.is_dir() else allowed & (1 << 0 | 1 << 1 | 1 << 2 | 1 << 14)
            libc.syscall(LANDLOCK_ADD, rules, 1, struct.pack("=Qi", mask & rights, place), 0)
            os.close(place)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = bool(libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0)
    os.close(rules)
    return done


def system_files() -> list[Path]:
    """What Python and NumPy themselves read while they run."""
    import numpy as np

    standard, packages = Path(os.__file__).parent, Path(np.__file__).parent
    shared = [Path(p) for p in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")]
    devices = [Path(p) for p in ("/dev/null", "/dev/urandom", "/dev/zero")]
    return [standard, packages, packages.parent / "numpy.libs", *shared, *devices]


# event -> what the learner is told; a name that ends in a dot stands for all events that begin so
DENIED = {
    "socket.": "use the network",
    "urllib.": "use the network",
    "subprocess.": "start another program",
    "os.system": "start another program",
    "os.exec": "start another program",
    "os.posix_spawn": "start another program",
    "os.spawn": "start another program",
    "os.fork": "start another process",
    "os.forkpty": "start another process",
    "pty.": "start another process",
    "os.kill": "send signals to processes",
    "os.killpg": "send signals to processes",
    "signal.pthread_kill": "send signals to processes",
    "ctypes.": "call into the machine by ctypes",
    "sys.settrace": "trace the interpreter",
    "sys.setprofile": "trace the interpreter",
    "sys.addaudithook": "watch the interpreter",
    "sys._current_frames": "look into the frames of the checker",
    "gc.": "search the memory of the checker",
    "pickle.find_class": "load a pickle",
    "syslog.": "write to the system's log",
    "sqlite3.": "open a database",
}
WRITES = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "os.chmod", "os.chown",
    "os.utime", "os.chflags", "os.setxattr", "os.removexattr", "shutil.",
)  # fmt: skip
LOOKS = ("os.listdir", "os.scandir", "os.chdir", "glob.")


class Watch:
    """The hook. What was tried is appended to ``told``, once each, and refused."""

    def __init__(self, readable: Sequence[Path], writable: Path, hidden: Sequence[Path], told: list[str]) -> None:
        self.roots, self.told = tuple(str(p) for p in readable), told
        self.own, self.secret = (str(writable),), tuple(str(p) for p in hidden)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            self._opened(*args)
            return
        what = DENIED.get(event) or DENIED.get(event.split(".")[0] + ".")
        if what is not None:
            self._refuse(what)
        if event.startswith(WRITES):
            self._only_in(self.own, "change", args)
        elif event.startswith(LOOKS):
            self._only_in((*self.own, *self.roots), "look into", args)

    def _opened(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        place = _real(path)
        if _inside(place, self.own) or place == os.devnull:
            return
        if (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or set(str(mode or "")) & set("wax+"):
            self._refuse(f"write to {place}")
        if place not in self.roots and (not _inside(place, self.roots) or _inside(place, self.secret)):
            self._refuse(f"read {place}")

    def _only_in(self, folders: Sequence[str], verb: str, args: tuple[Any, ...]) -> None:
        for place in (_real(a) for a in args if isinstance(a, str | bytes | os.PathLike)):
            if not _inside(place, folders):
                self._refuse(f"{verb} {place}")

    def _refuse(self, what: str) -> None:
        if what not in self.told:
            self.told.append(what)
        raise Forbidden(f"no exercise needs to {what}")


def _inside(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


def _real(path: Any) -> str:
    return os.path.realpath(os.fsdecode(path))
