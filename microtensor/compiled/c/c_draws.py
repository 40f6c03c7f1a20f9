"""Random draws in C: the masks of dropout come from the generator's own function, called by pointer.

NumPy's bit generators hand out the address of their state and of the function that draws from it, so what C
draws is what Python would have drawn next, and the generator is left where it would have been.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...random.stream import Stream
from ..program import Array, Instruction
from .c_loops import Arguments

WORD = "const uint64_t h = next(state), w = h << 32 | next(state);"
"""Two draws, the first one high."""


@dataclass(slots=True, eq=False)
class Draw:
    """A loop that fills an array with draws of a stream, one element after the other."""

    instruction: Instruction
    stream: Stream
    source: Array
    """The addresses of the function and of the state."""
    lines: tuple[str, ...]

    fails = False

    def text(self, arguments: Arguments) -> list[str]:
        """The body of the function."""
        out = self.instruction.out
        assert out is not None
        p = arguments.of(self.source)
        heads = [
            f"uint32_t (*next)(void *) = (uint32_t (*)(void *)){p}[0];",
            f"void *state = (void *){p}[1];",
        ]
        place = f"{arguments.of(out)}[i * {out.strides[0] // out.itemsize}]"
        body = [line.replace("@", place) for line in self.lines]
        return [*heads, f"for (long i = 0; i < {out.size}; i++)", "{", *body, "}"]


def draw(i: Instruction) -> Draw | None:
    """The instruction as draws, if it is one of bernoulli's or of uniform numbers in [0, 1)."""
    stream, out = getattr(i.function, "stream", None), i.out
    if i.kind != "function" or not isinstance(stream, Stream) or out is None or out.ndim != 1 or i.keywords:
        return None
    lines = _bernoulli(i) if i.name == "bernoulli" else _uniform(i) if i.name == "uniform" else None
    if lines is None:
        return None
    bits = stream._bits.ctypes
    function = ctypes.cast(bits.next_uint32, ctypes.c_void_p).value
    return Draw(i, stream, np.array([function, bits.state_address], np.uint64), lines)


def _bernoulli(i: Instruction) -> tuple[str, ...] | None:
    probability: Any = i.operands[1] if len(i.operands) > 1 else 0.5
    assert i.out is not None
    if len(i.operands) > 2 or not isinstance(probability, float) or i.out.dtype != np.bool_:
        return None
    bound = math.ceil(probability * 2.0**53)
    return WORD, f"@ = (w & 0x1fffffffffffffULL) < {bound}ULL;"


def _uniform(i: Instruction) -> tuple[str, ...] | None:
    assert i.out is not None
    if len(i.operands) > 2:
        return None
    if i.out.dtype == np.float64:
        return WORD, "@ = (double)(int64_t)(w & 0x1fffffffffffffULL) * 0x1p-53;"
    return (
        ("@ = (float)(int32_t)(next(state) & 0xffffffu) * 0x1p-24f;",) if i.out.dtype == np.float32 else None
    )


__all__ = ["Draw", "draw"]
