"""A tensor as one of a subclass: the same memory, and what it takes to share it."""

from __future__ import annotations

from typing import Any

from ...engine.op import op
from ...engine.op_definition import case
from ...engine.overriding.dispatch import changed
from ...engine.tensor import Tensor, install


@op(
    x=lambda g: g,
    complex=True,
    view=True,
    name="alias",
    samples=[case((2, 3)), case(())],
    reference=lambda x: x,
)
def _alias(x: Any, /) -> Any:
    """All of `x`, as a view of it.

    >>> mt.ones(1, requires_grad=True).as_subclass(mt.Tensor).grad_fn.name()
    'AliasBackward0'
    """
    return x[...]


def as_subclass(self: Tensor, cls: type[Tensor]) -> Any:
    """The same memory, with the same history, as a tensor of a subclass.

    Raises ``TypeError`` if `cls` is no subclass of Tensor.

    >>> class Mine(mt.Tensor): ...
    >>> mt.ones(1, requires_grad=True).as_subclass(Mine)
    Mine([1.], grad_fn=<AliasBackward0>)
    """
    _require_subclass(cls, "as_subclass")
    with changed(subclasses=False):
        return cls._like(_alias(self))


def _make_subclass(cls: type[Tensor], data: Tensor, require_grad: bool = False, **options: Any) -> Any:
    """A leaf of a subclass that shares the memory of `data` and nothing of its history.

    Raises ``TypeError`` if `cls` is no subclass of Tensor or `data` no tensor, and ``RuntimeError`` for an
    option of PyTorch's that is not here.
    """
    _require_subclass(cls, "_make_subclass")
    if not isinstance(data, Tensor):
        raise TypeError(f"_make_subclass: data must be a tensor, not {type(data).__name__}")
    asked = sorted(name for name, value in options.items() if value)
    if asked:
        raise RuntimeError(f"_make_subclass: {asked[0]} is not supported: a tensor here always has memory")
    with changed(subclasses=False):
        return cls._alias(data, require_grad)


def _require_subclass(cls: Any, name: str) -> None:
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"{name}: cls must be a subclass of Tensor, not {cls!r}")


install(as_subclass=as_subclass, _make_subclass=staticmethod(_make_subclass))
