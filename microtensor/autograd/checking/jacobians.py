"""Jacobians of a function at a point, three ways: by differences, by pulling back, by pushing forward.

`gradcheck` compares them.  All inputs that require a gradient count as one long vector, and all
outputs that have one as another, so that a Jacobian is one matrix ``(outputs, inputs)`` and there
is one comparison, whatever the function takes and returns; a `Block` leads from a row or column
back to the tensor and the entry that it stands for.

Complex numbers count as pairs of real ones: an index into them ends in 0 (real) or 1 (imaginary part), and
the gradient's pair is the pair of slopes, which is what PyTorch's convention says.

Inputs are moved in place, because a function may close over them (a module over its parameters),
and are put back bit for bit, also when the function raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ... import autograd
from ...engine.arrays.complex_numbers import pairs
from ...engine.grad_mode import enable_grad
from ...engine.tensor import Array, Tensor
from ...errors import dtype_name
from ...ops.complex.parts import view_as_real


class GradcheckError(RuntimeError):
    """The derivatives of a function are not what its values say they are."""


class Block(NamedTuple):
    """Where one tensor lies in the long vector."""

    position: int
    name: str
    shape: tuple[int, ...]
    start: int

    def entry(self, index: int) -> tuple[int, ...]:
        """The index into the tensor of place `index` of the long vector."""
        return tuple(int(i) for i in np.unravel_index(index - self.start, self.shape))


class Quotients(NamedTuple):
    """Difference quotients of every output by every input: to both sides, and central."""

    left: Array
    right: Array
    central: Array


@dataclass
class Problem:
    """A function and the point at which its derivatives are checked."""

    func: Callable[..., Any]
    inputs: tuple[Any, ...]
    eps: float
    names: tuple[str, ...]

    @cached_property
    def moving(self) -> list[Tensor]:
        """The inputs that require a gradient."""
        return [x for x in self.inputs if isinstance(x, Tensor) and x.requires_grad]

    @cached_property
    def arrays(self) -> list[Array]:
        """Their memory, of complex inputs as pairs."""
        return [pairs(x.array) for x in self.moving]

    @cached_property
    def record(self) -> tuple[Tensor, ...]:
        """The outputs of one recorded call."""
        return self.call()

    @cached_property
    def live(self) -> list[int]:
        """Which outputs require a gradient; all of them if none does, to see that they are constant."""
        chosen = [i for i, out in enumerate(self.record) if out.requires_grad]
        return chosen or list(range(len(self.record)))

    @property
    def outputs(self) -> list[Tensor]:
        """The recorded outputs that require a gradient."""
        return [out for out in self.record if out.requires_grad]

    @cached_property
    def rows(self) -> list[Block]:
        """The blocks of the outputs."""
        return _blocks([(i, f"output {i}", self.record[i].shape) for i in self.live])

    @cached_property
    def columns(self) -> list[Block]:
        """The blocks of the inputs."""
        places = [i for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad]
        return _blocks([(i, self.names[i], a.shape) for i, a in zip(places, self.arrays, strict=True)])

    @cached_property
    def base(self) -> Array:
        """The outputs at the point itself."""
        return self._flat(self.record)

    def call(self) -> tuple[Tensor, ...]:
        """The function's outputs as a tuple of real tensors, recorded."""
        with enable_grad():
            out = self.func(*self.inputs)
        outputs = tuple(out) if isinstance(out, (tuple, list)) else (out,)
        for i, x in enumerate(outputs):
            if not isinstance(x, Tensor):
                raise TypeError(
                    f"gradcheck: output {i} of the function is {type(x).__name__}, and a Tensor or a "
                    "tuple of Tensors is expected; return only what is to be checked"
                )
        return tuple(view_as_real(x) if x.is_complex() else x for x in outputs)

    def value(self) -> Array:
        """The outputs where the inputs are now, as one vector."""
        with np.errstate(all="ignore"):
            outputs = self.call()
        before, now = ([(o.dtype.name, tuple(o.shape)) for o in group] for group in (self.record, outputs))
        if before != now:
            raise AssertionError(
                "gradcheck: expected outputs of the same shapes and dtypes when an input is moved by "
                f"{self.eps}: they were {before}, and became {now}"
            )
        return self._flat(outputs)

    def _flat(self, outputs: Sequence[Tensor]) -> Array:
        return _joined([outputs[i].detach().array for i in self.live])

    def moved(self, array: Array, where: Any, by: Any) -> tuple[Array, Any]:
        """The outputs with ``array[where]`` moved, and by how much it did move after rounding."""
        kept = np.array(array[where])
        try:
            array[where] = kept + by
            step = np.float64(array[where]) - np.float64(kept)
            return self.value(), step
        finally:
            array[where] = kept

    def quotients(self, array: Array, where: Any, step: float) -> Quotients:
        """All outputs by one entry of an input."""
        above, right = self.moved(array, where, array.dtype.type(step))
        below, left = self.moved(array, where, array.dtype.type(-step))
        if not right or not left:
            raise GradcheckError(
                f"gradcheck cannot move an input of value {array[where]} by {step}: in "
                f"{dtype_name(array.dtype)} the sum rounds back. Scale the input down, or pass a larger eps."
            )
        with np.errstate(all="ignore"):
            sides = (below - self.base) / left, (above - self.base) / right
            return Quotients(*sides, (above - below) / (right - left))

    def pull_back(self) -> tuple[list[Tensor], tuple[Any, ...]]:
        """Cotangents to differentiate by (zeros will do: it is linear in them), and what they become."""
        cotangents = [Tensor._of(np.zeros(out.shape, out.dtype)).requires_grad_() for out in self.outputs]
        found = autograd.grad(self.outputs, self.moving, cotangents, create_graph=True, allow_unused=True)
        return cotangents, found

    def entries(self) -> Iterator[tuple[Array, tuple[int, ...]]]:
        """Every entry of every moving input: the columns, in order."""
        for array in self.arrays:
            for place in np.ndindex(array.shape):
                yield array, place


