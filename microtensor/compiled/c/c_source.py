"""The C text of a program: a function for each run, kernels as functions of pointers, and where memory lies.

A run's function has one argument, the table of addresses of all memory that C touches; what only one run
needs, and is small, lives on its stack.  Kernels of the same text are one function.  No text of the user's is
in a source: names, lines and values of arrays stay outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...engine.versions import owner
from ..arena import address, block, is_shareable, placed, repointed
from ..arena import lives as all_lives
from ..description import Step
from ..program import Array, Instruction, Program
from .c_description import steps_of
from .c_gemm import gemm
from .c_loops import Arguments, views_of
from .c_math import prelude
from .c_nests import Nest
from .c_reductions import DECLARED
from .c_segments import Kernel, Run, cut
from .c_types import name
from .c_views import View

STACK = 32 << 10
"""Bytes of intermediate results on the stack of one run; they stay in the nearest cache."""

MANY = 48
"""Kernels from which on each is compiled by itself: a compiler's time grows faster than a function."""


@dataclass(eq=False)
class Translation:
    """A program as C and what is left to NumPy.

    Args:
        parts: the runs, and the instructions between them, in order.
        source: the text of the whole C file.
        memory: the arrays whose addresses are the table, in order.
        arena: the bytes that the program's own memory takes, beside what lives on the stack.
        steps: all of it as plain data.
    """

    parts: list[Run | Instruction]
    source: str = ""
    memory: list[Array] = field(default_factory=list)
    arena: int = 0
    steps: tuple[Step, ...] = ()


def translated(program: Program) -> Translation:
    """The program as C; its own memory, also that of the instructions left to NumPy, is placed anew."""
    parts = cut(program)
    writer = _Writer(program, parts)
    source, steps = writer.text(), steps_of(program, parts)
    new, arena = _placed(program, parts, writer.stacked)
    memory = [new.get(key, memory) for key, memory in writer.table.items()]
    return Translation(parts, source, memory, arena, steps)


def _memory(step: Kernel | Instruction) -> list[Array]:
    """The owners of what a kernel or an instruction really reads or writes."""
    if isinstance(step, Kernel) and isinstance(step.loops, Nest):
        hidden = {id(step.loops.statements[k].out.memory) for k in step.loops.hidden}
        return [x.memory for x in views_of(step.loops.statements) if id(x.memory) not in hidden]
    done = step.instructions if isinstance(step, Kernel) else [step]
    arrays = [x for i in done for x in (*i.reads(), *([] if i.out is None else [i.out]))]
    return [owner(x) for x in arrays]


def _steps(parts: list[Run | Instruction]) -> list[tuple[int, Kernel | Instruction]]:
    """All kernels and instructions in order, each with the number of its part."""
    return [
        (k, x) for k, part in enumerate(parts) for x in (part.kernels if isinstance(part, Run) else [part])
    ]


def _lives(program: Program, parts: list[Run | Instruction]) -> dict[int, tuple[int, int, set[int], Array]]:
    """By owner's id, of memory that C may place: first and last step, the parts, and the owner."""
    keeps, steps = program.keeps(), _steps(parts)
    found: dict[int, tuple[int, int, set[int], Array]] = {}
    for position, (part, step) in enumerate(steps):
        for memory in _memory(step):
            if is_shareable(program, memory, keeps):
                key = id(memory)
                first, _, those, _ = found.get(key, (position, 0, set(), memory))
                found[key] = (first, len(steps) if key in keeps else position, those | {part}, memory)
    return found


def _placed(
    program: Program, parts: list[Run | Instruction], stacked: set[int]
) -> tuple[dict[int, Array], int]:
    """Let memory share one block by liveness: by the old owner's id the new bytes, and the block's size."""
    lives = {k: v for k, v in _lives(program, parts).items() if k not in stacked}
    offsets, total = placed([(first, last, memory.nbytes) for first, last, _, memory in lives.values()])
    arena = block(total)
    new = {
        key: arena[offset : offset + memory.nbytes]
        for offset, (key, (_, _, _, memory)) in zip(offsets, lives.items(), strict=True)
    }
    table = {key: (bytes_, lives[key][3]) for key, bytes_ in new.items()}
    repointed(program, {**table, **_let_go(program, table)})
    program.made[id(owner(arena))] = owner(arena)
    return new, total


