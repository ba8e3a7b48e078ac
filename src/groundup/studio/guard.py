"""The guard: who may speak to the studio.

The studio runs code, so it answers the person at this machine alone. Four locks, each for an attack that was seen on
such servers elsewhere:
    it listens on the loopback address                          another machine cannot reach it
    the Host header names the loopback address and the port     a page whose name was rebound to 127.0.0.1 cannot
    a token, new at every start, then a strict cookie           another user or program of this machine cannot
    the Origin of whatever changes something is the studio's    a page of another origin cannot, cookie or not
"""

import secrets
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = ("GET", "HEAD")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

PAGE = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Groundup: {title}</title>
<style nonce="{nonce}">
body {{ font: 19px/1.55 Georgia, serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; }}
:root {{ color-scheme: light dark; }}
h1 {{ font-weight: 400; line-height: 1.2; }} code {{ font-size: 0.84em; }}
</style></head>
<body><h1>{title}</h1><p>{what}</p></body></html>
"""

NO_TOKEN = (
    "This page needs the address from the terminal",
    "The studio runs code, so it answers only the person who started it. Open the whole address that it printed, the "
    "part after <code>?token=</code> included; it is a new one at every start. <code>groundup studio</code> starts it.",
)
WRONG_HOST = (
    "The studio has another address",
    "It answers on this machine alone, by the address that it printed in the terminal. If you reach it through a "
    "tunnel, forward the same port, and open <code>127.0.0.1</code>.",
)
WRONG_ORIGIN = (
    "Not from another page",
    "Only the studio's own pages may ask it to do something; this request came from elsewhere.",
)


class Guard:
    """ASGI middleware around the whole studio."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"Guard: expected http, got {scope['type']}; the studio has no websockets")
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        guarded = _with_headers(send, nonce, scope["path"].startswith("/static/"))
        await (self._refusal(scope, nonce) or self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope, nonce: str) -> Response | None:
        """The answer of a request that goes no further: refused, or sent on with its cookie. None lets it in."""
        headers, port = Headers(scope=scope), scope["server"][1]
        host = headers.get("host", "")
        if host not in [f"{name}:{port}" for name in LOOPBACK]:
            return _refuse(WRONG_HOST, nonce)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token")
        if given is not None and scope["method"] in SAFE and self._is_token(given):
            return self._welcome(scope, [pair for pair in query if pair[0] != "token"], port)
        if not self._is_token(_cookie(headers, f"groundup-{port}")):
            return _refuse(NO_TOKEN, nonce)
        return None if _same_origin(scope["method"], headers, host) else _refuse(WRONG_ORIGIN, nonce)

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())

    def _welcome(self, scope: Scope, query: list[tuple[str, str]], port: int) -> Response:
        """The token leaves the address bar for a cookie that no script and no other site gets."""
        path = "/" + scope["path"].lstrip("/\\")  # //elsewhere would leave this machine
        response = RedirectResponse(path + (f"?{urlencode(query)}" if query else ""), status_code=303)
        response.set_cookie(f"groundup-{port}", self.token, httponly=True, samesite="strict", path="/")
        return response


def _same_origin(method: str, headers: Headers, host: str) -> bool:
    """Whether the studio's own page asks. A link followed from elsewhere may show a page, and do nothing."""
    if method not in SAFE:
        return headers.get("origin") == f"http://{host}"
    site = headers.get("sec-fetch-site", "none")
    return site in ("same-origin", "none") or headers.get("sec-fetch-mode") == "navigate"


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""  # not one of ours, so not let in
    return found.value if found else ""


def _refuse(why: tuple[str, str], nonce: str) -> Response:
    return HTMLResponse(PAGE.format(nonce=nonce, title=why[0], what=why[1]), status_code=403)


def _with_headers(send: Send, nonce: str, is_static: bool) -> Callable[[Message], Awaitable[None]]:
    """Every answer says what its page may load: the studio's own files, and nothing from anywhere else."""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
        "font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", policy)  # a report brings its own
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            headers["Cross-Origin-Opener-Policy"] = headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers["Cache-Control"] = "no-cache" if is_static else "no-store"
        await send(message)

    return guarded
