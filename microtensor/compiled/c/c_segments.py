"""A program cut into runs of instructions that C does, each run a list of kernels.

A statement joins the latest loop nest that takes it, if nothing in between depends on it, so that
operations that stand apart in the program still share their loops.  Nothing moves across a guard.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...engine.versions import owner
from ..program import Array, Instruction, Program, arrays_in
from .c_draws import Draw, draw
from .c_index import Indexed, Indices
from .c_joining import pieces
from .c_loops import Arguments
from .c_nests import Nest
from .c_products import Product, columns, product
from .c_statements import Statement, statement
from .c_types import literal, suits
from .c_views import View, view

_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)

REACH = 24
"""Kernels back that a statement looks for loops to join."""


@dataclass(slots=True, eq=False)
class Guard:
    """Reports a miss unless an element has the value that it had at capture."""

    instruction: Instruction

    fails = True

    def text(self, arguments: Arguments) -> list[str]:
        """The body of the function."""
        x, value = self.instruction.operands
        item, number = f"{arguments.of(x)}[0]", literal(value, x.dtype)
        return [f"if ({f'{item} == {item}' if value != value else f'!({item} == {number})'}) return 1;"]


@dataclass(slots=True, eq=False)
class Kernel:
    """Loops, and the instructions they stand for, in order."""

    loops: Nest | Product | Indexed | Draw | Guard
    instructions: list[Instruction]
    touched: list[_Touched]

    @property
    def fails(self) -> bool:
        """Whether it may report a miss."""
        return not isinstance(self.loops, Nest) and self.loops.fails

    def depends(self, others: list[_Touched]) -> bool:
        """Whether others must come after this kernel."""
        return any(mine.orders(other) for mine in self.touched for other in others)

    def add(self, instructions: list[Instruction], touched: list[_Touched]) -> None:
        """Stand for more instructions."""
        self.instructions += instructions
        self.touched += touched


@dataclass(slots=True, eq=False)
class Run:
    """Kernels that follow each other: one C function."""

    kernels: list[Kernel] = field(default_factory=list)

    @property
    def fails(self) -> bool:
        """Whether it may report a miss."""
        return any(k.fails for k in self.kernels)

    @property
    def draws(self) -> list[Draw]:
        """What draws random numbers."""
        return [k.loops for k in self.kernels if isinstance(k.loops, Draw)]

    def instructions(self) -> list[Instruction]:
        """What it stands for."""
        return [i for k in self.kernels for i in k.instructions]


@dataclass(slots=True, eq=False)
class _Touched:
    """What an instruction reads, and what it writes."""

    reads: list[View]
    writes: list[View]

    @classmethod
    def by(cls, i: Instruction) -> _Touched:
        return cls([view(x) for x in i.reads()], [] if i.out is None else [view(i.out)])

    def orders(self, other: _Touched) -> bool:
        """Whether one of them writes what the other one reads or writes."""
        mine, its = (*self.reads, *self.writes), (*other.reads, *other.writes)
        pairs = [(x, y) for x in self.writes for y in its] + [(x, y) for x in other.writes for y in mine]
        return any(x.meets(y) for x, y in pairs)


def cut(program: Program) -> list[Run | Instruction]:
    """The program's runs of C, and between them the instructions that are left to NumPy."""
    parts: list[Run | Instruction] = []
    indices = Indices(program)
    for position, i in enumerate(program.instructions):
        loops = _loops(program, indices, position, i)
        indices.forget(i)
        if isinstance(loops, Indexed):
            indices.take(loops)
        if loops is None:
            parts.append(i)
        else:
            run = parts[-1] if parts else None
            if not isinstance(run, Run):
                parts.append(run := Run())
            for one in loops if isinstance(loops, list) else [loops]:
                _join(run, i, one)
    for part in parts:
        if isinstance(part, Run):
            _merge(part)
    _hide(program, parts)
    return parts


def _loops(
    program: Program, indices: Indices, position: int, i: Instruction
) -> Statement | list[Statement] | Product | Indexed | Draw | Guard | None:
    if i.kind == "guard":
        x, value = i.operands
        return Guard(i) if suits([x]) and x.ndim == 0 and isinstance(value, _NUMBERS) else None
    if i.effect:
        return draw(i)
    return statement(program, i) or columns(i) or pieces(i) or product(i) or indices.indexed(position, i)


def _join(run: Run, i: Instruction, loops: Statement | Product | Indexed | Draw | Guard) -> None:
    touched = _Touched.by(i)
    if not isinstance(loops, Statement):
        run.kernels.append(Kernel(loops, [i], [touched]))
        return
    kernel = _home(run, touched, loops)
    if kernel is None:
        run.kernels.append(Kernel(Nest(loops), [i], [touched]))
    else:
        kernel.add([i], [touched])


def _home(run: Run, touched: _Touched, s: Statement) -> Kernel | None:
    """The latest kernel whose loops took the statement, unless it must stay behind a later one."""
    for kernel in run.kernels[: -REACH - 1 : -1]:
        if isinstance(kernel.loops, Nest) and kernel.loops.take([s]):
            return kernel
        if kernel.fails or kernel.depends([touched]):
            return None
    return None


def _merge(run: Run) -> None:
    """Let nests that look at the same memory become one, where what lies between does not mind."""
    merged: list[Kernel] = []
    for kernel in run.kernels:
        if not (isinstance(kernel.loops, Nest) and _merged(merged, kernel, kernel.loops)):
            merged.append(kernel)
    run.kernels = merged


def _merged(before: list[Kernel], kernel: Kernel, nest: Nest) -> bool:
    for earlier in before[: -REACH - 1 : -1]:
        if isinstance(earlier.loops, Nest) and earlier.loops.take(nest.statements):
            earlier.add(kernel.instructions, kernel.touched)
            return True
        if earlier.fails or earlier.depends(kernel.touched):
            return False
    return False


def _hide(program: Program, parts: list[Run | Instruction]) -> None:
    """Find the results that only their own nest looks at: they need no memory."""
    uses: dict[int, list[tuple[Kernel | None, Array]]] = {}
    for part in parts:
        for kernel in part.kernels if isinstance(part, Run) else [None]:
            for i in kernel.instructions if kernel else [part]:
                assert isinstance(i, Instruction)
                for x in (
                    *arrays_in(i.operands),
                    *arrays_in(i.keywords),
                    *([] if i.out is None else [i.out]),
                ):
                    uses.setdefault(id(owner(x)), []).append((kernel, x))
    keeps = program.keeps()
    for memory, seen in uses.items():
        kernel = seen[0][0]
        if memory in program.made and memory not in keeps and kernel and all(k is kernel for k, _ in seen):
            _hide_in(kernel, memory)


def _hide_in(kernel: Kernel, memory: int) -> None:
    """If the nest writes each element of it before reading it, in one and the same way, hide the writes."""
    nest = kernel.loops
    if not isinstance(nest, Nest):
        return
    writes = [k for k, s in enumerate(nest.statements) if id(s.out.memory) == memory]
    if any(nest.statements[k].combine for k in writes):
        return
    known: set[object] = set()
    for k, s in enumerate(nest.statements):
        reads = {x.place for x in s.operands if isinstance(x, View) and id(x.memory) == memory}
        if not reads <= known:
            return
        if k in writes:
            known.add(s.out.place)
    nest.hidden |= set(writes)


__all__ = ["Guard", "Kernel", "Run", "cut"]
