"""Parameters that take their steps together: as one vector, or as slices that stay in the cache.

A ufunc on a 2x2 array costs its call, a quarter of a microsecond, and on 30 times as many elements
it costs the same. So the small parameters of a group are copied into one vector, stepped there, and
copied back: 0.1 us a copy, where an algorithm makes ten calls. Adam on the six parameters of a
small network takes 15 us so, and 52 us with a pack for each. A parameter of 400,000 elements is
instead cut into slices of `SLICE`, whose intermediates stay in the second-level cache: 0.72 ms for
Adam against 1.23 ms on whole arrays. Preallocating those intermediates gained 1 % more, which is
why the algorithms are written with plain operators. (NumPy 2.4, float32, one thread.)

Complex numbers are stepped as pairs of real ones, as in PyTorch.

Both are right because the algorithms are elementwise: what an element becomes depends on its own
gradient and state, and on numbers that the whole pack has in common. Those numbers (the step
count, mostly) are the condition for sharing a pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any

import numpy as np

from ...creation.from_data import from_numpy
from ...engine.dtypes import default_dtype
from ...engine.tensor import Tensor, gradients_of
from ...engine.versions import write_of, wrote_all

SLICE = 16_384
"""The elements of a vector that is worked on at once: 64 KiB in float32."""

SMALL = 4_096
"""The largest parameter whose copies cost less than the calls that they save; even at 8,000."""

Array = np.ndarray[Any, Any]
State = dict[str, Array]


class Pack:
    """Parameters of one dtype, with the vectors of their state.

    Args:
        params: the parameters; more than one only if they are small and share their scalars.
        states: for each of them the dictionary of its state. What it holds is copied in, what it
            lacks is added, and its tensors are views of the pack's memory from then on.
        scalars: the names and starting values of the state that is one number a parameter.
        vectors: the same for the state that has the parameter's shape.

    Raises ``ValueError`` for state whose shape is not that of its parameter.
    """

    def __init__(
        self, params: Sequence[Tensor], states: Sequence[dict[str, Any]], scalars: dict[str, float],
        vectors: dict[str, float],
    ) -> None:  # fmt: skip
        self.params, self.states = params, states
        self.arrays = [p.array for p in params]
        self._writes = [write_of(array) for array in self.arrays]
        self.steps = int(any(states[0].get(name) is not None for name in vectors))
        self._held: list[tuple[dict[str, Any], str, Tensor, Array]] = []
        self.scalars = {name: self._scalar(name, start) for name, start in scalars.items()}
        self._vectors = {name: self._vector(name, start) for name, start in vectors.items()}
        self._lay_out()

    # ---------------------------------------------------------------- memory

    def _scalar(self, name: str, start: float) -> Array:
        wide = default_dtype() == np.float64
        values = np.full(len(self.params), start, np.float64 if wide else np.float32)
        for index, state in enumerate(self.states):
            if state.get(name) is not None:
                values[index] = float(state[name])
            self._keep(state, name, values[index : index + 1].reshape(()))
        return values

    def _vector(self, name: str, start: float) -> Array:
        dtype = self.arrays[0].dtype
        both = start * (1 + 1j) if dtype.kind == "c" else start
        flat = np.full(sum(a.size for a in self.arrays), both, dtype)
        for state, view, array in zip(self.states, self._cut(flat), self.arrays, strict=True):
            if state.get(name) is not None:
                _check_shape(name, state[name], array)
                view[...] = state[name].array
            self._keep(state, name, view)
        return flat

    def _keep(self, state: dict[str, Any], name: str, view: Array) -> None:
        """Let the tensor `state[name]`, the same object if there is one, look into `view`."""
        if isinstance(state.get(name), Tensor):
            state[name].data = from_numpy(view)
        else:
            state[name] = from_numpy(view)
        self._held.append((state, name, state[name], state[name].array))

    def _cut(self, flat: Array) -> list[Array]:
        ends = np.cumsum([a.size for a in self.arrays]).tolist()
        return [flat[end - a.size : end].reshape(a.shape) for a, end in zip(self.arrays, ends, strict=True)]

    def _lay_out(self) -> None:
        """Choose between a vector of copies and slices of the one parameter."""
        first = self.arrays[0]
        self._whole = len(self.arrays) > 1 or not first.flags.c_contiguous
        x = np.empty(sum(a.size for a in self.arrays), first.dtype) if self._whole else first.reshape(-1)
        if self._whole:
            g = np.empty_like(x)
            self._x = list(zip(self._cut(x), self.arrays, strict=True))
            self._g = self._cut(g)
            whole = {name: as_reals(flat) for name, flat in self._vectors.items()}
            self._parts = [(as_reals(x), as_reals(g), whole)]
        else:
            slices = [slice(start, start + SLICE) for start in range(0, x.size, SLICE)]
            self._slices = [(part, as_reals(x[part]), self._state(part)) for part in slices]

    def _state(self, part: slice) -> State:
        return {name: as_reals(flat[part]) for name, flat in self._vectors.items()}

    # ------------------------------------------------------------------ checks

    def gradients(self) -> list[Array] | None:
        """The gradients, an empty list if there are none; None if the pack has to be made anew.

        That is so if some parameters have a gradient and some have not, if the array of one was
        replaced, or if the scalars were changed in a way that the parameters no longer share them.
        """
        grads = gradients_of(self.params, self.arrays)
        if grads is None:
            return [] if all(p.grad is None for p in self.params) else None
        return grads if not self.scalars or all(map(_alike, self.scalars.values())) else None

    def holds(self, find: Callable[[Tensor], Any]) -> bool:
        """Whether the state that `find(p)` has is still the memory of this pack."""
        return (
            self.gradients() is not None
            and all(map(is_, map(find, self.params), self.states))
            and all(s.get(n) is t and t.array is a for s, n, t, a in self._held)
        )

    # -------------------------------------------------------------------- steps

    def tick(self) -> float:
        """Count one more step, and return its number; without ``step`` in the state, 1 or 2.

        >>> w = mt.zeros(1, requires_grad=True)
        >>> pack = Pack([w], [{}], {"step": 0.0}, {})
        >>> pack.tick(), pack.tick()
        (1.0, 2.0)
        """
        step = self.scalars.get("step")
        if step is not None:
            step += 1
            return step.item(0)  # type: ignore[no-any-return]
        self.steps = min(self.steps + 1, 2)
        return self.steps

    def parts(self, grads: list[Array]) -> Iterable[tuple[Array, Array, State]]:
        """The values, the gradients (not to be written into) and the state, as vectors."""
        if self._whole:
            for view, array in self._x:
                view[...] = array
            for view, grad in zip(self._g, grads):  # noqa: B905
                view[...] = grad
            return self._parts
        g = grads[0].reshape(-1)
        return [(x, as_reals(g[part]), state) for part, x, state in self._slices]

    def store(self, by: str) -> None:
        """Write the values back into the parameters, and tell the version counter."""
        if self._whole:
            for view, array in self._x:
                array[...] = view
        wrote_all(self._writes, by)


def as_reals(vector: Array) -> Array:
    """A vector of complex numbers as one of twice as many real ones; any other itself."""
    return vector.view(vector.real.dtype) if vector.dtype.kind == "c" else vector


def _alike(values: Array) -> bool:
    held: list[float] = values.tolist()
    return held.count(held[0]) == len(held)


def _check_shape(name: str, value: Any, array: Array) -> None:
    if tuple(value.shape) != array.shape:
        raise ValueError(
            f"the optimizer's state {name!r} has shape {tuple(value.shape)} and its parameter "
            f"{array.shape}: was it loaded for parameters in another order?"
        )
