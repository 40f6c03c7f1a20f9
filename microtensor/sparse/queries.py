"""What sparse tensors say of themselves, and how they refuse what only dense memory has."""

from __future__ import annotations

from typing import Any, NoReturn

from .tensor import coalesced


def indices(self: Any) -> Any:
    """The indices, (sparse dimensions, entries); ``RuntimeError`` before `coalesce`."""
    _require_coalesced(self, "indices")
    return self._indices()


def values(self: Any) -> Any:
    """The values, (entries, dense dimensions); ``RuntimeError`` before `coalesce`."""
    from .shown import shown

    _require_coalesced(self, "values")
    return shown(self._held, "ValuesBackward0")


def _require_coalesced(x: Any, name: str) -> None:
    if not x._unique:
        raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")


def is_coalesced(self: Any) -> bool:
    """Whether each place is there once, in rising order, and is known to be."""
    return bool(self._unique)


def sparse_dim(self: Any) -> int:
    """The number of dimensions that have indices."""
    return len(self._places)


def dense_dim(self: Any) -> int:
    """The number of dimensions of one value."""
    return int(self._held.ndim) - 1


def length(self: Any) -> int:
    """``len(x)``."""
    if not self.ndim:
        raise TypeError("len() of a 0-d tensor")
    return int(self._size[0])


def stride(self: Any, dim: int | None = None) -> Any:
    """Zeros: there is no memory to step through."""
    return (0,) * self.ndim if dim is None else 0


def zero(self: Any) -> int:
    """0."""
    return 0


def item(self: Any) -> Any:
    """The one element as a Python number."""
    if self.numel() != 1:
        raise RuntimeError(f"a Tensor with {self.numel()} elements cannot be converted to Scalar")
    return self.to_dense().item()


def truth(self: Any) -> bool:
    """``bool(x)`` of a tensor with one element."""
    if self.numel() != 1:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous: use x.any()")
    return bool(self.to_dense())


def any(input: Any, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
    """Whether some entry is not 0."""
    if dim is not None:
        raise NotImplementedError("any(dim=...) is not there for sparse tensors: use x.to_dense().any(dim)")
    return coalesced(input)._held.any()


def no_array(self: Any, *args: Any, **options: Any) -> NoReturn:
    """``TypeError``: an array has all its zeros."""
    raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")


def no_storage(self: Any, *args: Any, **options: Any) -> NoReturn:
    """``NotImplementedError``: there is no one memory."""
    raise NotImplementedError("Cannot access storage of SparseTensorImpl: it is in indices and values")


def no_pointer(self: Any, *args: Any, **options: Any) -> NoReturn:
    """``RuntimeError``: there is no one memory."""
    raise RuntimeError(
        "Cannot access data pointer of Tensor that doesn't have storage: a sparse tensor has indices and "
        "values; use x.to_dense() first"
    )


def no_reshape(input: Any, *args: Any, **options: Any) -> NoReturn:
    """``RuntimeError``."""
    raise RuntimeError("reshape is not implemented for sparse tensors: use x.to_dense() first")


def no_expand(input: Any, *args: Any, **options: Any) -> NoReturn:
    """``RuntimeError``."""
    raise RuntimeError("expand is unsupported for Sparse tensors: use x.to_dense() first")


def contiguous(x: Any, *, memory_format: Any = None) -> NoReturn:
    """``RuntimeError``."""
    raise RuntimeError("unsupported memory format option Contiguous: a sparse tensor has no order in memory")


def false(self: Any, *args: Any, **options: Any) -> bool:
    """No."""
    return False
