"""Ops: a plain function on arrays, and for each differentiable argument its partial derivative.

    @op(x=lambda g, y: g * y, y=lambda g, x: g * x)
    def mul(x, y, /):
        '''Product. ...'''
        return np.multiply(x, y)

- Arguments before ``/`` are arrays; all others are parameters.
- ``x=`` is the cotangent of `x`, from the cotangent `g` of the result.  The other names that its
  signature mentions are *exactly what is kept* for the backward pass: an operand (``y``), the
  result (``out``), a parameter (``dim``), or an operand's shape alone (``x_shape``).
- A formula uses operators, array methods, ufuncs and other ops.  It runs on raw arrays in an
  ordinary backward pass, and on Tensors under ``create_graph=True``: every order from one text.
- Broadcasting is undone by the engine, on the edge; mixed dtypes are cast before the op runs.
- An op follows its arguments: all arrays in, an array out; any Tensor in, a Tensor out.

`apply` is that, in full and in readable form.  What is called is a function that `fastpath` writes
for each op: the same for the common case, and a call of `apply` for all others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np

from . import dtypes
from .errors import CarrierError, ShapeError, describe_call
from .graph import CONSTANT, OUT, Node, Output, edge_of, fit_edge, make_node
from .mode import recording
from .storage import owner
from .tensor import Diverted, Tensor, refresh

Formula = Callable[..., Any]
RAW = (np.ndarray, np.generic)


def case(*arrays: Any, **params: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """One sample call of an op, for tests: a tuple is the shape of an array drawn from its domain.

    Anything else (an index array, say) is passed as it is.
    """
    return arrays, params


registry: dict[str, Op] = {}
"""Every op by name, in order of definition: what the laws' tests, the docs and `testing` walk.

A user's op with the name of one of the package's stands beside it, as ``module.name``.
"""


@dataclass
class Op:
    """An op as the registry holds it: the function, its partials, and what tests need to know."""

    name: str
    function: Callable[..., Any]
    partials: dict[str, Formula]
    arrays: tuple[str, ...]
    params: dict[str, inspect.Parameter]
    variadic: bool = False
    elementwise: bool = False
    floating: bool = False
    promote: bool = True
    view: bool = False
    node_name: str = ""
    domain: Any = (-3.0, 3.0)
    dtype: Any = None
    samples: Any = None
    reference: Callable[..., Any] | None = None
    exempt: dict[str, str] = field(default_factory=dict)
    node: type[Node] = Node
    call: Callable[..., Any] = lambda: None

    @cached_property
    def differentiable(self) -> tuple[str, ...]:
        """The arrays that have a partial derivative, in the order of the node's edges."""
        return tuple(name for name in self.arrays if name in self.partials)

    @property
    def ours(self) -> bool:
        """Whether it is an op of this package, and not a user's."""
        return str(getattr(self.function, "__module__", "")).partition(".")[0] == __package__

    @cached_property
    def keeps(self) -> tuple[str, ...]:
        """The names that some formula mentions: what a node saves, in this order."""
        names: dict[str, None] = {}
        for formula in self.partials.values():
            names.update(dict.fromkeys(mentioned(formula)))
        return tuple(names)

    def source(self, name: str) -> int:
        """Where a saved value gets its history from, when a formula is to be recorded."""
        if name == "out":
            return OUT
        return self.differentiable.index(name) if name in self.differentiable else CONSTANT

    def needed_by(self, name: str) -> tuple[int, ...]:
        """The edges whose formula mentions the saved value `name`."""
        formulas = [self.partials[arg] for arg in self.differentiable]
        return tuple(i for i, formula in enumerate(formulas) if name in mentioned(formula))


def mentioned(formula: Formula) -> tuple[str, ...]:
    """The names in a formula's signature after the cotangent."""
    code = getattr(formula, "__code__", None)
    if code is None or hasattr(formula, "__signature__"):
        return tuple(inspect.signature(formula).parameters)[1:]
    return tuple(code.co_varnames[1 : code.co_argcount])  # 40 times as fast, and asked a thousand times


