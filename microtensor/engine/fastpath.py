"""The code that runs when an op is called: written for each op, once, when it is defined.

A generic wrapper loops over operands, packs and unpacks argument tuples, and asks each op what it
is.  On a 4-element array that costs several times what NumPy's own work does.  So, as `dataclasses`
does for ``__init__``, the straight-line code is generated from the op's signature: no loop, no
``*args``, and only the checks that this op needs.  It handles Tensors of one floating dtype (and
Python numbers); everything else goes to `op.apply`, which is the same in readable form.  A test
holds the two equal for every op.

``print(microtensor.engine.fastpath.source_of(mul.op))`` shows what was generated.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from functools import cache, partial
from types import FunctionType
from typing import Any

import numpy as np

from . import dtypes
from .apply import apply, attach, expect_self, expect_tensors, foreign, mark_view, run, translate
from .attributes.low_precision import LOW, NARROW
from .calls.quiet import again
from .calls.scalar_first import TENSORS, reordered
from .grad_mode import inference_depth, mark_inference, recording, refuse_inference
from .graph import Node, fit_edge
from .op_definition import RAW, RESULTS, Op, formula_arguments
from .overriding.dispatch import PLAIN, uncasted
from .overriding.overridable import asks_itself
from .tensor import Diverted, Tensor, is_stale, refresh
from .versions import next_number
from .writes import into

_NUMBER = Tensor._of(np.float32(0))
"""What stands for a Python number where the generated code asks a tensor for its history."""

_PUBLIC = {"x": "input", "y": "other"}


class SeveralNode(Node):
    """A node of an op with several outputs: `outputs` holds their shapes and dtypes."""

    __slots__ = ("outputs",)
    outputs: tuple[Any, ...]


def complete(node: Any, g: Any, lift: bool) -> tuple[Any, ...]:
    """The cotangents of all outputs: zeros for those that nothing used, None for integer ones."""
    parts = []
    for index, (shape, dtype) in enumerate(node.outputs):
        part = g.get(index)
        if part is None and dtype is not None and dtypes.is_differentiable(dtype):
            part = Tensor._of(np.zeros(shape, dtype)) if lift else np.zeros(shape, dtype)
        parts.append(part)
    return tuple(parts)


# ---------------------------------------------------------------- the node of an op


def node_of(op: Op) -> type[Node]:
    """The Node subclass of an op: its name, what it saves, and its pull-back."""
    keeps = op.keeps
    members = {
        "__slots__": (),
        "op": op,
        "sources": tuple(op.source(name) for name in keeps),
        "fresh": op.ours and not op.variadic,  # a law holds ours to it
        "frees": any(name in RESULTS or name in op.arrays for name in keeps),
        "piecewise": tuple(op.differentiable.index(name) for name in op.piecewise),
        "pull": _variadic_pull(op) if op.variadic else _pull(op),
    }
    return type(op.node_name, (SeveralNode,), members)


def _pull(op: Op) -> Callable[..., Any]:
    """``pull(node, g, saved, edges)``, one formula for each edge that leads anywhere."""
    scope: dict[str, Any] = {f"d_{name}": op.partials[name] for name in op.differentiable}
    pull: Callable[..., Any] = build(
        lambda: _pull_text(op), scope | {"complete": complete, "lifts": _lifts}, "pull", op.name + ".pull"
    )
    return pull


def _pull_text(op: Op) -> str:
    names = op.differentiable
    lines = ["def pull(node, g, saved, edges):"]
    lines += ["    if g.__class__ is dict: g = complete(node, g, lifts(saved, g))"]
    if op.keeps:
        lines += [f"    {', '.join(op.keeps)}, = saved"]
    lines += [f"    {', '.join(f'edge_{name}' for name in names)}, = edges"] if names else []
    calls = [f"d_{n}({', '.join(('g', *formula_arguments(op.partials[n])))})" for n in names]
    parts = [f"{call} if edge_{n} is not None else None" for n, call in zip(names, calls, strict=True)]
    lines += [f"    return {calls[0]}," if len(names) == 1 else f"    return {', '.join(parts) or '()'}"]
    return "\n".join(lines)


def _lifts(saved: Any, g: dict[int, Any]) -> bool:
    return any(isinstance(part, Tensor) for part in g.values())


def _variadic_pull(op: Op) -> Callable[..., Any]:
    (formula,), keeps = op.partials.values(), op.keeps
    picks = [keeps.index(name) for name in formula_arguments(formula)]

    def pull(node: Any, g: Any, saved: Any, edges: Any) -> Any:
        """One formula gives the cotangents of all operands."""
        return formula(g, *[saved[i] for i in picks])

    return pull


# ---------------------------------------------------------------- the function of an op


def call_of(op: Op) -> Callable[..., Any]:
    """What users call: the generated function, with the op's docstring and public signature."""
    call: Any = (
        _variadic_call(op)
        if op.variadic
        else build(lambda: source_of(op), _scope(op), "call", f"{op.name}.call")
    )
    call.__doc__, call.__module__ = op.function.__doc__, op.function.__module__
    call.__qualname__ = call.__name__ = op.name
    call.__signature__ = _public_signature(op)
    call.__wrapped__ = op.function  # whose source `inspect` and editors show
    call.op = op
    return call  # type: ignore[no-any-return]


