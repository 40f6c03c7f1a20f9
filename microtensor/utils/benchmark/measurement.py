"""What was measured, and what can be said of it: the median, its spread, and which digits mean something."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

__all__ = [
    "Measurement", "TaskSpec", "ordered_unique", "select_unit", "set_torch_threads", "trim_sigfig",
    "unit_to_english",
]  # fmt: skip

T = TypeVar("T")
DIGITS, NOISE = 4, 25e-9
"""At most so many significant digits, and no interval is narrower than 25 ns."""
SPREAD, GROSS_SPREAD = 0.1, 0.25
"""Shares of the median from which on the interquartile range is worth a warning."""
_UNITS = {
    "ns": (1e-9, "nanosecond"),
    "us": (1e-6, "microsecond"),
    "ms": (1e-3, "millisecond"),
    "s": (1, "second"),
}


@dataclasses.dataclass(repr=False, frozen=True)
class TaskSpec:
    """What is measured, but for the values of its names."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or the statement."""
        if self.label is not None or "\n" not in self.stmt:
            return (self.label or self.stmt) + (f": {self.sub_label}" if self.sub_label else "")
        return f"stmt:{f' ({self.sub_label})' if self.sub_label else ''}\n{textwrap.indent(self.stmt, '  ')}"

    def setup_str(self) -> str:
        """What is done before, if anything."""
        if self.setup in ("", "pass"):
            return ""
        return (
            f"setup:\n{textwrap.indent(self.setup, '  ')}" if "\n" in self.setup else f"setup: {self.setup}"
        )

    def summarize(self) -> str:
        """Title, description and setup, a line each."""
        parts = [self.title, self.description or "", self.setup_str()]
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts if part)


@dataclasses.dataclass(repr=False)
class Measurement:
    """Times of several runs, `number_per_run` calls each.

    >>> from microtensor.utils.benchmark import Measurement, TaskSpec
    >>> m = Measurement(10, [2e-5, 4e-5, 3e-5], TaskSpec("x + y", "pass"))
    >>> f"{m.median:.1e}", m.title
    ('3.0e-06', 'x + y')
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in _FIELDS:
            return getattr(self.task_spec, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def times(self) -> list[float]:
        """Seconds for one call, of each run."""
        return [t / self.number_per_run for t in self.raw_times]

    @property
    def median(self) -> float:
        """Seconds for one call, in the middle of the runs."""
        return self._quantile(0.5)

    @property
    def mean(self) -> float:
        """Seconds for one call on average."""
        return float(np.mean(self.times))

    @property
    def iqr(self) -> float:
        """The distance between the quarters."""
        return self._quantile(0.75) - self._quantile(0.25)

    def _quantile(self, share: float) -> float:
        return float(np.quantile(self.times, share))

    @property
    def significant_figures(self) -> int:
        """How many digits mean something: by the standard error between the quarters (z = 1.645)."""
        count = len(self.times)
        middle = sorted(self.times)[count // 4 : math.ceil(3 * count / 4)]
        interval = max(1.645 * float(np.std(middle)) / math.sqrt(len(middle)), NOISE)
        return min(max(math.floor(math.log10(self.median / interval)), 1), DIGITS)

    def meets_confidence(self, threshold: float = SPREAD) -> bool:
        """Whether the quarters lie closer than this share of the median."""
        return self.iqr / self.median < threshold

    @property
    def has_warnings(self) -> bool:
        """Whether they lie further apart than a tenth."""
        return not self.meets_confidence(SPREAD)

    def _warning(self) -> str:
        if not self.has_warnings:
            return ""
        gross = not self.meets_confidence(GROSS_SPREAD)
        why = (
            "This suggests significant environmental influence."
            if gross
            else "This could indicate system fluctuation."
        )
        share = self.iqr / self.median * 100
        return f"  WARNING: Interquartile range is {share:.1f}% of the median measurement.\n           {why}"

    @property
    def title(self) -> str:
        """See `TaskSpec.title`."""
        return self.task_spec.title

    @property
    def as_row_name(self) -> str:
        """How a table calls it."""
        return str(self.sub_label or self.stmt or "[Unknown]")

    def __repr__(self) -> str:
        count, (unit, scale) = len(self.times), select_unit(self.median)
        shown = [f"  {'Median: ' * (count > 1)}{self.median / scale:.2f} {unit}"]
        if count >= 4:
            low, high = self._quantile(0.25) / scale, self._quantile(0.75) / scale
            shown.append(f"  IQR:    {self.iqr / scale:.2f} {unit} ({low:.2f} to {high:.2f})")
        runs = f"{self.number_per_run} runs {'per measurement,' if count > 1 else ','}"
        plural, threads = "s" * (count > 1), self.task_spec.num_threads
        shown.append(f"  {count} measurement{plural}, {runs} {threads} thread{'s' * (threads > 1)}")
        own = object.__repr__(self)
        return "\n".join([own, self.task_spec.summarize(), *shown, self._warning()]).strip()

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """Measurements of the same task as one, of one call a run."""
        groups: dict[TaskSpec, list[float]] = {}
        for m in measurements:
            groups.setdefault(m.task_spec, []).extend(m.times)
        return [Measurement(1, times, task) for task, times in groups.items()]


_FIELDS = {field.name for field in dataclasses.fields(TaskSpec)}


def select_unit(t: float) -> tuple[str, float]:
    """The unit in which a time is best read, and its seconds.

    >>> from microtensor.utils.benchmark import select_unit
    >>> select_unit(3e-5)
    ('us', 1e-06)
    """
    unit = {-3: "ns", -2: "us", -1: "ms"}.get(int(math.log10(t) // 3), "s")
    return unit, _UNITS[unit][0]


def unit_to_english(u: str) -> str:
    """The unit's name."""
    return _UNITS[u][1]


def trim_sigfig(x: float, n: int) -> float:
    """`x` with `n` significant figures.

    >>> from microtensor.utils.benchmark import trim_sigfig
    >>> round(trim_sigfig(3.14159, 2), 6)
    3.1
    """
    if n != int(n):
        raise AssertionError("Number of significant figures must be an integer")
    scale = 10.0 ** (math.ceil(math.log10(abs(x))) - n)
    return round(x / scale) * scale


def ordered_unique(elements: Iterable[T]) -> list[T]:
    """Each element once, where it stands first."""
    return list(dict.fromkeys(elements))


@contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """The length of a ``with`` in which NumPy is asked to compute with `n` threads."""
    from ... import get_num_threads, set_num_threads

    before = get_num_threads()
    set_num_threads(n)
    try:
        yield
    finally:
        set_num_threads(before)
