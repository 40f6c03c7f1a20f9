"""`Timer`: measures a statement, in runs that are long enough for the clock not to matter."""

from __future__ import annotations

import enum
import statistics
import textwrap
import timeit
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from .measurement import Measurement, TaskSpec, set_torch_threads

__all__ = ["Language", "Timer", "timer"]

timer = timeit.default_timer


class Language(enum.Enum):
    """Languages of statements: Python; C++ is named only."""

    PYTHON = 0
    CPP = 1


class Timer:
    """Measures a Python statement; ``torch`` is a name in it, and those in `globals`.

    `label`, `sub_label`, `description` and `env` are how `Compare` arranges the measurement.

    Raises ``ValueError`` for what is no text, or another language.

    >>> from microtensor.utils.benchmark import Timer
    >>> measured = Timer("x.exp()", setup="x = torch.ones(3)").timeit(10)
    >>> measured.number_per_run, measured.median > 0
    (10, True)
    """

    def __init__(
        self, stmt: str = "pass", setup: str = "pass", global_setup: str = "",
        timer: Callable[[], float] = timer, globals: dict[str, Any] | None = None, label: str | None = None,
        sub_label: str | None = None, description: str | None = None, env: str | None = None,
        num_threads: int = 1, language: Language | str = Language.PYTHON,
    ) -> None:  # fmt: skip
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"Invalid language `{language}`: statements are Python's here.")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`. Most likely this code can simply be moved "
                "to `setup`."
            )
        stmt, setup = _dedented(stmt), _dedented(setup)
        names = {"torch": import_module("microtensor"), **(globals or {})}
        self._timer = timeit.Timer(stmt, setup, timer, names)
        self._task_spec = TaskSpec(stmt, setup, "", label, sub_label, description, env, num_threads)

    def _timeit(self, number: int) -> float:
        return max(self._timer.timeit(number), 1e-9)

    def _measurement(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, self._task_spec)

    def timeit(self, number: int = 1000000) -> Measurement:
        """One run of `number` calls, after a hundredth of them to warm up."""
        with set_torch_threads(self._task_spec.num_threads):
            self._timeit(max(number // 100, 2))
            return self._measurement(number, [self._timeit(number)])

    def blocked_autorange(
        self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Runs of `min_run_time` seconds together, each long enough for the clock not to matter."""
        number = self._block_size(min_run_time)
        times = self._runs(number, lambda times: True, min_run_time, None, callback)
        return self._measurement(number, times)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:  # fmt: skip
        """Runs until their quarters lie closer than a share of the median, or `max_run_time` is over."""
        number = self._block_size(0.05)

        def enough(times: list[float]) -> bool:
            return len(times) > 3 and self._measurement(number, times).meets_confidence(threshold)

        times = self._runs(number, enough, min_run_time, max_run_time, callback)
        return self._measurement(number, times)

    def _block_size(self, min_run_time: float) -> int:
        """A power of ten of calls beside which an empty run is nothing."""
        with set_torch_threads(self._task_spec.num_threads):
            overhead = statistics.median(self._timeit(0) for _ in range(5))
            number = 1
            while number < 1 << 31:
                taken = self._timeit(number)
                if taken > min_run_time or (overhead <= 1e-4 * taken and taken >= min_run_time / 1000):
                    break
                number *= 10
        return number

    def _runs(
        self, number: int, enough: Callable[[list[float]], bool], least: float, most: float | None,
        callback: Callable[[int, float], Any] | None,
    ) -> list[float]:  # fmt: skip
        times: list[float] = []
        with set_torch_threads(self._task_spec.num_threads):
            while sum(times) < least or not enough(times):
                times.append(self._timeit(number))
                if callback is not None:
                    callback(number, times[-1])
                if most is not None and sum(times) > most:
                    break
        return times

    def repeat(self, repeat: int = -1, number: int = -1) -> NoReturn:
        """Raises ``NotImplementedError``: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Any = None) -> NoReturn:
        """Raises ``NotImplementedError``: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def collect_callgrind(self, number: int = 100, **options: Any) -> NoReturn:
        """Raises ``NotImplementedError``: instructions are not counted."""
        raise NotImplementedError(
            "collect_callgrind is not in microtensor: measure times with blocked_autorange"
        )


def _dedented(text: str) -> str:
    return textwrap.dedent(text).removeprefix("\n").rstrip()