def _variadic_call(op: Op) -> Callable[..., Any]:
    defaults = {name: p.default for name, p in op.params.items()}

    def call(*operands: Any, **params: Any) -> Any:
        return apply(op, operands, tuple({**defaults, **params}.values()))

    return call


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _tuple(words: list[str]) -> str:
    """The text of a tuple."""
    return f"({', '.join(words)}{',' if words else ''})"


def _public_signature(op: Op) -> inspect.Signature:
    """What `help` and `inspect` show."""
    if op.variadic:
        return inspect.signature(op.function)
    return inspect.Signature([*map(_positional, _public(op)), *op.params.values(), _OUT])


_OUT = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)


@cache
def _positional(name: str) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _public(op: Op) -> list[str]:
    return [_PUBLIC.get(name, name) for name in op.arrays]


def operator_of(op: Op, name: str, reflected: bool = False) -> Callable[..., Any]:
    """`op` as a special method, which answers NotImplemented to operands that it does not know.

    A `reflected` one has the operator's right side as its `self`; under another name it is a function.
    """
    names = _public(op)
    known = " and ".join(f"isinstance({operand}, KNOWN)" for operand in names)
    rest = f"{_tuple(names)}, {_tuple([f'default_{p}' for p in op.params])}"
    own = names[-1 if reflected else 0] if name.startswith("__") else ""
    check = f"expect_self({name!r}, {own}); " if own else ""
    otherwise = f"{check}return apply(op, {rest}) if {known} else foreign(op, {rest})"
    text = source_of(op, otherwise, own)
    for param in op.params:
        text = text.replace(f", *, {param}=default_{param}", f", {param}=default_{param}")
    if reflected:
        text = text.replace(f"def call({', '.join(names)}", f"def call({', '.join(names[::-1])}", 1)
    function = build(lambda: text, _scope(op), "call", f"{op.name}.{name}")
    function.__name__ = function.__qualname__ = name
    function.__doc__, function.__wrapped__ = op.function.__doc__, op.function
    asks_itself(function)
    return function  # type: ignore[no-any-return]


def source_of(op: Op, otherwise: str = "", own: str = "") -> str:
    """The text of the function that is generated for `op`; of a method, whose `own` operand is its self."""
    names, params = _public(op), list(op.params)
    data = [f"{name}_" for name in names]
    rest = f"{_tuple(names)}, {_tuple(params)}"
    signature = _signature(op)
    if not otherwise:
        signature = _with_out(op, signature)
    lines = [f"def call({', '.join([*names, *signature])}):"]
    if "*older" in signature:
        lines += _reordering(op, names)
    if not otherwise:
        again = ", ".join([*names, *(f"{p}={p}" for p in params)])
        fresh = f"call({again})" if op.elementwise else f"uncasted(call, {again})"
        lines += [f"    if out is not None: return into(out, {fresh}, op.name)"]
    only = [_PUBLIC.get(name, name) for name in op.tensors] if not otherwise else [own] if own else []
    check = f"expect_tensors(op.name, {', '.join(f'{name}={name}' for name in only)}); " if only else ""
    otherwise = otherwise or f"{check}return apply(op, {rest})"
    lines += ["    try:", *_indented(_unwrap(op, names, data, otherwise, only))]
    lines += ["    except Diverted:", f"        {otherwise}"]
    lines += _fresh(names)
    lines += _run(op, data, params)
    lines += _record(op, names, data)
    if op.view:
        lines += [f"    mark_view(result, {names[0]}, call, {_tuple(params)})"]
    return "\n".join([*lines, "    return result"])


