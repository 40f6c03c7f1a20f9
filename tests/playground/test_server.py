"""The server lets in who has the address, answers nonsense with a sentence, and stops for nobody."""

from __future__ import annotations

import http.client
import io
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from microtensor.playground import Session, Settings
from microtensor.playground import server as servers
from microtensor.playground.server import PAGES, Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Session(Settings.of({"layers": "4-Tanh"})) as session, Server(session) as started:
        yield started


def ask(
    server: Server, path: str, body: bytes | None = None, token: str | None = None, **headers: str
) -> tuple[int, bytes, Any]:
    """The status, the body and the headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    given = server.token if token is None else token
    connection.request("GET" if body is None else "POST", f"{path}?token={given}", body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read(), answer.headers
    connection.close()
    return found


def command(server: Server, what: Any) -> tuple[int, Any]:
    status, body, _ = ask(server, "/command", json.dumps(what).encode())
    return status, json.loads(body)


@contextmanager
def stream(server: Server) -> Iterator[Iterator[tuple[str, Any]]]:
    """The events of a page's stream, as they come."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", f"/stream?token={server.token}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    try:
        yield events(answer)
    finally:
        answer.close()
        connection.close()


def events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    while line := answer.readline().decode():
        if line.startswith("event: "):
            name = line.removeprefix("event: ").strip()
            yield name, json.loads(answer.readline().decode().removeprefix("data: "))


def left(server: Server) -> None:
    end = time.monotonic() + 10
    while server._pages:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_page_is_there_for_who_has_the_address(server: Server) -> None:
    status, body, headers = ask(server, "/")
    assert status == 200
    assert body.startswith(b"<!DOCTYPE html>")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert server.token.encode() not in body


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    assert server._http.server_address[0] == "127.0.0.1"


PLACES = [("/", None), ("/stream", None), ("/weights.npz", None), ("/command", b'{"do": "step"}')]


@pytest.mark.parametrize(("path", "body"), PLACES)
@pytest.mark.parametrize("token", ["", "wrong", "é", "%00"])
def test_a_wrong_token_is_refused(server: Server, path: str, body: bytes | None, token: str) -> None:
    status, answer, _ = ask(server, path, body, token=token.replace("é", "%C3%A9"))
    assert status == 403
    assert "The token is wrong" in json.loads(answer)["error"]
    assert server.session.trainer.step == 0


@pytest.mark.parametrize(("path", "body"), PLACES)
@pytest.mark.parametrize("host", ["example.com", "127.0.0.1", "127.0.0.1:1", "localhost.example.com", ""])
def test_another_host_is_refused(server: Server, path: str, body: bytes | None, host: str) -> None:
    status, answer, _ = ask(server, path, body, Host=host)
    assert status == 403
    assert "local name only" in json.loads(answer)["error"]
    assert server.session.trainer.step == 0


def test_localhost_is_this_host(server: Server) -> None:
    assert ask(server, "/", Host=f"localhost:{server.port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://example.com", "null", "https://127.0.0.1"])
def test_another_page_is_refused(server: Server, origin: str) -> None:
    status, answer, _ = ask(server, "/command", b'{"do": "step"}', Origin=origin)
    assert status == 403
    assert "Another page" in json.loads(answer)["error"]
    own = f"http://127.0.0.1:{server.port}"
    assert ask(server, "/command", b'{"do": "step"}', Origin=own)[0] == 200
    assert server.session.trainer.step == 1


def test_without_a_token_at_all(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/")
    assert connection.getresponse().status == 403
    connection.close()


NONSENSE = [
    b"",
    b"{",
    b"\xff\xfe",
    b"NaN",
    b'{"do": "step", "steps": Infinity}',
    b"[" * 100_000,
    b"1" * 10_000,
    b"null",
    b'"play"',
    b'{"do": "__class__"}',
    b'{"do": "set", "settings": {"own": "' + b"1," * 1000 + b'"}}',
    b'{"do": "set", "settings": {"lr": "__import__(\'os\')"}}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: repr(body[:20]))
def test_nonsense_gets_a_sentence_and_stops_nothing(server: Server, body: bytes) -> None:
    status, answer, _ = ask(server, "/command", body)
    assert status == 400
    assert len(json.loads(answer)["error"]) > 10
    assert ("is no number" in json.loads(answer)["error"]) == (b"NaN" in body or b"Infinity" in body)
    assert command(server, {"do": "step"}) == (200, {})
    assert server.session.trainer.step == 1


def test_other_addresses_methods_and_lengths(server: Server) -> None:
    assert ask(server, "/etc/passwd")[0] == 404
    assert ask(server, "/../session.py")[0] == 404
    assert ask(server, "/command")[0] == 404
    assert ask(server, "/", b"{}")[0] == 404
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", f"/command?token={server.token}")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()
    for length, status in ((str(servers.BODY + 1), 413), ("9" * 5000, 413), ("-1", 411), ("²", 411)):
        with socket.create_connection(("127.0.0.1", server.port), 20) as raw:
            head = f"POST /command?token={server.token} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            raw.sendall(head.encode() + f"Content-Length: {length}\r\n\r\n".encode("latin-1", "replace"))
            assert int(raw.recv(4096).split()[1]) == status, length
    assert command(server, {"do": "step"})[0] == 200


def test_what_is_no_http_at_all(server: Server) -> None:
    for garbage in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), 20) as raw:
            raw.sendall(garbage)
            raw.recv(4096)
    assert ask(server, "/")[0] == 200


