"""``with viz.watch():`` - notes about each operation, for those that will look at the graph.

A node remembers what its gradient needs and nothing else.  Inside of a watch every node also gets a
`Note`: which module was running, which line of the program called it, the shape of the result, and, if
they are asked for, values, gradients and times.  A note lives and dies with its node (in its public
``metadata``), so a watch around a training loop keeps nothing, and outside of one nothing is paid.
"""

from __future__ import annotations

import itertools
import linecache
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from ..autograd.anomaly_mode import maker, user_frame, witness
from ..autograd.observers import Link, chain
from ..engine.grad_mode import observer, observing
from ..engine.tensor import Tensor
from ..nn import Module
from .array_summary import param_text, summary
from .notes import Call, Constant, Note, Origin, note_at

_ORIGIN = "detached from"
_REMEMBERED = 16
"""So many detached tensors know where they come from."""


# ------------------------------------------------------------ gradients


def record_gradients(node: Any) -> Any:
    """Note the gradients that arrive at `node` and leave it in the next passes; a handle to stop."""
    return node.register_hook(_Gradients(note_at(node)))


class _Gradients:
    """A hook on a node.  It holds the note and not the node, which would be a cycle."""

    def __init__(self, note: Note) -> None:
        self.note = note

    def __call__(self, sent: tuple[Any, ...], arrived: tuple[Any, ...]) -> None:
        self.note.sent = tuple(None if g is None else summary(g.detach().array) for g in sent)
        known = [g for g in arrived if g is not None]
        self.note.grad = summary(known[0].detach().array) if known else None


class _Clock:
    """Two hooks on a node, around its backward formula."""

    def __init__(self, note: Note) -> None:
        self.note, self.start = note, 0.0

    def before(self, arrived: tuple[Any, ...]) -> None:
        self.start = time.perf_counter()

    def after(self, sent: tuple[Any, ...], arrived: tuple[Any, ...]) -> None:
        self.note.backward_ms = 1e3 * (time.perf_counter() - self.start)


# ------------------------------------------------------------ the observer


class _Watcher(Link):
    """Writes a note for each node that this thread records."""

    takes = False

    def __init__(self, lines: bool, values: bool, grads: bool, time: bool) -> None:
        super().__init__(observer())
        self.lines, self.values, self.grads, self.time = lines, values, grads, time
        self.call: Call | None = None
        self.last = 0.0
        self.origins: deque[Origin] = deque()

    def detached(self, tensor: Tensor, node: Any) -> None:
        """Remember where a tensor comes from, of the last few: a loop that goes on with one keeps no more."""
        vars(tensor)[_ORIGIN] = origin = Origin(node)
        self.origins.append(origin)
        if len(self.origins) > _REMEMBERED:
            self.origins.popleft().node = None

    def recorded(self, node: Any) -> None:
        """Note what can be seen at this moment."""
        now = time.perf_counter()
        note = note_at(node)
        note.seen, note.call = True, self.call
        note.line = _line() if self.lines else ""
        self._look(node, note)
        if self.time:
            note.forward_ms = 1e3 * (now - self.last)
            clock = _Clock(note)
            node.register_prehook(clock.before)
            node.register_hook(clock.after)
        if self.grads:
            record_gradients(node)
        super().recorded(node)
        self.last = time.perf_counter()

    def _look(self, node: Any, note: Note) -> None:
        operands, results = witness(node)
        note.shapes = tuple((tuple(r.shape), r.dtype) for r in results if hasattr(r, "dtype"))
        note.operands = tuple(map(_constant, operands, _tensors(node, operands)))
        note.params = _params(node)
        if self.values and results:
            note.value = summary(_raw(results[0]).copy())


def _raw(x: Any) -> Any:
    return np.asarray(x.detach().array if isinstance(x, Tensor) else x)


def _tensors(node: Any, operands: Sequence[Any]) -> Sequence[Any]:
    """The operands as the program gave them, from the frame that runs the op; else the arrays."""
    scope = maker(node)
    given = scope.get("operands")
    if given is None:
        given = [scope.get(name[:-1]) for name in scope if name.endswith("_")]
    return given if len(given) == len(operands) else operands


def _constant(raw: Any, given: Any) -> float | Constant | None:
    """What to note of an operand."""
    if isinstance(raw, (int, float)):
        return raw
    if getattr(given, "requires_grad", False):
        return None
    array = raw.array if isinstance(raw, Tensor) else raw
    if not isinstance(given, Tensor):
        return Constant(array)
    return Constant(array, given.name, vars(given).get(_ORIGIN))


