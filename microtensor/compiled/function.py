"""What `compile` returns for a function: replayed where a program fits, eager where none does."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ..errors import CompileError
from .arguments import Arguments
from .attempt import Attempt
from .program import Miss
from .replay import Replay
from .traced import current
from .trees import flatten

__all__ = ["PROGRAMS", "Compiled"]

PROGRAMS = 8
"""The most programs that a function has, one for each kind of arguments and state; more run eagerly."""


class Compiled:
    """A function that is captured and replayed.  Call it as the function."""

    def __init__(self, function: Callable[..., Any], fullgraph: bool = False, backend: str = "auto") -> None:
        functools.update_wrapper(self, function)
        self.function, self.fullgraph, self.backend = function, fullgraph, backend
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget all programs; the next calls capture anew."""
        self._attempts: list[Attempt] = []
        self._replays: list[Callable[..., Any]] = []
        self._full: str | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if current.capture is not None:
            return self.function(*args, **kwargs)
        with self._lock:
            if not kwargs:
                for replay in self._replays:
                    try:
                        return replay(*args)
                    except (Miss, TypeError) as miss:
                        if type(miss) is TypeError and miss.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                            raise
            return self._slow(args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def _slow(self, args: Any, kwargs: Any) -> Any:
        leaves: list[Any] = []
        shape = flatten((args, kwargs), leaves)
        attempts = [a for a in self._attempts if a.fits(shape, leaves)]
        for attempt in attempts:
            if attempt.replay is not None:
                try:
                    return attempt.replay.call(*leaves)
                except Miss:
                    continue
        attempt = next((a for a in attempts if a.replay is None), None) or self._begin(shape, leaves)
        if attempt is None:
            self._refused(self._full)
            return self.function(*args, **kwargs)
        if self.fullgraph and attempt.refusal:
            self._refused(attempt.refusal)
        result = attempt.call(leaves)
        self._note(attempt)
        return result

    def _begin(self, shape: Any, leaves: list[Any]) -> Attempt | None:
        if len(self._attempts) >= PROGRAMS:
            self._full = f"there are {PROGRAMS} programs already: arguments or state are of ever new kinds"
            return None
        attempt = Attempt(self.function, Arguments(shape, leaves), getattr(self, "__name__", "replay"), self._lock)
        self._attempts.append(attempt)
        return attempt

    def _note(self, attempt: Attempt) -> None:
        if attempt.replay is not None:
            flat = attempt.arguments.shape[1][0]
            if flat[0] is tuple and all(part is None for part in flat[1]) and not attempt.arguments.shape[1][1][1]:
                self._replays.insert(0, attempt.replay.call)
        elif self.fullgraph and attempt.refusal:
            self._refused(attempt.refusal)

    def _refused(self, reason: str | None) -> None:
        if self.fullgraph and reason:
            raise CompileError(f"compile(fullgraph=True): {self.__name__} can't be replayed: {reason}")

    # ------------------------------------------------------------ looking inside

    @property
    def replays(self) -> list[Replay]:
        """The programs, the newest last."""
        return [a.replay for a in self._attempts if a.replay is not None]

    @property
    def source(self) -> str:
        """The newest program as NumPy; raises ``RuntimeError`` while there is none."""
        if not self.replays:
            raise RuntimeError(f"{self.__name__} has no program yet: {self.explain()}")
        return self.replays[-1].source

    def explain(self) -> str:
        """What is replayed, and what is not and why."""
        lines = []
        for attempt in self._attempts:
            if attempt.replay is not None:
                lines.append(f"replayed: {len(attempt.replay.program.instructions)} instructions")
            elif attempt.refusal is not None:
                lines.append(f"eager: {attempt.refusal}")
            else:
                lines.append("not captured yet")
        return "\n".join(lines) or "not called yet"
