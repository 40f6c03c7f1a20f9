"""One library in a process of its own, which answers a line of JSON with a line of JSON.

It stays alive between rounds, so that libraries can take turns on the same workload without
sharing an allocator, a thread pool, or anything else but the machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from importlib import import_module, metadata
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))  # this checkout, where nothing is installed

import adapters
import micro
from common import Step

STEPS: dict[str, Step] = {}
LONGEST = 5_000
FIRST = 5
"""Steps that are timed together as the first ones: by then whatever compiles has compiled."""

CACHE = tempfile.TemporaryDirectory(prefix="benchmarks-")
"""Where compiled steps keep their libraries: empty at first, so that compiling is timed."""


def number(loss: Any) -> float:
    """A loss of any library as a Python number."""
    return float(loss.item() if hasattr(loss, "item") else loss)


def start(library: str, threads: int) -> dict[str, Any]:
    """Import the library."""
    os.environ["XDG_CACHE_HOME"] = CACHE.name
    module = adapters.load(library, threads)
    return {"version": getattr(module, "__version__", None) or metadata.version(library)}


def build(library: str, workload: str, steps: int) -> dict[str, Any]:
    """Make the training step, and the losses of its first steps."""
    STEPS.clear()
    try:
        step = adapters.build(library, import_module(f"workloads.{workload}"))
    except adapters.MissingError as error:
        return {"missing": str(error)}
    begin, losses = perf_counter(), [number(step()) for _ in range(steps)]
    for _ in range(steps, FIRST):
        step()
    first = perf_counter() - begin
    STEPS[workload] = step
    return {"losses": losses, "first s": first, **_how(step)}


def _how(step: Step) -> dict[str, Any]:
    """What a compiled step has become: with which backend it is replayed."""
    return {"how": step.explain().splitlines()[0]} if hasattr(step, "explain") else {}


def measure(workload: str, seconds: float) -> dict[str, Any]:
    """Microseconds a step, over about this many seconds."""
    step = STEPS[workload]
    count = min(LONGEST, ceil(seconds / max(_timed(step, 1), 1e-6)))
    return {"us": _timed(step, count) / count * 1e6}


def _timed(step: Step, count: int) -> float:
    begin = perf_counter()
    for _ in range(count):
        step()
    return perf_counter() - begin


COMMANDS: dict[str, Any] = {
    "start": start, "build": build, "measure": measure, "overhead": micro.overhead,
    "chains": micro.chains, "node_bytes": micro.node_bytes, "peak": micro.peak,
    "peak_of_steps": micro.peak_of_steps, "arrays_of_steps": micro.arrays_of_steps,
}  # fmt: skip


def answer(line: str) -> dict[str, Any]:
    """Run one command; an exception becomes its last line and its traceback."""
    request = json.loads(line)
    try:
        found: dict[str, Any] = COMMANDS[request.pop("do")](**request)
    except Exception as error:
        found = {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    return found


def main() -> None:
    """Answer until the other side closes the pipe; what a library prints goes to stderr."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(answer(line)), file=replies, flush=True)


if __name__ == "__main__":
    main()
