"""``torch.utils.benchmark``: what is said of measurements, and their tables, to the letter."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from microtensor.utils import benchmark as ours

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
theirs = pytest.importorskip("torch.utils.benchmark")

TASKS: list[dict[str, Any]] = [
    {"stmt": "x + y", "setup": "pass"},
    {"stmt": "x + y", "setup": "x = 1", "label": "sums", "sub_label": "small", "description": "one"},
    {"stmt": "x + y", "setup": "x = 1\ny = 2", "sub_label": "small", "num_threads": 4},
    {"stmt": "x = 1\nx + x", "setup": "", "sub_label": "two lines", "env": "here"},
]
RUNS = [[2e-5], [1e-3, 1.02e-3, 0.99e-3], [3e-2, 3.4e-2, 3.1e-2, 2.9e-2, 3.3e-2], [5.0, 9.0, 4.0, 6.0]]


def measured(library: Any, task: dict[str, Any], times: list[float], number: int = 10) -> Any:
    return library.Measurement(number, list(times), library.TaskSpec(**task))


@pytest.mark.parametrize(("task", "times"), list(itertools.product(range(len(TASKS)), range(len(RUNS)))))
def test_measurements(task: int, times: int) -> None:
    a, b = (measured(lib, TASKS[task], RUNS[times]) for lib in (ours, theirs))
    for name in ("median", "mean", "iqr"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-12)
    for name in ("significant_figures", "has_warnings", "title", "as_row_name", "stmt", "num_threads", "env"):
        if name != "env":
            assert getattr(a, name) == getattr(b, name)
    assert repr(a).splitlines()[1:] == repr(b).splitlines()[1:]
    assert a.meets_confidence(0.05) == b.meets_confidence(0.05)


def test_merged() -> None:
    merged = []
    for lib in (ours, theirs):
        found = lib.Measurement.merge([measured(lib, TASKS[i % 2], RUNS[i]) for i in range(4)])
        merged.append([(m.number_per_run, m.title, m.times) for m in found])
    assert merged[0] == merged[1]


def tabled(library: Any, envs: bool = False) -> Any:
    rng = np.random.default_rng(0)
    made = []
    for i, (threads, row, column) in enumerate(
        itertools.product((1, 2), ("a", "long name"), ("first", "second", "3"))
    ):
        if i == 4:
            continue  # an empty cell
        task = {"stmt": "f()", "setup": "pass", "label": "work", "sub_label": row, "description": column}
        task |= {"num_threads": threads, "env": ("old", "newer")[i % 2] if envs else None}
        times = 10.0 ** (i % 5 - 6) * rng.uniform(0.7, 1.3, 9)
        made.append(measured(library, task, times.tolist(), 1))
    made.append(
        measured(
            library, {"stmt": "g()", "setup": "pass", "label": "other", "description": "d"}, [2e-6, 2.1e-6], 1
        )
    )
    return library.Compare(made)


@pytest.mark.parametrize(
    "options", [(), ("trim",), ("color",), ("rows",), ("warn",), ("trim", "warn", "color")]
)
@pytest.mark.parametrize("envs", [False, True])
def test_tables(options: tuple[str, ...], envs: bool, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for lib in (ours, theirs):
        table = tabled(lib, envs)
        for option in options:
            {
                "trim": table.trim_significant_figures, "color": table.colorize,
                "rows": lambda table=table: table.colorize(rowwise=True), "warn": table.highlight_warnings,
            }[option]()  # fmt: skip
        table.print()
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_numbers() -> None:
    for x in (3e-9, 4.5e-5, 0.02, 7.0, 1234.0):
        assert ours.select_unit(x) == theirs.select_unit(x)
        for n in (1, 2, 4):
            assert ours.trim_sigfig(x, n) == pytest.approx(theirs.trim_sigfig(x, n), rel=1e-6)
    assert ours.unit_to_english("us") == theirs.unit_to_english("us")
    assert ours.ordered_unique([2, 1, 2]) == theirs.ordered_unique([2, 1, 2])


@pytest.mark.parametrize("library", [ours, theirs], ids=["ours", "theirs"])
def test_timers(library: Any) -> None:
    calls: list[int] = []
    timer = library.Timer(
        """
        calls.append(1)
        """,
        setup="x = torch.ones(2)", globals={"calls": calls}, label="l",
    )  # fmt: skip
    measured = timer.timeit(7)
    assert (len(calls), measured.number_per_run, measured.stmt) == (9, 7, "calls.append(1)")
    for found in (timer.blocked_autorange(min_run_time=0.001), timer.adaptive_autorange(max_run_time=0.001)):
        assert found.median > 0
        assert len(found.raw_times) >= 1
    seen: list[int] = []
    timer.blocked_autorange(callback=lambda number, time: seen.append(number), min_run_time=0.001)
    assert seen
    for call, kind in (
        (lambda: library.Timer(len), ValueError), (lambda: library.Timer("1", language="java"), ValueError),
        (lambda: library.Timer("1", global_setup="x"), ValueError), (timer.repeat, NotImplementedError),
        (timer.autorange, NotImplementedError), (lambda: library.Compare([1]), ValueError),
    ):  # fmt: skip
        with pytest.raises(kind):
            call()


def test_what_is_not_here() -> None:
    with pytest.raises(AttributeError, match="draw sizes with random"):
        _ = ours.Fuzzer
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ours.nothing
    with pytest.raises(NotImplementedError, match="blocked_autorange"):
        ours.Timer().collect_callgrind()
