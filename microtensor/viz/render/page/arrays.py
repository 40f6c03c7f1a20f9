"""Arrays as the page shows them: in JSON, which has no NaN."""

from __future__ import annotations

import base64
import math
from typing import Any

from ...array_summary import number, shape
from ...heat import Heat
from ...model import Summary
from ...notation import brief, short
from ...record import Excerpt


def array(excerpt: Excerpt | None, found: Summary | None) -> dict[str, Any] | None:
    """What the page shows of an array."""
    about = excerpt.summary if excerpt is not None else found
    if about is None:
        return None
    single = about.number is not None and about.shape in ((), (1,))
    finite = isinstance(about.number, float) and math.isfinite(about.number)
    exact = about.number if single and finite else None
    rows = [] if excerpt is None or single else [[_plain(x) for x in row] for row in excerpt.rows]
    return {
        "number": short(about.number) if single else "", "exact": exact, "brief": brief(excerpt or found),
        "size": short(about.number) if single else _norm(excerpt),
        "heat": None if excerpt is None or excerpt.heat is None else _heat(excerpt.heat),
        "stats": _stats(about), "rows": rows if sum(map(len, rows)) else [],
    }  # fmt: skip


def _heat(found: Heat) -> dict[str, Any]:
    cells = base64.b64encode(found.cells).decode()
    return {"r": found.rows, "c": found.columns, "cells": cells, "max": short(found.largest)}


def _norm(excerpt: Excerpt | None) -> str:
    return "" if excerpt is None else f"norm {short(excerpt.norm)}"


def _plain(value: complex) -> float | str:
    """JSON has no NaN and no infinities; JavaScript's Number() reads them from strings."""
    if isinstance(value, complex):
        return short(value)
    return float(f"{value:.6g}") if math.isfinite(value) else str(value).replace("inf", "Infinity")


def _stats(about: Summary) -> list[list[str]]:
    lines = [["shape", shape(about.shape)]]
    if about.mean is not None:
        lines += [["mean", f"{number(about.mean)} ± {number(about.std)}"]]
        lines += [["range", f"{number(about.low)} to {number(about.high)}"], ["rms", number(about.rms)]]
    bad = [[name, str(n)] for name, n in (("NaN", about.nans), ("infinite", about.infinities)) if n]
    return lines + bad
