"""A training that runs by itself and obeys: one thread, which takes commands between two steps.

So a frame is one consistent state, and nothing needs a lock but the frame's own handing over.  Only the
latest frame is kept: who looks seldom skips frames and delays nobody.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from ..engine.tensor import Tensor
from .alarms import alarms, first_trouble
from .chain_rule import Weight, by_differences, why
from .choices import BOUNDS, SPEEDS
from .curve import Curve
from .frame import frame, scene
from .packing import rounded
from .settings import Settings
from .trainer import Trainer

__all__ = ["Published", "Session"]

RATE = 36
"""Frames a second, as long as a training runs."""
SLICE = 0.008
"""So many seconds of steps lie between two looks for commands."""


@dataclass(frozen=True)
class Published:
    """A frame and its scene as JSON; `number` counts frames, `generation` scenes."""

    number: int
    generation: int
    scene: bytes
    frame: bytes


class Session:
    """One training, its thread, and what it has published last.

    >>> with Session(Settings.of({"data": "xor"})) as session:
    ...     _ = session.ask({"do": "step", "steps": 3})
    ...     json.loads(session.latest.frame)["step"]
    3
    """

    def __init__(self, settings: Settings, speed: int = 0) -> None:
        self.trainer, self.speed, self.playing = Trainer(settings), speed, False
        self.curve, self.origin = Curve(), ""
        self.goal: int | None = None
        self._queue: queue.Queue[tuple[Mapping[str, Any], Future[dict[str, Any]]] | None] = queue.Queue()
        self._changed, self._dirty, self._fresh = threading.Condition(), True, True
        self._visible: int | None = None
        self._pace, self._due, self._step_due = 1e-4, 0.0, 0.0
        self._thread = threading.Thread(target=self._run, name="playground", daemon=True)
        self.latest = Published(0, 0, b"", b"")
        self._publish()

    # ------------------------------------------------------------ from other threads

    def __enter__(self) -> Session:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def ask(self, command: Any, timeout: float = 30.0) -> dict[str, Any]:
        """Have a command done between two steps, and give its answer.

        Raises ``ValueError`` with a sentence for what is no command, and changes nothing then.
        """
        if not isinstance(command, Mapping) or str(command.get("do")) not in _COMMANDS:
            raise ValueError(f"expected a command, do: one of {', '.join(_COMMANDS)}")
        answer: Future[dict[str, Any]] = Future()
        self._queue.put((command, answer))
        return answer.result(timeout)

    def wait(self, number: int, timeout: float) -> Published | None:
        """What was published after the frame of this number; None if nothing is, for so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.latest.number > number, timeout)
            return self.latest if self.latest.number > number else None

    def weights(self, timeout: float = 30.0) -> dict[str, Tensor]:
        """A copy of the network's state, to be saved."""
        answer: Future[dict[str, Any]] = Future()
        self._queue.put(({"do": "weights"}, answer))
        return answer.result(timeout)

    def attended_by(self, pages: int | None) -> None:
        """Say how many pages look: with none of them training rests; with None it never does."""
        self._visible = pages
        self._queue.put(({"do": "look"}, Future()))

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=self._patience())
            except queue.Empty:
                pass
            else:
                if item is None:
                    return
                self._obey(*item)
                continue
            self._train()
            if self._dirty and time.monotonic() >= self._due:
                self._publish()

    def _patience(self) -> float:
        """How long a command may be waited for: not at all while there is something to do."""
        if self._runs():
            return max(self._step_due - time.monotonic(), 0.0) if self.speed else 0.0
        return max(self._due - time.monotonic(), 0.0) if self._dirty else 60.0

    def _runs(self) -> bool:
        return (self.playing or self.goal is not None) and self._visible != 0

    def _obey(self, command: Mapping[str, Any], answer: Future[dict[str, Any]]) -> None:
        try:
            found = {**_COMMANDS, **_INNER}[command["do"]](self, command)
        except Exception as error:  # the page is told, and training goes on
            answer.set_exception(error if isinstance(error, ValueError) else ValueError(f"{error}"))
        else:
            if self._dirty and not self._runs():
                self._publish()
            answer.set_result(found or {})

    def _train(self) -> None:
        now = time.monotonic()
        if not self._runs() or (self.speed and self.goal is None and now < self._step_due):
            return
        steps = self._how_many()
        self.trainer.advance(steps)
        self._pace = 0.8 * self._pace + 0.2 * (time.monotonic() - now) / steps
        self._step_due = max(self._step_due, now - 0.1) + steps / self.speed if self.speed else 0.0
        self._dirty = True
        self._notice()

    def _how_many(self) -> int:
        """The steps of a slice: those that fit in, those that are due, and none beyond a goal."""
        steps = max(int(SLICE / max(self._pace, 1e-6)), 1)
        if self.goal is not None:
            return min(steps, self.goal - self.trainer.step)
        return min(steps, max(int(self.speed * SLICE), 1)) if self.speed else steps

    def _notice(self) -> None:
        if self.goal is not None and self.trainer.step >= self.goal:
            self.goal = None
        if self.trainer.broken:
            self.playing, self.goal = False, None
            self.origin = self.origin or first_trouble(self.trainer)

    def _publish(self) -> None:
        found = self.frame()
        last = self.latest
        generation = last.generation + self._fresh
        counted = {"generation": generation, "number": last.number + 1}
        about = {**scene(self.trainer), "generation": generation} if self._fresh else None
        text = json.dumps({**found, **counted}, allow_nan=False, separators=(",", ":"))
        packed = json.dumps(about, allow_nan=False).encode() if about else last.scene
        with self._changed:
            self.latest = Published(last.number + 1, generation, packed, text.encode())
            self._changed.notify_all()
        self._dirty, self._fresh, self._due = False, False, time.monotonic() + 1 / RATE

    def frame(self) -> dict[str, Any]:
        """A frame of the training, with what the session knows: whether it runs, the curve, the alarms."""
        found = frame(self.trainer)
        self.curve.add(found["step"], found["train"]["loss"], found["test"]["loss"])
        return {
            **found, "train": rounded(found["train"]), "test": rounded(found["test"]),
            "playing": self.playing, "speed": self.speed, "oldest": self.trainer.oldest,
            "curve": self.curve.columns(), "alarms": alarms(found["facts"], self.curve.rows, self.origin),
            "changes": self.trainer.settings.texts()["changes"],
        }  # fmt: skip

    # ------------------------------------------------------------ commands

    def _play(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Go on; the answer is the number of the first frame that shows it."""
        self.playing = not self.trainer.broken
        self._step_due = time.monotonic()
        self._dirty = True
        return {"number": self.latest.number + 1}

    def _pause(self, command: Mapping[str, Any]) -> dict[str, Any]:
        self.playing, self.goal, self._dirty = False, None, True
        return {"number": self.latest.number + 1}

    def _step(self, command: Mapping[str, Any]) -> None:
        steps = _whole(command, "steps", 1, 1000)
        self._pause(command)
        self.trainer.advance(steps)
        self._notice()

    def _epoch(self, command: Mapping[str, Any]) -> None:
        self._pause(command)
        self.trainer.advance(self.trainer.steps_an_epoch)
        self._notice()

    def _back(self, command: Mapping[str, Any]) -> None:
        step = max(self.trainer.step - _whole(command, "steps", 1, 1000), self.trainer.oldest)
        self._pause(command)
        self.trainer.back_to(step)
        self._turned_back()

    def _turned_back(self) -> None:
        self.curve.cut(self.trainer.step)
        self.origin, self._fresh, self._dirty = "", True, True
        self._notice()

    def _to(self, command: Mapping[str, Any]) -> None:
        step = _whole(command, "step", 0, int(BOUNDS["step"][1]))
        self._pause(command)
        if step < self.trainer.step:
            self._begin(self.trainer.settings)
        self.goal = step if step > self.trainer.step else None

    def _reset(self, command: Mapping[str, Any]) -> None:
        self.goal = None
        self._begin(self._started_over())

    def _started_over(self) -> Settings:
        """The settings with the learning rate as it is now, from the first step."""
        settings = self.trainer.settings
        return replace(settings, lr=settings.rate_at(self.trainer.step), changes=())

    def _begin(self, settings: Settings) -> None:
        self.trainer = Trainer(settings)
        self.curve, self.origin, self._fresh, self._dirty = Curve(), "", True, True

    def _set(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Other settings: a learning rate goes on from here unless told so, everything else begins anew.

        The answer is the generation of the first scene that has them.
        """
        given = command.get("settings")
        if not isinstance(given, Mapping):
            raise ValueError("set: expected settings, a mapping of names to texts or numbers")
        self.goal = None
        if set(given) == {"lr"} and command.get("anew") is not True:
            self.trainer.change_rate(Settings.of(given).lr)
            self._fresh = self._dirty = True
        else:
            self._begin((Settings() if command.get("whole") is True else self._started_over()).changed(given))
        return {"generation": self.latest.generation + 1}

    def _speed(self, command: Mapping[str, Any]) -> None:
        if command.get("speed") not in SPEEDS or isinstance(command["speed"], bool):
            raise ValueError(f"speed: expected one of {', '.join(map(str, SPEEDS))}, where 0 is the fastest")
        self.speed, self._step_due, self._dirty = command["speed"], time.monotonic(), True

    def _why(self, command: Mapping[str, Any]) -> dict[str, Any]:
        return {**why(self.trainer, _weight(command)), "step": self.trainer.step}

    def _check(self, command: Mapping[str, Any]) -> dict[str, Any]:
        return dict(by_differences(self.trainer, _weight(command)))

    def _look(self, command: Mapping[str, Any]) -> None:
        self._step_due = time.monotonic()

    def _weights(self, command: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value.clone() for name, value in self.trainer.model.state_dict().items()}


_COMMANDS = {
    "play": Session._play, "pause": Session._pause, "step": Session._step, "epoch": Session._epoch,
    "back": Session._back, "to": Session._to, "reset": Session._reset, "set": Session._set,
    "speed": Session._speed, "why": Session._why, "check": Session._check,
}  # fmt: skip
"""What may be asked for from outside."""
_INNER = {"look": Session._look, "weights": Session._weights}


def _whole(command: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = command.get(name, low)
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name}: expected a whole number from {low} to {high:,}")
    return value


def _weight(command: Mapping[str, Any]) -> Weight:
    return Weight(**{name: _whole(command, name, 0, 10**6) for name in ("layer", "unit", "source", "sample")})
