"""PyTorch's ``torch.profiler``: how often each operation ran, how long it took, and what memory it left.

While nobody profiles nothing of it is anywhere: a profiler exchanges the code of the public functions for a
code that looks at the clock, and puts the old code back when it stops.

| module | what is in it |
|---|---|
| `session` | `profile` with its schedule of steps, which a program uses |
| `autograd_profiler` | ``torch.autograd.profiler``: the older `profile`, and `record_function` |
| `recorder` | the events that are open and those that are done, in one thread |
| `exchange`, `targets` | exchanging a function's code, and which functions these are |
| `events`, `tables`, `traces` | what comes out: events and their averages, as a table and as a trace |
"""

from __future__ import annotations

from .autograd_profiler import record_function
from .events import DeviceType
from .session import (
    ProfilerAction,
    ProfilerActivity,
    profile,
    schedule,
    supported_activities,
    tensorboard_trace_handler,
)

__all__ = [
    "DeviceType", "ProfilerAction", "ProfilerActivity", "kineto_available", "profile", "record_function",
    "schedule", "supported_activities", "tensorboard_trace_handler",
]  # fmt: skip


def kineto_available() -> bool:
    """Always False: events are taken in Python.

    >>> mt.profiler.kineto_available()
    False
    """
    return False
