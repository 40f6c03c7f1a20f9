"""Anomaly mode: which operation made the first NaN or infinity, and which line called it.

A NaN in a gradient is far from its cause.  While the mode is on, every recorded operation notes the
user's line that called it and whether its result was finite; a backward pass stops at the first
node that returns a NaN, and says where in the forward pass things had first gone wrong.  PyTorch
stops at the same node; the forward cause, and the word on infinities, are added here.

The mode is per thread.  Off, nothing of it is anywhere in the engine.
"""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..engine.backward import Sweep
from ..engine.grad_mode import observer, observing
from ..engine.graph import Node
from ..engine.reachability import reachable
from ..errors import describe, describe_call
from .observers import Link, chain, running, token_of
from .running_pass import current_autograd_node

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# ------------------------------------------------------------ the user's line


def user_frame() -> Any:
    """The innermost frame outside of this package; None if there is none."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((_PACKAGE, "<microtensor ")):
        frame = frame.f_back
    return frame


def line_of(frame: Any) -> str:
    """File, line and text of what `frame` is executing."""
    if frame is None:
        return "an unknown line"
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(file, line, frame.f_globals).strip()
    return f'"{file}", line {line}' + (f": {text}" if text else "")


def _warn(message: str) -> None:
    """A warning that shows the user's line, once for each line unless filters say otherwise."""
    frame = user_frame()
    if frame is None:
        warnings.warn(message, UserWarning, stacklevel=1)
        return
    seen = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, UserWarning, frame.f_code.co_filename, frame.f_lineno, registry=seen)


# ------------------------------------------------------------ what an operation did


def flaw(values: Iterable[Any]) -> str:
    """``"nan"`` if one of the arrays holds a NaN, else ``"infinity"`` if one does, else nothing."""
    arrays = [np.asarray(getattr(v, "_data", v)) for v in values if v is not None]
    bad = [a for a in arrays if a.dtype.kind in "fc" and not np.isfinite(a).all()]
    return "nan" if any(np.isnan(a).any() for a in bad) else "infinity" if bad else ""


@dataclass(frozen=True)
class Origin:
    """What anomaly mode notes of one operation: the call, the line, and what was not finite."""

    call: str
    line: str
    taken: str
    made: str

    @property
    def first(self) -> str:
        """What this operation made of operands that had nothing of the kind."""
        return "" if self.made == self.taken or self.taken == "nan" else self.made

    def __str__(self) -> str:
        return f"{self.call}, called at {self.line}"


def _flat(values: Any) -> list[Any]:
    """The arrays, tensors and numbers in a possibly nested tuple or list."""
    if isinstance(values, (tuple, list)):
        return [item for value in values for item in _flat(value)]
    return [values] if hasattr(values, "dtype") or isinstance(values, (int, float)) else []


def maker(node: Any) -> dict[str, Any]:
    """The local names of the frame that has just made `node`; empty if none is found.

    An observer is told of the node alone, so that recording pays for no more; the rest is read from
    the frame that made it: the function generated for an op, or `op.record`, or `function._record`.
    """
    frame: Any = sys._getframe(1)
    while frame is not None:
        scope: dict[str, Any] = frame.f_locals
        if scope.get("node") is node and scope.get("result", scope.get("outputs")) is not None:
            return scope
        frame = frame.f_back
    return {}


def witness(node: Any) -> tuple[list[Any], list[Any]]:
    """The operands and the results of the operation that has just made `node`."""
    scope = maker(node)
    operands = scope.get("arrays") or scope.get("args")
    operands = operands or [value for name, value in scope.items() if name.endswith("_")]
    return _flat(operands), _flat((scope.get("result", scope.get("outputs")),))


def _origin(node: Any) -> Origin:
    operands, results = witness(node)
    name = node.op.name if node.op is not None else node.name().removesuffix("Backward")
    call = f"{describe_call(name, operands, {})} -> {', '.join(map(describe, results))}"
    return Origin(call, line_of(user_frame()), flaw(operands), flaw(results))


def origin_of(node: Any) -> Origin | None:
    """What was noted of `node`; None if it was recorded outside of anomaly mode."""
    return (node.extras or {}).get("anomaly")


# ------------------------------------------------------------ the observer


class Anomaly(Link):
    """Notes every recorded operation, and stops a backward pass at the first NaN."""

    def __init__(self, check_nan: bool, before: Any) -> None:
        super().__init__(before)
        self.check_nan = check_nan
        self._warned: Any = lambda: None
        self._infinity = ""

    def recorded(self, node: Any) -> None:
        """Note where `node` comes from; warn of a NaN that it has made of sound operands."""
        origin = _origin(node)
        node.extras = {**(node.extras or {}), "anomaly": origin}
        node.metadata["traceback_"] = [origin.line]
        if (parent := current_autograd_node()) is not None:
            node.metadata["parent_"] = parent
        if self.check_nan and origin.first == "nan" and running() is None:
            _warn(f"the forward pass made a nan: {origin}.{_cause(node, skip=True)}")
        super().recorded(node)

    def pulled(self, node: Any, results: Sequence[Any]) -> None:
        """Raise for a NaN among the cotangents that `node` sends on; warn of the first infinity."""
        super().pulled(node, results)
        if not self.check_nan:
            return
        flaws = [flaw((r,)) for r in results]
        if "nan" in flaws:
            what = f"Function '{node.name()}' returned nan values in its {flaws.index('nan')}th output."
            _report(node)
            raise RuntimeError(f"{what}{_made(node)}{self._before()}{_cause(node)}")
        if "infinity" in flaws and self._warned() is not _owned():
            self._note_infinity(node, flaws.index("infinity"))

    def _note_infinity(self, node: Any, index: int) -> None:
        what = f"Function '{node.name()}' returned infinite values in its {index}th output."
        self._infinity = f"{what}{_made(node)}{_cause(node)}"
        self._warned = token_of(cast(Sweep, running()))
        _warn(self._infinity)

    def _before(self) -> str:
        """The first infinity of this pass, which is often what the NaN came from."""
        owned = _owned()
        return f"\n  Before that: {self._infinity}" if owned is not None and self._warned() is owned else ""