def _with_out(op: Op, signature: list[str]) -> list[str]:
    """The words of a signature, with ``out``, and room for the old overloads that have a number second."""
    if op.ours and op.name in TENSORS:
        signature = ["*older", *(word for word in signature if word != "*")]
    return [
        *signature,
        *(["out=None"] if signature[:1] == ["*older"] or "*" in signature else ["*", "out=None"]),
    ]


def _reordering(op: Op, names: list[str]) -> list[str]:
    given = f"({', '.join(names)}, *older)"
    params = "{" + ", ".join(f"{p!r}: {p}" for p in op.params) + "}"
    return [
        "    if older:",
        f"        args, named = reordered(op.name, {given}, {{}})",
        f"        return call(*args, **({params} | named), out=out)",
    ]


def _signature(op: Op) -> list[str]:
    """The parameters as PyTorch has them: positional or by name; defaults by reference."""
    starred = False
    words: list[str] = []
    for name, p in op.params.items():
        if p.kind is p.KEYWORD_ONLY and not starred:
            words, starred = [*words, "*"], True
        words.append(name if p.default is p.empty else f"{name}=default_{name}")
    return words


def _unwrap(op: Op, names: list[str], data: list[str], otherwise: str, only: list[str]) -> list[str]:
    """Take the arrays out; leave for `apply` what is not the common case."""
    if len(names) == 2 and op.elementwise and op.promote:
        return _unwrap_pair(op, names, data, otherwise, only)
    tensors = " and ".join(f"type({name}) in PLAIN" for name in names)
    raws = " and ".join(f"isinstance({name}, RAW)" for name in names)
    lines = [f"    if {tensors}:"]
    for name, item in zip(names, data, strict=True):
        lines += [f"        {item} = {name}._data"]
        if op.view:
            lines += [f"        if {item}.__class__ is not ndarray: {item} = {name}.array"]
    lines += [f"        {check}: {otherwise}" for check in _dtype_checks(op, data)]
    lines += [f"    elif {raws}:"]
    lines += [f"        return function({', '.join([*names, *(f'{p}={p}' for p in op.params)])})"]
    return [*lines, "    else:", f"        {otherwise}"]


def _dtype_checks(op: Op, data: list[str]) -> list[str]:
    checks = []
    if op.promote and not op.view and len(data) > 1:
        checks += [f"if {data[0]}.dtype is not {item}.dtype" for item in data[1:]]
        data = data[:1]  # and so are the others
    if op.floating or op.guarded:
        return [*checks, f"if (kind := {data[0]}.dtype) is not float32 and kind is not float64"]
    sets = ["" if op.view else "LOW"] * len(data)
    sets[0] = "NARROW" if op.wide else sets[0]
    return [*checks, *filter(None, map(partial(_rare, op.complex is not True), data, sets))]


def _rare(complexes: bool, item: str, narrow: str) -> str:
    """The text of a test for dtypes that the function is not for; the usual two are asked for first."""
    tests = [*([f"kind in {narrow}"] if narrow else ()), *(['kind.kind == "c"'] if complexes else ())]
    usual = f"(kind := {item}.dtype) is not float32 and kind is not float64"
    return f"if {usual} and ({' or '.join(tests)})" if tests else ""


