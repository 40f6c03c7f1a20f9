"""``torch.utils.flop_counter``: how many floating point operations products and convolutions take.

Counted is what PyTorch counts, in a program and in its backward pass: matrix products and convolutions, two
operations for each product and sum, by the module in which they happen.  What is computed element by element
is not; nor is attention by one fused op, as in PyTorch on a CPU, nor are the fused recurrent layers.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, Self

from ..engine.overriding import dispatch, overridable
from ..engine.tensor import Tensor
from ..nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from .flop_formulas import Counted, formulas

__all__ = ["FlopCounterMode"]

_MISSING: Any = object()


class FlopCounterMode:
    """In its ``with``, counts the operations of this thread; prints a table at the end unless told otherwise.

    `depth` is how deep into modules the table goes; `custom_mapping` gives, by function, a formula
    ``(*arguments) -> operations``.  A backward pass counts where it runs inside the ``with``.

    >>> from microtensor.utils.flop_counter import FlopCounterMode
    >>> layer = mt.nn.Linear(3, 4)
    >>> with FlopCounterMode(display=False) as counter:
    ...     layer(mt.ones(5, 3)).sum().backward()
    >>> counter.get_total_flops()
    240
    >>> print(counter.get_table())
    Module          FLOP    % Total
    ------------  ------  ---------
    Linear           240    100.00%
    - aten.addmm     120     50.00%
    - aten.mm        120     50.00%
    """

    def __init__(
        self, mods: Any = None, depth: int | None = 2, display: bool = True,
        custom_mapping: dict[Any, Callable[..., int]] | None = None,
    ) -> None:  # fmt: skip
        self.depth, self.display = depth, display
        self.flop_counts: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        self.custom = dict(custom_mapping or {})
        self._inside = ["Global"]
        self._names: dict[Any, str] = {}
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        overridable.arm(Tensor)
        self.flop_counts.clear()
        self._names.clear()
        hooks = [register_module_forward_pre_hook(self._go_in), register_module_forward_hook(self._come_out)]
        token = dispatch.push(self)
        self._undo = [lambda: dispatch.pop(token), *(hook.remove for hook in hooks)]
        return self

    def __exit__(self, *error: object) -> None:
        while self._undo:
            self._undo.pop()()
        if self.display:
            print(self.get_table(self.depth))

    # ------------------------------------------------------------ what was counted

    def get_total_flops(self) -> int:
        """The operations of all that ran."""
        return sum(self.flop_counts["Global"].values())

    def get_flop_counts(self) -> dict[str, dict[Any, int]]:
        """The operations by module and by operator; "Global" is all of them."""
        return {name: dict(counts) for name, counts in self.flop_counts.items()}

    def get_table(self, depth: int | None = None) -> str:
        """A table of modules, down to a depth, and of the operators in each."""
        depth = next((d for d in (depth, self.depth) if d is not None), 10**6)
        names = sorted(n for n in self.flop_counts if n != "Global" and n.count(".") < depth)
        total = self.get_total_flops()
        if "Global" in self.flop_counts and all(sum(self.flop_counts[n].values()) < total for n in names):
            names = ["Global", *names] if total else []
        rows = [row for name in names for row in self._rows(name, total)]
        return _table([("Module", "FLOP", "% Total"), *(rows or [("Global", "0", "0%")])])

    def _rows(self, name: str, total: int) -> Iterator[tuple[str, str, str]]:
        counts = self.flop_counts[name]
        for word, count in [(name, sum(counts.values())), *((f"- {op}", n) for op, n in counts.items())]:
            yield word, _scaled(count, total), f"{count / total:.2%}" if total else "0%"

    # ------------------------------------------------------------ counting

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The call, counted; a function that is made of others is gone into."""
        kwargs = kwargs or {}
        if func in self.custom:
            self._add(func, self.custom[func](*args, **kwargs), self._inside)
            return func(*args, **kwargs)
        formula = formulas().get(func, _MISSING)
        inner = _made_of(func)
        if formula is _MISSING and inner is not None:
            with self._again():
                return inner(*args, **kwargs)
        result = func(*args, **kwargs)
        if formula is not _MISSING and formula is not None:
            self._count(formula(**_named(func, args, kwargs), result=result), result)
        return result

    @contextmanager
    def _again(self) -> Iterator[None]:
        token = dispatch.push(self)
        try:
            yield
        finally:
            dispatch.pop(token)

    def _count(self, counted: Counted | None, result: Any) -> None:
        """Count a call now, and its derivatives when the backward pass comes to them."""
        if counted is None:
            return
        where = list(self._inside)
        self._add(_operator(counted.name), counted.flops, where)
        if counted.backward and isinstance(result, Tensor) and result.requires_grad:
            name, flops = counted.backward_name, counted.backward
            result.register_hook(lambda grad: self._add(_operator(name), flops, where if self._undo else ()))

    def _add(self, operator: Any, flops: int, where: Sequence[str]) -> None:
        for name in dict.fromkeys(where):
            self.flop_counts[name][operator] += flops

    def _go_in(self, module: Any, args: Any) -> None:
        name = self._names.setdefault(module, type(module).__name__)
        self._names.update({child: f"{name}.{word}" for word, child in module.named_children()})
        self._inside.append(name)

    def _come_out(self, module: Any, args: Any, output: Any) -> None:
        self._inside.pop()


def _made_of(func: Any) -> Any:
    """The function behind the question who overrides it; None of an op, which is made of nothing else."""
    inner = None
    while "__overridable__" in getattr(func, "__dict__", {}) and "__wrapped__" in vars(func):
        inner = func = vars(func)["__wrapped__"]
    return inner


def _named(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by their names, defaults included."""
    bound = inspect.signature(func).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


@cache
def _operator(name: str) -> Any:
    """PyTorch's operator of a name, or what has its name if it is none of ours."""
    found = getattr(import_module("microtensor.library.ops").aten, name, None)
    return f"aten.{name}" if found is None else found


# ------------------------------------------------------------ the table


def _scaled(count: int, total: int) -> str:
    """A count in the unit of the total: thousands, millions, ..."""
    unit = max(0, min(4, (len(str(total)) - 2) // 3))
    return f"{count / 1000**unit:.3f}{' KMBT'[unit]}" if unit else str(count)


def _table(rows: list[tuple[str, str, str]]) -> str:
    """Columns of words, the first one to the left and the others to the right, under a line."""
    least = [len(word) + 2 for word in rows[0]]
    widths = [max(n, *map(len, column)) for n, column in zip(least, zip(*rows, strict=True), strict=True)]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _line(row: tuple[str, str, str], widths: list[int]) -> str:
    return "  ".join([row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2])])
