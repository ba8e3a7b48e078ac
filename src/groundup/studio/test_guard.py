"""The guard, asked over a raw connection: what a browser would not let a test send."""

import http.client
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from groundup.course.workspace import Workspace
from groundup.studio.app import create_app
from groundup.studio.server import _listen

TOKEN = "a-token"
CHECK = "/api/exercises/linear-forward/file"
HOSTS = ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""]
ORIGINS = [
    None,
    "null",
    "http://evil.example",
    "http://127.0.0.1:1",
    "https://127.0.0.1:{port}",
    "http://localhost:{port}",
]
BODY = '{"source": "broken", "base": ""}'


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    workspace = Workspace.create(tmp_path_factory.mktemp("workspace"))[0]
    server = uvicorn.Server(uvicorn.Config(create_app(workspace, TOKEN), log_level="error", ws="none"))
    listener = _listen(0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    listener.close()


def ask(port: int, path: str = "/", method: str = "GET", body: str = "", **headers: str) -> http.client.HTTPResponse:
    """One request with exactly these headers; ``_`` in a name stands for a dash."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sent = {"Host": f"127.0.0.1:{port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, sent)
    response = connection.getresponse()
    response.text = response.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return response


def cookie(port: int, token: str = TOKEN) -> str:
    return f"groundup-{port}={token}"


def test_the_token_becomes_a_cookie(port: int) -> None:
    response = ask(port, f"/learn/linear?token={TOKEN}&a=1")
    assert response.status == 303
    assert response.headers["Location"] == "/learn/linear?a=1"
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert "SameSite=strict" in response.headers["Set-Cookie"]


def test_the_token_never_sends_one_elsewhere(port: int) -> None:
    assert ask(port, f"//elsewhere.example/?token={TOKEN}").headers["Location"] == "/elsewhere.example/"


@pytest.mark.parametrize("path", ["/", "/static/studio.js", CHECK, "/nowhere", "/?token=wrong", "/?token="])
def test_nothing_is_served_without_it(port: int, path: str) -> None:
    assert ask(port, path).status == 403
    assert ask(port, path, Cookie=cookie(port, "wrong")).status == 403
    assert ask(port, path, Cookie="groundup=;;=[").status == 403


@pytest.mark.parametrize("host", HOSTS)
def test_a_rebound_name_is_refused(port: int, host: str) -> None:
    assert ask(port, Host=host.format(port=port), Cookie=cookie(port)).status == 403


@pytest.mark.parametrize("origin", ORIGINS)
def test_only_the_studios_own_page_changes_anything(port: int, origin: str | None) -> None:
    headers = {"Origin": origin.format(port=port)} if origin else {}
    response = ask(port, CHECK, "POST", BODY, Cookie=cookie(port), Content_Type="application/json", **headers)
    assert response.status == 403


def test_its_own_page_may(port: int) -> None:
    headers = {"Cookie": cookie(port), "Content_Type": "application/json", "Origin": f"http://127.0.0.1:{port}"}
    assert ask(port, CHECK, "POST", BODY, **headers).status == 409  # let in; the file is there


def test_another_site_may_link_and_not_embed(port: int) -> None:
    from_elsewhere = {"Cookie": cookie(port), "Sec_Fetch_Site": "same-site"}
    assert ask(port, "/", Sec_Fetch_Mode="navigate", **from_elsewhere).status == 200
    assert ask(port, "/static/studio.js", Sec_Fetch_Mode="no-cors", **from_elsewhere).status == 403


def test_every_answer_forbids_what_it_does_not_need(port: int) -> None:
    for answer in (ask(port), ask(port, Cookie=cookie(port)), ask(port, "/nowhere", Cookie=cookie(port))):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
