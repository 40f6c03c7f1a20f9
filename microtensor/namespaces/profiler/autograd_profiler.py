"""``torch.autograd.profiler``: the profiler without steps, and `record_function`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from .events import DeviceType, EventList, FunctionEvent, FunctionEventAvg
from .recorder import Recorder, current, spanning

__all__ = [
    "DeviceType", "EventList", "FunctionEvent", "FunctionEventAvg", "emit_itt", "emit_nvtx", "profile",
    "record_function",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


class profile:  # noqa: N801 - PyTorch's name
    """Profiles what this thread does in a ``with``.

    `record_shapes` notes the shapes of arguments, `profile_memory` the bytes of results that a call
    allocated, `with_stack` the program's lines, `with_flops` how many operations products take.

    Raises ``RuntimeError`` for a device that there is not, or if it is entered twice.

    >>> with mt.autograd.profiler.profile() as prof:
    ...     y = mt.ones(3).exp().sum()
    >>> [event.name for event in prof.function_events]
    ['aten::ones', 'aten::exp', 'aten::sum']
    """

    def __init__(
        self, enabled: bool = True, *, use_cuda: bool = False, use_device: str | None = None,
        record_shapes: bool = False, with_flops: bool = False, profile_memory: bool = False,
        with_stack: bool = False, with_modules: bool = False, use_kineto: bool = False, use_cpu: bool = True,
        **options: Any,
    ) -> None:  # fmt: skip
        if use_cuda or use_device not in (None, "cpu"):
            raise RuntimeError("there is no GPU to profile: leave use_cuda and use_device off")
        self.enabled, self.record_shapes, self.profile_memory = enabled, record_shapes, profile_memory
        self.with_stack, self.with_flops, self.entered = with_stack, with_flops, False
        self.recorder: Recorder | None = None
        self.function_events: EventList | None = None

    def __enter__(self) -> Any:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self.recorder = Recorder(
            self.record_shapes or self.with_flops, self.profile_memory, self.with_stack, self.with_flops
        )
        self.recorder.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.recorder is not None and self.function_events is None:
            self.recorder.stop()
            self.function_events = EventList(
                self.recorder.done, profile_memory=self.profile_memory, with_flops=self.with_flops
            )

    def _events(self) -> EventList:
        if self.function_events is None:
            raise RuntimeError("Profiler didn't finish running")
        return self.function_events

    def table(self, *args: Any, **options: Any) -> str:
        """See `EventList.table`; ``RuntimeError`` while it runs."""
        return self._events().table(*args, **options)

    def key_averages(self, *args: Any, **options: Any) -> EventList:
        """See `EventList.key_averages`."""
        return self._events().key_averages(*args, **options)

    def total_average(self) -> FunctionEventAvg:
        """See `EventList.total_average`."""
        return self._events().total_average()

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as a trace that chrome://tracing shows."""
        self._events().export_chrome_trace(path)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """See `EventList.export_stacks`."""
        self._events().export_stacks(path, metric)

    @property
    def self_cpu_time_total(self) -> Any:
        """The time of all events, each without those inside it."""
        return self._events().self_cpu_time_total

    def __str__(self) -> str:
        return "<unfinished profiler>" if self.function_events is None else str(self.function_events)


class record_function:  # noqa: N801
    """An event of one's own: the length of a ``with``, or each call of the function that it decorates.

    Nothing while nobody profiles.

    >>> with mt.profiler.profile() as prof:
    ...     with mt.profiler.record_function("my part"):
    ...         y = mt.ones(2) + 1
    >>> [(event.name, len(event.cpu_children)) for event in prof.events()]
    [('my part', 2), ('aten::ones', 0), ('aten::add', 0)]
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._entered: list[Any] = []

    def __enter__(self) -> record_function:
        recorder = current()
        manager = None if recorder is None else spanning(recorder, self.name)
        if manager is not None:
            manager.__enter__()
        self._entered.append(manager)
        return self

    def __exit__(self, *error: Any) -> None:
        manager = self._entered.pop()
        if manager is not None:
            manager.__exit__(None, None, None)

    def __call__(self, function: F) -> F:
        """`function`, with an event of each call."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return call  # type: ignore[return-value]


class emit_nvtx:  # noqa: N801
    """Raises ``RuntimeError``: marks for NVIDIA's tools need a GPU."""

    def __init__(self, *args: Any, **options: Any) -> NoReturn:
        raise RuntimeError(
            "marks for NVIDIA's and Intel's tools are not in microtensor: use torch.profiler.profile"
        )


emit_itt = emit_nvtx
