"""Models and optimizers as tables, for a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from ..nn import Module
from ..nn.uninitialized_parameter import is_lazy
from .array_summary import shape

_MANY = 200
"""A table has no more rows."""


def model_table(model: Module) -> str:
    """Each module of a model: where it is, what it is, and its learnt elements.

    >>> "<td>Linear(in_features=2, out_features=3, bias=True)</td>" in model_table(mt.nn.Linear(2, 3))
    True
    """
    modules = list(model.named_modules())
    rows = [_module(path, module) for path, module in modules[:_MANY]]
    total = _count(model.parameters())
    still = total - _count(p for p in model.parameters() if p.requires_grad)
    frozen = f", {still:,} of them frozen" if still else ""
    mode = "training" if model.training else "evaluating"
    more = f"; {len(modules) - _MANY:,} modules more" if len(modules) > _MANY else ""
    return _table(
        f"{type(model).__name__}: {total:,} parameters{frozen}, {mode}{more}",
        ("module", "kind", "parameters", "shapes"), rows,
    )  # fmt: skip


def _module(path: str, module: Module) -> Sequence[str]:
    own = list(module.named_parameters(recurse=False))
    shapes = ", ".join(f"{name} {_shape(tensor)}" for name, tensor in own)
    indent = "\N{NO-BREAK SPACE}" * 4 * (path.count(".") + 1 if path else 0)
    kind = f"{type(module).__name__}({module.extra_repr()})"
    count = _count(module.parameters())
    return indent + (path.rpartition(".")[2] or "."), kind, f"{count:,}" if count else "", shapes


def _shape(tensor: Any) -> str:
    return "(?)" if is_lazy(tensor) else shape(tuple(tensor.shape))


def _count(tensors: Iterable[Any]) -> int:
    """The elements of tensors, without those that have no shape yet."""
    return sum(tensor.numel() for tensor in tensors if not is_lazy(tensor))


def optimizer_table(optimizer: Any) -> str:
    """The options of an optimizer, a column for each group of parameters."""
    groups = optimizer.param_groups
    options = sorted({key for group in groups for key in group if key != "params"})
    rows = [[key, *(_option(group.get(key)) for group in groups)] for key in options]
    counts = [_count(group["params"]) for group in groups]
    rows.insert(
        0, ["parameters", *(f"{n:,} in {len(g['params'])}" for n, g in zip(counts, groups, strict=True))]
    )
    heads = [f"group {i}" if len(groups) > 1 else "value" for i in range(len(groups))]
    return _table(type(optimizer).__name__, ("option", *heads), rows)


def _option(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(caption: str, heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    def line(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    style = "text-align:left;font-variant-numeric:tabular-nums"
    body = "".join(line("td", row) for row in rows)
    title = f'<caption style="text-align:left;font-weight:600">{html.escape(caption)}</caption>'
    return f'<table style="{style}">{title}<thead>{line("th", heads)}</thead><tbody>{body}</tbody></table>'
