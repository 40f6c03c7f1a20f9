"""A whole training as one HTML file, which needs neither the engine nor a network to be looked at."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from .alarms import alarms, first_trouble
from .curve import Curve
from .frame import frame, scene
from .packing import rounded
from .page import recorded
from .settings import Settings
from .trainer import Trainer

__all__ = ["record", "save_recording"]

FRAMES = 44
"""So many frames a recording has."""
FINE = 30
"""Its maps have so many points in both directions."""


def record(settings: Settings, steps: int = 1000) -> dict[str, Any]:
    """A training's scene, frames that lie closer at its beginning, and its curve.

    It ends where a loss is not finite.  Raises ``ValueError`` for fewer steps than one.

    >>> found = record(Settings(), 20)
    >>> len(found["frames"]), found["frames"][-1]["step"]
    (21, 20)
    """
    if steps < 1:
        raise ValueError(f"steps: expected 1 or more, got {steps}")
    trainer, curve, frames, origin = Trainer(settings), Curve(), [], ""
    shown = set(_moments(steps))
    for at in sorted(shown | set(range(0, steps, max(steps // 300, 1)))):
        trainer.advance(at - trainer.step)
        origin = first_trouble(trainer) if trainer.broken else ""
        found = frame(trainer, FINE)
        curve.add(found["step"], found["train"]["loss"], found["test"]["loss"])
        if at in shown or origin:
            frames.append({**_slim(found), "alarms": alarms(found["facts"], curve.rows, origin)})
        if origin:
            break
    about = {**scene(trainer, steps, FINE), "generation": 1}
    return {"scene": about, "frames": frames, "curve": curve.columns(), "command": _command(settings)}


def _moments(steps: int) -> list[int]:
    """Steps that grow apart, from none to all."""
    if steps < FRAMES:
        return list(range(steps + 1))
    return sorted({round(steps * (k / (FRAMES - 1)) ** 2) for k in range(FRAMES)})


def _slim(found: dict[str, Any]) -> dict[str, Any]:
    measures = {name: rounded(found[name]) for name in ("train", "test")}
    return {**found, **measures, "generation": 1, "playing": False, "speed": 0, "oldest": 0, "changes": ""}


def _command(settings: Settings) -> str:
    """What starts the live playground with these settings."""
    usual = Settings().texts()
    given = [f"{name}={text}" for name, text in settings.texts().items() if text != usual[name]]
    return shlex.join(["python", "-m", "microtensor", "playground", *given])


def save_recording(path: str | os.PathLike[str], settings: Settings, steps: int = 1000) -> Path:
    """Write the page of a recording, some megabyte, and give its path.

    Raises ``ValueError`` for a name that does not end in ``.html``, and ``OSError`` if it cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"a recording is a page: expected a name that ends in .html, got {target.name!r}")
    found = record(settings, steps)
    target.write_text(recorded(found, f"{settings.data}: {steps:,} steps"), encoding="utf-8")
    return target