def _params(node: Any) -> dict[str, str]:
    """The op's parameters, from the frame that runs it."""
    if node.op is None or not node.op.params:
        return {}
    scope = maker(node)
    given = scope.get("params")
    found = dict(zip(node.op.params, given, strict=True)) if isinstance(given, tuple) else scope
    return {name: param_text(name, found[name]) for name in node.op.params if name in found}


def _line() -> str:
    """``file:line: text`` of what the user's program is executing."""
    frame = user_frame()
    if frame is None:
        return ""
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(file, line, frame.f_globals).strip()
    return f"{os.path.basename(file)}:{line}" + (f": {text}" if text else "")


# ------------------------------------------------------------ calls of modules


def _watcher() -> _Watcher | None:
    return next((link for link in chain() if isinstance(link, _Watcher)), None)


def _noting(call: Callable[..., Any]) -> Callable[..., Any]:
    """``Module.__call__`` that tells the watcher of its thread, if there is one, who is running."""

    @wraps(call)
    def noted(self: Module, *args: Any, **kwargs: Any) -> Any:
        watcher = _watcher()
        if watcher is None:
            return call(self, *args, **kwargs)
        before = watcher.call
        watcher.call = _call_of(self, before)
        try:
            return call(self, *args, **kwargs)
        finally:
            watcher.call = before

    return noted


def _call_of(module: Module, parent: Call | None) -> Call:
    if parent is None or id(module) not in parent.paths:
        paths = {id(child): path for path, child in module.named_modules()}
        return _called("", module, parent, paths)
    return _called(parent.paths[id(module)], module, parent, parent.paths)


_serials: weakref.WeakKeyDictionary[Module, int] = weakref.WeakKeyDictionary()
_count = itertools.count()


def _called(path: str, module: Module, parent: Call | None, paths: dict[int, str]) -> Call:
    if module not in _serials:
        _serials[module] = next(_count)
    return Call(path, type(module).__name__, parent, paths, weakref.ref(module), _serials[module])


def _noting_detach(detach: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """``Tensor.detach`` that tells the watcher of its thread, if the program itself has called it."""

    @wraps(detach)
    def noted(self: Tensor) -> Tensor:
        result, watcher = detach(self), _watcher()
        if watcher is not None and self.grad_fn is not None and user_frame() is sys._getframe(1):
            watcher.detached(result, self.grad_fn)
        return result

    return noted


_lock = threading.Lock()
_plain: list[tuple[Callable[..., Any], Callable[[Tensor], Tensor]]] = []
"""`Module.__call__` and `Tensor.detach` as they were, once for each watch that is open."""


class watch:  # noqa: N801 - used like no_grad
    """Inside, each recorded operation is noted: module, line, shape; and what else is asked for.

    lines : the line of the program that called it.
    values : mean, deviation, extremes and NaN of each result, or a scalar's number.
    grads : the same of the gradients that backward passes bring, also after the ``with``.
    time : milliseconds of each operation, and of its backward.  Forward it is the time since the operation
        before it, so it includes the program's own work in between; backward it is the formulas' alone.

    Drawings of the graph show it by themselves.  It is per thread, and can be nested with anomaly mode.

    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> with mt.viz.watch(grads=True):
    ...     y = x * x + 1
    >>> y.backward()
    >>> [node.grad.number for node in mt.viz.graph(y, grads=True).nodes if node.op]
    [1.0, 1.0]
    """

    def __init__(
        self, *, lines: bool = True, values: bool = False, grads: bool = False, time: bool = False
    ) -> None:
        self.lines, self.values, self.grads, self.time = lines, values, grads, time
        self._entered: list[observing] = []

    def __enter__(self) -> watch:
        context = observing(_Watcher(self.lines, self.values, self.grads, self.time))
        context.__enter__()
        context.observer.last = time.perf_counter()  # type: ignore[attr-defined]
        self._entered.append(context)
        with _lock:
            _plain.append((Module.__call__, Tensor.detach))
            if len(_plain) == 1:
                Module.__call__ = _noting(Module.__call__)  # type: ignore[method-assign]
                Tensor.detach = _noting_detach(Tensor.detach)  # type: ignore[method-assign,assignment]
        return self

    def __exit__(self, *exc: object) -> None:
        self._entered.pop().__exit__(*exc)
        with _lock:
            call, detach = _plain.pop()
            if not _plain:
                Module.__call__, Tensor.detach = call, detach  # type: ignore[method-assign,assignment]
