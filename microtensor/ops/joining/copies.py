"""Views that are copies: ``permute_copy`` and its kin, for programs that may not share memory."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature
from typing import Any

from ...engine.attributes.layout_format import contiguous_format
from ...engine.numpy_keywords import Later
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor
from ..indexing.getitem import index, select
from ..views.diagonals import diagonal
from ..views.expand import expand
from ..views.permute import permute, t, transpose
from ..views.reshape import positive, view
from ..views.squeeze import squeeze, unsqueeze
from .as_strided import as_strided
from .cat_split import split, unbind


def _copied(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_copied, result))
    return result.clone(memory_format=contiguous_format)


def _slice(
    input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    before = (slice(None),) * positive(dim, input.ndim)
    return index(input, (*before, slice(start, end, step)))


def _copy_of(name: str, view: Callable[..., Any], call: str) -> Any:
    """The function of that name: `view`, in memory of its own."""

    def function(*args: Any, **named: Any) -> Any:
        return _copied(view(*args, **named))

    function.__signature__ = Later(lambda: _plain(view))  # type: ignore[attr-defined]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""`{name.removesuffix("_copy")}` of `input`, as a copy; the gradient is the view's.

    >>> mt.{call}
    """
    return with_out(function)


def _plain(view: Callable[..., Any]) -> Signature:
    """The view's own parameters."""
    found = signature(view)
    return found.replace(parameters=[p for p in found.parameters.values() if p.name != "out"])


def _unfold(input: Tensor, dimension: int, size: int, step: int) -> Any:
    return input.unfold(dimension, size, step)


def _detached(input: Tensor) -> Any:
    return input.detach()


def _alias(input: Tensor) -> Any:
    return input


def _pieces(input: Tensor, split_size: Any, dim: int = 0) -> Any:
    return split(input, split_size, dim)


def _sized(input: Tensor, split_sizes: Any, dim: int = 0) -> Any:
    return split(input, list(split_sizes), dim)


alias_copy = _copy_of("alias_copy", _alias, "alias_copy(mt.ones(1))\n    tensor([1.])")
as_strided_copy = _copy_of(
    "as_strided_copy", as_strided, "as_strided_copy(mt.arange(3), (2,), (2,))\n    tensor([0, 2])"
)
detach_copy = _copy_of("detach_copy", _detached, "detach_copy(mt.ones(1))\n    tensor([1.])")
diagonal_copy = _copy_of("diagonal_copy", diagonal, "diagonal_copy(mt.eye(2))\n    tensor([1., 1.])")
expand_copy = _copy_of("expand_copy", expand, "expand_copy(mt.ones(1), (2,))\n    tensor([1., 1.])")
permute_copy = _copy_of(
    "permute_copy", permute, "permute_copy(mt.ones(1, 2), (1, 0)).shape\n    torch.Size([2, 1])"
)
select_copy = _copy_of("select_copy", select, "select_copy(mt.arange(3), 0, 1)\n    tensor(1)")
slice_copy = _copy_of("slice_copy", _slice, "slice_copy(mt.arange(4), 0, 1, 3)\n    tensor([1, 2])")
split_copy = _copy_of("split_copy", _pieces, "split_copy(mt.arange(2), 1)\n    (tensor([0]), tensor([1]))")
split_with_sizes_copy = _copy_of(
    "split_with_sizes_copy", _sized,
    "split_with_sizes_copy(mt.arange(3), [1, 2])\n    (tensor([0]), tensor([1, 2]))",
)  # fmt: skip
squeeze_copy = _copy_of("squeeze_copy", squeeze, "squeeze_copy(mt.ones(1, 2))\n    tensor([1., 1.])")
t_copy = _copy_of("t_copy", t, "t_copy(mt.ones(1, 2)).shape\n    torch.Size([2, 1])")
transpose_copy = _copy_of(
    "transpose_copy", transpose, "transpose_copy(mt.ones(1, 2), 0, 1).shape\n    torch.Size([2, 1])"
)
unbind_copy = _copy_of("unbind_copy", unbind, "unbind_copy(mt.arange(2))\n    (tensor(0), tensor(1))")
unfold_copy = _copy_of(
    "unfold_copy", _unfold, "unfold_copy(mt.arange(3), 0, 2, 1).tolist()\n    [[0, 1], [1, 2]]"
)
unsqueeze_copy = _copy_of("unsqueeze_copy", unsqueeze, "unsqueeze_copy(mt.ones(1), 0)\n    tensor([[1.]])")
view_copy = _copy_of("view_copy", view, "view_copy(mt.ones(2), (2, 1)).shape\n    torch.Size([2, 1])")


__all__ = [
    "alias_copy", "as_strided_copy", "detach_copy", "diagonal_copy", "expand_copy", "permute_copy",
    "select_copy", "slice_copy", "split_copy", "split_with_sizes_copy", "squeeze_copy", "t_copy",
    "transpose_copy", "unbind_copy", "unfold_copy", "unsqueeze_copy", "view_copy",
]  # fmt: skip
