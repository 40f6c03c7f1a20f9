"""Fields below each other, in no more columns than there is room for."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

LEAST = 40
"""Narrower than this nothing can be read in columns."""
_WIDE = 44
"""A field that is wider does not make its column wide."""


def width() -> int:
    """The columns of the terminal: the variable COLUMNS, or what the terminal says, or 80."""
    return max(LEAST, shutil.get_terminal_size((80, 24)).columns)


def table(rows: Sequence[Sequence[str]], room: int) -> list[str]:
    """Fields below each other, the value of an operation in the last column; that of a leaf beside its name.

    >>> table([["a", "= b + c", "= 3"], ["bc", "= 4"]], 80)
    ['a  = b + c = 3', 'bc = 4']
    """
    most = max((len(row) for row in rows), default=0)
    padded = [row if len(row) == 2 else [*row[:-1], *[""] * (most - len(row)), row[-1]] for row in rows]
    widths = [_width(row[i] for row in padded if i == 0 or len(row) > 2) for i in range(most)]
    return [line for row in padded for line in _laid(row, widths, room)]


def _laid(fields: Sequence[str], widths: Sequence[int], room: int) -> list[str]:
    pairs = list(zip(fields, widths))  # noqa: B905 - a leaf has two fields
    line = " ".join(f"{field:<{width}}" for field, width in pairs).rstrip()
    wide = any(len(field) > width for field, width in pairs[:-1])
    if len(line) <= room and not wide:
        return [line]
    return _wrapped([field for field in fields if field], room, "", " " * 4)


def aligned(rows: Sequence[Sequence[str]], room: int) -> list[str]:
    """Rows of a name, what has arrived, and any number of parts, each of which has a line of its own.

    Parts stand beside the first two fields where that fits, and below them where it does not.

    >>> rows = [["c = a * b", "g = 1", "to a: g * b = 3", "to b: g * a = 2"]]
    >>> for line in aligned(rows, 80):
    ...     print(line)
    c = a * b  g = 1  to a: g * b = 3
                      to b: g * a = 2
    >>> for line in aligned(rows, 30):
    ...     print(line)
    c = a * b  g = 1
        to a: g * b = 3
        to b: g * a = 2
    """
    first = _width(row[0] for row in rows) + 2
    second = _width(row[1] for row in rows if len(row) > 2) + 2
    longest = max((len(part) for row in rows for part in row[2:]), default=0)
    beside = first + second + longest <= room and all(len(row[0]) < first for row in rows)
    lines = []
    for name, arrived, *parts in rows:
        head = f"{name:<{first}}{arrived:<{second}}" if beside else f"{name}  {arrived}"
        if beside:
            lines += [(head + (parts[0] if parts else "")).rstrip()]
            lines += [" " * (first + second) + part for part in parts[1:]]
        else:
            lines += _wrapped([name, arrived], room, "", " " * 4, "  ")
            lines += [line for part in parts for line in _wrapped([part], room, " " * 4, " " * 8)]
    return lines


def _wrapped(fields: Iterable[str], room: int, start: str, rest: str, between: str = " ") -> list[str]:
    """Fields one after the other, broken between words, as before ``=``, where the line ends."""
    text = between.join(fields)
    return textwrap.wrap(
        text, room, initial_indent=start, subsequent_indent=rest, break_long_words=False,
        break_on_hyphens=False, drop_whitespace=True,
    )  # fmt: skip


def _width(fields: Iterable[str]) -> int:
    return max((len(field) for field in fields if len(field) <= _WIDE), default=0)
