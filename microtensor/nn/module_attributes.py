"""What happens when something is assigned to a module: the bookkeeping under `Module`.

PyTorch keeps parameters, buffers and children in three dictionaries and finds them through
``__getattr__``, which costs half a microsecond for each ``self.weight`` in a forward pass.  Here
a value lives in one place, the instance's ``__dict__``, where Python finds it in ten nanoseconds;
beside it lie three ordered sets of names that say which attributes are parameters, buffers and
children.  ``_parameters``, ``_buffers`` and ``_modules`` are live views through those names, with
everything that a dictionary can do, so code that edits them directly keeps working, and there is
no second copy that could be out of date.  Deepcopy and pickle need nothing special.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from ..tensor import Tensor
from .parameter import Buffer, Parameter

if TYPE_CHECKING:
    from .module import Module

T = TypeVar("T")


class Registry(MutableMapping[str, T]):
    """A live dictionary of those attributes of one instance whose names are in `names`."""

    __slots__ = ("_attributes", "_names")

    def __init__(self, names: dict[str, None], attributes: dict[str, Any]) -> None:
        self._names, self._attributes = names, attributes

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        return cast(T, self._attributes[name])

    def __setitem__(self, name: str, value: T) -> None:
        self._names[name] = None
        self._attributes[name] = value

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        del self._attributes[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


class _RegistryAttribute(Generic[T]):
    """The class attribute behind ``_parameters`` and its like; assigning replaces the content."""

    def __init__(self, names: str) -> None:
        self._names = names

    def __get__(self, module: Attributes, owner: type[Attributes]) -> Registry[T]:
        try:
            return Registry(vars(module)[self._names], vars(module))
        except KeyError:
            raise AttributeError(
                f"{type(module).__name__} is not initialised: "
                "call super().__init__() first in its __init__"
            ) from None

    def __set__(self, module: Attributes, values: MutableMapping[str, T]) -> None:
        registry, values = self.__get__(module, type(module)), dict(values)
        registry.clear()
        registry.update(values)


class Attributes:
    """The part of `Module` that knows which of its attributes are parameters, buffers, children."""

    training: bool
    _parameter_names: dict[str, None]
    _buffer_names: dict[str, None]
    _module_names: dict[str, None]
    _non_persistent_buffers_set: set[str]
    _parameters = _RegistryAttribute["Parameter | None"]("_parameter_names")
    _buffers = _RegistryAttribute["Tensor | None"]("_buffer_names")
    _modules = _RegistryAttribute["Module | None"]("_module_names")

    def __init__(self) -> None:
        vars(self).update(
            training=True,
            _parameter_names={},
            _buffer_names={},
            _module_names={},
            _non_persistent_buffers_set=set(),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        kind, slot = _kind_of(value), _slot_of(self, name)
        if kind is None and slot is None:
            object.__setattr__(self, name, value)
        elif kind is not None and (slot is None or kind.rank >= slot.rank):
            self._enter(kind, name, value)
        elif slot is not None and (value is None or isinstance(value, slot.holds)):
            vars(self)[name] = value
        else:
            raise _misfit(cast(_Kind, slot), name, value)

    def _enter(self, kind: _Kind, name: str, value: Any) -> None:
        """Register what was assigned, in place of whatever had its name."""
        names = vars(self).get(kind.names)
        if names is None:
            raise AttributeError(
                f"cannot assign {kind.plural} before Module.__init__() call: "
                f"call super().__init__() first in {type(self).__name__}.__init__"
            )
        if kind is not _MODULE:
            _check_name(kind, name)
            _check_free(self, name, hasattr(type(self), name))
            _check_leaf(name, value)
        if name not in names:
            self._forget(name)
        if kind is _BUFFER:
            self._mark_persistent(name, value.persistent)
        names[name] = None
        vars(self)[name] = value

    def __delattr__(self, name: str) -> None:
        if _slot_of(self, name) is None:
            object.__delattr__(self, name)
        else:
            self._forget(name)

    def _forget(self, name: str) -> None:
        for kind in _KINDS:
            vars(self)[kind.names].pop(name, None)
        self._non_persistent_buffers_set.discard(name)
        vars(self).pop(name, None)

    def _mark_persistent(self, name: str, persistent: bool) -> None:
        change = self._non_persistent_buffers_set
        (change.discard if persistent else change.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under `name`; None keeps the name for a parameter that is absent.

        Raises ``KeyError`` for a name that is empty, dotted or taken, ``TypeError`` for what is
        not a `Parameter`, ``ValueError`` for one that was computed from other tensors.

        >>> module = mt.nn.Module()
        >>> module.register_parameter("scale", mt.nn.Parameter(mt.ones(1)))
        >>> [name for name, _ in module.named_parameters()]
        ['scale']
        """
        self._register(_PARAMETER, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state and not learned, saved in the state dict if `persistent`.

        Raises ``KeyError`` for a name that is empty, dotted or taken, and ``TypeError`` for what
        is neither a tensor nor None.

        >>> module = mt.nn.Module()
        >>> module.register_buffer("mean", mt.zeros(2))
        >>> module.mean
        tensor([0., 0.])
        """
        self._register(_BUFFER, name, tensor)
        self._mark_persistent(name, persistent)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module under `name`.

        Raises ``KeyError`` for a name that is empty, dotted or taken, ``TypeError`` for what is
        not a module.

        >>> model = mt.nn.Module()
        >>> model.add_module("first", mt.nn.Identity())
        >>> model.first
        Identity()
        """
        self._register(_MODULE, name, module)

    register_module = add_module

    def _register(self, kind: _Kind, name: str, value: Any) -> None:
        names = vars(self).get(kind.names)
        if names is None:
            raise AttributeError(
                f"cannot assign {kind.word} before Module.__init__() call: "
                f"call super().__init__() first in {type(self).__name__}.__init__"
            )
        _check_name(kind, name)
        _check_free(self, name, name not in names and hasattr(self, name))
        if value is not None and not isinstance(value, kind.holds):
            raise _unregistrable(kind, name, value)
        _check_leaf(name, value)
        names[name] = None
        vars(self)[name] = value


class _Kind(NamedTuple):
    """One of the three kinds of attributes that a module keeps count of."""

    word: str
    plural: str
    names: str
    assigned: type
    """The class whose assignment registers under this kind."""
    holds: type
    """The class that a registered name goes on accepting."""
    expected: str
    rank: int
    """A new value takes over a name that is registered under a lower rank, or its own."""


_PARAMETER = _Kind(
    "parameter", "parameters", "_parameter_names", Parameter, Parameter, "nn.Parameter", 2
)
_MODULE = _Kind("module", "module", "_module_names", Attributes, Attributes, "nn.Module", 1)
_BUFFER = _Kind("buffer", "buffer", "_buffer_names", Buffer, Tensor, "Tensor", 0)
_KINDS = (_PARAMETER, _MODULE, _BUFFER)


_ASSIGNED = tuple(kind.assigned for kind in _KINDS)


def _kind_of(value: object) -> _Kind | None:
    """The kind that assigning `value` registers."""
    if isinstance(value, _ASSIGNED):
        return next(kind for kind in _KINDS if isinstance(value, kind.assigned))
    return None


def _slot_of(module: Attributes, name: str) -> _Kind | None:
    """The kind under which `name` is registered; written out, since every assignment asks."""
    held = vars(module).get
    if name in held("_parameter_names", ()):
        return _PARAMETER
    if name in held("_module_names", ()):
        return _MODULE
    return _BUFFER if name in held("_buffer_names", ()) else None


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
