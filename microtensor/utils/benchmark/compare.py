"""`Compare`: measurements in a table, a row for each task and a column for each description."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence

from .measurement import Measurement, ordered_unique, select_unit, trim_sigfig, unit_to_english

__all__ = ["Colorize", "Compare"]

BOLD, END = "\033[1m", "\033[0m"
BEST, GOOD, BAD, VERY_BAD = "\033[92m", "\033[34m", "\033[2m\033[91m", "\033[31m"


class Colorize(enum.Enum):
    """Beside which others a time is coloured as good or bad."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


class Compare:
    """A table of measurements, one for each label; those of one task are merged.

    Raises ``ValueError`` for what is no `Measurement`.
    """

    def __init__(self, results: Iterable[Measurement]) -> None:
        self._results: list[Measurement] = []
        self._trim, self._warn, self._colorize = False, False, Colorize.NONE
        self.extend_results(results)

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Add measurements."""
        found = list(results)
        for r in found:
            if not isinstance(r, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(r)} instead.")
        self._results += found

    def trim_significant_figures(self) -> None:
        """Show no more digits than mean something."""
        self._trim = True

    def colorize(self, rowwise: bool = False) -> None:
        """Colour each time beside those of its column, or of its row."""
        self._colorize = Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE

    def highlight_warnings(self) -> None:
        """Show how far apart the quarters lie where that is much."""
        self._warn = True

    def print(self) -> None:
        """Print the tables."""
        print(str(self))

    def __str__(self) -> str:
        groups: dict[str | None, list[Measurement]] = {}
        for r in Measurement.merge(self._results):
            groups.setdefault(r.label, []).append(r)
        tables = (_Table(group, self._trim, self._warn, self._colorize) for group in groups.values())
        return "\n".join(table.render() for table in tables)


class _Table:
    """One table: the measurements of one label, in rows by (threads, environment, name)."""

    def __init__(self, results: list[Measurement], trim: bool, warn: bool, colors: Colorize) -> None:
        self.results, self.trim, self.warn, self.colors = results, trim, warn, colors
        self.unit, self.scale = select_unit(min(r.median for r in results))
        keys = ordered_unique((r.num_threads, r.env, r.as_row_name) for r in results)
        self.keys = sorted(keys, key=lambda key: key[:2])
        self.heads = ordered_unique(r.description for r in results)
        self.cells: dict[tuple[object, object], Measurement] = {
            ((r.num_threads, r.env, r.as_row_name), r.description): r for r in results
        }
        self.noisy = warn and any(r.has_warnings for r in results)

    def column(self, head: object) -> list[Measurement]:
        """The measurements of one description."""
        return [self.cells[key, head] for key in self.keys if (key, head) in self.cells]

    def width_and_digits(self, head: object) -> tuple[int, int, int]:
        """How wide a column's numbers are, how many digits stand after the point, and its warnings' width."""
        found = self.column(head)
        leading = [math.ceil(math.log10(r.median / self.scale)) for r in found]
        digits = 1
        if self.trim:
            pairs = zip(found, leading, strict=True)
            digits = min(max(r.significant_figures - n, 0) for r, n in pairs)
        warnings = 7 if self.warn and any(r.has_warnings for r in found) else 0
        return max(leading) + digits + bool(digits), digits, warnings

    def text(self, r: Measurement | None, head: object) -> str:
        """A cell."""
        width, digits, warnings = self.width_and_digits(head)
        if r is None:
            return " " * len(f"{1:>{width}.{digits}f}{'':>{warnings}}")
        value = r.median / self.scale
        value = trim_sigfig(value, r.significant_figures) if self.trim else value
        note = f" (! {r.iqr / r.median * 100:.0f}%)" if warnings and r.has_warnings else ""
        return f"{value:>{width}.{digits}f}{note:>{warnings}}"

    def render(self) -> str:
        """The text of the table."""
        rows = [["", *(head or "" for head in self.heads)]]
        rows += [
            [self.name(i), *(self.text(self.cells.get((key, h)), h) for h in self.heads)]
            for i, key in enumerate(self.keys)
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        top = "  |  ".join(cell.center(width) for cell, width in zip(rows[0], widths, strict=True))
        lines = [f"[{f' {self.results[0].label or str()} '.center(len(top) - 2, '-')}]", top]
        for i, (key, row) in enumerate(zip(self.keys, rows[1:], strict=True)):
            if not i or key[0] != self.keys[i - 1][0]:
                lines.append(f"{key[0]} threads: ".ljust(len(top), "-"))
            cells = [
                self.coloured(key, h, c.center(w))
                for h, c, w in zip(self.heads, row[1:], widths[1:], strict=True)
            ]
            lines.append("  |  ".join([row[0].ljust(widths[0]), *cells]))
        lines += ["", f"Times are in {unit_to_english(self.unit)}s ({self.unit}).", ""]
        note = "(! XX%) Measurement has high variance, where XX is the IQR / median * 100.\n"
        return "\n".join(lines) + note * self.noisy

    def name(self, i: int) -> str:
        """A row's name, after its environment if there are several."""
        (threads, env, name), environments = self.keys[i], {r.env for r in self.results}
        if len(environments) < 2:
            return f"      {name}"
        first = not i or self.keys[i - 1][:2] != (threads, env)
        width = max(len(str(e)) for e in environments) + 4
        return f"  {(f'({env})' if first else '').ljust(width)}{name}"

    def coloured(self, key: tuple[int, object, str], head: object, text: str) -> str:
        """A cell in the colour of how good its time is."""
        mine = self.cells.get((key, head))
        if self.colors is Colorize.NONE or mine is None:
            return text
        others: Sequence[Measurement | None] = [self.cells.get((key, h)) for h in self.heads]
        if self.colors is Colorize.COLUMNWISE:
            others = [r for r in self.column(head) if r.num_threads == mine.num_threads]
        return _shade(text, mine.median, min(r.median for r in others if r is not None))


def _shade(text: str, value: float, best: float) -> str:
    if value <= best * 1.01 or value <= best + 100e-9:
        return f"{BEST}{BOLD}{text}{END}{END}"
    if value <= best * 1.1:
        return f"{GOOD}{BOLD}{text}{END}{END}"
    if value >= best * 5:
        return f"{VERY_BAD}{BOLD}{text}{END}{END}"
    return f"{BAD}{text}{END}" if value >= best * 2 else text
