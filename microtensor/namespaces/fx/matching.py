"""Where in a graph the nodes of another one stand."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from .graph import Graph
from .node import Node

__all__ = ["Found", "found_in"]


class Found:
    """A place: what stands for each node of the pattern."""

    def __init__(self, pattern: Graph, nodes_map: dict[Node, Any], results: list[Node]) -> None:
        self.nodes_map = nodes_map
        self.placeholder_nodes = [nodes_map.get(n) for n in pattern.nodes if n.op == "placeholder"]
        self.returning_nodes = [nodes_map[n] for n in results]
        self.anchors = self.returning_nodes
        self.inner = [nodes_map[n] for n in pattern.nodes if n.op not in ("placeholder", "output")]


def found_in(
    graph: Graph, pattern: Graph, ignore_literals: bool, same_attribute: Callable[[Node, Node], bool]
) -> list[Found]:
    """The places in a graph where a pattern stands, those aside that overlap an earlier one."""
    results = _results(pattern)
    matcher = _Matcher(ignore_literals, same_attribute)
    places: list[Found] = []
    taken: set[Node] = set()
    for first in list(graph.nodes):
        for nodes_map in matcher.extended(results, [first], list(graph.nodes), {}):
            place = Found(pattern, nodes_map, results)
            if taken.isdisjoint(place.inner) and _closed(place):
                taken.update(place.inner)
                places.append(place)
                break
    return places


def _results(pattern: Graph) -> list[Node]:
    """The nodes that the pattern returns."""
    given: Any = pattern.output_node().args[0]
    several = given if isinstance(given, (tuple, list)) else [given]
    return [node for node in several if isinstance(node, Node)]


def _closed(place: Found) -> bool:
    """Whether nothing outside uses what is computed on the way."""
    inside = set(place.inner)
    ways = inside - set(place.returning_nodes)
    return all(user in inside for node in ways for user in node.users)


class _Matcher:
    """Compares nodes of the pattern with nodes of the graph, from the results backwards."""

    def __init__(self, ignore_literals: bool, same_attribute: Callable[[Node, Node], bool]) -> None:
        self.ignore_literals, self.same_attribute = ignore_literals, same_attribute

    def extended(
        self, results: list[Node], candidates: list[Node], every: list[Node], known: dict[Node, Any]
    ) -> Iterator[dict[Node, Any]]:
        """The ways to let nodes of the graph stand for all results, the first one among the candidates."""
        if not results:
            yield known
            return
        for node in candidates:
            found = dict(known)
            if self.stands(results[0], node, found):
                yield from self.extended(results[1:], every, every, found)

    def stands(self, theirs: Node, ours: Any, known: dict[Node, Any]) -> bool:
        """Whether `ours` can stand for `theirs`, with what it works on; the pairs are added to `known`."""
        if theirs in known:
            return known[theirs] is ours
        if theirs.op == "placeholder":
            known[theirs] = ours
            return True
        if not isinstance(ours, Node) or not self._same(theirs, ours) or ours in known.values():
            return False
        known[theirs] = ours
        return self._all_stand(_arguments(theirs), _arguments(ours), known)

    def _same(self, theirs: Node, ours: Node) -> bool:
        if theirs.op != ours.op or ours.op == "output":
            return False
        return self.same_attribute(theirs, ours) if theirs.op == "get_attr" else theirs.target == ours.target

    def _all_stand(self, theirs: Any, ours: Any, known: dict[Node, Any]) -> bool:
        if isinstance(theirs, Node):
            return self.stands(theirs, ours, known)
        if isinstance(theirs, (tuple, list)) and isinstance(ours, (tuple, list)):
            pairs = zip(theirs, ours, strict=False)
            return len(theirs) == len(ours) and all(self._all_stand(a, b, known) for a, b in pairs)
        if isinstance(theirs, dict) and isinstance(ours, dict):
            return theirs.keys() == ours.keys() and all(
                self._all_stand(theirs[key], ours[key], known) for key in theirs
            )
        if isinstance(ours, Node):
            return False
        return self.ignore_literals or (type(theirs) is type(ours) and bool(theirs == ours))


def _arguments(node: Node) -> dict[Any, Any]:
    """A node's arguments by name, whichever way they were given."""
    if node.op == "call_function":
        try:
            return dict(inspect.signature(node.target).bind(*node.args, **node.kwargs).arguments)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            pass
    return {**dict(enumerate(node.args)), **node.kwargs}