def _let_go(program: Program, table: dict[int, tuple[Array, Array]]) -> dict[int, tuple[Array, Array]]:
    """The same bytes for all memory that nobody needs, so that the program does not hold on to it."""
    unused = {key: memory for key, (_, _, memory) in all_lives(program).items() if key not in table}
    spare = block(max((memory.nbytes for memory in unused.values()), default=0))
    program.made[id(owner(spare))] = owner(spare)
    return {key: (spare[: memory.nbytes], memory) for key, memory in unused.items()}


class _Writer:
    """Writes kernels and runs, and collects the memory that they name."""

    def __init__(self, program: Program, parts: list[Run | Instruction]) -> None:
        self.parts = parts
        self.table: dict[int, Array] = {}
        self.functions: dict[tuple[bool, tuple[str, ...], str], str] = {}
        self.stacked = self._stack(program)
        kernels = sum(len(p.kernels) for p in parts if isinstance(p, Run))
        self.apart = "__attribute__((noinline)) " if kernels > MANY else ""

    def _stack(self, program: Program) -> set[int]:
        """The ids of owners that live on the stack of the one run that touches them."""
        room = [STACK] * len(self.parts)
        stacked, keeps = set(), program.keeps()
        for key, (_, _, those, memory) in _lives(program, self.parts).items():
            [part, *others] = those
            if (
                not others
                and key not in keeps
                and isinstance(self.parts[part], Run)
                and memory.nbytes <= room[part]
            ):
                room[part] -= memory.nbytes + 64
                stacked.add(key)
        return stacked

    def text(self) -> str:
        runs = [self.run(k, part) for k, part in enumerate(self.parts) if isinstance(part, Run)]
        kernels = [self.function(*key, named) for key, named in self.functions.items()]
        functions = "\n".join(kernels)
        return "\n".join([prelude(), DECLARED, gemm(functions), functions, *runs]) + "\n"

    def function(self, fails: bool, kinds: tuple[str, ...], body: str, named: str) -> str:
        pointers = ", ".join(f"{kind} *p{k}" for k, kind in enumerate(kinds))
        head = f"static {self.apart}{'int' if fails else 'void'} {named}({pointers})"
        return f"{head} {{\n{body}\n{'  return 0;' if fails else ''}}}"

    def run(self, k: int, run: Run) -> str:
        self.used: dict[int, Array] = {}
        calls = [self.call(kernel) for kernel in run.kernels]
        heads = [self.memory(key, memory) for key, memory in self.used.items()]
        body = "\n".join(f"  {line}" for line in [*heads, *calls, "return 0;"])
        return f"int run{k}(char **T) {{\n{body}\n}}"

    def memory(self, key: int, memory: Array) -> str:
        if key in self.stacked:
            return f"char M{key_name(self.used, key)}[{max(memory.nbytes, 1)}] __attribute__((aligned(64)));"
        self.table.setdefault(key, memory)
        return f"char *const M{key_name(self.used, key)} = T[{list(self.table).index(key)}];"

    def call(self, kernel: Kernel) -> str:
        arguments = Arguments()
        body = "\n".join(f"  {line}" for line in kernel.loops.text(arguments))
        kinds = arguments.kinds
        named = self.functions.setdefault((kernel.fails, kinds, body), f"k{len(self.functions)}")
        passed = ", ".join(self.pointer(x) for x in arguments.pointers)
        return f"if ({named}({passed})) return 1;" if kernel.fails else f"{named}({passed});"

    def pointer(self, x: View) -> str:
        key = id(x.memory)
        self.used.setdefault(key, x.memory)
        return f"({name(x.dtype)} *)(M{key_name(self.used, key)} + {x.address - address(x.memory)})"


def key_name(used: dict[int, Array], key: int) -> int:
    """The number by which a run calls the memory."""
    return list(used).index(key)


__all__ = ["STACK", "Translation", "translated"]
