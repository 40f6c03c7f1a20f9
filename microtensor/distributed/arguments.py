"""What a collective was given: checks in PyTorch's words, and the memory behind tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import versions
from ..engine.tensor import Tensor
from .communicator import Array, Request
from .debug import DebugLevel, get_debug_level
from .process_group import ProcessGroup
from .reduce_op import ReduceOp
from .work import Work

__all__: list[str] = []

_BITWISE = (ReduceOp.BAND, ReduceOp.BOR, ReduceOp.BXOR)
_UNORDERED = (ReduceOp.MIN, ReduceOp.MAX, *_BITWISE)
_OF_BOOLS = {ReduceOp.SUM: ReduceOp.MAX, ReduceOp.PRODUCT: ReduceOp.MIN}


def check_tensor(value: Any, name: str) -> None:
    """Raise ``TypeError`` for what is not a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n"
            f"             but got {type(value)} instead."
        )


def check_tensors(values: Any, name: str, like: Tensor | None = None) -> None:
    """Raise ``TypeError`` for what is not a list of tensors, ``ValueError`` if dtypes differ."""
    if not isinstance(values, (list, tuple)) or not all(isinstance(value, Tensor) for value in values):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n"
            f"             but got {type(values)} instead."
        )
    check_dtypes(*([] if like is None else [like]), *values)


def check_dtypes(*tensors: Tensor) -> None:
    """Raise ``ValueError`` unless all have one dtype."""
    for tensor in tensors[1:]:
        if tensor.array.dtype != tensors[0].array.dtype:
            raise ValueError(
                f"Invalid usage of tensors with different dtypes: found {tensors[0].dtype} and {tensor.dtype}"
            )


def check_list(name: str, which: str, tensors: Sequence[Tensor], like: Tensor, group: ProcessGroup) -> None:
    """Raise ``RuntimeError`` unless there is one tensor for each rank, all of one shape."""
    if len(tensors) != group.size():
        raise RuntimeError(
            f"{name}: invalid {which} list at index 0 (expected length {group.size()}, got {len(tensors)}): "
            "it takes one tensor for each rank"
        )
    for index, tensor in enumerate(tensors):
        if tuple(tensor.shape) != tuple(like.shape):
            raise RuntimeError(
                f"{name}: invalid tensor size at index {index} (expected {tuple(like.shape)}, "
                f"got {tuple(tensor.shape)}): all ranks' tensors have one shape"
            )


def check_op(name: str, op: Any, tensor: Tensor) -> ReduceOp:
    """`op` itself, if elements like those of `tensor` can be reduced by it."""
    if not isinstance(op, ReduceOp):
        raise TypeError(f"{name}: op takes a ReduceOp, such as ReduceOp.SUM, not {op!r}")
    kind = tensor.array.dtype.kind
    if kind == "c" and op in _UNORDERED:
        raise ValueError(f"{name} does not support {op} on complex tensors")
    if kind not in "iub" and op in _BITWISE:
        raise RuntimeError(f"Cannot use {op} with non-integral dtype {tensor.dtype}")
    if kind in "iub" and op is ReduceOp.AVG:
        raise RuntimeError(
            f"{name}: result type Float can't be cast to the desired output type {tensor.dtype}: an average "
            "needs a floating-point tensor"
        )
    return op


class Slot:
    """The memory that a collective reads or writes for one tensor: its own, or a contiguous copy of it."""

    def __init__(self, tensor: Tensor) -> None:
        self.array: Array = tensor.array
        self.flat: Array = self.array.reshape(-1) if self.array.flags.c_contiguous else self.array.ravel()

    @property
    def raw(self) -> Array:
        """The bytes, which travel whatever they mean."""
        return self.flat.view(np.uint8)

    def written(self, name: str) -> None:
        """Bring what arrived home, and let autograd know."""
        if not self.array.flags.c_contiguous:
            self.array[...] = self.flat.reshape(self.array.shape)
        versions.wrote(self.array, name)


class Output(Slot):
    """Memory that will be written."""

    def __init__(self, tensor: Tensor, name: str) -> None:
        super().__init__(tensor)
        if not self.array.flags.writeable:
            raise ValueError(f"{name} writes into a tensor whose array is read-only: give it a clone()")


class Reducible:
    """The elements of a flat array in a form that MPI can add, and back.

    Bools are added as bytes, with "or" for the sum; dtypes that NumPy lacks by way of float32.
    """

    def __init__(self, flat: Array, op: ReduceOp) -> None:
        self.flat, self.op, self.buffer = flat, op, flat
        if flat.dtype == np.bool_:
            self.buffer, self.op = flat.view(np.uint8), _OF_BOOLS.get(op, op)
        elif flat.dtype.kind == "V":
            self.buffer = flat.astype(np.float32)

    def reduced(self, size: int) -> None:
        """Finish: divide for a mean, and round."""
        if self.op is ReduceOp.AVG:
            np.divide(self.buffer, self.buffer.dtype.type(size), out=self.buffer)
        if self.flat.dtype.kind == "V":
            self.flat[...] = self.buffer.astype(self.flat.dtype)


def run(
    group: ProcessGroup, name: str, tensors: list[Tensor], start: Callable[[bool], Request | None],
    finish: Callable[[Any], None], async_op: bool, status: Any = None,
) -> Work | None:  # fmt: skip
    """Start a call and, unless it is asynchronous, wait for it: in MPI itself if there is no deadline."""
    patient = group.timeout is None and get_debug_level() is not DebugLevel.DETAIL
    work = Work(name, start(not async_op and patient), tensors, finish, status)
    if async_op:
        group.keep(work)
        return work
    work.wait(group.timeout)
    return None