def _unwrap_pair(op: Op, names: list[str], data: list[str], otherwise: str, only: list[str]) -> list[str]:
    """Two operands that broadcast, of which one may be a Python number, unless it is `only` a tensor."""
    (x, y), (a, b) = names, data
    floating = "((kind := {0}.dtype) is float32 or kind is float64)"
    number = "({0}.__class__ is float or {0}.__class__ is int)"
    same = f"(kind := {a}.dtype) is not {b}.dtype or kind is not float32 and kind is not float64"
    if not (op.floating or op.wide or op.guarded):
        rare = "kind in LOW" + " or kind.kind == 'c'" * (op.complex is not True)
        same += f" and ({rare})"
    second = [
        f"        elif {number.format(y)} and {floating.format(a)}:",
        f"            {b} = {y}; {y} = NUMBER",
    ]
    first = [
        f"    elif type({y}) in PLAIN and {number.format(x)}:",
        f"        {b} = {y}._data",
        f"        if not {floating.format(b)}: {otherwise}",
        f"        {a} = {x}; {x} = NUMBER",
    ]
    return [
        f"    if type({x}) in PLAIN:",
        f"        {a} = {x}._data",
        f"        if type({y}) in PLAIN:",
        f"            {b} = {y}._data",
        f"            if {same}: {otherwise}",
        *([] if y in only else second),
        f"        else: {otherwise}",
        *([] if x in only else first),
        f"    else: {otherwise}",
    ]


def _fresh(names: list[str]) -> list[str]:
    """A view whose family was written to has an outdated history: see `tensor.refresh`."""
    stale = "    if {0}._view is not None and is_stale({0}): refresh({0})"
    return [stale.format(name) for name in names]


def _run(op: Op, data: list[str], params: list[str]) -> list[str]:
    call = ", ".join([*data, *(f"{p}={p}" for p in params)])
    caught = f"translate(op, {_tuple(data)}, {_tuple(params)}, error)"
    return [
        "    try:",
        f"        raw = function({call})",
        "    except RuntimeWarning:",
        f"        raw = again(run, op, {_tuple(data)}, {_tuple(params)})",
        "    except (ValueError, TypeError, IndexError, OverflowError) as error:",
        f"        raise {caught} from error",
        *_either(op, ["result = tuple(map(wrap, raw))"], _RESULT),
    ]


_RESULT = [
    "result = new(Tensor); result._data = raw; result._rg = False",
    "result._node = result._grad = result._view = result._extras = None",
]


def _either(op: Op, several: list[str], one: list[str]) -> list[str]:
    """What is done with several results, and with one: all that an elementwise op ever has."""
    if op.elementwise:
        return _indented(one)
    cases = ["if raw.__class__ is tuple:", *_indented(several), "else:", *_indented(one)]
    return _indented(cases)


def _record(op: Op, names: list[str], data: list[str]) -> list[str]:
    """The node: edges, saved values, number."""
    if not op.partials:
        return ["    if INFERENCE[0]: mark_inference(result)"]
    arrays = dict(zip(op.arrays, zip(names, data, strict=True), strict=True))
    active = [arrays[arg] for arg in op.differentiable]
    edges = [f"edge_{name}" for name, _ in active]
    tracked = " or ".join(f"{name}._rg" for name, _ in active)
    lines = [f"    if {tracked}:", "        how = recording()", "        if how is not False:"]
    known = "" if len(active) == 1 else " if {0}._rg else None"
    lines += [f"            edge_{n} = ({n}._node or {n}){known.format(n)}" for n, _ in active]
    lines += [" " * 12 + line for line in _fit(op, active)]
    lines += [f"            saved = ({''.join(_saved(op, name, arrays, edges) + ', ' for name in op.keeps)})"]
    lines += _refuse(op, arrays)
    lines += ["            node = new(Node); node.extras = None; node.saved = saved"]
    lines += [f"            node.edges = ({', '.join(edges)},); node.number = next_number()"]
    lines += _indented(_indented(_either(op, ["attach(node, result, raw)"], [_HISTORY])))
    lines += ["            if how is not True: how.recorded(node)"]
    return [*lines, *_MARK]


_MARK = [
    "        elif INFERENCE[0]: mark_inference(result)",
    "    elif INFERENCE[0]: mark_inference(result)",
]


def _refuse(op: Op, arrays: dict[str, tuple[str, str]]) -> list[str]:
    """What was made in inference mode must not be saved."""
    kept = [arrays[name] for name in op.arrays if name in op.keeps]
    marked = " or ".join(f"{name}._extras is not None" for name, _ in kept)
    pairs = _tuple([f"({name}, {item})" for name, item in kept])
    return [f"            if {marked}: refuse_inference({pairs}, saved)"] if kept else []


