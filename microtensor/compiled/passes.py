"""What is left out of a captured program, and in which order the rest runs.  Nothing here changes a bit.

`improved` applies, in this order: constants (what depends on nothing is computed once), common
subexpressions, dead code, and copies whose source can be computed in its place.  `guarded` sees to it that a
guard that misses has nothing to undo.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.versions import owner
from .arena import _Repointing, address, is_whole, repointed
from .capture.traced import ND
from .program import Array, Instruction, Program

__all__ = ["folded", "guarded", "improved", "without_dead"]


def improved(program: Program, constants: set[int], move_results: bool = True) -> None:
    """Apply the passes to a program; `constants` are the owners of memory that depends on nothing.

    Without `move_results` every result stays in the memory where it is, because another program reads it.
    """
    folded(program, constants)
    literals(program)
    merged(program)
    without_dead(program)
    coalesced(program, move_results)
    without_dead(program)


# ----------------------------------------------------------------- constants


def folded(program: Program, constants: set[int]) -> None:
    """Take out what computes constants: their memory holds them already, and nobody writes there."""
    program.instructions = [
        i for i in program.instructions if i.out is None or id(owner(i.out)) not in constants
    ]
    for key in constants:
        program.made.pop(key, None)


def literals(program: Program) -> None:
    """Let Python numbers beside arrays of one floating dtype be 0-d arrays, which NumPy need not convert."""
    held: dict[Any, Array] = {}
    for i in program.instructions:
        if i.kind == "ufunc":
            dtypes = {x.dtype for x in i.operands if isinstance(x, ND)}
            dtype = dtypes.pop() if len(dtypes) == 1 else np.dtype(object)
            i.operands = tuple(_literal(program, held, x, dtype) for x in i.operands)


def _literal(program: Program, held: dict[Any, Array], value: Any, dtype: Any) -> Any:
    if isinstance(value, np.generic):
        dtype = value.dtype
    elif type(value) not in (int, float) or dtype.kind != "f":
        return value
    array = np.array(value, dtype)
    array = held.setdefault((dtype, array.tobytes()), array)
    program.literals[id(array)] = array
    return array


# -------------------------------------------------------- common subexpressions


def merged(program: Program) -> None:
    """The same operation on the same operands, unchanged in between, is computed once."""
    writes: dict[int, int] = {}
    for i in program.instructions:
        if i.out is not None:
            writes[id(owner(i.out))] = writes.get(id(owner(i.out)), 0) + 1
    keeps = program.keeps()
    stamps: dict[int, int] = {}
    seen: dict[Any, Array] = {}
    left: list[Instruction] = []
    table: dict[int, tuple[Array, Array]] = {}
    for i in program.instructions:
        key = _key(i, stamps, table) if _mergeable(program, i, writes) else None
        if i.out is not None and key in seen and id(owner(i.out)) not in keeps:
            table[id(owner(i.out))] = (owner(seen[key]), owner(i.out))
            continue
        if key is not None and i.out is not None:
            seen[key] = i.out
        if i.out is not None:
            stamps[id(owner(i.out))] = stamps.get(id(owner(i.out)), 0) + 1
        left.append(i)
    program.instructions = left
    repointed(program, table)


def _mergeable(program: Program, i: Instruction, writes: dict[int, int]) -> bool:
    pure = i.kind in ("ufunc", "reduce", "dot", "gather") and not i.effect and not i.updates
    return (
        pure
        and i.out is not None
        and program.makes(i.out)
        and writes[id(owner(i.out))] == 1
        and is_whole(i.out)
    )


def _key(i: Instruction, stamps: dict[int, int], table: dict[int, Any]) -> Any:
    def sign(x: Any) -> Any:
        if isinstance(x, ND):
            memory = owner(x)
            offset = address(x) - address(memory)
            memory = table[id(memory)][0] if id(memory) in table else memory
            return (id(memory), offset, x.shape, x.strides, x.dtype.str, stamps.get(id(memory), 0))
        if isinstance(x, (tuple, list)):
            return (type(x).__name__, *map(sign, x))
        if isinstance(x, dict):
            return tuple((k, sign(v)) for k, v in x.items())
        if isinstance(x, slice):
            return ("slice", sign(x.start), sign(x.stop), sign(x.step))
        return (type(x).__name__, repr(x))

    errors = tuple((i.errors or {}).items())
    assert i.out is not None
    return (i.kind, i.function, sign(i.operands), sign(i.keywords), i.out.shape, i.out.dtype.str, errors)


# ------------------------------------------------------------------ dead code


def without_dead(program: Program) -> None:
    """Leave out what nobody reads: made memory that is neither a result nor read later."""
    need = program.keeps()
    left = []
    for i in reversed([i for i in program.instructions if not _is_onto_itself(i)]):
        key = None if i.out is None else id(owner(i.out))
        if i.kind == "guard" or i.effect or key is None or key not in program.made or key in need:
            left.append(i)
            if key is not None and not i.updates and i.out is not None and is_whole(i.out):
                need.discard(key)
            need |= {id(owner(x)) for x in i.reads()}
    program.instructions = left[::-1]


def _is_onto_itself(i: Instruction) -> bool:
    """Whether an instruction copies something to where it is."""
    if i.kind != "copy" or i.keywords or i.out is None or not isinstance(i.operands[0], ND):
        return False
    places = [(address(x), x.shape, x.strides, x.dtype) for x in (i.out, i.operands[0])]
    return places[0] == places[1]


def coalesced(program: Program, move_results: bool = True) -> None:
    """Where all of a made array is copied into another place, let it be computed there."""
    for i in list(program.instructions):
        whole = i.kind == "copy" and not i.keywords and isinstance(i.operands[0], ND)
        if whole and (move_results or id(owner(i.operands[0])) not in program.keeps()):
            _coalesce(program, i)


def _coalesce(program: Program, copy: Instruction) -> None:
    target, source = copy.out, copy.operands[0]
    assert target is not None
    fits = target.shape == source.shape and target.dtype == source.dtype and target.flags.c_contiguous
    memory, place = owner(source), owner(target)
    if not (fits and is_whole(source) and program.makes(source)) or place is memory:
        return
    if not program.makes(target) or target.nbytes == 0:
        return
    at = program.instructions.index(copy)
    if _in_the_way(program, at, memory, target):
        return
    program.instructions.pop(at)
    repointed(program, {id(memory): (target, memory)})


def _in_the_way(program: Program, at: int, memory: Array, target: Array) -> bool:
    """Whether somebody uses the target while the source lives, or writes into either once they are one."""
    uses = [k for k, i in enumerate(program.instructions) if _touches(i, memory)]
    low, high = address(target), address(target) + target.nbytes
    place = owner(target)
    end = len(program.instructions) if id(memory) in program.keeps() else uses[-1] + 1
    for position in range(uses[0], end):
        i = program.instructions[position]
        if position == at:
            continue
        touched = [i.out] if position > at else [*i.reads(), i.out]
        if any(x is not None and owner(x) is place and _meets(x, low, high) for x in touched):
            return True
        if position > at and i.out is not None and owner(i.out) is memory:
            return True
    return False


def _touches(i: Instruction, memory: Array) -> bool:
    return (i.out is not None and owner(i.out) is memory) or any(owner(x) is memory for x in i.reads())


def _meets(x: Array, low: int, high: int) -> bool:
    first, last = np.lib.array_utils.byte_bounds(x)
    return bool(first < high and low < last)


# --------------------------------------------------------------------- guards


def guarded(program: Program) -> int:
    """Let all guards lie before the first write to outside memory; return how many instructions they end.

    What is written earlier is written to a copy, which takes its place after the last guard.
    """
    guards = [k for k, i in enumerate(program.instructions) if i.kind == "guard"]
    if not guards:
        return 0
    end = guards[-1] + 1
    early = program.instructions[:end]
    written = {
        id(owner(i.out)): owner(i.out) for i in early if i.out is not None and not program.makes(i.out)
    }
    copies = {key: (np.empty(memory.nbytes, np.uint8), memory) for key, memory in written.items()}
    moving = _Repointing(copies)
    for i in early:
        moving.instruction(i)
    program.made.update({id(copy): copy for copy, _ in copies.values()})
    pairs = [(np.ndarray(m.shape, m.dtype, copy, 0, m.strides), m) for copy, m in copies.values()]
    begin = [Instruction("copy", None, (memory,), copy, note="guards") for copy, memory in pairs]
    finish = [Instruction("copy", None, (copy,), memory, note="guards") for copy, memory in pairs]
    program.instructions = [*begin, *early, *finish, *program.instructions[end:]]
    return len(begin) + end
