"""Operators that programs define, and how a call of one runs: ``torch.ops.namespace.name.overload(...)``.

An operator is a schema with the functions that were registered for it: what computes (a kernel), what
differentiates, what maps over a batch.  A call is sorted by the schema, and then goes the way that PyTorch's
dispatcher would send it: to the Autograd kernel if there is one, else to the kernel of the CPU, inside an
`autograd.Function` if a formula for its gradient was registered (see `calls`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from .schema import Schema

__all__ = ["OpOverload", "OpOverloadPacket", "find", "namespace", "overload"]

DEFAULT = "default"
_KERNELS = ("CPU", "CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")
_AUTOGRAD = ("Autograd", "AutogradCPU")
_below: ContextVar[bool] = ContextVar("microtensor.library.below_autograd", default=False)


@contextmanager
def below_autograd() -> Iterator[None]:
    """The length of a ``with`` in which an operator's call does not go to its Autograd kernel."""
    token = _below.set(True)
    try:
        yield
    finally:
        _below.reset(token)


class OpOverload:
    """One operator: its schema, and the functions that were registered for it."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.namespace, _, self._opname = schema.name.partition("::")
        self._overloadname = schema.overload_name or DEFAULT
        self.kernels: dict[str, Callable[..., Any]] = {}
        self.formula: tuple[Callable[..., Any], Callable[..., Any] | None] | None = None
        self.fake: Callable[..., Any] | None = None
        self.batching: Callable[..., Any] | None = None
        self.opaque = False
        self.tags: list[Any] = []
        self.__name__ = f"{self._opname}.{self._overloadname}"
        self.__qualname__ = self._name = self.name()

    def name(self) -> str:
        """``namespace::name``, with the overload's name if it has one."""
        return f"{self._schema.name}{'.' * bool(self._schema.overload_name)}{self._schema.overload_name}"

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """The operator with all of its overloads."""
        return find(self.namespace, self._opname)  # type: ignore[no-any-return]

    _overloadpacket = overloadpacket

    @property
    def op(self) -> Callable[..., Any]:
        """The call itself."""
        return self.__call__

    def has_kernel_for_dispatch_key(self, key: Any) -> bool:
        """Whether a function was registered under this dispatch key."""
        return str(key).rpartition(".")[2] in self.kernels

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it; ``RuntimeError`` for arguments that the schema does not know."""
        from .calls import run

        return run(self, self._schema.bind(args, kwargs))

    def autograd_kernel(self) -> Callable[..., Any] | None:
        """What was registered to run in the place of the kernel while gradients may be recorded."""
        return None if _below.get() else self._first(_AUTOGRAD)

    def composite_kernel(self) -> Callable[..., Any] | None:
        """The function that is made of differentiable operations; None if it has a kernel of its own."""
        return None if self._first(_KERNELS) else self.kernels.get("CompositeImplicitAutograd")

    def kernel(self) -> Callable[..., Any]:
        """The function that computes; ``NotImplementedError`` if none was registered for the CPU."""
        found = self._first((*_KERNELS, "CompositeImplicitAutograd"))
        if found is None:
            raise NotImplementedError(
                f"Could not run '{self.name()}' with arguments from the 'CPU' backend. '{self.name()}' is "
                f"only available for these backends: [{', '.join(self.kernels)}]: register a function with "
                'torch.library.impl or register_kernel for "cpu"'
            )
        return found

    def _first(self, keys: tuple[str, ...]) -> Callable[..., Any] | None:
        return next((self.kernels[key] for key in keys if key in self.kernels), None)

    def __deepcopy__(self, memo: object) -> OpOverload:
        return self

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.namespace}.{self._opname}', overload='{self._overloadname}')>"

    def __str__(self) -> str:
        return f"{self.namespace}.{self._opname}.{self._overloadname}"


class OpOverloadPacket:
    """All overloads of an operator; a call takes the first one whose schema the arguments fit."""

    def __init__(self, namespace: str, name: str) -> None:
        self._qualified_op_name = f"{namespace}::{name}"
        self.__name__, self._namespace = name, namespace
        self.members: dict[str, Any] = {}

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self.members)

    def __getattr__(self, name: str) -> Any:
        members = vars(self).get("members", {})
        if name in members:
            return members[name]
        raise AttributeError(f"The underlying op of '{self}' has no overload name '{name}'")

    def __deepcopy__(self, memo: object) -> OpOverloadPacket:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the overload that the arguments fit; the last one's error if there is none."""
        *others, last = self.members.values()
        for member in others:
            try:
                member._schema.bind(args, kwargs)
            except RuntimeError:
                continue
            return member(*args, **kwargs)
        return last(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"

    def __str__(self) -> str:
        return self._qualified_op_name.replace("::", ".")


class _OpNamespace(ModuleType):
    """The operators of one library, as attributes."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.packets: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        packets = vars(self)["packets"]
        if name not in packets and self.__name__ == "torch.ops.aten" and name[:2] != "__":
            from .aten import packet

            packets.update(packet(name))
        if name in packets:
            return packets[name]
        own = self.__name__.rpartition(".")[2]
        raise AttributeError(f"'_OpNamespace' '{own}' object has no attribute '{name}'", name=name, obj=self)

    def __dir__(self) -> list[str]:
        return sorted(self.packets)

    def __repr__(self) -> str:
        return f"<module {self.__name__!r} from 'torch.ops'>"


_spaces: dict[str, _OpNamespace] = {}


def namespace(name: str) -> _OpNamespace:
    """The operators of the library `name`, also before it has any."""
    if name not in _spaces:
        _spaces[name] = _OpNamespace(name)
    return _spaces[name]


def find(space: str, name: str) -> Any:
    """The operator ``space::name``; ``AttributeError`` if there is none."""
    return getattr(namespace(space), name)


def overload(qualified: str) -> OpOverload:
    """The overload ``space::name.overload``, or the default one; ``RuntimeError`` if there is none."""
    space, _, rest = qualified.partition("::")
    name, _, own = rest.partition(".")
    member = namespace(space).packets.get(name)
    found = None if member is None else member.members.get(own or DEFAULT)
    if not isinstance(found, OpOverload):
        raise RuntimeError(f"operator {qualified} does not exist: define it with torch.library.define first")
    return found


def add(schema: Schema) -> OpOverload:
    """Define an operator; ``RuntimeError`` if there is one of its name and overload."""
    made = OpOverload(schema)
    packets = namespace(made.namespace).packets
    packet = packets.setdefault(made._opname, OpOverloadPacket(made.namespace, made._opname))
    if made._overloadname in packet.members:
        raise RuntimeError(
            f"Tried to register an operator ({schema}) with the same name and overload name multiple times. "
            "Each overload's schema should only be registered with a single call to def()."
        )
    packet.members[made._overloadname] = made
    return made


def remove(operator: OpOverload) -> None:
    """Forget an operator."""
    packets = namespace(operator.namespace).packets
    packet = packets.get(operator._opname)
    if packet is not None:
        packet.members.pop(operator._overloadname, None)
        if not packet.members:
            del packets[operator._opname]
