"""What happens when something is assigned to a module: the bookkeeping under `Module`.

An assignment registers a Parameter, a Module or a Buffer under its name, by its class alone.  The
name then goes on accepting only what fits there; only a kind of higher rank takes it over.

What belongs to the bookkeeping are functions and not methods, so that a network may call its own
methods and layers what it likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ....engine.tensor import Tensor
from ...parameter import Buffer, Parameter
from .registry import RegistryAttribute

if TYPE_CHECKING:
    from ..module import Module


class Attributes:
    """The part of `Module` that knows which of its attributes are parameters, buffers, children."""

    training: bool
    _registered_parameters: dict[str, None]
    _registered_buffers: dict[str, None]
    _registered_modules: dict[str, None]
    _non_persistent_buffers_set: set[str]
    _parameters = RegistryAttribute["Parameter | None"]("_registered_parameters")
    _buffers = RegistryAttribute["Tensor | None"]("_registered_buffers")
    _modules = RegistryAttribute["Module | None"]("_registered_modules")

    def __init__(self) -> None:
        vars(self).update(
            training=True,
            _registered_parameters={},
            _registered_buffers={},
            _registered_modules={},
            _non_persistent_buffers_set=set(),
        )
        show_registries(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found = [vars(base)["__getattr__"] for base in cls.__mro__ if "__getattr__" in vars(base)]
        if found or _calls_getattr(cls):
            need_getattr(cls)
        if found and found[0] is not find_registered and cls.__getattribute__ is object.__getattribute__:
            cls.__getattribute__ = ask_getattr  # type: ignore[method-assign]

    def __setattr__(self, name: str, value: Any) -> None:
        kind, slot = _kind_of(value), _slot_of(self, name)
        if kind is not None and (slot is None or kind.rank >= slot.rank):
            _enter(self, kind, name, value)
            if kind is _PARAMETER and type(self).register_parameter is not _OURS:
                self.register_parameter(name, value)  # a program has put its own in the place of ours
            elif kind is _BUFFER and type(self).register_buffer is not _OUR_BUFFER:
                self.register_buffer(name, value, value.persistent)
        elif slot is None:
            object.__setattr__(self, name, value)
        elif value is None or isinstance(value, slot.holds):
            vars(self)[name] = value
        else:
            raise _misfit(slot, name, value)

    def __delattr__(self, name: str) -> None:
        if _slot_of(self, name) is None:
            object.__delattr__(self, name)
        else:
            _forget(self, name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under `name`; None keeps the name for a parameter that is absent.

        Raises ``KeyError`` for a name that is empty, dotted or taken, ``TypeError`` for what is
        not a `Parameter`, ``ValueError`` for one that was computed from other tensors.

        >>> module = mt.nn.Module()
        >>> module.register_parameter("scale", mt.nn.Parameter(mt.ones(1)))
        >>> [name for name, _ in module.named_parameters()]
        ['scale']
        """
        _register(self, _PARAMETER, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state and not learned, saved in the state dict if `persistent`.

        Raises ``KeyError`` for a name that is empty, dotted or taken, and ``TypeError`` for what
        is neither a tensor nor None.

        >>> module = mt.nn.Module()
        >>> module.register_buffer("mean", mt.zeros(2))
        >>> module.mean
        tensor([0., 0.])
        """
        _register(self, _BUFFER, name, tensor)
        _mark_persistent(self, name, persistent)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module under `name`.

        Raises ``KeyError`` for a name that is empty, dotted or taken, ``TypeError`` for what is
        not a module.

        >>> model = mt.nn.Module()
        >>> model.add_module("first", mt.nn.Identity())
        >>> model.first
        Identity()
        """
        _register(self, _MODULE, name, module)

    register_module = add_module


_OURS, _OUR_BUFFER = Attributes.register_parameter, Attributes.register_buffer


def show_registries(module: Attributes) -> None:
    """Put the three dictionaries where libraries look for them, into the instance's ``__dict__``."""
    _ = module._parameters, module._buffers, module._modules


def find_registered(module: Any, name: str) -> Any:
    """What ``__getattr__`` finds: a registered name that a property of the class hides, by failing.

    Python asks only where everything else has failed, and every class that is asked pays at each of its other
    attributes.  So `Module` has this method from when somebody needs it.
    """
    if _slot_of(module, name) is not None:
        return vars(module)[name]
    if "_registered_parameters" not in vars(module):
        raise AttributeError(f"{type(module).__name__} has no {name}: call super().__init__() first")
    raise AttributeError(f"'{type(module).__name__}' object has no attribute '{name}'", name=name, obj=module)


def ask_getattr(module: Any, name: str) -> Any:
    """``__getattribute__`` of a class with a ``__getattr__`` of its own, which is asked for registered names.

    PyTorch's modules hold these where Python does not look, and libraries do something whenever one is read.
    """
    held = object.__getattribute__(module, "__dict__")
    for kind in _KINDS:
        if name in held.get(kind.names, ()) and not hasattr(type(module), name):
            return type(module).__getattr__(module, name)
    return object.__getattribute__(module, name)


def _calls_getattr(cls: type) -> bool:
    """Whether a method of the class's own names ``__getattr__``, as ``self.__getattr__(name)`` does."""
    codes = (getattr(value, "__code__", None) for value in vars(cls).values())
    return any("__getattr__" in code.co_names for code in codes if code is not None)


def need_getattr(cls: type) -> None:
    """Give `Module` a ``__getattr__``, for `cls` needs it: it has one of its own, or it calls that."""
    base: Any = next(b for b in reversed(cls.__mro__) if "_get_name" in vars(b))
    base.__getattr__ = find_registered


# ----------------------------------------------------------------------- kinds


class _Kind(NamedTuple):
    """One of the three kinds of attributes that a module keeps count of."""

    word: str
    names: str
    assigned: type
    """The class whose assignment registers under this kind."""
    holds: type
    """The class that a registered name goes on accepting."""
    expected: str
    rank: int
    """A new value takes over a name that is registered under a lower rank, or its own."""


_PARAMETER = _Kind("parameter", "_registered_parameters", Parameter, Parameter, "nn.Parameter", 2)
_MODULE = _Kind("module", "_registered_modules", Attributes, Attributes, "nn.Module", 1)
_BUFFER = _Kind("buffer", "_registered_buffers", Buffer, Tensor, "Tensor", 0)
_KINDS = (_PARAMETER, _MODULE, _BUFFER)


def _kind_of(value: object) -> _Kind | None:
    """The kind that assigning `value` registers."""
    if not isinstance(value, (Tensor, Attributes)):
        return None
    return next((kind for kind in _KINDS if isinstance(value, kind.assigned)), None)


def _slot_of(module: Attributes, name: str) -> _Kind | None:
    """The kind under which `name` is registered; written out, since every assignment asks."""
    held = vars(module).get
    if name in held("_registered_parameters", ()):
        return _PARAMETER
    if name in held("_registered_modules", ()):
        return _MODULE
    return _BUFFER if name in held("_registered_buffers", ()) else None


# ----------------------------------------------------------------- bookkeeping


def _enter(module: Attributes, kind: _Kind, name: str, value: Any) -> None:
    """Register what was assigned, in place of whatever had its name."""
    names = _names_of(module, kind)
    if kind is not _MODULE:
        _check_name(kind, name)
        # A property that cannot be read yet is no attribute: geoopt's manifolds are made so.
        _check_free(module, name, hasattr(type(module), name) and hasattr(module, name))
        _check_leaf(name, value)
    if name not in names:
        _forget(module, name)
    if kind is _BUFFER:
        _mark_persistent(module, name, value.persistent)
    names[name] = None
    vars(module)[name] = value


def _register(module: Attributes, kind: _Kind, name: str, value: Any) -> None:
    """Register under a name that must be free, or registered under this kind already."""
    names = _names_of(module, kind)
    _check_name(kind, name)
    _check_free(module, name, name not in names and hasattr(module, name))
    if value is not None and not isinstance(value, kind.holds):
        raise _unregistrable(kind, name, value)
    _check_leaf(name, value)
    if hasattr(type(module), name):
        need_getattr(type(module))
    names[name] = None
    vars(module)[name] = value


def _forget(module: Attributes, name: str) -> None:
    for kind in _KINDS:
        vars(module)[kind.names].pop(name, None)
    module._non_persistent_buffers_set.discard(name)
    vars(module).pop(name, None)


def _mark_persistent(module: Attributes, name: str, persistent: bool) -> None:
    hidden = module._non_persistent_buffers_set
    (hidden.discard if persistent else hidden.add)(name)


def _names_of(module: Attributes, kind: _Kind) -> dict[str, None]:
    names: dict[str, None] | None = vars(module).get(kind.names)
    if names is None:
        raise AttributeError(
            f"cannot assign {kind.word} before Module.__init__() call: "
            f"call super().__init__() first in {type(module).__name__}.__init__"
        )
    return names


# ---------------------------------------------------------------------- errors


def _check_name(kind: _Kind, name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{kind.word} name should be a string. Got {type(name).__name__}")
    if "." in name:
        raise KeyError(f'{kind.word} name can\'t contain ".", got: {name}')
    if name == "":
        raise KeyError(f'{kind.word} name can\'t be empty string ""')


def _check_free(module: Attributes, name: str, taken: bool) -> None:
    if taken:
        raise KeyError(f"attribute '{name}' already exists in {type(module).__name__}")


def _check_leaf(name: str, value: Any) -> None:
    if isinstance(value, Parameter) and value.grad_fn is not None:
        raise ValueError(
            f"Cannot assign non-leaf Tensor to parameter '{name}'. A parameter is a leaf: "
            "compute what depends on other tensors in forward()"
        )


def _unregistrable(kind: _Kind, name: str, value: object) -> TypeError:
    if kind is _MODULE:
        return TypeError(f"{type(value).__name__} is not a Module subclass, as child {name!r}")
    return TypeError(
        f"cannot assign '{type(value).__name__}' object to {kind.word} '{name}' "
        f"({kind.expected} or None required){_remedy(kind, value)}"
    )


def _misfit(kind: _Kind, name: str, value: object) -> TypeError:
    child = "child " if kind is _MODULE else ""
    return TypeError(
        f"cannot assign '{type(value).__name__}' as {child}{kind.word} '{name}' "
        f"({kind.expected} or None expected){_remedy(kind, value)}"
    )


def _remedy(kind: _Kind, value: object) -> str:
    if kind is _PARAMETER and isinstance(value, Tensor):
        return ": wrap it in nn.Parameter, or write into the old one under no_grad()"
    return ""
