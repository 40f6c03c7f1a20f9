"""Events, their averages, and lists of them, with the names that PyTorch's have."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from .tables import format_time, table
from .traces import write_events, write_stacks

__all__ = ["DeviceType", "EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]


class DeviceType(enum.Enum):
    """The kinds of devices; all events here are the CPU's."""

    CPU = 0
    CUDA = 1


class Interval:
    """From `start` to `end`, in microseconds."""

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end

    def elapsed_us(self) -> float:
        """How long it took."""
        return self.end - self.start


class _Times:
    """Times as texts, and the names of devices that there are not."""

    cpu_time_total: Any
    self_cpu_time_total: Any
    count: int
    use_device = None
    node_id = -1
    is_async = is_remote = is_legacy = False
    device_type = DeviceType.CPU
    overload_name = ""
    device_time_total = self_device_time_total = device_time = cuda_time = 0
    device_memory_usage = self_device_memory_usage = 0

    @property
    def cpu_time(self) -> float:
        """The time of one call on average."""
        return 0.0 if not self.count else self.cpu_time_total / self.count

    def _text(name: str) -> Any:  # type: ignore[misc]  # noqa: N805 - makes properties of this class
        return property(lambda self: format_time(getattr(self, name)))

    cpu_time_str = _text("cpu_time")
    cpu_time_total_str = _text("cpu_time_total")
    self_cpu_time_total_str = _text("self_cpu_time_total")
    device_time_str = _text("device_time")
    device_time_total_str = _text("device_time_total")
    self_device_time_total_str = _text("self_device_time_total")


