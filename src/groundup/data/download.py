"""Downloads: streamed to a temporary file beside the final name, checked, then renamed into place.

A file under its final name is therefore whole and right, whatever interrupted the download before. A host that cannot
be reached, answers with an error, or sends something else, is passed over for the next. Connecting has a short limit,
so that a machine without network is not kept waiting; reading has a longer one. Not handled: continuing a partial
download, and a temporary file left by a process that was killed outright.
"""

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from groundup.data.catalogue import File
from groundup.data.errors import DownloadError

CONNECT_SECONDS, READ_SECONDS = 3.0, 30.0
CHUNK = 1 << 17  # bytes

Progress = Callable[[str, int, int], None]  # name of the file, bytes so far, bytes in all


class _Http(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_SECONDS)


class _Https(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_SECONDS)


class _HttpHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Http, req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Https, req)


def matches(path: Path, checksum: str) -> bool:
    """Whether a file has the checksum "algorithm:hex"."""
    algorithm, _, wanted = checksum.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest() == wanted


def download(file: File, hosts: Sequence[str], folder: Path, progress: Progress) -> list[str]:
    """Get one file from the first host that has it, into the folder; return why earlier hosts were passed over.

    Raises DownloadError with every host's reason, OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reasons: list[str] = []
    for host in hosts:
        try:
            _from_host(host.rstrip("/") + "/" + file.name, file, folder, progress)
        except DownloadError as error:
            reasons.append(str(error))
        else:
            return reasons
    why = "; ".join(reasons)
    raise DownloadError(
        f"download: expected {file.name} from one of {len(hosts)} hosts, got none ({why}); is there a network?"
    )


def _from_host(url: str, file: File, folder: Path, progress: Progress) -> None:
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{file.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as target:
            _copy_checked(url, file, target, progress)
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(folder / file.name)
    except BaseException:  # Ctrl-C too leaves nothing half-made
        Path(name).unlink(missing_ok=True)
        raise


def _copy_checked(url: str, file: File, target: BinaryIO, progress: Progress) -> None:
    algorithm, _, wanted = file.checksum.partition(":")
    digest, done = hashlib.new(algorithm, usedforsecurity=False), 0
    for chunk in _chunks(url):
        target.write(chunk)
        digest.update(chunk)
        done += len(chunk)
        progress(file.name, min(done, file.bytes), file.bytes)
        if done > file.bytes:
            break  # a host that never stops must not fill the disk
    if done != file.bytes:
        amount = "more" if done > file.bytes else f"{done:,}"
        raise DownloadError(f"{url}: expected {file.bytes:,} bytes, got {amount}; refused")
    if digest.hexdigest() != wanted:
        raise DownloadError(f"{url}: expected {algorithm} {wanted}, got {digest.hexdigest()}; corrupt, refused")


def _chunks(url: str) -> Iterator[bytes]:
    """The body of an answer. Every way in which a network fails is a DownloadError."""
    opener = urllib.request.build_opener(_HttpHandler, _HttpsHandler)  # proxies of the environment are honoured
    try:
        with opener.open(url, timeout=CONNECT_SECONDS) as answer:
            while chunk := answer.read(CHUNK):
                yield chunk
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{url}: the host answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DownloadError(f"{url}: no answer ({reason or type(error).__name__})") from error
