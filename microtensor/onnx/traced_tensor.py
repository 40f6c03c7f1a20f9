"""`TracedTensor`: a tensor whose operations are written down while they are carried out.

It holds an ordinary tensor, `value`, so that shapes and dtypes are real ones.  An op that meets one finds no
array behind it (its `_data` raises `Diverted`, as an example's under `vmap` does) and comes to `dispatch`,
which runs it on the values and records the call.  Nothing in the engine knows of this, and a program that
wants to see the numbers themselves cannot: that is an error with its line, never a constant in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.apply import divert
from ..engine.op_definition import Op
from ..engine.overriding.dispatch import disabled
from ..engine.size_device import Size
from ..engine.tensor import Diverted, Tensor
from ..errors import ShapeError
from ..func.batched_tensor import BatchedTensor
from ..ops.indexing.keys import normal_key
from ..ops.views.permute import permute, transpose

if TYPE_CHECKING:
    from .trace import Trace

__all__ = ["TracedTensor"]


class TracedTensor(Tensor):
    """A tensor inside a trace: `value` is its content, `slot` its number among all that were computed.

    A view has an `origin`, ``(parent, op, params)``: what is written to it is written to its parent, and
    after a write to one of its relatives, which the root's `writes` counts, it is read from its parent anew.
    """

    __slots__ = ("origin", "seen", "slot", "tracer", "value", "writes")
    tracer: Trace
    value: Any
    slot: int
    origin: tuple[TracedTensor, Op, dict[str, Any]] | None
    seen: int
    writes: int
    __torch_function__ = disabled  # type: ignore[assignment]

    def __new__(cls, trace: Trace, value: Any, slot: int) -> Any:
        """Wrap `value`."""
        self = object.__new__(cls)
        self.tracer, self.value, self.slot = trace, value, slot
        self.origin, self.seen, self.writes = None, 0, 0
        self._grad = self._view = self._extras = self._node = None
        self._rg = False
        return self

    @property
    def _data(self) -> Any:
        raise Diverted("the program reads the numbers of a tensor that depends on its inputs")

    @_data.setter
    def _data(self, value: Any) -> None:
        raise Diverted("the program replaces the memory of a tensor that depends on its inputs")

    @property
    def shape(self) -> Size:
        """The shape."""
        return Size(self.value.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self.value.ndim)

    @property
    def dtype(self) -> Any:
        """The dtype."""
        return self.value.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self.value.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return int(self.value.nbytes)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of dimension `dim`."""
        return self.value.size(dim)

    def numel(self) -> int:
        """The number of elements."""
        return int(self.value.numel())

    nelement = numel

    def stride(self, dim: int | None = None) -> Any:
        """The steps of the value."""
        return self.value.stride(dim)

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """True: a file has no memory layout."""
        return True

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"TracedTensor(slot={self.slot}, dtype={self.dtype}, shape={tuple(self.shape)})"

    def detach(self) -> Any:
        """Itself: nothing is differentiated in a file."""
        return self

    @property
    def data(self) -> Any:
        """Itself."""
        return self

    @data.setter
    def data(self, value: Any) -> None:
        raise Diverted("the program replaces the memory of a tensor that depends on its inputs")

    def contiguous(self, **kwargs: Any) -> Any:
        """Itself."""
        return self

    def view(self, *shape: Any, size: Any = None, dtype: Any = None) -> Any:
        """`reshape`, whose memory may be shared or not."""
        if dtype is not None:
            raise Diverted("the program looks at the bytes of a tensor that depends on its inputs")
        return self.reshape(*shape, shape=size)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Itself: nothing is differentiated in a file."""
        return self

    # ------------------------------------------------------------------ in place

    def _overwrite(self, result: Any, by: str) -> Any:
        """What `ops.inplace.overwrite` does: from now on this tensor is `result`."""
        if tuple(result.shape) != tuple(self.shape):
            raise ShapeError(
                f"{by}: output with shape {list(self.shape)} doesn't match the broadcast shape "
                f"{list(result.shape)}: an in-place operation cannot change its tensor's shape"
            )
        self._become(result.to(self.dtype), by)
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        keys, basic = normal_key(key)
        if not basic:
            raise Diverted("x[key] = value has an array as its key")
        self.refresh()
        self._become(self.tracer.written(self, keys, value), "x[key] = value")

    @property
    def root(self) -> TracedTensor:
        """The tensor whose memory this is."""
        return self if self.origin is None else self.origin[0].root

    def refresh(self) -> None:
        """Read a view anew if something was written to its memory."""
        if self.origin is not None and self.seen != self.root.writes:
            parent, op, params = self.origin
            parent.refresh()
            fresh = self.tracer.run(op, [parent], params)
            self.value, self.slot, self.seen = fresh.value, fresh.slot, self.root.writes

    def _become(self, result: Any, by: str) -> None:
        """Take the content of `result`, and give it to the root, of which this may be a part."""
        fresh = result if isinstance(result, TracedTensor) else self.tracer.constant(result)
        if self.origin is None:
            self.writes += 1
        else:
            parent, op, params = self.origin
            parent.refresh()
            parent._become(put_back(parent, op.name, params, fresh, by), by)
            self.seen = self.root.writes
        self.value, self.slot = fresh.value, fresh.slot


def put_back(parent: TracedTensor, op: str, params: dict[str, Any], part: TracedTensor, by: str) -> Any:
    """`parent` with `part` where the view `op` looked."""
    if op in ("sliced", "picked", "widened"):
        return parent.tracer.written(parent, params["key"], part)
    if op == "select":
        return parent.tracer.written(
            parent, (slice(None),) * (params["dim"] % parent.ndim) + (params["index"],), part
        )
    if op == "permute":
        return permute(part, tuple(int(d) for d in np.argsort([d % parent.ndim for d in params["dims"]])))
    if op in ("transpose", "t"):
        return transpose(part, params.get("dim0", 0), params.get("dim1", part.ndim - 1))
    if part.numel() == parent.numel() and op != "expand":
        return part.reshape(tuple(parent.shape))
    raise Diverted(f"{by} writes into a view made by {op}")


def dispatch(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Run an op of which an operand is traced; one that is also an example of a batch is `vmap`'s first."""
    traced = [x for x in operands if isinstance(x, TracedTensor)]
    if not traced or any(isinstance(x, BatchedTensor) for x in operands):
        return divert[divert.index(dispatch) + 1](this, operands, params)
    return traced[0].tracer.run(this, operands, dict(zip(this.params, params, strict=True)))


divert.insert(0, dispatch)
