"""A real browser and a real studio, for the tests that drive one with the other."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]


def find_browser() -> str:
    """The system's Chromium. Without one the test is left out; in CI that is a failure."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"none of {', '.join(NAMES)} is on the PATH")
    return found


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that is closed afterwards."""
    executable = find_browser()
    from playwright.sync_api import sync_playwright

    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS + ["--no-sandbox"] * root)
        try:
            yield browser
        finally:
            browser.close()


class _Plain(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<link rel="icon" href="data:,"><p>another origin</p>')

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


@contextmanager
def other_server() -> Iterator[str]:
    """A page of another port of this machine, without any policy of its own; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Plain) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Served:
    """A studio that runs in a process of its own."""

    url: str  # with the token
    root: Path  # the workspace
    process: subprocess.Popen[str]

    @property
    def base(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def port(self) -> int:
        return int(urlsplit(self.url).port or 0)

    @property
    def token(self) -> str:
        return self.url.partition("token=")[2]


@contextmanager
def studio(folder: Path) -> Iterator[Served]:
    """``groundup studio`` on a new workspace; ended as Ctrl-C ends it."""
    root = folder / "workspace"
    command = [sys.executable, "-m", "groundup", "studio", str(root), "--no-browser"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with (folder / "stderr").open("w+") as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment, cwd=folder
        )
        assert process.stdout is not None
        try:
            url = next((line.strip() for line in process.stdout if "?token=" in line), "")
            assert url, (folder / "stderr").read_text()
            yield Served(url, root, process)
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()
