"""What the tests of data share: a cache of their own, and a small data set on a real web server of this machine."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from groundup.data.catalogue import Entry, parse

Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's cache, or a mirror that it does not name."""
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)
    monkeypatch.delenv("GROUNDUP_OFFLINE", raising=False)
    return tmp_path / "cache" / "data"


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of bytes as a gzipped idx file."""
    lengths = np.array(array.shape, dtype=">u4").tobytes()
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes(), mtime=0)


class Host:
    """A web server on a free port of 127.0.0.1. ``answers`` says what each path gets, ``asked`` what was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                host.answers.get(self.path, absent)(self)

            def log_message(self, *args: object) -> None:
                """The tests' output stays their own."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, folder: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{folder}/"


def absent(handler: BaseHTTPRequestHandler) -> None:
    """Answer that there is no such file."""
    handler.send_error(404)


def sends(body: bytes, claimed: int | None = None) -> Answer:
    """Answer with a body, of the length it has or of a length it only claims."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def host() -> Iterator[Host]:
    running = Host()
    yield running
    running.server.shutdown()
    running.server.server_close()


FILES = {
    "train-x.gz": idx_bytes(np.arange(12 * 4, dtype=np.uint8).reshape(12, 2, 2)),
    "train-y.gz": idx_bytes(np.arange(12, dtype=np.uint8) % 2),
    "test-x.gz": idx_bytes(np.full((4, 2, 2), 200, np.uint8)),
    "test-y.gz": idx_bytes(np.array([0, 1, 1, 0], np.uint8)),
}


@pytest.fixture
def entry(host: Host) -> Entry:
    """Sixteen tiny images: idx files on two hosts (/first, then /second), one .npz in a mirror, nothing embedded."""
    for folder in ("first", "second"):
        host.answers |= {f"/{folder}/{name}": sends(body) for name, body in FILES.items()}
    sums = {name: hashlib.md5(body).hexdigest() for name, body in FILES.items()}
    official = {
        "says": "all 16", "read": "idx", "hosts": [host.url("first"), host.url("second")],
        "files": [{"name": n, "bytes": len(body), "checksum": f"md5:{sums[n]}"} for n, body in FILES.items()],
        "options": {"splits": {"train": ["train-x.gz", "train-y.gz"], "test": ["test-x.gz", "test-y.gz"]}},
    }  # fmt: skip
    small = {
        "says": "6 of 16",
        "read": "npz",
        "files": [{"name": "tiny-6.npz"}],
        "options": {"x": "images", "y": "labels"},
    }
    card = dict.fromkeys(("title", "what", "licence", "size", "splits", "homepage", "citation", "caution"), "-")
    facts = {"kind": "images", "classes": ["even", "odd"], "shape": [2, 2], "dtype": "uint8", "scale": 255}
    return parse("tiny", {"card": card, "data": facts, "form": [official, small]})


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror folder with the small form of the entry."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    np.savez(folder / "tiny-6.npz", images=np.ones((6, 2, 2), np.uint8), labels=np.array([0, 1, 0, 1, 0, 1]))
    monkeypatch.setenv("GROUNDUP_DATA", str(folder))
    return folder
