"""The steps of a program in C, for `description`: one for each kernel."""

from __future__ import annotations

from ...engine.versions import owner
from ..description import Buffers, Step, instruction_step
from ..program import Array, Instruction, Program, arrays_in
from .c_draws import Draw
from .c_index import Indexed
from .c_nests import Nest
from .c_products import Product
from .c_segments import Guard, Kernel, Run
from .c_views import View

__all__ = ["steps_of"]

_KINDS = {Nest: "loops", Product: "product", Indexed: "index", Draw: "draw", Guard: "guard"}


def steps_of(program: Program, parts: list[Run | Instruction]) -> tuple[Step, ...]:
    """All kernels, and the instructions that are left to NumPy, in order."""
    buffers, steps = Buffers(program), list[Step]()
    for k, part in enumerate(parts):
        if isinstance(part, Run):
            steps += [_step(buffers, k, kernel) for kernel in part.kernels]
        else:
            steps.append(instruction_step(buffers, part))
    return tuple(steps)


def _step(buffers: Buffers, run: int, kernel: Kernel) -> Step:
    instructions = list(dict.fromkeys(kernel.instructions))
    read, written = _memory(buffers.program, kernel, instructions)
    lines = tuple(dict.fromkeys(i.line for i in instructions if i.line))
    names = tuple(f"{i.name} over {_of(i)}" if i.kind == "reduce" else i.name for i in instructions)
    kind = _KINDS[type(kernel.loops)]
    return Step(run, kind, names, _space(kernel), lines, buffers.of(read), buffers.of(written))


def _of(i: Instruction) -> str:
    axis = i.keywords["axis"]
    return "all" if axis is None else str(axis)


def _space(kernel: Kernel) -> tuple[int, ...]:
    loops, out = kernel.loops, kernel.instructions[-1].out
    if isinstance(loops, Nest):
        return loops.space
    if isinstance(loops, Product):
        return loops.sizes
    return () if out is None else out.shape


def _memory(
    program: Program, kernel: Kernel, instructions: list[Instruction]
) -> tuple[list[Array], list[Array]]:
    """What is read before the kernel has written it, and what it writes."""
    if not isinstance(kernel.loops, Nest):
        read = [x for i in instructions for x in arrays_in(i.operands) if not program.is_literal(x)]
        return [owner(x) for x in read], [owner(i.out) for i in instructions if i.out is not None]
    nest, known, found = kernel.loops, set[object](), list[Array]()
    hidden = {id(nest.statements[k].out.memory) for k in nest.hidden}
    for s in nest.statements:
        found += [x.memory for x in s.operands if isinstance(x, View) and x.place not in known]
        known.add(s.out.place)
    written = [x.memory for s in nest.statements for x in [s.out]]
    return [m for m in found if id(m) not in hidden], [m for m in written if id(m) not in hidden]
