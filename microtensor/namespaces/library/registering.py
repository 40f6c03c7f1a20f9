"""Libraries of operators, and registering functions for an operator by its name."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from .operators import OpOverload, add, find, overload, remove
from .schema import parse

__all__ = [
    "Library", "define", "fallthrough_kernel", "get_kernel", "impl", "register_autocast", "register_autograd",
    "register_fake", "register_kernel", "register_torch_dispatch", "register_vmap",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])
_RESERVED = {"prim"}
_DEVICES = [
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
    "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
]  # fmt: skip
_owned: set[str] = set()


def fallthrough_kernel(*args: Any, **kwargs: Any) -> Any:
    """What `Library.impl` takes to say that a dispatch key has no function of its own."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")


def _register(operator: OpOverload, key: str, function: Callable[..., Any], override: bool = False) -> None:
    if function is fallthrough_kernel:
        operator.kernels.pop(key, None)
        return
    if key in operator.kernels and not override:
        warnings.warn(
            "Overriding a previously registered kernel for the same operator and the same dispatch key: "
            f"operator {operator._schema}, dispatch key {key}", UserWarning, stacklevel=3,
        )  # fmt: skip
    if key == "Meta":
        operator.fake = function
    operator.kernels[key] = function


class Library:
    """A namespace of operators: `define` says what they take, `impl` what they do.

    `kind` is ``"DEF"`` for the one library that owns a namespace, ``"FRAGMENT"`` for more definitions in it,
    ``"IMPL"`` for functions alone.  What a library defined is forgotten with it.

    Raises ``ValueError`` for another kind or a reserved namespace, ``RuntimeError`` for a second owner.

    >>> library = mt.library.Library("example_library", "DEF")
    >>> library.define("twice(Tensor x) -> Tensor")
    'twice'
    >>> library.impl("twice", lambda x: x * 2, "CPU")
    >>> mt.ops.example_library.twice(mt.ones(2))
    tensor([2., 2.])
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}: DEF, FRAGMENT and IMPL are known")
        if ns in _RESERVED:
            raise ValueError(f"{ns} is a reserved namespace. Please try creating a library with another name")
        if kind == "DEF" and ns in _owned:
            raise RuntimeError(
                f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}: use the kind "
                "FRAGMENT for more definitions in it, or IMPL for functions alone"
            )
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self.defined: list[OpOverload] = []
        if kind == "DEF":
            _owned.add(ns)
        self._forget = weakref.finalize(self, _forget, ns if kind == "DEF" else "", self.defined)
        self._forget.atexit = False

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Define an operator by its schema, and return its name, without its overload's.

        Raises ``ValueError`` in a library of the kind IMPL, ``RuntimeError`` for a text that is no schema or
        a second definition.
        """
        if self.kind == "IMPL":
            raise ValueError(f"a library of kind IMPL defines nothing: use DEF or FRAGMENT for {self.ns!r}")
        operator = add(parse(schema, self.ns))
        operator.tags = list(tags) if isinstance(tags, (list, tuple)) else [tags]
        self.defined.append(operator)
        return operator._opname

    def impl(
        self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "", *, with_keyset: bool = False,
        allow_override: bool = False,
    ) -> None:  # fmt: skip
        """Register what an operator does under a dispatch key, CompositeImplicitAutograd if none is said.

        Raises ``TypeError`` for what cannot be called, ``RuntimeError`` for an operator that is not defined.
        """
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        name = (
            op_name._name
            if isinstance(op_name, OpOverload)
            else f"{self.ns}::{str(op_name).rpartition('::')[2]}"
        )
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        _register(overload(name), key, fn, allow_override)

    def _register_fake(self, op_name: str, fn: Callable[..., Any], *options: Any, **named: Any) -> None:
        overload(f"{self.ns}::{op_name}").fake = fn

    def fallback(self, fn: Callable[..., Any], dispatch_key: str = "", **options: Any) -> None:
        """Raises ``NotImplementedError``: a dispatch key has no function for all operators."""
        raise NotImplementedError("Library.fallback is not in microtensor: register each operator's function")

    def _destroy(self) -> None:
        self._forget()


def _forget(ns: str, defined: list[OpOverload]) -> None:
    for operator in defined:
        remove(operator)
    _owned.discard(ns)


_keep: dict[str, Library] = {}


def _fragment(ns: str) -> Library:
    """The library that holds what is defined without one."""
    if ns not in _keep:
        _keep[ns] = Library(ns, "FRAGMENT")
    return _keep[ns]


def parts_of(qualname: str) -> tuple[str, str]:
    """Namespace and name; ``ValueError`` for what is not ``namespace::name``."""
    ns, colons, name = str(qualname).partition("::")
    if not (ns and colons and name):
        raise ValueError(
            f'Expected `qualname` to be of the form "namespace::name", but got {qualname}. The qualname '
            "passed to the torch.library APIs must consist of a namespace and a name, e.g. aten::sin"
        )
    return ns, name


