"""`BatchedTensor`: one example of a batch, as a function under `vmap` sees it.

It holds the whole batch, an ordinary tensor with the batch as dimension 0, and answers for one
example: `shape`, `ndim` and `dtype` are those without that dimension.  An op that meets one finds no
array behind it (its `_data` raises `Diverted`) and is run by `dispatch`: by the op's batching rule
(`func.batching_rules`), which is a call of ordinary ops on the whole batch.  So the graph is recorded on the
whole batches, nothing in the engine knows of them, and everything differentiates as usual.

A vmap inside of a vmap wraps what is wrapped already: a rule for the inner level computes with
tensors that are batched in the outer one.  Transforms need the whole batches to differentiate by:
`unwrapped` takes all running levels off a tensor and `wrapped` puts them on again.

What needs the numbers themselves (``item()``, a branch on a value, NumPy) raises `Diverted` out of
the function, and `vmap` then runs it once for each example.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..engine.op_definition import Op
from ..engine.overriding.dispatch import disabled
from ..engine.size_device import Size
from ..engine.tensor import Diverted, Tensor
from ..ops.indexing.getitem import select
from ..ops.indexing.keys import normal_key
from ..ops.inplace.history import overwrite
from ..ops.joining.cat_split import stack
from ..ops.views.expand import _expand
from ..ops.views.permute import transpose
from ..ops.views.reshape import _reshape


class Level:
    """One running vmap: the size of its batch, and a number that is greater than all outer ones'."""

    __slots__ = ("number", "randomness", "size")
    _numbers = itertools.count(1)

    def __init__(self, size: int, randomness: str = "error") -> None:
        self.size, self.number, self.randomness = size, next(Level._numbers), randomness


_running: ContextVar[tuple[Level, ...]] = ContextVar("microtensor.vmap", default=())
running = _running.get
"""The levels that are running in this thread, outermost first."""


@contextmanager
def entered(level: Level) -> Iterator[Level]:
    """The length of a ``with`` in which `level` is the innermost."""
    token = _running.set((*running(), level))
    try:
        yield level
    finally:
        _running.reset(token)


@contextmanager
def outside(level: Level) -> Iterator[None]:
    """The length of a ``with`` in which `level` is not running."""
    token = _running.set(tuple(one for one in running() if one is not level))
    try:
        yield
    finally:
        _running.reset(token)


