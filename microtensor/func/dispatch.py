"""How an op meets batched tensors: by its batching rule, or example by example.

This is what `engine.apply` hands an op to when an operand has no array behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..engine.apply import divert
from ..engine.grad_mode import no_grad
from ..engine.op_definition import Op, registry
from .batched_tensor import BatchedTensor, Call, loop
from .batching_rules.elementwise import _elementwise
from .batching_rules.registry import Rule, rules

LATE = ("convolution", "fourier", "layers", "recurrent", "special_functions", "vision")
"""Families of rules that few functions need: imported for the first op that has none among the others."""


def dispatch(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Run an op on operands of which some are batched: the innermost level's rule, on whole batches."""
    level = max((x.level for x in operands if isinstance(x, BatchedTensor)), key=lambda v: v.number)
    call = Call(this, operands, params, level)
    failed: Exception | None = None
    try:
        out = rule_of(this)(call)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        failed = error
    if failed is not None:
        raise _in_terms_of_one(call, failed)
    if isinstance(out, tuple):
        return tuple(BatchedTensor(level, x) for x in out)
    return BatchedTensor(level, out)


def _in_terms_of_one(call: Call, failed: Exception) -> Exception:
    """The error that the first example alone gives: it speaks of the shapes that the user sees."""
    try:
        with no_grad():
            if call.size:
                call.example(0)
    except type(failed) as error:
        return error
    return failed


def rule_of(this: Op) -> Rule:
    """The rule of an op: its own, that of all elementwise ops, or the loop."""
    if not this.elementwise and this.name not in rules:
        for family in LATE:
            import_module(f"{__package__}.batching_rules.{family}")
    named = this.ours or registry.get(this.name) is this
    return (named and rules.get(this.name)) or (_elementwise if this.elementwise else loop)


divert.append(dispatch)
