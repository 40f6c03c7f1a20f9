"""The results as text: plain columns that can be pasted into Markdown."""

from __future__ import annotations

from typing import Any

from rounds import TOLERANCE

Row = list[str]
NONE = "—"


def lines(header: Row, rows: list[Row]) -> str:
    """A Markdown table with aligned columns, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(row: Row) -> str:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "| " + " | ".join(cells) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(header), line(rule), *map(line, rows)])


def steps(results: list[dict[str, Any]], libraries: list[str]) -> str:
    """The workloads: microseconds a step, ratios, and whether the losses agree."""
    header = ["µs a training step", *libraries, "to torch", "to NumPy", "losses"]
    return lines(header, [_step_row(result, libraries) for result in results])


def _step_row(result: dict[str, Any], libraries: list[str]) -> Row:
    columns = result["columns"]
    times = [_time(columns.get(name, {})) for name in libraries]
    ours, hand = (columns.get(name, {}).get("us") for name in ("microtensor", "numpy"))
    to_torch = result["ratios"].get("microtensor")
    to_hand = ours / hand if ours and hand else None
    verdict = "agree" if result["agree"] else f"differ by {result['spread']:.0e}"
    return [result["title"], *times, _times(to_torch), _times(to_hand), verdict]


def compiled(results: list[dict[str, Any]]) -> str:
    """The compiled steps: their times, ratios taken within rounds, and the seconds of the first steps."""
    ratios = ("compiled-c to torch", "compiled-c to jax", "compiled-c to microtensor")
    header = ["compiled steps", "C, µs", "NumPy, µs", *(f"C {r.removeprefix('compiled-c ')}" for r in ratios)]
    header += ["NumPy to microtensor", "first steps, C", "jax", "torch"]
    rows = []
    for result in results:
        columns, found = result["columns"], result["compiled"]
        row = [result["title"], *(_time(columns.get(n, {})) for n in ("compiled-c", "compiled-numpy"))]
        row += [_ratio(found[name]) for name in (*ratios, "compiled-numpy to microtensor")]
        firsts = (columns.get(n, {}).get("first s") for n in ("compiled-c", "jax", "torch"))
        rows.append([*row, *(_number(first, "{:.2f} s") for first in firsts)])
    return lines(header, rows)


def _ratio(ratio: float | None) -> str:
    return NONE if ratio is None else f"{ratio:.3f}x"


def _time(column: dict[str, Any]) -> str:
    if "us" in column:
        return f"{column['us']:,.0f}" if column["us"] >= 100 else f"{column['us']:.1f}"
    if "missing" in column:
        return f"{NONE} {column['missing']}"
    return f"failed: {column['error'].splitlines()[0][:40]}" if "error" in column else NONE


def _times(ratio: float | None) -> str:
    return NONE if ratio is None else f"{ratio:.2f}x"


def overhead(found: dict[str, Any]) -> str:
    """Per op and shape: each library's time less NumPy's own, forward, and with backward."""
    libraries = list(found)
    header = ["µs an op over NumPy's own", "NumPy"]
    header += [f"{name} {part}" for name in libraries for part in ("forward", "and backward")]
    rows = []
    for case in next(iter(found.values()), {}):
        numbers = [found[name][case] for name in libraries]
        row = [case, f"{numbers[0]['numpy forward']:.2f}"]
        for n in numbers:
            row += [f"{n[part] - n[f'numpy {part}']:+.2f}" for part in ("forward", "both")]
        rows.append(row)
    return lines(header, rows)


def chains(found: dict[str, Any]) -> str:
    """Long graphs: microseconds an op."""
    header = ["µs an op"]
    header += [f"{name} {part}" for name in found for part in ("forward", "backward")]
    rows = [
        [case, *(f"{found[name][case][part]:.2f}" for name in found for part in ("forward", "backward"))]
        for case in next(iter(found.values()), {})
    ]
    return lines(header, rows)


def rest(results: dict[str, Any]) -> str:
    """Memory, import time and size, a line each."""
    size, footprint = results["memory"], results["footprint"]
    wheel = footprint["wheel bytes"]
    rows = [["bytes that one op of a chain keeps", _number(size["node bytes"], "{:.0f}")]]
    rows += [
        [f"MiB at the peak of {size['layers']} elementwise layers, {name}", _number(mib, "{:.0f}")]
        for name, mib in size["peak MiB"].items()
    ]
    rows += [
        [f"ms to import {name}{'' if name == 'numpy' else ', after NumPy'}", f"{ms:.0f}"]
        for name, ms in footprint["import ms"].items()
    ]
    rows += [["kB of the built wheel", _number(wheel and wheel / 1e3, "{:.0f}")]]
    return lines(["", "value"], rows)


def steady(found: dict[str, dict[str, Any]]) -> str:
    """The memory of warm steps: NumPy's arrays, and the whole process beyond what it had at the start."""
    libraries = list(dict.fromkeys(name for columns in found.values() for name in columns))
    arrays = [n for n in libraries if any(c.get(n, {}).get("arrays MiB") is not None for c in found.values())]
    header = ["MiB at the peak of warm steps", *(f"arrays, {n}" for n in arrays)]
    header += [f"process, {n}" for n in libraries]
    rows = []
    for name, columns in found.items():
        row = [_number(columns.get(n, {}).get("arrays MiB"), "{:.1f}") for n in arrays]
        row += [_number(columns.get(n, {}).get("MiB"), "{:.0f}") for n in libraries]
        rows.append([name, *row])
    return lines(header, rows)


def _number(value: float | None, form: str) -> str:
    return NONE if value is None else form.format(value)


def agree(spread: float) -> bool:
    """Whether all libraries computed the same losses, NaN not counting as the same."""
    return spread <= TOLERANCE