class BatchedTensor(Tensor):
    """An example of a batch: `value` is the batch, along its dimension 0, in the vmap of `level`."""

    __slots__ = ("level", "value")
    level: Level
    value: Any
    __torch_function__ = disabled  # type: ignore[assignment]

    def __new__(cls, level: Level, value: Any) -> Any:
        """Wrap `value`, which is neither copied nor looked at."""
        self = object.__new__(cls)
        self.level, self.value = level, value
        self._grad = self._view = self._extras = None
        return self

    @property
    def _data(self) -> Any:
        raise Diverted(
            "the numbers of one example of a batch were asked for: they can be had while its vmap runs, and "
            "this tensor may have left it; return what the function computes instead of keeping it"
        )

    @_data.setter
    def _data(self, value: Any) -> None:
        raise Diverted("the numbers of one example of a batch were to be replaced")

    @property
    def _rg(self) -> bool:  # type: ignore[override]
        return bool(self.value.requires_grad)

    @property
    def _node(self) -> Any:
        return self.value._node

    @property
    def shape(self) -> Size:
        """The shape of one example."""
        return Size(self.value.shape[1:])

    @property
    def ndim(self) -> int:
        """The number of dimensions of one example."""
        return int(self.value.ndim) - 1

    @property
    def dtype(self) -> Any:
        """The dtype, which all examples share."""
        return self.value.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self.value.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements of one example."""
        return self.itemsize * self.numel()

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether an example's elements lie in C order; of another memory format nothing is known."""
        if memory_format is not None:
            return super().is_contiguous(memory_format)
        return bool(self.value[:1].is_contiguous())

    def size(self, dim: int | None = None) -> Any:
        """The shape of one example, or the length of its dimension `dim`."""
        if dim is None:
            return self.shape
        if not -self.ndim <= dim < self.ndim:
            raise IndexError(
                f"size: dim {dim} is out of range for shape {tuple(self.shape)}: "
                f"expected {-self.ndim} to {self.ndim - 1}"
            )
        return self.shape[dim]

    def numel(self) -> int:
        """The number of elements of one example."""
        return self.shape.numel()

    nelement = numel

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self.shape[0])

    def __repr__(self) -> str:
        return f"BatchedTensor(lvl={self.level.number}, bdim=0, value=\n    {self.value!r}\n)"

    # ------------------------------------------------------------------ history and memory

    def detach(self) -> Any:
        """The same memory as a constant."""
        return BatchedTensor(self.level, self.value.detach())

    def _constant(self) -> Any:
        """The same, with the tangents of what is batched."""
        return BatchedTensor(self.level, self.value._constant())

    @staticmethod
    def _paired(primal: Any, tangent: Any, make: Any) -> Any:
        """A dual of an example: the example of a dual batch."""
        level = max(
            (x.level for x in (primal, tangent) if isinstance(x, BatchedTensor)), key=lambda v: v.number
        )
        return BatchedTensor(level, make(revealed(primal, level), revealed(tangent, level)))

    def _unpaired(self, unpack: Any) -> Any:
        """The primal and the tangent of an example of a dual batch."""
        primal, tangent = unpack(self.value)
        rewrapped = None if tangent is None else BatchedTensor(self.level, tangent)
        return BatchedTensor(self.level, primal), rewrapped

    def contiguous(self, **kwargs: Any) -> Any:
        """Itself: how the memory of one example lies is not defined."""
        return self

    def view(self, *shape: Any, size: Any = None, dtype: Any = None) -> Any:
        """`reshape`: whether one example's memory allows a view is not defined."""
        if dtype is not None:
            return BatchedTensor(self.level, self.value.view(dtype=dtype))
        return self.reshape(*shape, shape=size)

    def new_zeros(self, *size: Any, **kwargs: Any) -> Any:
        """Zeros with a batch, which may be written with mapped values."""
        return self._new("new_zeros", size, kwargs)

    def new_ones(self, *size: Any, **kwargs: Any) -> Any:
        """Ones with a batch."""
        return self._new("new_ones", size, kwargs)

    def new_empty(self, *size: Any, **kwargs: Any) -> Any:
        """Uninitialised elements with a batch."""
        return self._new("new_empty", size, kwargs)

    def _new(self, name: str, size: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = kwargs.pop("size", size[0] if len(size) == 1 and not isinstance(size[0], int) else size)
        make = getattr(self.value, name)
        return BatchedTensor(self.level, make((self.level.size, *given), **kwargs))

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """A leaf of one example's own: only the loop over examples can give one."""
        raise Diverted("a leaf was to be made of one example")

    detach_ = retain_grad = register_hook = requires_grad_

    def __setitem__(self, key: Any, value: Any) -> None:
        keys, basic = normal_key(key)
        if not basic:
            raise Diverted("one example was written where an array points")
        part = self[keys]
        part.copy_(value) if isinstance(value, Tensor) else part.fill_(value)

    def _overwrite(self, result: Any, by: str) -> Any:
        """What `ops.inplace.overwrite` does, on the whole batch."""
        overwrite(self.value, revealed(result, self.level), by)
        return self

    def _tied(self, tie: Any) -> Any:
        """What `engine.graph` does for a piecewise linear op, on the whole batch."""
        return BatchedTensor(self.level, tie(self.value))


# --------------------------------------------------------- levels off, and on again


def revealed(x: Any, level: Level) -> Any:
    """`x` with the batch of `level` as an ordinary dimension 0; stretched if it has no such batch."""
    if not isinstance(x, BatchedTensor) or x.level.number < level.number:
        shape = tuple(x.shape)
        return _expand(_reshape(x, (1, *shape)), (level.size, *shape))
    if x.level is level:
        return x.value
    return BatchedTensor(x.level, transpose(revealed(x.value, level), 0, 1))


def hidden(x: Any, level: Level) -> Any:
    """The inverse of `revealed`: dimension 0 of `x` becomes the batch of `level`."""
    if isinstance(x, BatchedTensor) and x.level.number > level.number:
        return BatchedTensor(x.level, hidden(transpose(x.value, 0, 1), level))
    return BatchedTensor(level, x)


def unwrapped(x: Any, levels: Sequence[Level]) -> Any:
    """`x` with the batches of all these levels as its first dimensions, the outermost first."""
    for level in reversed(levels):
        x = revealed(x, level)
    return x


def wrapped(x: Any, levels: Sequence[Level]) -> Any:
    """The inverse of `unwrapped`."""
    for level in levels:
        x = hidden(x, level)
    return x


# ------------------------------------------------------------------------ one op


class Call:
    """One call of an op inside a vmap, as a batching rule gets it.

    `values` are the operands, those that are `mapped` with the batch as dimension 0; `ndims` are the
    numbers of dimensions of one example; `params` are the op's parameters by name.
    """

    __slots__ = ("mapped", "ndims", "op", "params", "size", "values")

    def __init__(self, this: Op, operands: Sequence[Any], params: tuple[Any, ...], level: Level) -> None:
        self.op, self.size = this, level.size
        self.mapped = [isinstance(x, BatchedTensor) and x.level is level for x in operands]
        pairs = list(zip(operands, self.mapped, strict=True))
        self.values = [x.value if mine else x for x, mine in pairs]
        self.ndims = [getattr(x, "ndim", 0) for x in operands]
        self.params = dict(zip(this.params, params, strict=True))

    def run(self, *values: Any, **changes: Any) -> Any:
        """The op itself, on whole batches, with some parameters changed."""
        return self.op.call(*values, **{**self.params, **changes})

    def whole(self, i: int, shape: Sequence[int] | None = None) -> Any:
        """Operand `i` with a batch, stretched if it has none, each example broadcast to `shape`."""
        x, n = self.values[i], self.ndims[i]
        own = tuple(x.shape[1:] if self.mapped[i] else x.shape)
        shape = own if shape is None else tuple(shape)
        if self.mapped[i] and own == shape:
            return x
        lead = (self.size if self.mapped[i] else 1, *[1] * (len(shape) - n))
        return _expand(_reshape(x, (*lead, *own)), (self.size, *shape))

    def aligned(self) -> list[Any]:
        """The operands with ones after the batch, so that the examples broadcast as they would alone."""
        most = max(self.ndims)
        return [
            _reshape(x, (self.size, *[1] * (most - n), *x.shape[1:])) if mine and n < most else x
            for x, mine, n in zip(self.values, self.mapped, self.ndims, strict=True)
        ]

    def example(self, i: int) -> Any:
        """The op on the operands of example `i`."""
        pairs = zip(self.values, self.mapped, strict=True)
        return self.run(*[select(x, 0, i) if mine else x for x, mine in pairs])


def loop(call: Call) -> Any:
    """The rule of an op that has none: every example by itself, and the results stacked."""
    if not call.size:
        raise RuntimeError(f"vmap: {call.op.name} has no batching rule, and the batch is empty")
    outs = [call.example(i) for i in range(call.size)]
    return tuple(map(stack, zip(*outs, strict=True))) if isinstance(outs[0], tuple) else stack(outs)
