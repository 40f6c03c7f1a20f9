"""Rearranging without computing: views where NumPy gives views, and each op its own way back."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.calls.sentences import unequal
from ...engine.calls.users_line import users_level
from ...engine.dtypes import as_dtype
from ...engine.graph import sum_to
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from ...errors import ShapeError, describe, scalar_type
from .broadcast_view import broadcast_view


def dims_of(args: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    """``f(2, 3)``, ``f((2, 3))`` and ``f(name=(2, 3))`` alike."""
    args = args if named is None else (named,)
    if len(args) == 1 and isinstance(args[0], Sequence):
        args = tuple(args[0])
    return tuple([int(n) for n in args])


@op(x=lambda g, x_shape: g.reshape(x_shape), complex=True, view=True, name="reshape", node="ViewBackward0",
    samples=[case((2, 6), shape=(3, 4)), case((), shape=(1, 1)), case((0, 3), shape=(3, 0))],
    reference=lambda x, shape: np.reshape(x, shape))  # fmt: skip
def _reshape(x: Any, /, shape: tuple[int, ...]) -> Any:
    """The same elements in C order, in another shape; -1 stands for what is left.

    >>> mt.reshape(mt.arange(6), (2, -1))
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return x.reshape(shape)


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """`input` in another shape; a view if the memory allows, else a copy.

    Raises ``RuntimeError`` if the number of elements differs.

    >>> mt.arange(6).reshape(3, 2).shape
    torch.Size([3, 2])
    """
    return _reshape(input, dims_of(sizes, shape))


def view(input: Tensor, *shape: Any, size: Any = None, dtype: Any = None) -> Tensor:
    """`input` in another shape (or its bytes as another dtype), sharing its memory.

    Raises ``RuntimeError`` where that is impossible.  A view of another dtype has no gradient.

    >>> mt.arange(6).view(2, 3).shape
    torch.Size([2, 3])
    >>> mt.tensor([1.0]).view(mt.int32)
    tensor([1065353216], dtype=torch.int32)
    """
    if dtype is None and len(shape) == 1 and not isinstance(shape[0], (int, Sequence, Tensor)):
        (dtype,) = shape
    if dtype is not None:
        return _view_bytes(input, as_dtype(dtype))
    shape = dims_of(shape, size)
    out = _reshape(input, shape)
    if out._view is None and out.numel():
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: {shape} from "
            f"{tuple(input.shape)} with strides {input.stride()} takes a copy. Use .reshape(...) instead."
        )
    return out


def _view_bytes(input: Tensor, dtype: Any) -> Tensor:
    array, new = input.array, np.dtype(dtype).itemsize
    old, kinds = (
        array.itemsize,
        f"{scalar_type(input.dtype)} as {scalar_type(dtype)} (different element sizes)",
    )
    if old != new and not array.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to view {kinds}")
    if old != new and array.strides[-1] != old:
        raise RuntimeError(f"self.stride(-1) must be 1 to view {kinds}, but got {input.stride(-1)}")
    if old < new and array.shape[-1] * old % new:
        raise RuntimeError(
            f"self.size(-1) must be divisible by {new // old} to view {kinds}, but got {array.shape[-1]}"
        )
    if old < new and any(step % new for step in array.strides[:-1]):
        raise RuntimeError(f"self.stride(...) must be divisible by {new // old} to view {kinds}")
    return Tensor._of(array.view(dtype))


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` as a view with the shape of `other`."""
    return view(input, tuple(other.shape))


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` with the shape of `other`."""
    return _reshape(input, tuple(other.shape))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions `start_dim` to `end_dim` as one.

    >>> mt.flatten(mt.zeros(2, 3, 4), 1).shape
    torch.Size([2, 12])
    """
    shape = tuple(input.shape)
    if not shape:
        return _reshape(input, (1,))
    first, last = positive(start_dim, len(shape)), positive(end_dim, len(shape))
    if first > last:
        raise RuntimeError(f"flatten() has invalid args: start_dim {start_dim} comes after end_dim {end_dim}")
    merged = (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
    return input if first == last else _reshape(input, merged)


@numpy_names
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Any:
    """Dimension `dim` as several.

    >>> mt.unflatten(mt.zeros(6, 2), 0, (2, 3)).shape
    torch.Size([2, 3, 2])
    """
    shape, dim = tuple(input.shape), positive(dim, input.ndim)
    sizes, known = list(sizes), math.prod(n for n in sizes if n != -1)
    sizes = [shape[dim] // known if n == -1 else n for n in sizes]
    return _reshape(input, (*shape[:dim], *sizes, *shape[dim + 1 :]))


def positive(dim: int, ndim: int) -> int:
    """`dim` counted from the front; ``IndexError`` in PyTorch's words if there is no such one."""
    span = ndim or 1
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})"
        )
    return dim % span


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
    sources = [positive(d, order) for d in np.atleast_1d(source)]
    targets = [positive(d, order) for d in np.atleast_1d(destination)]
    given = {"source": np.atleast_1d(source).tolist(), "destination": np.atleast_1d(destination).tolist()}
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


