"""Starting the studio: a free port on the loopback address, a token for this start, the browser where there is one."""

import secrets
import socket
import webbrowser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundup.course.workspace import Workspace

HOST = "127.0.0.1"


def serve(workspace: "Workspace", port: int = 0, open_browser: bool = True) -> None:
    """Serve until Ctrl-C. Prints the address; raises OSError when the port is taken."""
    import uvicorn

    from groundup.studio.app import create_app

    token = secrets.token_urlsafe(24)
    listener = _listen(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}/?token={token}"
    app = create_app(workspace, token)
    quiet: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
    }
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=2, **quiet))
    app.state.studio.closing = lambda: server.should_exit
    print(f"The studio is open at\n\n  {address}\n\nCtrl-C ends it.", flush=True)
    if open_browser:
        _open(address)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        print("The studio is closed.")
    finally:
        listener.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise OSError(
            f"groundup studio: expected port {port} to be free, got: {error.strerror}; --port 0 picks a free one"
        ) from error
    listener.listen(128)
    return listener


def _open(address: str) -> None:
    """Show the page where there is a graphical browser; a terminal browser would take the terminal away."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return  # none here: the address is printed in any case
    if not isinstance(browser, webbrowser.GenericBrowser) or isinstance(browser, webbrowser.BackgroundBrowser):
        browser.open(address)
