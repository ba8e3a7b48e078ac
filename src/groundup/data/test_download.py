"""Downloads from a real server: good, corrupt, cut short, endless, silent, absent, interrupted."""

import signal
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from groundup.data import download as module
from groundup.data.catalogue import Entry
from groundup.data.conftest import FILES, Host, sends
from groundup.data.download import download, matches
from groundup.data.errors import DownloadError

NAME = "train-x.gz"
BODY = FILES[NAME]


def file_of(entry: Entry):
    return entry.downloadable().files[0]


def hosts_of(entry: Entry):
    return entry.downloadable().hosts


def get(entry: Entry, folder: Path, *hosts: str) -> list[str]:
    return download(file_of(entry), hosts or hosts_of(entry), folder, lambda *_: None)


def test_a_whole_file_arrives_under_its_name_and_nothing_else(entry, host, tmp_path):
    assert get(entry, tmp_path / "new") == []
    assert [p.name for p in (tmp_path / "new").iterdir()] == [NAME]
    assert (tmp_path / "new" / NAME).read_bytes() == BODY
    assert host.asked == [f"/first/{NAME}"]  # the second host was not troubled


def test_progress_is_told_in_bytes(entry, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 16)
    told = []
    download(file_of(entry), hosts_of(entry), tmp_path, lambda *args: told.append(args))
    assert len(told) >= len(BODY) // 16
    assert told[-1] == (NAME, len(BODY), len(BODY))


CORRUPT = BODY[:-1] + bytes([BODY[-1] ^ 1])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sends(CORRUPT), "corrupt, refused"),
        (sends(BODY[:20]), "got 20; refused"),
        (sends(BODY[:20], claimed=len(BODY)), "got 20; refused"),
        (sends(BODY + b"x"), "got more; refused"),
        (sends(b""), "got 0; refused"),
        (lambda handler: handler.send_error(503), "the host answered 503"),
        (lambda handler: handler.wfile.write(b"not http at all\r\n\r\n"), "no answer"),
        (lambda handler: None, "no answer"),  # hangs up
    ],
    ids=["corrupt", "short", "cut", "long", "empty", "503", "not-http", "hangs-up"],
)
def test_a_bad_answer_is_refused_and_the_next_host_asked(entry, host, tmp_path, answer, why):
    host.answers[f"/first/{NAME}"] = answer
    (reason,) = get(entry, tmp_path)
    assert host.url("first") + NAME in reason
    assert why in reason
    assert [p.name for p in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == BODY


def test_when_every_host_fails_each_is_named_and_nothing_is_left(entry, host, tmp_path):
    host.answers = {f"/first/{NAME}": sends(CORRUPT)}
    with pytest.raises(DownloadError, match=r"2 hosts, got none .*first.*corrupt.*; .*second.*404"):
        get(entry, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_connection_is_quick(entry, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/"
    begin = time.monotonic()
    with pytest.raises(DownloadError, match="refused"):
        get(entry, tmp_path, nobody)
    assert time.monotonic() - begin < 2


def test_a_host_that_cannot_be_found_is_passed_over(entry, host, tmp_path):
    (reason,) = get(entry, tmp_path, "http://no-such-host.invalid/", host.url("second"))
    assert "no-such-host.invalid" in reason


def test_a_host_that_does_not_take_the_connection_is_given_up(entry, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.3)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)  # a queue of one, never accepted
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        begin = time.monotonic()
        with pytest.raises(DownloadError, match="timed out"):
            get(entry, tmp_path, f"http://127.0.0.1:{full.getsockname()[1]}/")
        assert time.monotonic() - begin < 5


def test_a_host_that_falls_silent_is_given_up(entry, host, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "READ_SECONDS", 0.3)

    def half_then_silence(handler: BaseHTTPRequestHandler) -> None:
        sends(BODY[:20], claimed=len(BODY))(handler)
        time.sleep(1.5)

    host.answers[f"/first/{NAME}"] = half_then_silence
    (reason,) = get(entry, tmp_path)
    assert "timed out" in reason


def test_an_endless_answer_does_not_fill_the_disk(entry, host, tmp_path):
    sent = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while len(sent) < 100_000:
                handler.wfile.write(bytes(1 << 16))
                sent.append(1)
        except OSError:
            return  # the caller hung up, as it should

    host.answers[f"/first/{NAME}"] = endless
    (reason,) = get(entry, tmp_path)
    assert "got more" in reason
    assert (tmp_path / NAME).read_bytes() == BODY
    assert len(sent) < 1000


def test_an_older_file_stays_until_the_new_one_is_whole(entry, host, tmp_path):
    (tmp_path / NAME).write_bytes(b"older")
    host.answers = {}
    with pytest.raises(DownloadError):
        get(entry, tmp_path)
    assert (tmp_path / NAME).read_bytes() == b"older"
    host.answers[f"/first/{NAME}"] = sends(BODY)
    get(entry, tmp_path)
    assert (tmp_path / NAME).read_bytes() == BODY


def test_ctrl_c_leaves_nothing_half_made(host: Host, tmp_path):
    """A real interrupt in the middle of a real download, in a process of its own."""
    reached = []

    def half_then_wait(handler: BaseHTTPRequestHandler) -> None:
        sends(bytes(1000), claimed=5000)(handler)
        reached.append(True)
        time.sleep(20)

    host.answers["/slow/big.bin"] = half_then_wait
    code = (
        "import sys, pathlib; from groundup.data.catalogue import File; from groundup.data.download import download\n"
        "download(File('big.bin', 5000, 'md5:00'), [sys.argv[1]], pathlib.Path(sys.argv[2]), lambda *_: None)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, host.url("slow"), str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not (reached and any(tmp_path.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [p.suffix for p in tmp_path.iterdir()] == [".part"]
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=10)
    assert "KeyboardInterrupt" in error
    assert list(tmp_path.iterdir()) == []


def test_checksums_by_either_algorithm(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # the sums are those of RFC 1321 and FIPS 180-2
    assert matches(tmp_path / "abc", "md5:900150983cd24fb0d6963f7d28e17f72")
    assert matches(tmp_path / "abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    assert not matches(tmp_path / "abc", "md5:900150983cd24fb0d6963f7d28e17f73")