@numpy_names
@op(x=lambda g, dim: squeeze_dim(g, dim), complex=True, view=True, method=True,
    samples=[case((2, 3), dim=0), case((2, 3), dim=-1), case((), dim=0)],
    reference=lambda x, dim: np.expand_dims(x, dim))  # fmt: skip
def unsqueeze(x: Any, /, dim: int) -> Any:
    """A dimension of length 1 put in at `dim`.

    >>> mt.unsqueeze(mt.zeros(2, 3), 1).shape
    torch.Size([2, 1, 3])
    """
    dim, shape = positive(dim, x.ndim + 1), x.shape
    return x.reshape((*shape[:dim], 1, *shape[dim:])) if x.flags.c_contiguous else np.expand_dims(x, dim)


@op(x=lambda g, dim: unsqueeze(g, dim), complex=True, view=True, node="SqueezeBackward1",
    samples=[case((2, 1, 3), dim=1), case((1,), dim=-1)],
    reference=lambda x, dim: np.squeeze(x, dim))  # fmt: skip
def squeeze_dim(x: Any, /, dim: int) -> Any:
    """Dimension `dim`, of length 1, taken out.

    >>> from microtensor.ops.views.reshape_permute import squeeze_dim
    >>> squeeze_dim(mt.zeros(2, 1, 3), 1).shape
    torch.Size([2, 3])
    """
    return x.squeeze(dim)


@op(x=lambda g, x_shape: g.reshape(x_shape), complex=True, view=True, node="SqueezeBackward0",
    samples=[case((1, 2, 1), shape=(2,)), case((), shape=())],
    reference=lambda x, shape: np.squeeze(x))  # fmt: skip
