"""What a tensor can be asked besides its numbers, and the small change of PyTorch's methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.memory_format import check_memory
from ...engine.graph import sum_to
from ...engine.tensor import Tensor, install
from ...errors import ShapeError
from ..reductions import sum_mean as reduce
from ..views.reshape import dims_of
from .storage_classes import TypedStorage, legacy_storages, storage, typed_storage, untyped_storage


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    >>> mt.is_signed(mt.tensor([1], dtype=mt.uint8))
    False
    """
    return bool(input.dtype.kind in "ifc")


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero; ``RuntimeError`` if there is not exactly one.

    >>> mt.is_nonzero(mt.tensor([2.0]))
    True
    """
    if input.numel() != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with {input.numel() or 'no'} values is ambiguous: use any() or all()"
        )
    return bool(input.item())


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape.

    >>> mt.is_same_size(mt.zeros(2), mt.ones(2))
    True
    """
    return input.shape == other.shape


def is_inference(input: Tensor) -> bool:
    """Whether a tensor was made in inference mode, or is a view of one that was.

    >>> with mt.inference_mode():
    ...     x = mt.zeros(1)
    >>> mt.is_inference(x), mt.is_inference(x.clone())
    (True, False)
    """
    return input._extras is not None and "inference" in input._extras


def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex.

    >>> mt.is_complex(mt.zeros(1)), mt.is_complex(mt.tensor(1j))
    (False, True)
    """
    return input.is_complex()


def is_conj(input: Tensor) -> bool:
    """Always False: `conj` computes its result, where PyTorch only notes that it is to be conjugated.

    >>> mt.is_conj(mt.tensor(1j).conj())
    False
    """
    return False


def is_neg(input: Tensor) -> bool:
    """Always False: the imaginary part of a conjugate is negated when the conjugate is computed.

    >>> mt.is_neg(mt.tensor(1j).conj().imag)
    False
    """
    return False


def get_device(input: Tensor) -> int:
    """-1: the CPU has no index.

    >>> mt.get_device(mt.zeros(1))
    -1
    """
    return -1


def detach(input: Tensor) -> Tensor:
    """The same memory as a constant.

    >>> mt.detach(mt.ones(1, requires_grad=True))
    tensor([1.])
    """
    return input.detach()


def sum_to_size(self: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """The sum over what broadcasting from this size would have stretched.

    >>> mt.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    shape = dims_of(sizes, size)
    lead = self.ndim - len(shape)
    if lead < 0 or any(m not in (1, n) for m, n in zip(shape, self.shape[lead:], strict=True)):
        raise ShapeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.shape)}}}.")
    return sum_to(self, shape) if shape else reduce.sum(self)


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether two tensors are the same memory in the same geometry."""
    mine, theirs = self.array, tensor.array
    same = mine.ctypes.data == theirs.ctypes.data and mine.strides == theirs.strides
    return same and mine.shape == theirs.shape and mine.dtype == theirs.dtype


def new_empty_strided(
    self: Tensor, size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Uninitialised memory in this geometry."""
    return empty_strided(
        size, stride, dtype=self.dtype if dtype is None else dtype, layout=layout, device=device,
        pin_memory=pin_memory, requires_grad=requires_grad,
    )  # fmt: skip


def new(self: Tensor, *args: Any) -> Tensor:
    """What the old type of this tensor makes of the arguments: memory for sizes, or a copy of data.

    >>> mt.zeros(2, dtype=mt.float64).new([1, 2])
    tensor([1., 2.], dtype=torch.float64)
    """
    from ...legacy import tensor_types as legacy_types

    kind: Any = getattr(legacy_types, str(self.type()).rpartition(".")[2])
    return kind(*args)


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None,
    layout: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Uninitialised memory in this geometry, with strides counted in elements.

    >>> mt.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    from ...engine import dtypes
    from ...engine.size_device import as_device
    from ..joining.as_strided import as_strided

    as_device(device)
    if layout is not None or pin_memory:
        check_memory(layout, pin_memory)
    room = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if 0 not in size else 0
    flat = Tensor._of(np.empty(room, dtypes.as_dtype(dtype) or dtypes.default_dtype()))
    return Tensor._of(as_strided(flat, size, stride, 0).array).requires_grad_(requires_grad)


def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions from the one with the largest step in memory to that with the smallest."""
    return tuple(sorted(range(self.ndim), key=lambda d: -self.stride()[d]))


def _itself(name: str, words: str) -> Any:
    def method(self: Tensor) -> Tensor:
        return self

    method.__name__ = method.__qualname__ = name
    method.__doc__ = words
    return method


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """Always raises ``RuntimeError``, as a PyTorch that finds no GPU: there is none to pin memory for."""
    raise RuntimeError(
        "Cannot access accelerator device when none is available: ask cuda.is_available() before you pin"
    )


def is_pinned(self: Tensor, device: Any = None) -> bool:
    """Always False: there is no GPU to pin memory for."""
    return False


def is_shared(self: Tensor) -> bool:
    """Always False: no other process sees this memory."""
    return False


def __reversed__(self: Tensor) -> Any:  # noqa: N807 - it becomes the method
    """The slices of the first dimension in reverse order."""
    return self.flip(0) if self.ndim else self


def storage_type(self: Tensor) -> type[TypedStorage]:
    """The class of `storage`, such as ``FloatStorage``; ``UserWarning``, as that."""
    found = storage(self).pickle_storage_type()
    return next(kind for kind in legacy_storages() if kind.__name__ == found)


install(
    is_signed=is_signed, is_nonzero=is_nonzero, is_same_size=is_same_size, is_inference=is_inference,
    is_conj=is_conj, is_neg=is_neg, sum_to_size=sum_to_size, is_set_to=is_set_to,
    new_empty_strided=new_empty_strided, new=new, dim_order=dim_order,
    is_pinned=is_pinned, is_shared=is_shared, untyped_storage=untyped_storage, storage=storage,
    typed_storage=typed_storage, storage_type=storage_type, const_data_ptr=Tensor.data_ptr,
    __reversed__=__reversed__, pin_memory=pin_memory,
    share_memory_=_itself("share_memory_", "This tensor itself: threads share all memory."),
)  # fmt: skip
