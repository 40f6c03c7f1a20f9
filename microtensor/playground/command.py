"""``python -m microtensor playground``: the page live, or recorded into a file."""

from __future__ import annotations

import argparse
import sys
import time
import webbrowser
from collections.abc import Sequence

from .settings import Settings

__all__ = ["main"]

ALONE = 30.0
"""After so many seconds without a page the server ends."""
FIRST = 300.0
"""So long it waits for the first one."""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says, and give the exit code: 2 for settings or files that can't be."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.of(dict(_pair(text) for text in options.settings))
        if options.record:
            return _record(options.record, settings, options.steps)
        return _serve(settings, options.port, options.browser)
    except (ValueError, OSError) as error:
        print(f"python -m microtensor playground: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m microtensor playground",
        description="Train a small network before your eyes, in a page that the browser shows.",
        epilog=f"settings: {' '.join(f'{k}={v}' for k, v in Settings().texts().items() if v)}",
    )
    parser.add_argument("settings", nargs="*", metavar="name=value", help="what to begin with")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    parser.add_argument("--port", type=int, default=0, help="where to listen; a free one if it is not given")
    parser.add_argument(
        "--record", metavar="OUT.html", help="train now, and write a page that needs no server"
    )
    parser.add_argument("--steps", type=int, default=1000, help="how long a recording trains (1000)")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"expected name=value, got {text!r}")
    return name, value


def _record(path: str, settings: Settings, steps: int) -> int:
    from .record import save_recording

    print(save_recording(path, settings, steps))
    return 0


def _serve(settings: Settings, port: int, browser: bool) -> int:
    from .server import Server
    from .session import Session

    if not 0 <= port < 65536:
        raise ValueError(f"--port: expected 0 to 65535, got {port}")
    try:
        with Session(settings) as session, Server(session, port) as server:
            session.attended_by(0)
            print(server.url, flush=True)
            print("Ctrl-C ends it, and so do 30 seconds without a page.", flush=True)
            if browser:
                webbrowser.open(server.url)
            while server.idle() < (ALONE if server.seen else FIRST):
                time.sleep(0.2)
    except KeyboardInterrupt:
        print()
    return 0