_HISTORY = "result._node = node; result._rg = True"


def _fit(op: Op, active: list[tuple[str, str]]) -> list[str]:
    """Put a `Broadcast` on the edge of an operand that is smaller than the result."""
    if not op.elementwise or len(op.arrays) == 1:
        return []
    lines = []
    if len(op.arrays) == 2 and op.promote and len(active) == 2:
        (x, a), (y, b) = active
        lines = [f"if {x} is not NUMBER and {y} is not NUMBER and {a}.shape != {b}.shape:"]
    indent = "    " if lines else ""
    fits = [f"{indent}edge_{n} = fit_edge(edge_{n}, {a}.shape, raw.shape)" for n, a in active]
    return [*lines, *fits]


def _saved(op: Op, name: str, arrays: dict[str, tuple[str, str]], edges: list[str]) -> str:
    """One saved value, left out where only an edge that leads nowhere would need it."""
    if name in op.params:
        return name
    if name in ("out_copy", "out_indices"):
        return "raw.copy()" if name == "out_copy" else "raw[1]"
    base = name.removesuffix("_shape").removesuffix("_dtype")
    value = "raw" if name == "out" else arrays[base][1] + name[len(base) :].replace("_", ".")
    users = [edges[i] for i in op.needed_by(name)]
    if name != base or len(users) == len(edges):
        return value
    return f"{value} if {' or '.join(f'{u} is not None' for u in users)} else None"


def _scope(op: Op) -> dict[str, Any]:
    """The names that the generated function refers to."""
    return {
        "Diverted": Diverted,
        "INFERENCE": inference_depth,
        "KNOWN": (Tensor, *RAW, *dtypes.Number),
        "Node": op.node,
        "PLAIN": PLAIN,
        "RAW": RAW,
        "NUMBER": _NUMBER,
        "Tensor": Tensor,
        "again": again,
        "apply": apply,
        "expect_self": expect_self,
        "expect_tensors": expect_tensors,
        "attach": attach,
        "fit_edge": fit_edge,
        "LOW": LOW,
        "NARROW": NARROW,
        "float32": dtypes.float32,
        "float64": dtypes.float64,
        "foreign": foreign,
        "function": op.function,
        "into": into,
        "uncasted": uncasted,
        "is_stale": is_stale,
        "mark_inference": mark_inference,
        "mark_view": mark_view,
        "ndarray": np.ndarray,
        "new": object.__new__,
        "next_number": next_number,
        "op": op,
        "recording": recording,
        "refresh": refresh,
        "reordered": reordered,
        "run": run,
        "refuse_inference": refuse_inference,
        "translate": translate,
        "wrap": Tensor._of,
        **{f"default_{name}": p.default for name, p in op.params.items()},
    }


def build(text: Callable[[], str], scope: dict[str, Any], name: str, label: str) -> Any:
    """A function that writes and compiles itself when it is first called.

    Most programs use a tenth of the ops, and compiling all of them would be half of the import's
    time.  The function keeps its identity: only its code is exchanged.
    """

    def ready() -> Any:
        made = _compile(text(), scope, name, label)
        scope[name] = function
        return made

    def first(*args: Any, **kwargs: Any) -> Any:
        made = ready()
        function.__defaults__, function.__kwdefaults__ = made.__defaults__, made.__kwdefaults__
        function.__code__ = made.__code__  # last: another thread may be calling
        return function(*args, **kwargs)

    function = FunctionType(_FIRST, scope | {"first": first}, name)
    scope = function.__globals__
    function.__ready__ = ready  # type: ignore[attr-defined]  # what it will be, for who needs it before
    return function


_FIRST = compile(
    "def call(*args, **kwargs): return first(*args, **kwargs)", "<microtensor first>", "exec"
).co_consts[0]


def _compile(text: str, scope: dict[str, Any], name: str, label: str) -> Any:
    """Compile a text, so that a traceback and a debugger can show its lines."""
    file = f"<microtensor {label}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    return scope[name]


__all__ = ["build", "call_of", "complete", "node_of", "operator_of", "source_of"]
