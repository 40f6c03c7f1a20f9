"""The same elements with their dimensions in another order: transpose, permute, movedim, and T, mT, mH, H."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...engine.calls.users_line import users_level
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from .reshape import dims_of, positive


@op(x=lambda g, dim0, dim1: transpose(g, dim0, dim1), complex=True, view=True, method=True,
    samples=[case((2, 3), dim0=0, dim1=1), case((2, 3, 4), dim0=-1, dim1=0)],
    reference=lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1))  # fmt: skip
def transpose(x: Any, /, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged.

    >>> mt.transpose(mt.zeros(2, 3, 4), 0, 2).shape
    torch.Size([4, 3, 2])
    """
    return (
        x.swapaxes(dim0, dim1)
        if x.ndim
        else x[(None,) * (positive(dim0, 0) + positive(dim1, 0)) + (Ellipsis,)]
    )


@op(x=lambda g: t(g), complex=True, view=True, name="t", node="TBackward0", samples=[case((2, 3))],
    reference=lambda x: x.T)  # fmt: skip
def t(x: Any, /) -> Any:
    """A matrix transposed.

    >>> mt.t(mt.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    if x.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D")
    return x.T


@op(x=lambda g, dims: permute(g, inverse(dims)),
    complex=True, view=True, name="permute", node="PermuteBackward0",
    samples=[case((2, 3, 4), dims=(2, 0, 1)), case((2, 3), dims=(-1, 0))],
    reference=lambda x, dims: np.transpose(x, dims))  # fmt: skip
def permute(x: Any, /, dims: tuple[int, ...]) -> Any:
    """The dimensions in another order.

    >>> mt.permute(mt.zeros(2, 3, 4), (2, 0, 1)).shape
    torch.Size([4, 2, 3])
    """
    return x.transpose(dims)


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `dims`."""
    order = [d % len(dims) for d in dims]
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to new places, the others staying in order.

    >>> mt.movedim(mt.zeros(2, 3, 4), 0, -1).shape
    torch.Size([3, 4, 2])
    """
    order = input.ndim
    given = {"source": np.atleast_1d(source).tolist(), "destination": np.atleast_1d(destination).tolist()}
    sources, targets = [[positive(d, order) for d in dims] for dims in given.values()]
    if len(sources) != len(targets):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({given['source']} dims) should contain "
            f"the same number of dims as destination ({given['destination']} dims)"
        )
    for (name, dims), found in zip(given.items(), (sources, targets), strict=True):
        if len({*found}) < len(found):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims}): each can go to one place")
    rest = iter([d for d in range(order) if d not in sources])
    places = dict(zip(targets, sources, strict=True))
    return permute(input, tuple(places[d] if d in places else next(rest) for d in range(order)))


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Any:
    """`transpose`, under NumPy's name.

    >>> mt.swapaxes(mt.zeros(2, 3), axis0=0, axis1=1).shape
    torch.Size([3, 2])
    """
    return transpose(input, axis0, axis1)


def _permute_method(input: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """The dimensions in another order."""
    return permute(input, dims_of(args, dims))


def _warn_of_transpose(name: str, x: Tensor) -> None:
    if x.ndim:
        text = (
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and "
            "it will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
        )
    else:
        instead = "Consider using x.conj()" if "H" in name else "This function is the identity in these cases"
        text = f"Tensor.{name} is deprecated on 0-D tensors. {instead}."
    warnings.warn(text, UserWarning, stacklevel=users_level())


def _transposed(input: Tensor) -> Any:
    """All dimensions in reverse order; it warns, as in PyTorch, unless there are two."""
    if input.ndim != 2:
        _warn_of_transpose("T", input)
    return permute(input, tuple(range(input.ndim))[::-1])


def _matrix_transposed(input: Tensor) -> Any:
    """The last two dimensions exchanged."""
    if not input.ndim:
        _warn_of_transpose("mT", input)
        return input
    if input.ndim == 1:
        raise RuntimeError("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return transpose(input, -2, -1)


def _conjugate_transposed(input: Tensor) -> Any:
    """The last two dimensions exchanged, and the conjugate."""
    if not input.ndim:
        _warn_of_transpose("mH", input)
        return input.conj()
    if input.ndim == 1:
        raise RuntimeError("tensor.mH is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return transpose(input, -2, -1).conj()


def _hermitian(input: Tensor) -> Any:
    """A matrix transposed, and its conjugate."""
    if input.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors), got {input.ndim}-D: use x.mH"
        )
    if not input.ndim:
        _warn_of_transpose("H", input)
        return input.conj()
    return t(input).conj()


install(
    permute=_permute_method, swapaxes=swapaxes, swapdims=transpose, movedim=movedim, moveaxis=movedim, t=t,
    T=property(_transposed), mT=property(_matrix_transposed), mH=property(_conjugate_transposed),
    H=property(_hermitian),
)  # fmt: skip
