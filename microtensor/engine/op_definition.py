"""An op as the registry holds it: the function on arrays, its partial derivatives, and what tests need."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .arrays.kernels import FLOATING, Kernel
from .graph import CONSTANT, OUT, Node

Formula = Callable[..., Any]


RAW = (np.ndarray, np.generic)

RESULTS = frozenset(("out", "out_copy", "out_indices"))
"""The names by which a formula asks for the result, a copy of it, or the second of several."""


def case(*arrays: Any, **params: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """One sample call of an op, for tests: a tuple is the shape of an array drawn from its domain.

    Anything else (an index array, say) is passed as it is.
    """
    return arrays, params


registry: dict[str, Op] = {}
"""Every op by name, in order of definition: what the laws' tests, the docs and `testing` walk.

A user's op with the name of one of the package's stands beside it, as ``module.name``.
"""


@dataclass
class Op:
    """An op as the registry holds it: the function, its partials, and what tests need to know."""

    name: str
    function: Callable[..., Any]
    partials: dict[str, Formula]
    arrays: tuple[str, ...]
    params: dict[str, inspect.Parameter]
    variadic: bool = False
    elementwise: bool = False
    floating: bool = False
    promote: bool = True
    view: bool = False
    wide: bool = False
    piecewise: tuple[str, ...] = ()
    refuses: Callable[..., None] | None = None
    complex: bool | str = False
    kernel: Kernel | None = None
    tensors: tuple[str, ...] = ()
    node_name: str = ""
    domain: Any = (-3.0, 3.0)
    dtype: Any = None
    samples: Any = None
    reference: Callable[..., Any] | None = None
    exempt: dict[str, str] = field(default_factory=dict)
    node: type[Node] = Node
    call: Callable[..., Any] = lambda: None
    half_nodes: dict[Any, type[Node]] = field(default_factory=dict)
    casts: dict[tuple[Any, ...], list[tuple[int, np.dtype[Any]]]] = field(default_factory=dict)
    """By the kinds of its operands, as `apply` tells them: which are cast, and to what."""
    shown: Callable[..., Any] | None = None
    """What ``__torch_function__`` sees in the place of `call`: the function that hands its arguments on."""

    @cached_property
    def differentiable(self) -> tuple[str, ...]:
        """The arrays that have a partial derivative, in the order of the node's edges."""
        return tuple(name for name in self.arrays if name in self.partials)

    def half_node(self, dtype: Any) -> type[Node]:
        """The node of a call whose operands of a narrow `dtype` are computed with in float32."""
        if dtype not in self.half_nodes:
            from .half import wide_node

            self.half_nodes[dtype] = wide_node(self.node, dtype)
        return self.half_nodes[dtype]

    @property
    def guarded(self) -> bool:
        """Whether NumPy computes with dtypes for which there is no kernel; with floats it would not."""
        return self.kernel is not None and self.kernel.lacks != FLOATING

    @property
    def ours(self) -> bool:
        """Whether it is an op of this package, and not a user's."""
        return (
            str(getattr(self.function, "__module__", "")).partition(".")[0] == __package__.partition(".")[0]
        )

    @cached_property
    def keeps(self) -> tuple[str, ...]:
        """The names that some formula mentions: what a node saves, in this order."""
        names: dict[str, None] = {}
        for formula in self.partials.values():
            names.update(dict.fromkeys(formula_arguments(formula)))
        return tuple(names)

    def source(self, name: str) -> int:
        """Where a saved value gets its history from, when a formula is to be recorded."""
        if name == "out":
            return OUT
        return self.differentiable.index(name) if name in self.differentiable else CONSTANT

    def needed_by(self, name: str) -> tuple[int, ...]:
        """The edges whose formula mentions the saved value `name`."""
        formulas = [self.partials[arg] for arg in self.differentiable]
        return tuple(i for i, formula in enumerate(formulas) if name in formula_arguments(formula))


def formula_arguments(formula: Formula) -> tuple[str, ...]:
    """The names in a formula's signature after the cotangent."""
    code = getattr(formula, "__code__", None)
    if code is None or hasattr(formula, "__signature__"):
        return tuple(inspect.signature(formula).parameters)[1:]
    return tuple(code.co_varnames[1 : code.co_argcount])  # 40 times as fast, and asked a thousand times


def written(text: str) -> Callable[[Formula], Formula]:
    """What a formula computes, where its source is about speed or limits, for those who look at a graph."""

    def mark(formula: Any) -> Formula:
        formula.written = text
        return formula  # type: ignore[no-any-return]

    return mark
