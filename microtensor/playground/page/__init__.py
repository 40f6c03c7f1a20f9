"""The page as one HTML file: the files beside this one, written by hand, and data for them as JSON.

Live it talks to the server that it came from; recorded it has all frames in itself, and may talk to nobody.
Its own policy allows only the style and the script whose hashes it carries.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ..choices import ACTIVATIONS, BOUNDS, DATA, FEATURES, LOSSES, MOST, OPTIMIZERS, PENALTIES, SPEEDS
from ..lessons import lessons
from ..settings import Settings

__all__ = ["live", "recorded"]

SCRIPTS = (
    "dom.js", "colors.js", "state.js", "engine.js", "network.js", "outcome.js", "chart.js", "controls.js",
    "panels.js", "why.js", "lessons.js", "main.js",
)  # fmt: skip


def live() -> str:
    """The page that a server sends.

    >>> live()[:15]
    '<!DOCTYPE html>'
    """
    return _page({"mode": "live"}, "connect-src 'self'")


def recorded(recording: Mapping[str, Any], title: str) -> str:
    """The page with a whole training in it (`record.record`)."""
    return _page({"mode": "recorded", "title": title, **recording}, "connect-src 'none'")


def _page(data: Mapping[str, Any], connections: str) -> str:
    choices = {
        "data": [*DATA, "own"], "tasks": DATA, "losses": LOSSES, "activations": ACTIVATIONS,
        "optimizers": [*OPTIMIZERS], "penalties": PENALTIES, "features": [*FEATURES], "speeds": SPEEDS,
        "bounds": BOUNDS, "most": MOST, "defaults": Settings().texts(),
    }  # fmt: skip
    text = json.dumps(
        {**data, "choices": choices, "lessons": lessons()}, allow_nan=False, separators=(",", ":")
    )
    script = "\n" + "\n".join(_text(name) for name in SCRIPTS)
    style = _text("style.css")
    parts = {
        "title": html.escape(str(data.get("title", "microtensor playground"))),
        "style": style, "script": script,
        "data": text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        "style-hash": _hash(style), "script-hash": _hash(script), "connections": connections,
    }  # fmt: skip
    return _filled(_text("page.html"), parts)


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with its parts, each put in once: nothing inside of a part is looked at again."""
    first, *pieces = template.split("{{")
    named = [piece.split("}}", 1) for piece in pieces]
    return first + "".join(parts[name] + rest for name, rest in named)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
