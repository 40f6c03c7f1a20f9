"""Parameters that are computed: `register_parametrization` puts a function in front of a tensor.

Where the tensor was, the module's class (a subclass of its own, made on the spot) gets a property
that computes the value from the original, each time that it is asked for.  The originals move to
``module.parametrizations.<name>``, which is where state dicts and optimizers find them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor
from ..modules.container.module_dict import ModuleDict
from ..modules.container.sequences import ModuleList
from ..modules.module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_UNSAFE = "pass unsafe=True if that is meant"


class _Cache:
    """Values computed inside of `cached`, by module and name."""

    depth = 0
    values: ClassVar[dict[tuple[int, str], Any]] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once, and keep it until the block is left.

    For tensors that are used several times in one forward pass, such as shared weights.

    >>> class Twice(mt.nn.Module):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> layer = register_parametrization(mt.nn.Linear(1, 1), "weight", Twice())
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    _Cache.depth += 1
    try:
        yield
    finally:
        _Cache.depth -= 1
        if not _Cache.depth:
            _Cache.values.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor in order, and the tensor or tensors that they start from.

    `original` holds what the first takes, or ``original0``, ``original1`` and so on if its
    ``right_inverse`` gives several.  `register_parametrization` makes it.

    Raises ``ValueError`` for an empty list, for a ``right_inverse`` that gives no tensors or another
    dtype, and, unless `unsafe`, if the result has another shape or dtype than `original`.

    >>> ParametrizationList([mt.nn.Tanh()], mt.nn.Parameter(mt.zeros(2)))().detach()
    tensor([0., 0.])
    """

    original: Tensor

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        wanted = original.shape, original.dtype
        with no_grad():
            start = _undo_where_possible(self, original)
        self.is_tensor = isinstance(start, Tensor)
        self.ntensors = 1 if self.is_tensor else len(_sequence(start))
        (self._hold_one if self.is_tensor else self._hold_several)(original, start)
        if not unsafe:
            _check_like(self(), *wanted, "Registering a parametrization")

    def _hold_one(self, original: Any, start: Any) -> None:
        if start.dtype != original.dtype:
            raise ValueError(
                "When `right_inverse` outputs one tensor, it may not change the dtype: the original is "
                f"{original.dtype}, and its right_inverse {start.dtype}"
            )
        if start is not original:
            original.data = start.data
        _register(self, "original", original)

    def _hold_several(self, original: Any, starts: Any) -> None:
        for i, start in enumerate(starts):
            if not isinstance(start, Tensor):
                raise _no_tensors(f"element {i} of the sequence with type {type(start).__name__}")
            if isinstance(original, Parameter):
                start = Parameter(start, original.requires_grad)
            _register(self, f"original{i}", start.requires_grad_(original.requires_grad))

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Set the originals so that the parametrized tensor becomes `value`.

        Raises ``RuntimeError`` for a parametrization without a ``right_inverse``, ``ValueError`` if
        what it gives does not fit the originals.
        """
        with no_grad():
            found: Any = value
            for module in reversed(list(self)):
                found = _right_inverse_of(module)(found)
        originals = self._originals()
        for i, (held, new) in enumerate(zip(originals, self._parts(found), strict=True)):
            if new.dtype != held.dtype:
                raise ValueError(
                    f"The tensor {i} returned by `right_inverse` has dtype {new.dtype} while the original "
                    f"has dtype {held.dtype}"
                )
            held.data = new.data

    def _parts(self, found: Any) -> list[Any]:
        parts = [found] if self.is_tensor else list(_sequence(found))
        if len(parts) != self.ntensors:
            raise ValueError(
                "'right_inverse' must return a sequence of tensors of length "
                f"{self.ntensors}. Got a sequence of length {len(parts)}."
            )
        for part in parts:
            if not isinstance(part, Tensor):
                raise ValueError(f"`right_inverse` should return a tensor. Got {type(part).__name__}")
        return parts

    def forward(self) -> Any:
        """The tensor, computed from the originals."""
        first, *rest = self
        value = first(*self._originals())
        for module in rest:
            value = module(value)
        return value


def _undo_where_possible(modules: ParametrizationList, value: Any) -> Any:
    """What to start from; a parametrization that cannot be undone is taken for the identity."""
    for module in reversed(list(modules)):
        if hasattr(module, "right_inverse"):
            try:
                value = module.right_inverse(value)
            except NotImplementedError:
                continue
    return value


def _right_inverse_of(module: Any) -> Any:
    if not hasattr(module, "right_inverse"):
        raise RuntimeError(
            f"parametrization {type(module).__name__} does not implement right_inverse, which says what "
            "an assigned value is computed from."
        )
    return module.right_inverse


def _sequence(value: Any) -> Any:
    if not isinstance(value, Sequence):
        raise _no_tensors(type(value).__name__)
    return value


def _no_tensors(what: str) -> ValueError:
    return ValueError(
        f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {what}"
    )


def _check_like(value: Any, shape: Any, dtype: Any, doing: str) -> None:
    """Raise unless `value` is a tensor of this shape and dtype."""
    if not isinstance(value, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(value).__name__}.")
    for what, old, new in (("dtype", dtype, value.dtype), ("shape", tuple(shape), tuple(value.shape))):
        if old != new:
            raise ValueError(f"{doing} may not change the {what} of the tensor: {old} to {new}; {_UNSAFE}")


def _register(module: Module, name: str, tensor: Any) -> None:
    (module.register_parameter if isinstance(tensor, Parameter) else module.register_buffer)(name, tensor)


# ------------------------------------------------------------------ on and off


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let ``module.<tensor_name>`` be computed by `parametrization` from then on; returns `module`.

    What was there is kept as ``module.parametrizations.<tensor_name>.original``.  A second one takes
    what the first gives.  A method ``right_inverse`` of the parametrization says from what a value is
    computed: it gives the first original (several, if it returns a tuple), and lets one assign to the
    tensor.  Without `unsafe` the shape and dtype may not change.

    Raises ``ValueError`` for a name that is no parameter or buffer, and for changes of shape or dtype.

    >>> class Symmetric(mt.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = register_parametrization(mt.nn.Linear(2, 2), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all()), sorted(layer.state_dict())
    (True, ['bias', 'parametrizations.weight.original'])
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        _append(module, tensor_name, parametrization, unsafe)
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        _start(module, tensor_name, parametrization, unsafe)
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _append(module: Any, name: str, parametrization: Any, unsafe: bool) -> None:
    """One more, behind those that are there."""
    if not unsafe:
        before = getattr(module, name)
        after = parametrization(before)
        _check_like(after, before.shape, before.dtype, "Registering a parametrization")
        if hasattr(parametrization, "right_inverse"):
            _check_inverse(parametrization, before, after)
    chain = module.parametrizations[name]
    chain.append(parametrization)
    chain.unsafe |= unsafe


def _check_inverse(parametrization: Any, before: Any, after: Any) -> None:
    try:
        back = parametrization.right_inverse(after)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    _check_like(back, before.shape, before.dtype, "parametrization.right_inverse")


def _start(module: Any, name: str, parametrization: Module, unsafe: bool) -> None:
    chain = ParametrizationList([parametrization], getattr(module, name), unsafe=unsafe)
    delattr(module, name)
    if not is_parametrized(module):
        module.__class__ = _subclass(type(module))
        module.parametrizations = ModuleDict()
    setattr(type(module), name, _computed(name))
    module.parametrizations[name] = chain


def _subclass(cls: Any) -> Any:
    """A class for one module (and its deep copies) alone, to hang properties on."""
    made: Any = type(f"Parametrized{cls.__name__}", (cls,), {"__getstate__": _refuse_to_pickle})
    if not hasattr(cls, "__deepcopy__"):
        made.__deepcopy__ = _deepcopy
    return made


def _refuse_to_pickle(self: Any) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(): save that, "
        "and load it into a module that is parametrized in the same way"
    )


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    twin = memo[id(self)] = object.__new__(type(self))
    vars(twin).update(copy.deepcopy(vars(self), memo))
    return twin


def _computed(name: str) -> property:
    """The property in a parametrized tensor's place."""

    def read(self: Any) -> Any:
        compute, key = self.parametrizations[name], (id(self), name)
        if not _Cache.depth:
            return compute()
        if key not in _Cache.values:
            _Cache.values[key] = compute()
        return _Cache.values[key]

    def write(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether this tensor of the module, or any, is parametrized.

    >>> is_parametrized(mt.nn.Linear(1, 1))
    False
    """
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make ``module.<tensor_name>`` an ordinary tensor again; returns `module`.

    It keeps the value that was computed last, or gets the original back if not `leave_parametrized`.
    A single original stays the same object, so that an optimizer still holds it.

    Raises ``ValueError`` if it is not parametrized, and for getting back one of several originals.

    >>> class Twice(mt.nn.Module):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> layer = register_parametrization(mt.nn.Linear(1, 1), "weight", Twice())
    >>> remove_parametrizations(layer, "weight")
    Linear(in_features=1, out_features=1, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    original = _settled(module, tensor_name, leave_parametrized)
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def _settled(module: Any, name: str, leave_parametrized: bool) -> Any:
    """The tensor that takes the place of the computed one."""
    chain = module.parametrizations[name]
    if chain.is_tensor:
        if leave_parametrized:
            with no_grad():
                chain.original.data = getattr(module, name)
        return chain.original
    if not leave_parametrized:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in "
            "terms of a sequence of tensors."
        )
    value = getattr(module, name)
    return Parameter(value) if value.requires_grad else value


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before it was parametrized.

    >>> type_before_parametrizations(mt.nn.Linear(1, 1)).__name__
    'Linear'
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Any, to_module: Any, tensor_name: str | None = None
) -> Any:
    """Parametrize `to_module` as `from_module` is, with the same originals; returns `to_module`.

    The parametrizations themselves are shared.  A tensor that `to_module` lacks is made.

    >>> one = register_parametrization(mt.nn.Linear(1, 1), "weight", mt.nn.Identity())
    >>> two = transfer_parametrizations_and_params(one, mt.nn.Linear(1, 1))
    >>> two.parametrizations.weight.original is one.parametrizations.weight.original
    True
    """
    if is_parametrized(from_module):
        given = from_module.parametrizations
        for name in list(given) if tensor_name is None else [tensor_name]:
            _transfer(from_module, to_module, name, given[name])
    return to_module


def _transfer(source: Module, target: Any, name: str, chain: Any) -> None:
    if not hasattr(target, name):
        setattr(target, name, Parameter(getattr(source, name)))
    for parametrization in chain:
        register_parametrization(target, name, parametrization)
    held = ["original"] if chain.is_tensor else [f"original{i}" for i in range(chain.ntensors)]
    for original in held:
        setattr(target.parametrizations[name], original, getattr(chain, original))
