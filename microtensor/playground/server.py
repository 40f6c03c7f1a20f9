"""The playground's page and its session over HTTP, for the browsers of this machine and nobody else.

The server listens on 127.0.0.1.  Every request must carry the token of the address that was printed, and must
have asked for this host by its local name, which keeps other pages and other names of this address out.  What
arrives is JSON that chooses among commands; it is never evaluated.  Frames go out as server-sent events: a
page gets the latest, a hidden page gets none, and training rests while all are hidden.
"""

from __future__ import annotations

import hmac
import json
import secrets
import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from .. import save
from .page import live
from .session import Published, Session

__all__ = ["Server"]

PAGES = 4
"""So many pages may look at one session."""
BODY = 1 << 20
"""A command has no more bytes."""
PULSE = 15.0
"""After so many seconds without a frame a comment keeps the stream alive."""


class Server:
    """A server for one session; to be used in a ``with`` statement, which ends it.

    port : 0 takes one that is free.

    Raises ``OSError`` if the port is taken.

    >>> from microtensor.playground.settings import Settings
    >>> with Session(Settings()) as session, Server(session) as server:
    ...     server.url.startswith(f"http://127.0.0.1:{server.port}/?token=")
    True
    """

    def __init__(self, session: Session, port: int = 0) -> None:
        self.session, self.token, self.closed = session, secrets.token_urlsafe(24), False
        self._pages: dict[str, bool] = {}
        self._lock, self._left = threading.Lock(), time.monotonic()
        self.seen = False
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.port = self._http.server_address[1]
        self.hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        self.html = live().encode()
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    @property
    def url(self) -> str:
        """The page's address, with its token."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def idle(self) -> float:
        """For how many seconds no page has been there."""
        with self._lock:
            return 0.0 if self._pages else time.monotonic() - self._left

    def enter(self) -> str | None:
        """The name of a new page; None if there are as many as may be."""
        with self._lock:
            if len(self._pages) >= PAGES:
                return None
            name = secrets.token_urlsafe(6)
            self._pages[name], self.seen = True, True
        self._tell()
        return name

    def leave(self, name: str) -> None:
        """A page has gone."""
        with self._lock:
            self._pages.pop(name, None)
            self._left = time.monotonic()
        self._tell()

    def show(self, name: Any, visible: bool) -> None:
        """A page is looked at, or hidden; raises ``ValueError`` if there is none of the name."""
        with self._lock:
            if not isinstance(name, str) or name not in self._pages:
                raise ValueError("there is no page of this name: reload it")
            self._pages[name] = visible
        self._tell()

    def visible(self, name: str) -> bool:
        """Whether a page is looked at."""
        with self._lock:
            return self._pages.get(name, False)

    def _tell(self) -> None:
        with self._lock:
            count = sum(self._pages.values())
        self.session.attended_by(count)


class _Refused(Exception):
    """An answer that is no success, with its sentence."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    owner: Server
    server_version, sys_version, timeout = "microtensor", "", 20

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what goes wrong is told to the page."""

    def do_GET(self) -> None:
        """The page, the stream of frames, or the weights as a file."""
        self._answer({"/": self._page, "/stream": self._stream, "/weights.npz": self._file,
                      "/weights.safetensors": self._file})  # fmt: skip

    def do_POST(self) -> None:
        """A command for the session, or whether the page is looked at."""
        self._answer({"/command": self._command, "/visible": self._visible})

    def _answer(self, routes: dict[str, Callable[[], None]]) -> None:
        """Do what the path says; whatever goes wrong is an answer, and stops nothing."""
        self._began = False
        try:
            self._admit()
            path = urlsplit(self.path).path
            if path not in routes:
                raise _Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
            routes[path]()
        except _Refused as refusal:
            self._refuse(refusal.status, str(refusal))
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:  # a handler's own mistake
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}")

    def _admit(self) -> None:
        """Let nobody in who has not got the address from us."""
        if self.headers.get("Host") not in self.owner.hosts:
            raise _Refused(HTTPStatus.FORBIDDEN, "This server answers to its local name only.")
        if self.headers.get("Origin") not in (None, *(f"http://{host}" for host in self.owner.hosts)):
            raise _Refused(HTTPStatus.FORBIDDEN, "Another page's requests are not answered.")
        given = parse_qs(urlsplit(self.path).query).get("token", [""])[-1]
        if not hmac.compare_digest(given.encode(), self.owner.token.encode()):
            raise _Refused(HTTPStatus.FORBIDDEN, "The token is wrong: use the address that was printed.")

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        if not self._began:
            self._send(json.dumps({"error": sentence}).encode(), "application/json", status)

    def _send(
        self,
        body: bytes,
        kind: str,
        status: HTTPStatus = HTTPStatus.OK,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._head(kind, status, {"Content-Length": str(len(body)), **(more or {})})
        self.wfile.write(body)

    def _head(
        self, kind: str, status: HTTPStatus = HTTPStatus.OK, more: Mapping[str, str] | None = None
    ) -> None:
        self._began = True
        self.send_response(status)
        frames = "frame-ancestors 'self' http://localhost:* http://127.0.0.1:* vscode-webview:"
        fixed = {
            "Content-Type": kind, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff", "Content-Security-Policy": frames,
        }  # fmt: skip
        for name, value in {**fixed, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    # ------------------------------------------------------------ GET

    def _page(self) -> None:
        self._send(self.owner.html, "text/html; charset=utf-8")

    def _file(self) -> None:
        """The weights by the names of `nn.Module.state_dict`."""
        name = urlsplit(self.path).path.removeprefix("/")
        with tempfile.TemporaryDirectory() as folder:
            try:
                save(self.owner.session.weights(), Path(folder, name))
            except ImportError as error:
                raise _Refused(HTTPStatus.NOT_IMPLEMENTED, str(error)) from error
            body = Path(folder, name).read_bytes()
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        self._send(body, "application/octet-stream", more=disposition)

    def _stream(self) -> None:
        name = self.owner.enter()
        if name is None:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, f"{PAGES} pages look already: close one of them.")
        try:
            self._head("text/event-stream; charset=utf-8")
            self._event("hello", json.dumps({"page": name}).encode())
            self._frames(name)
        finally:
            self.owner.leave(name)

    def _frames(self, name: str) -> None:
        """Send the latest frame whenever there is a new one, until the page has gone."""
        number, generation, last = 0, 0, time.monotonic()
        while not (self.owner.closed or self._gone()):
            found = self.owner.session.wait(number, 0.5)
            if found is not None and self.owner.visible(name):
                generation = self._publish(found, generation)
                number, last = found.number, time.monotonic()
            elif time.monotonic() - last > PULSE:
                self.wfile.write(b": still here\n\n")
                last = time.monotonic()
            elif not self.owner.visible(name):
                time.sleep(0.1)

    def _publish(self, found: Published, generation: int) -> int:
        if found.generation != generation:
            self._event("scene", found.scene)
        self._event("frame", found.frame)
        return found.generation

    def _event(self, name: str, data: bytes) -> None:
        self.wfile.write(b"event: " + name.encode() + b"\ndata: " + data + b"\n\n")

    def _gone(self) -> bool:
        """Whether the other side has closed its end."""
        ready, _, _ = select.select([self.connection], [], [], 0)
        return bool(ready) and not self.connection.recv(1, socket.MSG_PEEK)

    # ------------------------------------------------------------ POST

    def _command(self) -> None:
        command = self._json()
        try:
            answer = self.owner.session.ask(command)
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
        self._send(json.dumps(answer).encode(), "application/json")

    def _visible(self) -> None:
        said = self._json()
        if not isinstance(said, dict) or not isinstance(said.get("visible"), bool):
            raise _Refused(HTTPStatus.BAD_REQUEST, "expected page, a name, and visible, true or false")
        try:
            self.owner.show(said.get("page"), said["visible"])
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
        self._send(b"{}", "application/json")

    def _json(self) -> Any:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "A command says how long it is.")
        if int(length[:12]) > BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A command has {BODY:,} bytes at most.")
        try:
            return json.loads(self.rfile.read(int(length)), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"This is not JSON: {error}") from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