def define(
    qualname: str, schema: str = "", *, lib: Library | None = None, tags: Any = (), **named: Any
) -> Any:
    """Define an operator: ``define("ns::name", "(Tensor x) -> Tensor")``.

    Raises ``ValueError`` for a name without namespace, ``RuntimeError`` for a text that is no schema.

    >>> mt.library.define("example_define::half", "(Tensor x) -> Tensor")
    >>> @mt.library.impl("example_define::half", "cpu")
    ... def half(x):
    ...     return x / 2
    >>> mt.ops.example_define.half(mt.ones(2))
    tensor([0.5000, 0.5000])
    """
    if isinstance(qualname, Library):  # the older form: (library, schema, alias_analysis="")

        def made(function: F) -> F:
            name = qualname.define(schema)
            qualname.impl(name, function)
            return function

        return made
    ns, name = parts_of(qualname)
    (_fragment(ns) if lib is None else lib).define(name + schema, tags=tags)
    return None


def _keys(types: Any) -> list[str]:
    """The dispatch keys of types of devices; one key for all of them."""
    if types is None or types == "default":
        return ["CompositeExplicitAutograd"]
    names = [types] if isinstance(types, str) else list(types)
    for name in names:
        if name not in _DEVICES:
            raise RuntimeError(
                f"Expected one of {', '.join(_DEVICES)} device type at start of device string: {name}"
            )
    return [{"cpu": "CPU", "meta": "Meta"}.get(name, name.upper()) for name in names]


def impl(
    qualname: Any, types: Any, func: Any = None, *, lib: Library | None = None, dispatch_key: str = ""
) -> Any:  # fmt: skip
    """Register what an operator does on devices of these types ("default": all); a decorator without `func`.

    ``impl(library, name, dispatch_key)`` is the older form, a decorator.
    """
    if isinstance(qualname, Library):
        key = dispatch_key or func or ""
        return _decorated(lambda function: qualname.impl(types, function, key), None)
    parts_of(qualname)
    keys = _keys(types)

    def register(function: Callable[..., Any]) -> None:
        for key in keys:
            _register(overload(qualname), key, function)

    return _decorated(register, func)


def _decorated(register: Callable[[Callable[..., Any]], None], function: Any) -> Any:
    def decorate(function: F) -> F:
        register(function)
        return function

    return decorate if function is None else decorate(function)


def operator_of(op: Any) -> OpOverload:
    """The operator that a name, an operator or what `custom_op` made stands for."""
    if isinstance(op, OpOverload):
        return op
    if hasattr(op, "_opoverload"):
        return op._opoverload  # type: ignore[no-any-return]
    if not isinstance(op, str):
        raise ValueError(f"expected a name, an OpOverload or a CustomOpDef, got {type(op).__name__}")
    parts_of(op)
    return overload(op)


def register_kernel(
    op: Any, device_types: Any, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None
) -> Any:  # fmt: skip
    """Register what an operator does on devices of these types; None stands for all."""
    keys = _keys(device_types)

    def register(function: Callable[..., Any]) -> None:
        for key in keys:
            _register(operator_of(op), key, function, override=True)

    return _decorated(register, func)


def register_fake(
    op: Any, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None, **named: Any
) -> Any:  # fmt: skip
    """Register what says the shape and dtype of an operator's results: `opcheck` holds them to the results.

    Raises ``RuntimeError`` for an operator that does not exist.
    """
    operator = operator_of(op)

    def register(function: Callable[..., Any]) -> None:
        operator.fake = function

    return _decorated(register, func)


def register_autograd(
    op: Any, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None,
    lib: Library | None = None,
) -> None:  # fmt: skip
    """Register how an operator is differentiated: ``backward(ctx, *grads)`` gives each argument's gradient.

    ``setup_context(ctx, inputs, output)`` saves what that needs, and gets ``keyword_only_inputs`` if the
    operator has arguments by name alone.

    Raises ``RuntimeError`` for an operator that writes to an argument.
    """
    if isinstance(op, str):
        find(*(part.partition(".")[0] for part in parts_of(op)))  # what is missing is an AttributeError here
    operator = operator_of(op)
    if operator._schema.is_mutable:
        raise RuntimeError(
            f"Cannot register autograd formula for non-functional operator {op} with schema "
            f"{operator._schema}. Please create a functional operator and register an autograd formula for "
            "that."
        )
    operator.formula = backward, setup_context


def register_vmap(op: Any, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None) -> Any:
    """Register ``func(info, in_dims, *args)``, which answers a batch with ``(output, out_dims)``."""
    operator = operator_of(op)

    def register(function: Callable[..., Any]) -> None:
        operator.batching = function

    return _decorated(register, func)


def register_autocast(op: Any, device_type: str, cast_inputs: Any, /, *, lib: Library | None = None) -> None:
    """Raises ``NotImplementedError``: an operator of one's own is not cast; cast in its function."""
    raise NotImplementedError(
        "register_autocast is not in microtensor: an operator gets its arguments as they are; cast them in "
        "its function"
    )


def register_torch_dispatch(
    op: Any, torch_dispatch_class: Any, func: Any = None, /, *, lib: Any = None
) -> Any:
    """Raises ``NotImplementedError``: there is no ``__torch_dispatch__`` here."""
    raise NotImplementedError(
        "register_torch_dispatch is not in microtensor: classes answer calls with __torch_function__ alone"
    )


def get_kernel(op: Any, dispatch_key: Any) -> Callable[..., Any]:
    """What was registered for an operator under a dispatch key; ``RuntimeError`` if nothing was."""
    operator, key = operator_of(op), str(dispatch_key).rpartition(".")[2]
    if key not in operator.kernels:
        raise RuntimeError(f"{operator.name()} has no kernel for {key}; it has {sorted(operator.kernels)}")
    return operator.kernels[key]