def squeeze_dims(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Several dimensions of length 1 taken out, which leaves this shape.

    >>> mt.squeeze(mt.zeros(1, 2, 1)).shape
    torch.Size([2])
    """
    return x.reshape(shape)


@numpy_names
def squeeze(input: Tensor, dim: Any = None) -> Any:
    """Dimensions of length 1 taken out: all, or those named in `dim` if they have length 1.

    >>> mt.squeeze(mt.zeros(2, 1, 3, 1)).shape
    torch.Size([2, 3])
    """
    shape = tuple(input.shape)
    dims = range(len(shape)) if dim is None else [dim] if isinstance(dim, int) else dim
    chosen = {positive(d, len(shape)) for d in dims}
    kept = tuple(n for d, n in enumerate(shape) if n != 1 or d not in chosen)
    if dim is not None and len(chosen) == 1 and len(kept) < len(shape):
        return squeeze_dim(input, *chosen)
    return squeeze_dims(input, kept)


@op(x=lambda g, x_shape: sum_to(g, x_shape), complex=True, view=True, name="expand", node="ExpandBackward0",
    samples=[case((3, 1), shape=(3, 4)), case((3,), shape=(2, 3)), case((), shape=(2,))],
    reference=lambda x, shape: np.broadcast_to(x, shape))  # fmt: skip
def _expand(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Dimensions of length 1 stretched, and new ones put in front, without a copy.

    >>> mt.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return broadcast_view(x, shape)


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Any:
    """`transpose`, under NumPy's name.

    >>> mt.swapaxes(mt.zeros(2, 3), axis0=0, axis1=1).shape
    torch.Size([3, 2])
    """
    return transpose(input, axis0, axis1)


def expand(input: Tensor, *sizes: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """`input` broadcast to `sizes`, without a copy; -1 keeps a length.

    `implicit` tells PyTorch's tracer that nobody asked for it, and changes nothing.

    >>> mt.ones(3, 1).expand(-1, 4).shape
    torch.Size([3, 4])
    """
    sizes, old = dims_of(sizes, size), tuple(input.shape)
    lead = len(sizes) - len(old)
    if lead < 0 or any(n == -1 for n in sizes[:lead]):
        raise RuntimeError(
            f"expand: {describe(input)} cannot become {sizes}: expected at least {len(old)} sizes, "
            "new ones not -1"
        )
    shape = tuple(old[i - lead] if n == -1 else n for i, n in enumerate(sizes))
    wrong = [d for d, m in enumerate(old) if m not in (1, shape[lead + d])]
    if wrong:
        raise ShapeError(
            f"The expanded size of the tensor ({shape[lead + wrong[-1]]}) must match the existing size "
            f"({old[wrong[-1]]}) at non-singleton dimension {lead + wrong[-1]}.  Target sizes: "
            f"{list(shape)}.  Tensor sizes: {list(old)}: expand stretches only dimensions of length 1 of "
            f"{describe(input)}"
        )
    return _expand(input, shape)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` broadcast to the shape of `other`."""
    return expand(input, tuple(other.shape))


def broadcast_to(input: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """`input` broadcast to a shape, without a copy.

    >>> mt.broadcast_to(mt.ones(1), (2,))
    tensor([1., 1.])
    """
    return expand(input, dims_of(sizes, size))


def broadcast_tensors(*tensors: Tensor) -> tuple[Any, ...]:
    """All tensors, expanded to their common shape.

    >>> [tuple(a.shape) for a in mt.broadcast_tensors(mt.ones(3), mt.ones(2, 1))]
    [(2, 3), (2, 3)]
    """
    shape = common_shape("broadcast_tensors", tensors)
    return tuple(expand(a, shape) for a in tensors)


def common_shape(name: str, tensors: Sequence[Any]) -> tuple[int, ...]:
    """The shape that these tensors broadcast to; ``RuntimeError`` if there is none."""
    shapes = [tuple(a.shape) for a in tensors]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        found = " and ".join(map(str, shapes))
        said = f"{unequal(shapes)}: " if len(shapes) == 2 else ""
        raise ShapeError(
            f"{said}{name}: the shapes {found} do not broadcast: counted from the last dimension, lengths "
            "must be equal or 1"
        ) from error


@op(x=lambda g, diagonal: tril(g, diagonal), complex=True, method=True,
    samples=[case((3, 4)), case((2, 3, 3), diagonal=-1)],
    reference=lambda x, diagonal=0: np.tril(x, diagonal))  # fmt: skip
def tril(x: Any, /, diagonal: int = 0) -> Any:
    """The lower triangle of the last two dimensions, zeros above `diagonal`.

    >>> mt.tril(mt.ones(2, 2))
    tensor([[1., 0.],
            [1., 1.]])
    """
    return np.tril(_matrices("tril", x), diagonal)


def _matrices(name: str, x: Any) -> Any:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, got {describe(x)}")
    return x


@op(x=lambda g, diagonal: triu(g, diagonal), complex=True, method=True,
    samples=[case((3, 4)), case((2, 3, 3), diagonal=1)],
    reference=lambda x, diagonal=0: np.triu(x, diagonal))  # fmt: skip
def triu(x: Any, /, diagonal: int = 0) -> Any:
    """The upper triangle of the last two dimensions, zeros below `diagonal`.

    >>> mt.triu(mt.ones(2, 2))
    tensor([[1., 1.],
            [0., 1.]])
    """
    return np.triu(_matrices("triu", x), diagonal)


def _permute_method(input: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """The dimensions in another order."""
    return permute(input, dims_of(args, dims))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, contiguous: a view where the memory allows it.

    >>> mt.ravel(mt.zeros(2, 3)).shape
    torch.Size([6])
    """
    return _reshape(input, (-1,)).contiguous()


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


for _function in (reshape, view, view_as, reshape_as, flatten, unflatten, squeeze, expand, expand_as,
                  broadcast_to, movedim, ravel, t):  # fmt: skip
    setattr(Tensor, _function.__name__, _function)
install(
    permute=_permute_method, swapaxes=swapaxes, swapdims=transpose, moveaxis=movedim,
    T=property(_transposed), mT=property(_matrix_transposed), mH=property(_conjugate_transposed),
    H=property(_hermitian),
)  # fmt: skip