def written(text: str) -> Callable[[Formula], Formula]:
    """What a formula computes, where its source is about speed or limits, for those who look at a graph."""

    def mark(formula: Any) -> Formula:
        formula.written = text
        return formula  # type: ignore[no-any-return]

    return mark


@overload
def op(function: Callable[..., Any], /, **options: Any) -> Callable[..., Any]: ...
@overload
def op(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def op(function: Any = None, /, **options: Any) -> Any:
    """Make an op of a function on arrays, register it, and return what users call.

    Options, all by name:

    name=formula : the partial derivative of each differentiable array, by the array's name.
    elementwise : the arrays broadcast against each other, and give one result (default: False).
    floating : integer operands are converted to the default dtype first, as in ``exp``.
    promote : operands of different dtypes are cast to the common one (default: True).
    view : the result shares the first operand's memory where NumPy lets it.
    node : the name that ``grad_fn`` shows; the op's name and ``Backward0`` if not given.
    method : install it as a Tensor method of this name (True: the op's own name).
    domain : ``(low, high)`` for all arrays or a dict by name: where tests draw values.
    dtype : the dtype that tests draw (default: floating point).
    samples : calls to test, a list of ``case(*arrays, **params)``; shapes stand for arrays.
    reference : a function on arrays that must give the same result.
    exempt : laws that this op does not obey, each with the reason, by the law's name.

    Raises ``TypeError`` at definition for a formula of no array, one that does not take the cotangent
    first, or one that mentions a name that is no array, no parameter, no array's ``_shape`` and not ``out``.

    >>> @mt.op(x=lambda g, x: g * 3 * x**2, elementwise=True)
    ... def cube(x, /):
    ...     return x * x * x
    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    >>> del mt.registry["cube"]
    """
    if function is None:
        return lambda actual: op(actual, **options)
    name, method = options.pop("name", function.__name__), options.pop("method", None)
    parameters = inspect.signature(function).parameters.values()
    arrays = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
    names = tuple(p.name for p in arrays)
    fields = {key: options.pop(key) for key in tuple(options) if key in _OPTIONS}
    this = Op(
        name, function, options, names, {p.name: p for p in parameters if p not in arrays},
        variadic=any(p.kind is p.VAR_POSITIONAL for p in arrays),
        node_name=options.pop("node", "") or _camel(name) + "Backward0", **fields,
    )  # fmt: skip
    _check(this)
    from .fastpath import call_of, node_of

    this.node = node_of(this)
    this.call = call_of(this)
    registry[_key(this)] = this
    if method:
        setattr(Tensor, name if method is True else method, this.call)
    return this.call


def _key(this: Op) -> str:
    """The op's name; after its module's if the package has an op of that name, which keeps its place."""
    held = registry.get(this.name)
    taken = held is not None and held.ours and not this.ours
    return f"{this.function.__module__}.{this.name}" if taken else this.name


_OPTIONS = frozenset(
    ["elementwise", "floating", "promote", "view", "domain", "dtype", "samples", "reference", "exempt"]
)  # fmt: skip
_OPTION_NAMES = sorted(_OPTIONS | {"name", "method", "node"})


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.strip("_").split("_"))