def _owned() -> Any:
    sweep = running()
    return None if sweep is None else sweep.owned


def _report(node: Any) -> None:
    """PyTorch's warning of the node at which a backward pass failed."""
    origin = origin_of(node)
    where = "No forward pass information available. Enable detect anomaly during forward pass for more."
    if origin is not None:
        where = f"Traceback of forward call that caused the error:\n  {origin.line}"
    _warn(f"Error detected in {node.name()}. {where}")


def _made(node: Any) -> str:
    """A sentence on where `node` was recorded."""
    origin = origin_of(node)
    if origin is not None:
        return f"\n  It was recorded by {origin}."
    return "\n  Where it was recorded is not known: switch anomaly mode on for the forward pass, too."


def _cause(node: Node, skip: bool = False) -> str:
    """A sentence on the oldest operation below `node` (or `node` itself) that was not finite."""
    for other in reversed(reachable([node])):
        origin = None if skip and other is node else origin_of(other)
        if origin is not None and (origin.taken or origin.made):
            return _flaw_of(origin, "this operation" if other is node else str(origin))
    return ""


def _flaw_of(origin: Origin, name: str) -> str:
    if origin.taken:
        return f"\n  An operand of {name} held {_A[origin.taken]} already."
    return f"\n  The first {origin.made} of the forward pass was made by {name}."


_A = {"nan": "a nan", "infinity": "an infinity"}


# ------------------------------------------------------------ the switch


def _without(link: Any) -> Any:
    """A chain of observers, with no anomaly mode in it."""
    if isinstance(link, Anomaly):
        return _without(link.before)
    if isinstance(link, Link):
        link = copy(link)
        link.before = _without(link.before)
    return link


_NOBODY: Any = True
"""The mode of a thread in which nobody observes."""


class set_detect_anomaly:  # noqa: N801
    """Switch anomaly mode on or off at once; in a ``with``, switch back at its end.

    While it is on, a backward pass raises ``RuntimeError`` at the first node that returns a NaN, in
    PyTorch's words and with the operation, its shapes and the line that called it.  An operation
    that makes a NaN of sound operands, and a node that makes the first infinite gradient of a pass,
    are reported by a ``UserWarning``, where PyTorch is silent; an infinite *result* is not, since
    attention masks are full of them, but it is named as the cause of what it does later.  With
    ``check_nan=False`` lines are noted and nothing is checked.

    Any error in a backward pass inside the ``with`` gets a note that names the forward line.

    >>> x = mt.tensor([0.0, 1.0], requires_grad=True)
    >>> with set_detect_anomaly(True), np.errstate(invalid="ignore"):
    ...     (x.sqrt() * 0).sum().backward()
    Traceback (most recent call last):
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output. ...
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        link: Any = _without(observer())
        if mode:
            link = Anomaly(check_nan, link)
        self._context = observing(link or _NOBODY)
        self._context.__enter__()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._context.__exit__()
        node = _failed(trace)
        if error is not None and node is not None and (origin := origin_of(node)) is not None:
            error.add_note(f"Error detected in {node.name()}, which was recorded by {origin}.")
            _report(node)


def _failed(trace: Any) -> Any:
    """The node at which a backward pass was when an error that is not this module's own left it."""
    node = None
    while trace is not None:
        if trace.tb_frame.f_code in (Sweep.run.__code__, Sweep.pull_watched.__code__):
            node = trace.tb_frame.f_locals.get("node")
        if trace.tb_frame.f_code is Anomaly.pulled.__code__:
            return None
        trace = trace.tb_next
    return node


class detect_anomaly:  # noqa: N801
    """Anomaly mode for the length of a ``with``: see `set_detect_anomaly`.

    >>> with detect_anomaly():
    ...     is_anomaly_enabled()
    True
    >>> is_anomaly_enabled()
    False
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._entered: list[set_detect_anomaly] = []
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
            "enabled for debugging.", UserWarning, stacklevel=2,
        )  # fmt: skip

    def __enter__(self) -> None:
        self._entered.append(set_detect_anomaly(True, self.check_nan))

    def __exit__(self, *exc: Any) -> None:
        self._entered.pop().__exit__(*exc)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return any(isinstance(link, Anomaly) for link in chain())


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode is on in this thread and checks for NaN."""
    return any(isinstance(link, Anomaly) and link.check_nan for link in chain())
