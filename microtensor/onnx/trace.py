"""One run of a program, written down: a list of calls, of ops and of functions that are recorded whole."""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.composite import watching
from ..engine.grad_mode import no_grad
from ..engine.op_definition import Op
from ..engine.tensor import Diverted, Tensor
from ..func.pytree import flatten, tree_map
from ..ops.inplace.history import chain_of
from ..random.generator import default_generator
from .errors import OnnxExporterError
from .traced_tensor import TracedTensor

__all__ = ["Constant", "Recorded", "Slot", "Trace"]

PACKAGE = str(Path(__file__).parents[1])


@dataclass(frozen=True)
class Slot:
    """A value that the program computes, by number."""

    number: int


@dataclass
class Constant:
    """A tensor that does not depend on the inputs: a parameter, a buffer, or one made on the way."""

    tensor: Any
    name: str = ""


@dataclass
class Recorded:
    """One call: operands and parameters by name, and what it gave."""

    name: str
    operands: dict[str, Any]
    params: dict[str, Any]
    slots: tuple[int, ...]
    values: tuple[Any, ...]
    line: str
    scope: str


@dataclass(eq=False)
class Trace:
    """The calls of one run; `names` has a name for the memory of each parameter and buffer."""

    names: dict[Any, str]
    wanted: Callable[[Recorded], bool]
    calls: list[Recorded] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    originals: dict[int, Any] = field(default_factory=dict)
    """The modules whose twins run, by the twin's id."""
    count: int = 0

    def fresh(self, value: Any) -> TracedTensor:
        """A new traced tensor around `value`."""
        self.count += 1
        return TracedTensor(self, value, self.count - 1)  # type: ignore[no-any-return]

    def input(self, tensor: Any, name: str) -> TracedTensor:
        """A traced tensor that is an input of the program."""
        return self._record("input", {}, {"name": name}, tensor)  # type: ignore[no-any-return]

    def parameter(self, tensor: Any, name: str) -> TracedTensor:
        """A traced tensor that is a parameter of the model."""
        return self._record("parameter", {}, {"name": name}, tensor)  # type: ignore[no-any-return]

    def constant(self, tensor: Any) -> TracedTensor:
        """A traced tensor that is a constant."""
        return self._record("constant", {"x": self.operand(tensor)}, {}, tensor)  # type: ignore[no-any-return]

    def written(self, x: TracedTensor, keys: tuple[Any, ...], value: Any) -> Any:
        """`x` with `value` where a basic key points."""
        out, plain = x.value.clone(), _plain(value)
        out[keys] = plain
        shown = value if isinstance(value, Tensor) else Tensor._of(np.asarray(value, x.value.array.dtype))
        operands = {"x": self.operand(x), "value": self.operand(shown)}
        return self._record("setitem", operands, {"key": keys}, out)

    def operand(self, x: Any) -> Any:
        """What stands in a record for an operand."""
        if isinstance(x, TracedTensor):
            x.refresh()
            return Slot(x.slot)
        if not isinstance(x, Tensor):
            return x
        name = self.names.get(memory_of(x.array), "")
        if not name and x._view is not None and memory_of(x._view[0].array) in self.names:
            return self._view_of_named(x)
        return Constant(x, name)

    def _view_of_named(self, x: Any) -> Any:
        """A view of a parameter, as the ops that make it from the parameter, which so keeps its name."""
        traced: Any = self.constant(x._view[0])
        for call, params in chain_of(x):
            traced = self.run(call.op, [traced], dict(zip(call.op.params, params, strict=True)))
        return Slot(traced.slot)

    def run(self, op: Op, operands: Any, params: dict[str, Any]) -> Any:
        """Carry out an op on the values, and record it."""
        plain = [_plain(x) for x in operands]
        with no_grad():
            out = op.call(*plain, **params)
        names = [f"{op.arrays[0]}{i}" for i in range(len(plain))] if op.variadic else op.arrays
        shown = {name: self.operand(x) for name, x in zip(names, operands, strict=True)}
        result = self._record(op.name if op.ours else "", shown, params, out)
        if op.view and isinstance(operands[0], TracedTensor) and _shared(result, operands[0]):
            result.origin, result.seen = (operands[0], op, params), operands[0].root.writes
        return result

    def watch(self, name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A call of a function that may be recorded whole; NotImplemented if it is not to be."""
        leaves, rebuild = flatten((args, kwargs))
        if not any(isinstance(x, TracedTensor) and x.tracer is self for x in leaves):
            return NotImplemented
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        call = Recorded(name, {}, dict(bound.arguments), (), (), self.line(), self.scope)
        if not self.wanted(call):
            return NotImplemented
        args, kwargs = rebuild([self.originals.get(id(x), _plain(x)) for x in leaves])
        with no_grad():  # what stands for a key that cannot be followed is not the reading itself
            out = operator.getitem(*args) if name == "getitem" else function(*args, **kwargs)
        arguments = {key: tree_map(self._shown, value) for key, value in bound.arguments.items()}
        return self._record(name, {}, arguments, out)

    def _shown(self, x: Any) -> Any:
        return self.operand(x) if isinstance(x, Tensor) else x

    def _record(self, name: str, operands: Any, params: Any, out: Any) -> Any:
        leaves, rebuild = flatten(out)
        fresh = [self.fresh(x) if isinstance(x, Tensor) else x for x in leaves]
        made = [x for x in fresh if isinstance(x, TracedTensor)]
        slots, values = tuple(x.slot for x in made), tuple(x.value.array for x in made)
        self.calls.append(Recorded(name, operands, params, slots, values, self.line(), self.scope))
        return rebuild(fresh)

    @property
    def scope(self) -> str:
        """The module that is running, by its name in the model."""
        return self.scopes[-1] if self.scopes else ""

    def line(self) -> str:
        """The innermost line that is not this package's."""
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith((PACKAGE, "<microtensor")):
            frame = frame.f_back
        if frame is None:
            return "an unknown line"
        return f"{frame.f_code.co_filename}:{frame.f_lineno}, in {frame.f_code.co_name}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """The length of a ``with`` in which calls come here; what cannot be followed is an error."""
        state = default_generator.get_state()
        try:
            with watching(self.watch):
                yield
        except Diverted as error:
            raise OnnxExporterError(_not_traceable(error, self.scope)) from error
        if not np.array_equal(default_generator.get_state().numpy(), state.numpy()):
            raise OnnxExporterError(
                "export: the model draws random numbers (dropout in training?), which a file would hold as "
                "constants: call model.eval() first"
            )


def memory_of(array: Any) -> Any:
    """What two arrays that are one have in common."""
    if not array.size:
        return None
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str


def _plain(x: Any) -> Any:
    if not isinstance(x, TracedTensor):
        return x
    x.refresh()
    return x.value


def _shared(view: TracedTensor, parent: TracedTensor) -> bool:
    """Whether two tensors have one memory, as far as the values show."""
    return view.value is not parent.value and bool(np.shares_memory(view.value.array, parent.value.array))


def _not_traceable(error: Diverted, scope: str) -> str:
    """The sentence for a program that does what no trace can follow, with its line."""
    line, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith((PACKAGE, "<microtensor")):
            line = f"{code.co_filename}:{trace.tb_lineno}, in {code.co_name}"
        trace = trace.tb_next
    where = f" (in the module {scope!r})" if scope else ""
    return (
        f"export: {error}, at {line}{where}: a branch on a value, item(), numpy() or a shape that depends on "
        "the inputs' numbers cannot be written to a file; use where(), gather() or a fixed size"
    )