def problem_of(func: Callable[..., Any], inputs: Any, eps: float) -> Problem:
    """The problem that a user states: one tensor, or a sequence of anything."""
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    return Problem(func, given, eps, argument_names(func, len(given)))


def argument_names(func: Callable[..., Any], count: int) -> tuple[str, ...]:
    """``input 0 (x)`` where the function's own name for it is known, else ``input 0``."""
    try:
        parameters = list(inspect.signature(func).parameters.values())[:count]
    except (TypeError, ValueError):
        parameters = []
    words = [f" ({p.name})" if p.kind is not p.VAR_POSITIONAL else "" for p in parameters]
    return tuple(f"input {i}{words[i] if i < len(words) else ''}" for i in range(count))


def entry_name(problem: Problem, row: int, column: int) -> str:
    """One entry of the Jacobian: which entry of which output, by which entry of which input."""
    out, inp = holding(problem.rows, row), holding(problem.columns, column)
    return f"d {out.name}{list(out.entry(row)) or ''} / d {inp.name}{list(inp.entry(column)) or ''}"


def holding(blocks: Sequence[Block], index: int) -> Block:
    """The block that place `index` of the long vector lies in."""
    return next(b for b in reversed(blocks) if b.start <= index)


def _blocks(tensors: Sequence[tuple[int, str, Sequence[int]]]) -> list[Block]:
    starts = np.cumsum([0, *(int(np.prod(shape)) for _, _, shape in tensors)])
    return [
        Block(i, name, tuple(shape), int(at)) for (i, name, shape), at in zip(tensors, starts, strict=False)
    ]


def _joined(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.zeros(0), *(np.asarray(a, np.float64).reshape(-1) for a in arrays)])


# ------------------------------------------------------------------ the three ways


def by_differences(problem: Problem) -> Quotients:
    """Each column by moving one entry of one input up and down."""
    columns = [problem.quotients(array, place, problem.eps) for array, place in problem.entries()]
    sides: Array = np.array(columns).reshape(len(columns), 3, problem.base.size)
    return Quotients(*sides.transpose(1, 2, 0))


def by_pulling_back(problem: Problem) -> Array:
    """Each row by one backward pass from one entry of one output."""
    rows = [pulled(problem, out, hot) for out in problem.outputs for hot in _one_hot(out)]
    return np.array(rows).reshape(len(rows), sum(a.size for a in problem.arrays))


def pulled(problem: Problem, out: Tensor, cotangent: Tensor) -> Array:
    """The cotangents of all moving inputs as one vector; zeros where there is no path."""
    with np.errstate(all="ignore"):
        found = autograd.grad(out, problem.moving, cotangent, retain_graph=True, allow_unused=True)
    both = zip(found, problem.arrays, strict=True)
    return _joined([np.zeros(a.shape) if g is None else pairs(g.array) for g, a in both])


def by_pushing_forward(problem: Problem) -> Array:
    """Each column by forward mode: the pull-back is linear, and its own pull-back is the push-forward."""
    cotangents, found = problem.pull_back()
    columns = [
        pushed(g, cotangents, hot)
        for g, x in zip(found, problem.moving, strict=True) for hot in _one_hot(x)
    ]  # fmt: skip
    return np.array(columns).reshape(len(columns), sum(u.numel() for u in cotangents)).T


def pushed(g: Any, cotangents: Sequence[Tensor], tangent: Tensor) -> Array:
    """The derivative of all outputs along `tangent`, from the recorded pull-back `g`."""
    if g is None or not g.requires_grad:
        return _joined([np.zeros(u.shape) for u in cotangents])
    found = autograd.grad(g, cotangents, tangent, retain_graph=True, materialize_grads=True)
    return _joined([jvp.array for jvp in found])


def _one_hot(tensor: Tensor) -> Iterator[Tensor]:
    for place in np.ndindex(pairs(tensor.array).shape):
        hot = np.zeros(tensor.shape, tensor.array.dtype)
        pairs(hot)[place] = 1
        yield Tensor._of(hot)
