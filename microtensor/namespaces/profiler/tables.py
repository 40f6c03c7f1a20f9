"""The table of events, in the columns and the widths that PyTorch's has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["format_memory", "format_time", "table"]

WIDTH, GAP = 12, "  "
_UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0}


def format_time(microseconds: float, unit: str | None = None) -> str:
    """A time in the unit that fits it, or in a given one.

    >>> from microtensor.profiler.tables import format_time
    >>> format_time(1500), format_time(3.14159, "ms")
    ('1.500ms', '0.003ms')
    """
    if unit not in _UNITS:
        unit = "s" if microseconds >= 1e6 else "ms" if microseconds >= 1e3 else "us"
    return f"{microseconds / _UNITS[unit]:.3f}{unit}"


def format_memory(size: int) -> str:
    """Bytes in the unit that fits them.

    >>> from microtensor.profiler.tables import format_memory
    >>> format_memory(-2048), format_memory(7)
    ('-2.00 KB', '7 B')
    """
    for unit, scale in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if abs(size) >= scale:
            return f"{size / scale:.2f} {unit}"
    return f"{size} B"


def _share(part: float, whole: float) -> str:
    return f"{part * 100.0 / whole:.2f}%" if whole else "NaN"


def _cut(name: str, width: int | None) -> str:
    return f"{name[: width - 3]}..." if width is not None and len(name) >= width - 3 else name


def _tail(path: str, width: int) -> str:
    """The end of a path that is too long."""
    return path if len(path) <= width else "..." + path[len(path) - width + 3 :]


def _fitting(words: Sequence[str], limit: int | None) -> int:
    width = max(map(len, words)) + 4
    return width if limit is None else min(width, limit)


class _Column:
    """A column: its title, its width, what stands in a row, and on which side."""

    def __init__(
        self, title: str, width: int, cell: Callable[[Any], Any], side: str = ">"
    ) -> None:  # fmt: skip
        self.title, self.width, self.cell, self.side = title, width, cell, side


def table(
    events: Sequence[Any], row_limit: int, widths: tuple[int | None, int | None, int | None],
    header: str | None, memory: bool, flops: bool, top_level: bool, unit: str | None,
) -> str:  # fmt: skip
    """The text of the table; nothing of no events."""
    if not events:
        return ""
    total = sum(event.self_cpu_time_total for event in events)
    columns = _columns(events, widths, total, memory, flops, unit)
    rule = "".join("-" * c.width + GAP for c in columns)
    heads = _line(columns, [c.title for c in columns])
    lines = ["=" * (len(rule) - len(GAP)), header] if header is not None else []
    if top_level:
        lines += ["=" * (len(rule) - len(GAP)), "This report only display top-level ops statistics"]
    lines += [rule, heads, rule]
    shown = [event for event in events if not (top_level and event.cpu_parent is not None)]
    for event in shown[:row_limit] if row_limit >= 0 else shown:
        lines.append(_line(columns, [c.cell(event) for c in columns]))
        lines += _stack_lines(columns, event, widths[2])
    return "\n".join([*lines, rule, f"Self CPU time total: {format_time(total, unit)}", ""])


def _line(columns: Sequence[_Column], cells: Sequence[Any]) -> str:
    return "".join(f"{cell!s:{c.side}{c.width}}{GAP}" for c, cell in zip(columns, cells, strict=True))


def _columns(
    events: Sequence[Any], widths: tuple[int | None, int | None, int | None], total: float, memory: bool,
    flops: bool, unit: str | None,
) -> list[_Column]:  # fmt: skip
    name, shapes, _ = widths
    columns = [
        _Column("Name", _fitting([e.key for e in events], name), lambda e: _cut(e.key, name)),
        _Column("Self CPU %", WIDTH, lambda e: _share(e.self_cpu_time_total, total)),
        _Column("Self CPU", WIDTH, lambda e: format_time(e.self_cpu_time_total, unit)),
        _Column("CPU total %", WIDTH, lambda e: _share(e.cpu_time_total, total)),
        _Column("CPU total", WIDTH, lambda e: format_time(e.cpu_time_total, unit)),
        _Column("CPU time avg", WIDTH, lambda e: format_time(e.cpu_time, unit)),
    ]
    if memory:
        columns.append(_Column("CPU Mem", WIDTH, lambda e: format_memory(e.cpu_memory_usage)))
        columns.append(_Column("Self CPU Mem", WIDTH, lambda e: format_memory(e.self_cpu_memory_usage)))
    columns.append(_Column("# of Calls", WIDTH, lambda e: e.count))
    if any(e.input_shapes for e in events):
        width = _fitting([str(e.input_shapes) for e in events], shapes)
        columns.append(_Column("Input Shapes", width, lambda e: str(e.input_shapes)[:width]))
    columns += _source_column(events, widths[2])
    return columns + (_flops_column(events) if flops else [])


def _source_column(events: Sequence[Any], limit: int | None) -> list[_Column]:
    lines = [line for event in events for line in event.stack or ()]
    if not lines:
        return []
    width = _fitting(lines, limit)
    first = lambda e: _tail(e.stack[0], width) if e.stack else ""  # noqa: E731
    return [_Column("Source Location", width, first, "<")]


def _stack_lines(columns: Sequence[_Column], event: Any, limit: int | None) -> list[str]:
    """The other lines of an event's stack, and an empty one."""
    places = [i for i, c in enumerate(columns) if c.title == "Source Location"]
    if not places:
        return []
    rows = []
    for line in [*(event.stack or ())[1:], ""]:
        cells = [""] * len(columns)
        cells[places[0]] = _tail(line, columns[places[0]].width)
        rows.append(_line(columns, cells))
    return rows


def _flops_column(events: Sequence[Any]) -> list[_Column]:
    counted = [event.flops for event in events if event.flops]
    if not counted:
        return []
    power = min(int(math.log10(min(counted)) / 3), 5)
    title = f"Total {['', 'K', 'M', 'G', 'T', 'P'][power]}FLOPs"
    return [_Column(title, WIDTH, lambda e: f"{e.flops * 10.0 ** (-3 * power):8.3f}" if e.flops else "--")]
