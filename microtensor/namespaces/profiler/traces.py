"""Events in files: the trace that chrome://tracing and Perfetto show, and stacks for flame graphs."""

from __future__ import annotations

import gzip
import json
import os
import socket
import time
from collections.abc import Iterable
from typing import Any

__all__ = ["write_events", "write_stacks", "write_trace"]

_CATEGORIES = {7: "user_annotation"}


def _complete(event: Any, start: float = 0.0, **more: Any) -> dict[str, Any]:
    """An event with its length, as the trace format has it."""
    return {
        "ph": "X", "name": event.trace_name, "ts": start + event.time_range.start,
        "dur": event.time_range.elapsed_us(), **more,
    }  # fmt: skip


def write_events(events: Iterable[Any], path: str) -> None:
    """The plain list of events."""
    found = [
        _complete(e, tid=e.thread, pid="CPU functions", args={}) for e in events if e.trace_name is not None
    ]
    with open(path, "w") as file:
        json.dump(found, file)


def write_trace(
    events: Iterable[Any], path: str, shapes: bool, memory: bool, metadata: dict[str, Any]
) -> None:  # fmt: skip
    """The events with the process, the thread, and what was noted of each; compressed if `path` ends so."""
    pid, start = os.getpid(), time.monotonic_ns() / 1000
    labels = {"process_name": {"name": "python"}, "process_labels": {"labels": "CPU"}}
    found: list[Any] = [
        {"ph": "M", "name": name, "ts": start, "pid": pid, "tid": 0, "args": args}
        for name, args in (*labels.items(), ("thread_name", {"name": "thread 1 (python)"}))
    ]
    for event in events:
        category = _CATEGORIES.get(event.scope, "cpu_op")
        found.append(_complete(event, start, cat=category, pid=pid, tid=event.thread, args=_noted(event)))
    flags = {name: 1 for name, on in (("record_shapes", shapes), ("profile_memory", memory)) if on}
    trace = {
        "schemaVersion": 1, "deviceProperties": [], **flags, "host_name": socket.gethostname(),
        "displayTimeUnit": "ms", "traceEvents": found, "traceName": path, **metadata,
    }  # fmt: skip
    with gzip.open(path, "wt") if path.endswith(".gz") else open(path, "w") as file:
        json.dump(trace, file)


def _noted(event: Any) -> dict[str, Any]:
    noted: dict[str, Any] = {"External id": event.id, "Sequence number": event.sequence_nr}
    if event.input_shapes:
        noted["Input Dims"] = event.input_shapes
    if event.cpu_memory_usage:
        noted["Bytes"] = event.cpu_memory_usage
    if event.stack:
        noted["Call stack"] = ";".join(event.stack)
    return noted


def write_stacks(events: Iterable[Any], path: str, metric: str) -> None:
    """A line for each event that has a stack: its frames, the outermost first, and its number."""
    spaces = str.maketrans(" ;\t\n", "____")
    with open(path, "w") as file:
        for event in events:
            number = int(getattr(event, metric))
            if event.stack and number > 0:
                frames = ";".join(frame.translate(spaces) for frame in reversed(event.stack))
                file.write(f"{frames} {number}\n")
