"""`profile`: a profiler that follows a program's steps, and gives what it saw to a handler."""

from __future__ import annotations

import enum
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from .autograd_profiler import record_function
from .events import EventList
from .recorder import Recorder
from .traces import write_trace

__all__ = [
    "ProfilerAction", "ProfilerActivity", "profile", "schedule", "supported_activities",
    "tensorboard_trace_handler",
]  # fmt: skip


class ProfilerActivity(enum.Enum):
    """What is profiled: the CPU; the others are named only."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """What a profiler does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


NONE, WARMUP, RECORD, SAVE = ProfilerAction
Schedule = Callable[[int], ProfilerAction]


def supported_activities() -> set[ProfilerActivity]:
    """The CPU alone.

    >>> mt.profiler.supported_activities()
    {<ProfilerActivity.CPU: 0>}
    """
    return {ProfilerActivity.CPU}


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Schedule:
    """What is done in each step: nothing for `wait` and `warmup` steps, and events are taken for `active`.

    That is done `repeat` times, for ever if 0, after `skip_first` steps.  `skip_first_wait`, if not 0, leaves
    the first wait off.

    Raises ``AssertionError`` for negative numbers, or no active step.

    >>> steps = mt.profiler.schedule(wait=1, warmup=1, active=2)
    >>> [steps(number).name for number in range(5)]
    ['NONE', 'WARMUP', 'RECORD', 'RECORD_AND_SAVE', 'NONE']
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError(
            f"Invalid profiler schedule arguments. Got wait={wait} (need >= 0), warmup={warmup} (need >= 0), "
            f"active={active} (need > 0), repeat={repeat} (need >= 0), skip_first={skip_first} (need >= 0)."
        )
    if warmup == 0:
        warnings.warn("Profiler won't be using warmup, this can skew profiler results", stacklevel=2)
    length, shift = wait + warmup + active, wait if skip_first_wait else 0

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"Step must be non-negative. Got {step}.")
        step += shift - skip_first
        if step < shift or (repeat and step >= repeat * length):
            return NONE
        place = step % length
        if place < wait:
            return NONE
        return WARMUP if place < wait + warmup else SAVE if place == length - 1 else RECORD

    return action


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False, **options: Any
) -> Callable[[profile], None]:
    """What `profile` takes as `on_trace_ready` to write each trace into a folder, under a name of its own."""
    worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"

    def handle(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        name = f"{worker}.{time.time_ns()}.pt.trace.json{'.gz' * use_gzip}"
        prof.export_chrome_trace(os.path.join(dir_name, name))

    return handle


class profile:  # noqa: N801 - PyTorch's name
    """Profiles what this thread does in a ``with``, in the steps that a schedule chooses.

    With a `schedule` the program calls `step` at each step's end, and ``on_trace_ready(profile)`` is called
    when the events of a cycle are there; without one, all is recorded, and it is called at the end.
    `record_shapes` notes the shapes of arguments, `profile_memory` the bytes of results that a call
    allocated, `with_stack` the program's lines, `with_flops` how many operations products take.

    Raises ``RuntimeError`` for no activity that can be profiled.

    >>> x = mt.ones(4, 3, requires_grad=True)
    >>> with mt.profiler.profile(record_shapes=True) as prof:
    ...     (x @ mt.ones(3, 2)).sum().backward()
    >>> found = {e.key: e.count for e in prof.key_averages()}
    >>> found["aten::matmul"], found["SumBackward0"], found["torch::autograd::AccumulateGrad"]
    (1, 1, 1)
    """

    def __init__(
        self, *, activities: Iterable[Any] | None = None, schedule: Schedule | None = None,
        on_trace_ready: Callable[..., Any] | None = None, record_shapes: bool = False,
        profile_memory: bool = False, with_stack: bool = False, with_flops: bool = False,
        with_modules: bool = False, use_cuda: bool | None = None, acc_events: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        self.activities = set(supported_activities() if activities is None else activities)
        if ProfilerActivity.CPU not in self.activities:
            raise RuntimeError(
                "nothing to profile: name torch.profiler.ProfilerActivity.CPU among the activities, others "
                "are not here"
            )
        self.schedule = schedule or (lambda step: RECORD)
        self.record_steps, self.on_trace_ready = schedule is not None, on_trace_ready
        self.record_shapes, self.profile_memory = record_shapes, profile_memory
        self.with_stack, self.with_flops, self.acc_events = with_stack, with_flops, acc_events
        self.step_num, self.current_action = 0, self.schedule(0)
        self.metadata: dict[str, Any] = {}
        self.recorder: Recorder | None = None
        self._events: EventList | None = None
        self._step: record_function | None = None

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin with the first step."""
        self._begin(self.current_action)
        self._open_step()

    def stop(self) -> None:
        """End the last step; what was being recorded is ready."""
        self._close_step()
        self._finish(ready=self.current_action in (RECORD, SAVE))

    def step(self) -> None:
        """Say that the next step begins."""
        self._close_step()
        before = self.current_action
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        if before is SAVE or (before is RECORD and self.current_action in (NONE, WARMUP)):
            if before is RECORD:
                warnings.warn(
                    f"Incorrect schedule: RECORD followed by {self.current_action.name}", stacklevel=2
                )
            self._finish(ready=before is SAVE)
        self._begin(self.current_action)
        self._open_step()

    def _begin(self, action: ProfilerAction) -> None:
        if action in (RECORD, SAVE) and self.recorder is None:
            shapes = self.record_shapes or self.with_flops
            self.recorder = Recorder(shapes, self.profile_memory, self.with_stack, self.with_flops)
            self.recorder.start()

    def _finish(self, ready: bool) -> None:
        if self.recorder is None:
            return
        self.recorder.stop()
        older = self._events if self.acc_events and self._events is not None else []
        self._events = EventList(
            [*older, *self.recorder.done], profile_memory=self.profile_memory, with_flops=self.with_flops
        )
        self.recorder = None
        if ready and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def _open_step(self) -> None:
        if self.record_steps:
            self._step = record_function(f"ProfilerStep#{self.step_num}")
            self._step.__enter__()

    def _close_step(self) -> None:
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None

    def events(self) -> EventList:
        """All events of the last cycle; ``AssertionError`` if there is none."""
        if self._events is None:
            raise AssertionError(
                "Profiler must be initialized before getting events: let it record a step first"
            )
        return self._events

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """The events of each name together: see `EventList.key_averages`."""
        return self.events().key_averages(group_by_input_shape, group_by_stack_n, group_by_overload_name)

    def export_chrome_trace(self, path: str, **options: Any) -> None:
        """Write a trace that chrome://tracing and Perfetto show; compressed if `path` ends with ``.gz``."""
        write_trace(self.events(), str(path), self.record_shapes, self.profile_memory, self.metadata)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write each event's lines with its time, for flame graphs; needs ``with_stack=True``."""
        self.events().export_stacks(path, metric)

    def export_memory_timeline(self, path: str, device: str | None = None) -> NoReturn:
        """Raises ``NotImplementedError``: only what each operation left is known."""
        raise NotImplementedError(
            "export_memory_timeline is not in microtensor: profile_memory=True says what each operation left"
        )

    def add_metadata(self, key: str, value: str) -> None:
        """Put a text into the trace."""
        self.metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Put a value that is written in JSON into the trace."""
        self.metadata[key] = value

    preset_metadata_json = add_metadata_json

    def toggle_collection_dynamic(self, enable: bool, activities: Iterable[Any]) -> NoReturn:
        """Raises ``NotImplementedError``: use a schedule, or two profilers."""
        raise NotImplementedError("toggle_collection_dynamic is not in microtensor: use a schedule of steps")