def _check(this: Op) -> None:
    shapes = {f"{name}_shape" for name in this.arrays} | {f"{name}_dtype" for name in this.arrays}
    taken = sorted({"out", "raw", "result", "node", "saved", "how"} & set(this.params))
    if taken:
        raise TypeError(f"op {this.name}: a parameter cannot be called {taken[0]!r}")
    known = {"out", *this.arrays, *this.params, *shapes}
    for name, formula in this.partials.items():
        if name not in this.arrays or not callable(formula):
            raise TypeError(f"op {this.name}: {_no_formula(this, name)}")
        if _cotangent_of(formula) in this.arrays:
            raise TypeError(
                f"op {this.name}: the formula of {name!r} takes the cotangent of the result first, as in "
                f"lambda g, {', '.join(this.arrays)}: ..., and not {_cotangent_of(formula)!r}"
            )
        unknown = [word for word in mentioned(formula) if word not in known]
        if unknown:
            raise TypeError(
                f"op {this.name}: the formula of {name!r} mentions {unknown}, and can have {sorted(known)}"
            )


def _no_formula(this: Op, name: str) -> str:
    """Why the option `name` is not the formula of an array."""
    if name in this.arrays:
        return f"the formula of {name!r} is to be a function, as in lambda g: g, not {this.partials[name]!r}"
    if name in this.params:
        return f"{name!r} is a parameter: arrays stand before a slash, as in def {this.name}({name}, /)"
    return f"{name!r} is not one of its arrays {this.arrays}, nor an option ({', '.join(_OPTION_NAMES)})"


def _cotangent_of(formula: Formula) -> str | None:
    """What the formula calls its first argument; None if it takes any number of them."""
    code = getattr(formula, "__code__", None)
    if code is not None and not hasattr(formula, "__signature__"):
        return str(code.co_varnames[0]) if code.co_argcount else None
    return next(iter(inspect.signature(formula).parameters), None)


# ---------------------------------------------------------------- the op, in full


