"""The warm parent of all checks: Python and NumPy loaded once, and a fresh child by fork for each check.

It never loads a learner's file itself and holds nothing that a check expects: it starts before any number is drawn.
Requests come over a socket, one at a time: a folder, and the descriptor that the child's output goes to. It answers
with the child's process group, and when that has ended with how it ended and the processor time it took. It ends, and
ends its child, when the other side of the socket is closed.
"""

import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from groundup.course.check import child, guard
from groundup.course.check.guard import BY_SIGNAL

POLL_SECONDS = 0.002


def serve(control: socket.socket) -> None:
    """Answer requests until the parent has gone."""
    while True:
        message, descriptors, *_ = socket.recv_fds(control, 65536, 1)
        if not message:
            return
        output = descriptors[0]
        pid = os.fork()
        if pid == 0:
            control.close()
            _child(Path(json.loads(message)["folder"]), output)
        os.close(output)
        _send(control, {"pid": pid})
        status = _wait(pid, control)
        _send(control, status)


def _send(control: socket.socket, answer: dict[str, float]) -> None:
    control.sendall(json.dumps(answer).encode() + b"\n")


def _wait(pid: int, control: socket.socket) -> dict[str, float]:
    """Wait for the child; where the parent goes first, the child goes too."""
    while True:
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            _end_group(pid)
            code = os.waitstatus_to_exitcode(status)
            return {"returncode": BY_SIGNAL - code if code < 0 else code, "cpu": used.ru_utime + used.ru_stime}
        if select.select([control], [], [], POLL_SECONDS)[0] and not control.recv(1, socket.MSG_PEEK):
            _end_group(pid)


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nothing of it is left


def _child(folder: Path, output: int) -> NoReturn:
    """In the fork: a session, namespaces where they are granted, and in them process 1, which runs the file."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 256)
    if guard.leave_the_system():
        inner = os.fork()  # a namespace of processes begins with the next fork, and all in it end with that one
        if inner:
            code = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
            os._exit(code if code >= 0 else BY_SIGNAL - code)
    run(folder)


def run(folder: Path) -> NoReturn:
    """Run the check of a folder in this process and end it, without what the file registered for the end."""
    os.environ |= {"HOME": str(folder / "scratch"), "TMPDIR": str(folder / "scratch")}
    child.main(folder)
    sys.stdout.flush()
    os._exit(0)


def start(arguments: list[str]) -> None:
    """``serve DESCRIPTOR`` or, where there is no fork, ``once FOLDER``."""
    what, value = arguments
    if what == "once":
        run(Path(value))
    serve(socket.socket(fileno=int(value)))
