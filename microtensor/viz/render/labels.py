"""What stands in a node and in its tooltip."""

from __future__ import annotations

from collections.abc import Iterable

from ..array_summary import in_parts, number, shape, size
from ..formula_words import derivatives, kept_as
from ..model import Graph, Node, Summary
from ..notation import PARTS, part_of

SHOWS = ("op", "shape", "dtype", "values", "grads", "saved", "time", "params", "line")
"""What ``show=`` understands."""
RECOMPUTED = "a checkpoint has dropped what it saved: the backward pass computes it again"


def shows_of(show: str | Iterable[str]) -> frozenset[str]:
    """The words of ``show=``, as a list or as one string; ``ValueError`` for others.

    >>> sorted(shows_of("op values"))
    ['op', 'values']
    """
    words = show.replace(",", " ").split() if isinstance(show, str) else list(show)
    strange = sorted(str(word) for word in words if word not in SHOWS)
    if strange:
        raise ValueError(f"show: expected some of {', '.join(SHOWS)}, got {', '.join(strange)}")
    return frozenset(words)


def within(name: str, around: str) -> str:
    """A path as it is seen from inside of a module.

    >>> within("blocks.0.fc1.weight", "blocks.0"), within("blocks.10", "blocks.1")
    ('fc1.weight', 'blocks.10')
    """
    return name.removeprefix(f"{around}.") if around else name


def title(node: Node, around: str = "") -> str:
    """The first line: what it is called, as seen from the module `around` it, and what it is."""
    if node.kind == "constant" and not node.name and node.value is not None and node.value.shape == ():
        return _short(node.value.number)
    if node.is_leaf:
        return within(node.name, around) or node.kind
    done = f"{node.op} {part_of(dict(node.params))}".rstrip() if node.op in PARTS else node.op
    name = f"{node.name} = {done}" if node.name and node.kind == "op" else done
    return f"{within(node.name, around)}: {node.op}" if node.kind == "module" and node.name else name


def _short(value: complex | None) -> str:
    if isinstance(value, complex):
        return in_parts(value, _short)
    return "?" if value is None else f"{value:g}"


def fields_of(node: Node, graph: Graph, shows: frozenset[str], around: str = "") -> list[str]:
    """The fields of a node of a graph, the title first."""
    fields = [title(node, around)] if "op" in shows or node.is_leaf else [node.name or f"#{node.id}"]
    if node.kind == "ops":
        fields = [node.name, node.op]
    single = (
        node.kind == "constant"
        and not node.name
        and fields == [_short(node.value.number if node.value else None)]
    )
    fields += [] if single else _type(node, shows)
    fields += [f"{node.parameters:,} parameters"] if node.kind == "module" and node.parameters else []
    fields += _numbers("data", node.value) if "values" in shows and not single else []
    fields += _numbers("grad", node.grad) if "grads" in shows else []
    told = [(k, v) for k, v in node.params if len(v) < 24 and k not in (("key",) if node.op in PARTS else ())]
    fields += [f"{k} = {v}" for k, v in told] if "params" in shows else []
    fields += ["checkpoint"] if node.checkpoint and node.kind == "op" and node.op != "checkpoint" else []
    fields += _costs(node, graph, shows)
    return fields + ([node.line] if "line" in shows and node.line else [])


def _type(node: Node, shows: frozenset[str]) -> list[str]:
    words = []
    if "shape" in shows and (node.shape or (node.shape is not None and "values" not in shows)):
        words.append(shape(node.shape) if node.shape else "scalar")
    if "dtype" in shows and node.dtype:
        words.append(node.dtype)
    return [" ".join(words)] if words else []


def _numbers(word: str, found: Summary | None) -> list[str]:
    """One number, or four of an array; and what is not finite."""
    if found is None:
        return []
    if found.number is not None and found.shape in ((), (1,)):
        return [f"{word} {number(found.number)}"]
    bad = [f"{n} {what}" for n, what in ((found.nans, "nan"), (found.infinities, "inf")) if n]
    if found.mean is None:
        return [f"{word} {' '.join(bad) or 'empty'}"]
    spread = f"{number(found.mean)} +- {number(found.std)}"
    return [" ".join((f"{word} {spread}", *bad)), f"{number(found.low)} to {number(found.high)}"]


def _costs(node: Node, graph: Graph, shows: frozenset[str]) -> list[str]:
    words = []
    if "saved" in shows and node.saved_bytes:
        names = ", ".join(_kept(graph, node, item.name) for item in node.saved if item.nbytes)
        words.append(f"saves {size(node.saved_bytes)}" + (f" ({names})" if names != "saved" else ""))
    if "time" in shows and node.forward_ms is not None:
        back = "" if node.backward_ms is None else f", back {node.backward_ms:.3f}"
        words.append(f"{node.forward_ms:.3f}{back} ms")
    return words


def _kept(graph: Graph, node: Node, name: str) -> str:
    """What a drawing calls a saved value: it shows no numbers of nodes, so the formula's letter has to do."""
    found = kept_as(graph, node, name)
    return name if found.startswith("%") else found


def tooltip(node: Node, graph: Graph) -> str:
    """All that is known of a node, in lines."""
    lines = [f"#{node.id} {title(node)}", _kind(node)]
    lines += [f"{shape(node.shape)} {node.dtype}".strip()] if node.shape is not None else []
    lines += [f"in {scope.title}" for scope in graph.scopes_of(node.scope)]
    lines += [f"{name} = {value}" for name, value in node.params]
    lines += [
        f"saves {kept_as(graph, node, s.name)}: {shape(s.shape)} {s.dtype}, {size(s.nbytes)}"
        for s in node.saved
        if s.shape is not None
    ]
    lines += [RECOMPUTED] if node.checkpoint else []
    lines += ["freed by a backward pass"] if node.freed and node.op else []
    lines += [f"d {operand}: {words}" for operand, words in derivatives(graph, node)]
    lines += [", ".join(_numbers("value", node.value))] if node.value else []
    lines += [", ".join(_numbers("gradient", node.grad))] if node.grad else []
    return "\n".join([*lines, *([node.line] if node.line else [])])


def _kind(node: Node) -> str:
    words = {"parameter": "a parameter", "input": "a leaf that requires a gradient", "constant": "a constant"}
    if node.is_leaf:
        return words[node.kind]
    if node.kind == "module":
        return f"a module with {node.parameters:,} parameters, {len(node.members)} nodes inside"
    if node.kind == "ops":
        return f"nodes {min(node.members)} to {max(node.members)} of the whole graph"
    order = f", recorded by the backward pass of order {node.order}" if node.order else ""
    return node.grad_fn + order
