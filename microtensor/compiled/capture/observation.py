"""A captured run as a whole: its instructions, and what it did to tensors that were there before.

`Capture` knows arrays; this adds tensors.  Which of them were read, with which array; which gradients were
there at the start and which are left at the end; which tensors the run made and left alive.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...engine import versions as storage
from ...engine.grad_mode import recording
from ...engine.tensor import Tensor
from ...engine.versions import owner
from ...nn.parameter import Buffer, Parameter
from ..program import Array
from .capture import Capture
from .traced import ND, Traced, current

__all__ = ["GRAD", "Observation"]

DATA, GRAD = Tensor.__dict__["_data"], Tensor.__dict__["_grad"]
_PLAIN_TENSORS = (Tensor, Parameter, Buffer)


class Observation(Capture):
    """One run of a function under observation."""

    def __init__(self, stood_for: Sequence[tuple[Tensor, Tensor]] = ()) -> None:
        super().__init__()
        self._stood_for = {id(owner(DATA.__get__(t))): pair for pair in stood_for for t in pair}
        self.seen: dict[int, tuple[Tensor, Array]] = {}
        self.histories: dict[int, tuple[Any, ...]] = {}
        self.first_grads: dict[int, tuple[Tensor, bool, Any]] = {}
        self.left_grads: dict[int, Tensor] = {}
        self.dropped: dict[int, Tensor] = {}
        """Tensors whose gradient was dropped before anything was computed or read of it."""
        self.made_tensors: dict[int, weakref.ref[Tensor]] = {}
        self.ticks: list[Any] = []
        self.streams: dict[int, Any] = {}
        self.writes: list[tuple[Array, str]] = []

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Code that runs unobserved, on plain arrays."""
        held, current.capture = current.capture, None
        try:
            yield
        finally:
            current.capture = held

    # ---------------------------------------------------------------- tensors

    def is_made(self, tensor: Tensor) -> bool:
        """Whether the run made this tensor."""
        reference = self.made_tensors.get(id(tensor))
        return reference is not None and reference() is tensor

    def read_data(self, tensor: Tensor) -> Any:
        """The wrapped array of a tensor."""
        array = DATA.__get__(tensor)
        if self.refusal is not None:
            return array
        if not isinstance(array, ND):
            array = self._as_array(tensor, array)
        if not self.is_made(tensor) and id(tensor) not in self.seen:
            self._meet(tensor, array)
        return self.wrap(array)

    def _as_array(self, tensor: Tensor, number: Any) -> Array:
        """A tensor's NumPy scalar as the 0-d array it stands for; one that the run made is a constant."""
        array = np.asarray(number)
        DATA.__set__(tensor, array)
        if self.is_made(tensor):
            self.filled(array, number)._scalar = True
        return array

    def _meet(self, tensor: Tensor, array: Array) -> None:
        """A tensor that was there before is read for the first time."""
        if type(tensor) not in _PLAIN_TENSORS:
            self.refuse(f"a {type(tensor).__name__}, a subclass of Tensor, is not captured")
        if tensor._extras is not None:
            self.refuse("a tensor has hooks, or retains its gradient")
        self.seen[id(tensor)] = (tensor, array)
        self.histories[id(tensor)] = (tensor._rg, tensor._node, tensor._view)
        self.outside[id(owner(array))] = owner(array)

    def write_data(self, tensor: Tensor, value: Any) -> None:
        """A tensor is made, or gets another array."""
        array = value._plain if type(value) is Traced else value
        try:
            before = DATA.__get__(tensor)
        except AttributeError:
            before = None
            self.made_tensors[id(tensor)] = weakref.ref(tensor)
        if before is not None and before is not array and not self.is_made(tensor):
            self.refuse("the memory of a tensor is replaced by another")
        DATA.__set__(tensor, array)

    def read_grad(self, tensor: Tensor) -> Any:
        """A gradient; the first look at that of a tensor that was there before is an assumption."""
        grad = GRAD.__get__(tensor)
        if id(tensor) not in self.first_grads and not self.is_made(tensor):
            self.first_grads[id(tensor)] = (tensor, True, grad)
        return grad

    def write_grad(self, tensor: Tensor, value: Any) -> None:
        """A gradient is set; whatever was there does not matter unless it was read before."""
        try:
            DATA.__get__(tensor)
        except AttributeError:
            return
        if not self.is_made(tensor):
            if value is None and id(tensor) not in self.first_grads and not self.instructions:
                self.dropped[id(tensor)] = tensor
            self.first_grads.setdefault(id(tensor), (tensor, False, None))
            self.left_grads[id(tensor)] = tensor

    def emit(self, *args: Any, **kwargs: Any) -> None:
        """`Capture.emit`, where nobody else observes."""
        if recording() is not True and recording() is not False:
            self.refuse("anomaly mode and hooks on saved tensors are not captured")
        super().emit(*args, **kwargs)
        out = self.instructions[-1].out
        if self._stood_for and out is not None:
            self._reveal(id(owner(out)))

    def _reveal(self, memory: int) -> None:
        """Where an argument's memory is written, let the argument itself take the place of its copy."""
        if memory not in self._stood_for:
            return
        twin, given = self._stood_for[memory]
        array, real = DATA.__get__(twin), DATA.__get__(given)
        if memory == id(owner(array)):
            real[...] = array
        self._stood_for = {}
        DATA.__set__(twin, real)
        self.refuse("an argument is written into, or shares its memory with what is")

    def wrote(self, arrays: list[Array], by: str) -> None:
        """An optimizer has written into its parameters: tell the version counters."""
        storage.wrote_all([storage.write_of(array) for array in arrays], by)