class FunctionEvent(_Times):
    """One call: when, how long, inside of which other, and what memory it left."""

    def __init__(
        self, id: int, name: str, thread: int, start_us: float, end_us: float, *,
        trace_name: str | None = None, fwd_thread: int | None = None, input_shapes: Any = None,
        stack: Any = None, scope: int = 0, cpu_memory_usage: int = 0, sequence_nr: int = -1,
        flops: int | None = None, is_user_annotation: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        self.id, self.name, self.trace_name, self.thread = id, name, trace_name, thread
        self.time_range = Interval(start_us, end_us)
        self.fwd_thread, self.sequence_nr, self.scope, self.count = fwd_thread, sequence_nr, scope, 1
        self.input_shapes, self.stack = input_shapes, stack
        self.cpu_memory_usage, self.flops = cpu_memory_usage, flops
        self.is_user_annotation = is_user_annotation
        self.cpu_children: list[FunctionEvent] = []
        self.cpu_parent: FunctionEvent | None = None
        self.kernels: list[Any] = []

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    @property
    def cpu_time_total(self) -> float:
        """Microseconds, with what was called inside."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds, without what was called inside."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def self_cpu_memory_usage(self) -> int:
        """Bytes that are left of it, without what the calls inside had left; negative if freed."""
        return self.cpu_memory_usage - sum(child.cpu_memory_usage for child in self.cpu_children)

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} overload_name={self.overload_name} "
            f"device_type={self.device_type} node_id={self.node_id} cpu_time={self.cpu_time_str} "
            f"start_us={self.time_range.start} end_us={self.time_range.end} "
            f"cpu_children={[child.id for child in self.cpu_children]} thread={self.thread} "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage}>"
        )


class FunctionEventAvg(_Times):
    """All events of a name together: sums, and `count`."""

    def __init__(self) -> None:
        self.key: Any = None
        self.count = self.cpu_time_total = self.self_cpu_time_total = 0
        self.cpu_memory_usage = self.self_cpu_memory_usage = 0
        self.flops = 0
        self.input_shapes: Any = None
        self.stack: Any = None
        self.scope: int | None = None
        self.cpu_children: Any = None
        self.cpu_parent: Any = None
        self.is_user_annotation = False

    def add(self, other: Any) -> FunctionEventAvg:
        """Add an event, or what was summed already; ``AssertionError`` for one of another name."""
        if self.key is None:
            for name in ("key", "cpu_parent", "cpu_children", "input_shapes", "stack", "scope"):
                setattr(self, name, getattr(other, name))
            self.is_user_annotation = other.is_user_annotation
        if other.key != self.key:
            raise AssertionError(f"Expected keys to match, but got {other.key} vs {self.key}")
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.flops += other.flops or 0
        return self

    __iadd__ = add

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage}>"
        )


_SUMMED = (
    "cpu_time_total", "self_cpu_time_total", "cpu_memory_usage", "self_cpu_memory_usage", "count",
)  # fmt: skip


class EventList(list[Any]):
    """Events or averages, which can be summed up, printed and written to a file."""

    def __init__(
        self, events: Iterable[Any] = (), *, use_device: Any = None, profile_memory: bool = False,
        with_flops: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(events)
        self._profile_memory, self._with_flops = profile_memory, with_flops

    def _build_tree(self) -> None:
        """Find out which event lies in which other, for events that were made by hand."""
        around: dict[int, list[Any]] = {}
        for event in sorted(self, key=lambda e: (e.thread, e.time_range.start, -e.time_range.end)):
            open_ = around.setdefault(event.thread, [])
            while open_ and (
                event.time_range.start >= open_[-1].time_range.end
                or event.time_range.end > open_[-1].time_range.end
            ):
                open_.pop()
            if open_:
                event.cpu_parent = open_[-1]
                open_[-1].cpu_children.append(event)
            open_.append(event)

    @property
    def self_cpu_time_total(self) -> Any:
        """The time of all events, each without those inside it."""
        return sum(event.self_cpu_time_total for event in self)

    def table(
        self, sort_by: str | None = None, row_limit: int = 100, max_src_column_width: int | None = 75,
        max_name_column_width: int | None = 55, max_shapes_column_width: int | None = 80,
        header: str | None = None, top_level_events_only: bool = False, time_unit: str | None = None,
    ) -> str:  # fmt: skip
        """A table of the events, a row each, sorted by an attribute such as ``"self_cpu_time_total"``.

        `time_unit` is ``"s"``, ``"ms"`` or ``"us"``, or each time has its own.
        """
        events = self
        if sort_by is not None:
            events = sorted(self, key=attrgetter(_ours(sort_by)), reverse=True)  # type: ignore[assignment]
        return table(
            events, row_limit, (max_name_column_width, max_shapes_column_width, max_src_column_width),
            header, self._profile_memory, self._with_flops, top_level_events_only, time_unit,
        )  # fmt: skip

    def key_averages(
        self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:  # fmt: skip
        """The events of each name together; of each name and shapes, and of each `group_by_stack_n` lines."""
        groups: dict[Any, FunctionEventAvg] = {}
        for event in self:
            key = [event.key, str(event.is_user_annotation)]
            key += [str(event.input_shapes)] if group_by_input_shapes else []
            key += (event.stack or [])[:group_by_stack_n]
            groups.setdefault(tuple(key), FunctionEventAvg()).add(event)
        for group in groups.values():
            group.stack = (group.stack or [])[:group_by_stack_n]
            group.input_shapes = group.input_shapes if group_by_input_shapes else ""
        return EventList(groups.values(), profile_memory=self._profile_memory, with_flops=self._with_flops)

    def total_average(self) -> FunctionEventAvg:
        """All events as one, called Total."""
        total = FunctionEventAvg()
        for event in self:
            total.key = None
            total.add(event)
        total.key = "Total"
        return total

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as a list that chrome://tracing shows."""
        write_events(self, path)

    def supported_export_stacks_metrics(self) -> list[str]:
        """What `export_stacks` counts by."""
        return ["self_cpu_time_total"]

    def export_stacks(self, path: str, metric: str) -> None:
        """Write each event's lines with its time, for flame graphs; ``ValueError`` for another metric."""
        if metric not in self.supported_export_stacks_metrics():
            raise ValueError(f"metric should be one of: {self.supported_export_stacks_metrics()}")
        write_stacks(self, path, metric)

    def __str__(self) -> str:
        return self.table()


def _ours(sort_by: str) -> str:
    """The attribute to sort by; the devices that there are not are all called so."""
    return sort_by.replace("cuda", "device").replace("xpu", "device")