def test_a_page_gets_the_scene_and_the_latest_frames(server: Server) -> None:
    with stream(server) as found:
        assert next(found)[0] == "hello"
        name, scene = next(found)
        assert (name, scene["settings"]["layers"]) == ("scene", "4-Tanh")
        name, frame = next(found)
        assert (name, frame["step"], frame["generation"]) == ("frame", 0, scene["generation"])
        command(server, {"do": "step", "steps": 3})
        assert next(found)[1]["step"] == 3
        command(server, {"do": "set", "settings": {"layers": "2-ReLU"}})
        name, scene = next(found)
        assert (name, scene["settings"]["layers"]) == ("scene", "2-ReLU")
        name, frame = next(found)
        assert (name, frame["generation"], frame["step"]) == ("frame", scene["generation"], 0)


def test_a_page_that_reads_late_skips_frames(server: Server) -> None:
    with stream(server) as found:
        for _ in range(3):
            next(found)
        command(server, {"do": "play"})
        numbers = []
        for _ in range(4):
            time.sleep(0.2)
            numbers.append(server.session.latest.number)
        assert numbers[-1] > numbers[0]
        command(server, {"do": "pause"})
        last = server.session.trainer.step
        steps = []
        while not steps or steps[-1] < last:
            steps.append(next(found)[1]["step"])
        assert steps == sorted(steps)


def test_a_hidden_page_gets_nothing_and_training_rests(server: Server) -> None:
    with stream(server) as found:
        page = next(found)[1]["page"]
        assert [next(found)[0], next(found)[0]] == ["scene", "frame"]
        hidden = json.dumps({"page": page, "visible": False}).encode()
        assert ask(server, "/visible", hidden)[0] == 200
        command(server, {"do": "step"})
        command(server, {"do": "step"})
        command(server, {"do": "play"})
        time.sleep(0.2)
        at = server.session.trainer.step
        time.sleep(0.2)
        assert server.session.trainer.step == at
        shown = json.dumps({"page": page, "visible": True}).encode()
        assert ask(server, "/visible", shown)[0] == 200
        assert next(found)[1]["step"] >= 2
        while next(found)[1]["step"] <= at:
            pass


@pytest.mark.parametrize("said", [[], {}, {"page": "x", "visible": True}, {"page": None, "visible": False}])
def test_only_a_page_says_whether_it_is_looked_at(server: Server, said: Any) -> None:
    status, body, _ = ask(server, "/visible", json.dumps(said).encode())
    assert (status, "page" in json.loads(body)["error"]) == (400, True)


def test_four_pages_at_most_and_a_place_is_free_again(server: Server) -> None:
    opened = [stream(server) for _ in range(PAGES)]
    for one in opened:
        next(one.__enter__())
    status, body, _ = ask(server, "/stream")
    assert (status, json.loads(body)["error"]) == (503, "4 pages look already: close one of them.")
    assert server.idle() == 0
    for one in opened:
        one.__exit__(None, None, None)
    left(server)
    assert server.idle() > 0
    with stream(server) as found:
        assert next(found)[0] == "hello"


def test_a_quiet_stream_is_kept_alive_by_comments(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PULSE", 0.1)
    with socket.create_connection(("127.0.0.1", server.port), 20) as raw:
        raw.sendall(
            f"GET /stream?token={server.token} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        )
        text = b""
        while b"\n: still here\n\n" not in text:
            text += raw.recv(65536)


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
def test_weights_as_a_file(server: Server, ending: str) -> None:
    if ending == "safetensors":
        load = pytest.importorskip("safetensors.numpy").load
    else:
        load = lambda body: dict(np.load(io.BytesIO(body)))  # noqa: E731
    command(server, {"do": "step", "steps": 5})
    status, body, headers = ask(server, f"/weights.{ending}")
    assert (status, headers["Content-Disposition"]) == (200, f'attachment; filename="weights.{ending}"')
    found = load(body)
    for name, value in server.session.trainer.model.state_dict().items():
        assert np.array_equal(found[name], value.numpy())


def test_without_the_package_for_a_format_the_page_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(*_: object) -> None:
        raise ImportError("needs safetensors: pip install safetensors")

    monkeypatch.setattr(servers, "save", save)
    status, body, _ = ask(server, "/weights.safetensors")
    assert (status, json.loads(body)["error"]) == (501, "needs safetensors: pip install safetensors")


def test_a_port_can_be_wanted_and_can_be_taken(server: Server) -> None:
    with Session(Settings()) as session, pytest.raises(OSError, match="in use"):
        Server(session, server.port)


def test_each_server_has_a_token_of_its_own(server: Server) -> None:
    with Session(Settings()) as session, Server(session) as other:
        assert other.token != server.token
        assert len(other.token) >= 32
        assert ask(other, "/", token=server.token)[0] == 403


def test_it_ends_while_a_page_looks() -> None:
    with Session(Settings()) as session, Server(session) as server, stream(server) as found:
        next(found)
        server.__exit__()
        assert [name for name, _ in found][-1:] in ([], ["frame"])
        server._http = type("Closed", (), {"shutdown": lambda _: None, "server_close": lambda _: None})()
