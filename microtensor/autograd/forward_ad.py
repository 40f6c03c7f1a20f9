"""Forward-mode differentiation: dual numbers, ``primal + tangent * epsilon``.

What a dual does when an op meets it is told in `dual_tensor`.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, NamedTuple

from ..engine.dtypes import is_differentiable
from ..engine.grad_mode import dual_levels as levels
from ..engine.tensor import Tensor
from ..ops.views.reshape import view_as
from . import dual_function as dual_function
from .dual_tensor import Level, as_dual, enabled, plain, tangent_of


def __getattr__(name: str) -> int:
    if name == "_current_level":  # -1 outside of any level
        return len(levels) - 1
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class UnpackedDualTensor(NamedTuple):
    """A primal, and its tangent or None."""

    primal: Tensor
    tangent: Tensor | None


class dual_level:  # noqa: N801
    """A context in which duals live; their tangents are gone when it ends.

    >>> import microtensor.autograd.forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(mt.tensor(3.0), mt.tensor(1.0))
    ...     fwAD.unpack_dual(x * x).tangent
    tensor(6.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        exit_dual_level()


def enter_dual_level() -> int:
    """Begin a level, and return its number; levels do not nest, as in PyTorch."""
    if levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    levels.append(Level())
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level; ``RuntimeError`` if there is none, or another one is named."""
    if not levels:
        raise RuntimeError(
            "Trying to exit a forward AD level that does not exist; call enter_dual_level() first"
        )
    if level not in (None, 0):
        raise RuntimeError(
            f"Trying to exit a forward AD level that was not the last one that was created: {level}. This is "
            "not supported."
        )
    levels.pop().end()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Any:
    """A view of `tensor`, with its memory and history, that carries this tangent.

    Raises ``RuntimeError`` outside of a level, if the shapes differ, or if one of them is dual already, and
    ``ValueError`` if one of them is not floating point.
    """
    if not levels:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, x in (("primal", tensor), ("tangent", tangent)):
        if not is_differentiable(x.dtype):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {x.dtype}")
    paired = getattr(type(tensor), "_paired", None) or getattr(type(tangent), "_paired", None)
    if paired is not None:
        return paired(tensor, tangent, make_dual)
    _check_alike(tensor, tangent)
    same = tangent.dtype == tensor.dtype
    return as_dual(view_as(tensor, tensor), tangent if same else tangent.to(tensor.dtype))


def _check_alike(tensor: Tensor, tangent: Tensor) -> None:
    if tangent_of(tensor) is not None or tangent_of(tangent) is not None:
        raise RuntimeError(
            "Trying to create a dual tensor of a tensor that already has a forward gradient at the same "
            "level: "
            "has a forward gradient at the same level as the one being set"
        )
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, "
            "this "
            f"is not supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is "
            "of "
            f"size {list(tangent.shape)}."
        )


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The values of a tensor, and its tangent if it depends on a dual of this level, else None."""
    if (unpaired := getattr(tensor, "_unpaired", None)) is not None:
        return UnpackedDualTensor(*unpaired(unpack_dual))
    tangent = tangent_of(tensor)
    if tangent is None or not enabled[0]:
        return UnpackedDualTensor(tensor, None)
    bare = plain(tensor)
    return UnpackedDualTensor(view_as(bare, bare), tangent)


class _set_fwd_grad_enabled:  # noqa: N801
    """Whether results carry tangents: at once, and as a context until it ends.

    >>> import microtensor.autograd.forward_ad as fwAD
    >>> with fwAD._set_fwd_grad_enabled(False):
    ...     fwAD._is_fwd_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        self.before = enabled[0]
        enabled[0] = mode

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        enabled[0] = self.before


def _is_fwd_grad_enabled() -> bool:
    return enabled[0]