def apply(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Run an op on anything: what the generated functions do, without their shortcuts."""
    if not any(isinstance(x, Tensor) for x in operands):
        return _apply_raw(this, operands, params)
    operands = prepare(this, operands)
    try:
        arrays = [_array(this, x) for x in operands]
    except Diverted:
        return divert[0](this, operands, params)
    out = run(this, arrays, params)
    result = tuple(map(Tensor._of, out)) if isinstance(out, tuple) else Tensor._of(out)
    if recording() is not False and any(_tracked(this, operands)):
        record(this, operands, arrays, params, out, result)
    if this.view:
        mark_view(result, operands[0], this.call, params)  # type: ignore[arg-type]
    return result


divert: list[Callable[..., Any]] = []
"""What runs an op on tensors that are no ordinary ones: `func.batching` puts its function here."""


def _apply_raw(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    known = all(isinstance(x, (*RAW, *dtypes.Number)) for x in operands)
    if known and any(isinstance(x, RAW) for x in operands):
        return run(this, operands, params)
    raise CarrierError(
        f"{this.name}: expected a Tensor (or arrays), got "
        f"{', '.join(type(x).__name__ for x in operands) or 'nothing'}; "
        "make one with tensor(data)"
    )


def _array(this: Op, x: Any) -> Any:
    if not isinstance(x, Tensor):
        return x
    return x.array if this.view else x._data


def prepare(this: Op, operands: Sequence[Any]) -> list[Any]:
    """Operands as Tensors (and Python numbers) of one dtype; casts are recorded."""
    ready = [_operand(this, x) for x in operands]
    if not this.promote or this.view or (len(ready) == 1 and not this.floating):
        return ready
    dtype = dtypes.result_type(*ready)
    if this.floating and dtype.kind != "f":
        dtype = dtypes.get_default_dtype()
    return [x.to(dtype) if isinstance(x, Tensor) and x.dtype != dtype else x for x in ready]


def _operand(this: Op, x: Any) -> Any:
    if isinstance(x, Tensor):
        refresh(x)
        return x
    if isinstance(x, np.ndarray):
        return Tensor._of(x)
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, dtypes.Number) and this.elementwise:
        return x
    raise CarrierError(
        f"{this.name}: expected a Tensor, got {type(x).__name__} {x!r}; make one with tensor(data)"
    )


def _tracked(this: Op, operands: Sequence[Any]) -> list[bool]:
    names = (this.arrays * len(operands))[: len(operands)] if this.variadic else this.arrays
    pairs = zip(names, operands, strict=True)
    return [name in this.partials and isinstance(x, Tensor) and x._rg for name, x in pairs]


def run(this: Op, arrays: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """The function itself; what NumPy raises is translated once, here."""
    try:
        return this.function(*arrays, **dict(zip(this.params, params, strict=True)))
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise translate(this, arrays, params, error) from error


def translate(this: Op, arrays: Sequence[Any], params: tuple[Any, ...], error: Exception) -> Exception:
    """NumPy's error in the user's terms: the op, its operands' shapes, and PyTorch's class."""
    named = dict(zip(this.params, params, strict=True))
    text = f"{describe_call(this.name, arrays, named)}: {error}".rstrip()
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(f"Dimension out of range: {text}")
    if isinstance(error, ValueError):
        return ShapeError(text)
    kind = type(error) if type(error) in (TypeError, IndexError) else RuntimeError
    return kind(text)


def record(
    this: Op,
    operands: Sequence[Any],
    arrays: Sequence[Any],
    params: tuple[Any, ...],
    out: Any,
    result: Any,
) -> None:
    """Make the op's node, and give `result` its history."""
    edges = [
        edge_of(x) if isinstance(x, Tensor) and name in this.partials else None
        for name, x in zip(_names(this, operands), operands, strict=True)
        if name in this.partials
    ]
    if this.elementwise:
        shapes = [np.shape(a) for a, n in zip(arrays, this.arrays) if n in this.partials]  # noqa: B905
        edges = [fit_edge(e, shape, out.shape) for e, shape in zip(edges, shapes, strict=True)]
    node = make_node(this.node, tuple(edges), saved_of(this, arrays, params, out, edges))
    attach(node, result, out)
    how = recording()
    if how is not True:
        how.recorded(node)


def _names(this: Op, operands: Sequence[Any]) -> tuple[str, ...]:
    return this.arrays * len(operands) if this.variadic else this.arrays


def saved_of(
    this: Op, arrays: Sequence[Any], params: tuple[Any, ...], out: Any, edges: Sequence[Any]
) -> tuple[Any, ...]:
    """The values behind the names that the formulas mention, None for those that no edge needs."""
    known = {"out": out, **dict(zip(this.params, params, strict=True))}
    values = {this.arrays[0]: tuple(arrays)} if this.variadic else dict(zip(this.arrays, arrays, strict=True))
    for name, value in values.items():
        known[name] = value
        known[f"{name}_shape"] = tuple(map(np.shape, value)) if this.variadic else np.shape(value)
        known[f"{name}_dtype"] = getattr(value, "dtype", None)
    used = {i for i, edge in enumerate(edges) if edge is not None}
    wanted = [this.variadic or bool(used & set(this.needed_by(name))) for name in this.keeps]
    return tuple(known[name] if want else None for name, want in zip(this.keeps, wanted, strict=True))


def attach(node: Any, result: Any, out: Any) -> None:
    """Make `node` the history of `result`; each of several outputs gets an `Output` of its own."""
    if isinstance(result, Tensor):
        result._node, result._rg = node, True
        return
    node.outputs = tuple((np.shape(a), a.dtype) for a in out)
    for index, tensor in enumerate(result):
        if isinstance(tensor, Tensor) and dtypes.is_floating(tensor.dtype):
            output = make_node(Output, (node,), ())
            output.index = index
            tensor._node, tensor._rg = output, True


def mark_view(result: Tensor, parent: Tensor, call: Any, params: tuple[Any, ...]) -> None:
    """Tell a result that shares its operand's memory whose view it is."""
    if owner(result._data) is owner(parent._data):
        root = parent if parent._view is None else parent._view[0]
        result._view = (root, root._node, parent, call, params)


__all__ = ["Op", "apply", "case", "op", "registry", "written"]
