"""The events of one thread while a profiler is on: those that are open, and those that are done."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from microtensor.engine.backward import Sweep
from microtensor.engine.tensor import Tensor
from microtensor.engine.versions import owner

from . import targets
from .events import FunctionEvent
from .exchange import Exchange
from .flops import flops_of

__all__ = ["Recorder", "current"]

_PACKAGE = __name__.partition(".")[0]
_lock = threading.Lock()
_running: list[Recorder] = []
_exchanges: list[Exchange] = []
FUNCTION, BACKWARD, USER = 0, 1, 7
"""PyTorch's numbers of scopes."""


def current() -> Recorder | None:
    """The recorder of this thread; None if nobody profiles it."""
    here = threading.get_ident()
    return next((r for r in reversed(_running) if r.thread == here), None)


class Recorder:
    """Takes the events of its thread from `start` to `stop`."""

    def __init__(
        self, shapes: bool = False, memory: bool = False, stack: bool = False, flops: bool = False
    ) -> None:
        self.shapes, self.memory, self.stack, self.flops = shapes, memory, stack, flops
        self.done: list[FunctionEvent] = []
        self.open: list[FunctionEvent] = []
        self.thread = threading.get_ident()
        self.begun = time.perf_counter_ns()

    def start(self) -> None:
        """Take events from here on."""
        self.thread, self.begun = threading.get_ident(), time.perf_counter_ns()
        with _lock:
            _running.append(self)
            if len(_running) == 1:
                _put_in()

    def stop(self) -> None:
        """Take no more; what is still open ends here."""
        with _lock:
            _running.remove(self)
            if not _running:
                _take_out()
        while self.open:
            self.exit(self.open[-1])
        self.done.sort(key=lambda event: event.id)

    def now(self) -> float:
        """Microseconds since the start."""
        return (time.perf_counter_ns() - self.begun) / 1000

    def enter(self, name: str, args: tuple[Any, ...] = (), scope: int = FUNCTION) -> FunctionEvent:
        """Open an event inside of the one that is open."""
        shown = "ProfilerStep*" if name.startswith("ProfilerStep#") else name
        event = FunctionEvent(
            len(self.done) + len(self.open) + 1, shown, 1, 0.0, 0.0, trace_name=name, scope=scope,
            input_shapes=_shapes(args) if self.shapes else [], stack=_stack() if self.stack else [],
            is_user_annotation=scope == USER,
        )  # fmt: skip
        if self.open:
            event.cpu_parent = self.open[-1]
            self.open[-1].cpu_children.append(event)
        self.open.append(event)
        event.time_range.start = self.now()
        return event

    def exit(self, event: FunctionEvent, args: tuple[Any, ...] = (), result: Any = None) -> None:
        """Close an event, and those inside it that an error has left open."""
        event.time_range.end = self.now()
        while self.open and self.open.pop() is not event:
            """Left open by an error."""
        if self.memory:
            event.cpu_memory_usage = _made(args, result) or sum(
                c.cpu_memory_usage for c in event.cpu_children if event.scope == USER
            )
        if self.flops:
            event.flops = flops_of(event.name, args)
        self.done.append(event)

    def seen(self, name: str, args: tuple[Any, ...]) -> bool:
        """Whether this is a call by which the open event goes on, and no event of its own."""
        return bool(self.open) and self.open[-1].name == name


# ---------------------------------------------------------------- what is exchanged


def _put_in() -> None:
    targets.load()
    for function, name in targets.operations():
        _exchanges.append(Exchange(function, _operation(name)))
    for pull in targets.nodes():
        _exchanges.append(Exchange(pull, _pulled))
    for function, name in targets.modules_steps():
        if all(other.function is not function for other in _exchanges):
            _exchanges.append(Exchange(function, _step(name)))
    _exchanges.append(Exchange(_plain(Sweep.finish_all), _finish_all))
    for exchange in _exchanges:
        exchange.on()


def _plain(function: Any) -> FunctionType:
    assert isinstance(function, FunctionType)
    return function


def _take_out() -> None:
    for exchange in reversed(_exchanges):
        exchange.off()
    _exchanges.clear()


def _operation(name: str) -> Callable[..., Any]:
    def seen(inner: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        recorder = current()
        if recorder is None or recorder.seen(name, args):
            return inner(*args, **kwargs)
        given = (*args, *kwargs.values())
        event = recorder.enter(name, given)
        try:
            result = inner(*args, **kwargs)
        except BaseException:
            recorder.exit(event)
            raise
        recorder.exit(event, given, result)
        return result

    return seen


def _step(name: str) -> Callable[..., Any]:
    def seen(inner: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        recorder = current()
        method = name.partition(".")[2].removesuffix("#")
        label = f"{name}{type(args[0]).__name__}.{method}"
        if recorder is None or recorder.seen(label, args):
            return inner(*args, **kwargs)
        with spanning(recorder, label):
            return inner(*args, **kwargs)

    return seen


@contextmanager
def spanning(recorder: Recorder, name: str, scope: int = USER) -> Iterator[FunctionEvent]:
    """The length of a ``with`` as an event."""
    event = recorder.enter(name, scope=scope)
    try:
        yield event
    finally:
        if event in recorder.open:
            recorder.exit(event)


def _pulled(inner: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    recorder = current()
    if recorder is None:
        return inner(*args, **kwargs)
    name, g = args[0].name(), args[1]
    event = recorder.enter(f"autograd::engine::evaluate_function: {name}", scope=BACKWARD)
    inside = recorder.enter(name, (g,), BACKWARD)
    try:
        result = inner(*args, **kwargs)
        recorder.exit(inside, (g,), result)
        recorder.exit(event, (g,), result)
    except BaseException:
        recorder.exit(event)
        raise
    return result


def _finish_all(inner: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The end of a backward pass, leaf by leaf."""
    recorder, sweep = current(), args[0]
    if recorder is None:
        return inner(*args, **kwargs)
    for leaf in list(sweep.pending):
        name = "torch::autograd::AccumulateGrad"
        outer = recorder.enter(f"autograd::engine::evaluate_function: {name}", scope=BACKWARD)
        event = recorder.enter(name, scope=BACKWARD)
        sweep.finish(leaf)
        recorder.exit(event)
        recorder.exit(outer)
    return None


# ---------------------------------------------------------------- what is noted


def _shapes(args: tuple[Any, ...]) -> list[Any]:
    """The shape of each argument, an empty one for what is no tensor."""
    found = []
    for x in args:
        if isinstance(x, (tuple, list)) and x and all(isinstance(item, Tensor) for item in x):
            found.append(_shapes(tuple(x)))
        else:
            found.append(list(x.shape) if isinstance(x, (Tensor, np.ndarray)) else [])
    return found


def _stack() -> list[str]:
    """The program's lines that led here, the innermost first."""
    lines, frame = [], sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        inside = frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE
        if not inside and not name.startswith("<microtensor"):
            lines.append(f"{name}({frame.f_lineno}): {frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return lines


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(value, Tensor):
        value = value._data
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _arrays(item)
    elif isinstance(value, (np.ndarray, np.generic)):
        yield np.asarray(value)


def _made(args: tuple[Any, ...], result: Any) -> int:
    """The bytes of what a call returned, but for what it was given or shares memory with that."""
    given = {id(owner(array)) for array in _arrays(args)}
    owners = {id(owner(array)): owner(array) for array in _arrays(result)}
    return sum(array.nbytes for key, array in owners.items() if key not in given)
