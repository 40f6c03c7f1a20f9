"""Finding a pattern in a graph, and putting something else in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from microtensor import Tensor, equal, nn

from ._symbolic_trace import symbolic_trace
from .graph import Graph
from .graph_module import GraphModule
from .matching import Found, found_in
from .module_paths import copied
from .node import Node

__all__ = ["Match", "ReplacedPatterns", "replace_pattern", "replace_pattern_with_filters"]


class Match(NamedTuple):
    """A place where the pattern was found: its last node, and what stands for each node of the pattern."""

    anchor: Node
    nodes_map: dict[Node, Node]


class ReplacedPatterns(NamedTuple):
    """The same, with the nodes that took its place."""

    anchor: Node
    nodes_map: dict[Node, Node]
    replacements: list[Node]


def replace_pattern(gm: GraphModule, pattern: Any, replacement: Any) -> list[Match]:
    """Put `replacement` in the place of each `pattern` in the module's graph; where these were.

    Both are functions, or modules or graphs, with the same number of arguments.  A place fits if nothing else
    uses what is computed on the way; of two that overlap the first one is taken.

    >>> traced = mt.fx.symbolic_trace(lambda x, y: mt.relu(x + y) * 2)
    >>> places = mt.fx.replace_pattern(traced, lambda a, b: mt.relu(a + b), lambda a, b: a - b)
    >>> len(places), traced(mt.tensor(1.0), mt.tensor(5.0))
    (1, tensor(-8.))
    """
    return [Match(m.anchor, m.nodes_map) for m in replace_pattern_with_filters(gm, pattern, replacement)]


def replace_pattern_with_filters(
    gm: GraphModule, pattern: Any, replacement: Any = None,
    match_filters: list[Callable[[Any, Graph, Graph], bool]] | None = None, ignore_literals: bool = False,
    replacement_callback: Callable[[Any, Graph, Graph], Graph] | None = None, node_name_match: str = "",
) -> list[ReplacedPatterns]:  # fmt: skip
    """The same where all `match_filters` hold of the place, the graph and the pattern.

    With `ignore_literals` numbers may differ; `replacement_callback` gives the graph for each place.
    """
    wanted = _graph_of(pattern, gm)
    places = found_in(gm.graph, wanted, ignore_literals, lambda a, b: _same_attribute(a, b, pattern, gm))
    kept = [p for p in places if all(holds(p, gm.graph, wanted) for holds in match_filters or ())]
    moved: dict[Node, Node] = {}
    done = []
    for place in kept:
        made = (
            replacement_callback(place, gm.graph, wanted)
            if replacement_callback
            else _graph_of(replacement, gm)
        )
        done.append(_replaced(gm.graph, place, made, moved))
    gm.recompile()
    if isinstance(replacement, nn.Module):
        _bring(replacement, gm)
    return done


def _graph_of(program: Any, gm: GraphModule) -> Graph:
    if isinstance(program, Graph):
        return program
    return program.graph if isinstance(program, GraphModule) else symbolic_trace(program).graph


def _same_attribute(theirs: Node, ours: Node, pattern: Any, gm: GraphModule) -> bool:
    """Whether two nodes read the same: one path, or equal tensors."""
    if theirs.target == ours.target:
        return True
    values = []
    for owner, node in ((pattern, theirs), (gm, ours)):
        held: Any = owner
        for part in str(node.target).split("."):
            held = getattr(held, part, None)
        values.append(held)
    both = all(isinstance(value, Tensor) for value in values)
    return both and values[0].shape == values[1].shape and equal(*values)


def _replaced(graph: Graph, place: Found, made: Graph, moved: dict[Any, Any]) -> ReplacedPatterns:
    arguments = [node for node in made.nodes if node.op == "placeholder"]
    if len(arguments) != len(place.placeholder_nodes):
        raise AssertionError(
            f"replace_pattern: the pattern has {len(place.placeholder_nodes)} arguments and the replacement "
            f"{len(arguments)}"
        )
    values: dict[Any, Any] = {
        ours: moved.get(theirs, theirs)
        for ours, theirs in zip(arguments, place.placeholder_nodes, strict=True)
    }
    before = set(values.values())
    with graph.inserting_before(_first_user(graph, place.returning_nodes)):
        result: Any = graph.graph_copy(made, values)
    results = result if isinstance(result, (tuple, list)) else (result,)
    for old, new in zip(place.returning_nodes, results, strict=True):
        old.replace_all_uses_with(new)
        moved[old] = new
    for node in reversed(list(place.inner)):
        graph.erase_node(node)
    new_nodes = [node for node in values.values() if node not in before]
    return ReplacedPatterns(place.anchors[0], place.nodes_map, new_nodes)


def _first_user(graph: Graph, results: list[Node]) -> Node:
    """The first node that uses one of the results; without any, the one that follows them."""
    users = {user for node in results for user in node.users}
    found = next((node for node in graph.nodes if node in users), None)
    return found if found is not None else results[-1].next


def _bring(replacement: nn.Module, gm: GraphModule) -> None:
    """Let the module hold what the nodes from the replacement name."""
    gm.delete_all_unused_submodules()
    for node in gm.graph.nodes:
        if node.op in ("call_module", "get_attr"):
            here: Any = gm
            for part in str(node.target).split("."):
                here = getattr(here, part, None)
            if here is None:
                copied(replacement, gm, str(node.target))
    gm.graph.lint()
