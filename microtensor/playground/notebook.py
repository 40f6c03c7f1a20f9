"""The playground in a notebook's output: live, served by a process of its own, or recorded into it."""

from __future__ import annotations

import atexit
import html
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .page import recorded
from .record import record
from .settings import Settings

__all__ = ["Shown", "show"]


class Shown:
    """A playground that a notebook displays.

    url : where it is served; "" for a recording.
    """

    def __init__(self, url: str, frame: str, process: subprocess.Popen[str] | None = None) -> None:
        self.url, self._frame, self._process = url, frame, process
        if process is not None:
            atexit.register(self.close)

    def __repr__(self) -> str:
        return f"playground at {self.url}" if self.url else "a recorded playground, for notebooks to display"

    def _repr_html_(self) -> str:
        return self._frame

    def close(self) -> None:
        """End the process that serves it; it also ends by itself when its page has gone."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
            atexit.unregister(self.close)


def show(*, height: int = 860, live: bool = True, steps: int = 1000, **settings: Any) -> Shown:
    """The playground as a notebook's output; settings as on the command line.

    live : train in a process of its own, which the notebook's browser must be able to reach: it has to run on
        this machine.  Otherwise train `steps` steps now, and show the recording, which stays in the notebook.

    Raises ``ValueError`` for settings that can't be, and ``RuntimeError`` if the process doesn't start.

    >>> show(live=False, steps=5, data="xor")
    a recorded playground, for notebooks to display
    """
    chosen = Settings.of(settings)
    if not live:
        page = recorded(record(chosen, steps), f"{chosen.data}: {steps:,} steps")
        return Shown("", _framed(f'srcdoc="{html.escape(page)}"', height))
    process = _started(chosen)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    if not url.startswith("http://"):
        raise RuntimeError(f"the playground did not start: {url or process.stdout.read()}")
    return Shown(url, _framed(f'src="{html.escape(url)}"', height), process)


def _framed(source: str, height: int) -> str:
    return (
        f'<iframe {source} width="100%" height="{int(height)}" frameborder="0" title="playground"></iframe>'
    )


def _started(settings: Settings) -> subprocess.Popen[str]:
    """The process that serves, with this very package."""
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    given = [f"{name}={text}" for name, text in settings.texts().items()]
    command = [sys.executable, "-m", "microtensor", "playground", "--no-browser", *given]
    out: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, **out)
