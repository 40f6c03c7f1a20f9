"""The two films of the page: what each operation makes, and what each step of the backward pass sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...array_summary import shape
from ...explain import filled_in, formula_of, local_of
from ...model import Node
from ...notation import called, equation, number_of, operand_texts, short
from ...record import Excerpt, Recording, Sent, Step
from .arrays import array


def arrived_of(recording: Recording) -> dict[int, Excerpt]:
    """The gradient of each node, of its first result that has one."""
    found = {step.node: [one for one in step.arrived if one is not None] for step in recording.steps}
    return {node: arrived[0] for node, arrived in found.items() if arrived}


def forward_of(recording: Recording, shown: Mapping[int, int]) -> list[dict[str, Any]]:
    """The operations in the order in which the program ran them, each with what it made."""
    return [_made(recording, node, shown) for node in recording.graph.nodes if not node.is_leaf]


def _made(recording: Recording, node: Node, shown: Mapping[int, int]) -> dict[str, Any]:
    graph, values = recording.graph, recording.values
    edges = graph.operands[node.id]
    written = equation(node, operand_texts(graph, node))
    numbers = [number_of(values, graph, edge.source) for edge in edges]
    known = len(numbers) == len(operand_texts(graph, node)) and None not in numbers
    return {
        "node": shown.get(node.id, 0), "title": f"{called(graph, node.id)} = {written}",
        "from": [shown.get(edge.source, 0) for edge in edges],
        "numbers": equation(node, [short(x) for x in numbers]) if known else "",
        "found": array(values.get(node.id), node.value),
        "type": "scalar" if node.shape == () else shape(node.shape),
    }  # fmt: skip


def steps_of(recording: Recording, shown: Mapping[int, int]) -> list[dict[str, Any]]:
    """The steps of the backward pass, in the order of the engine."""
    last = {sent.to: step.node for step in recording.steps for sent in step.sent}
    return [_step(recording, step, shown, last) for step in recording.steps]


def _step(
    recording: Recording, step: Step, shown: Mapping[int, int], last: Mapping[int, int]
) -> dict[str, Any]:
    graph = recording.graph
    node = graph.by_id[step.node]
    name = called(graph, step.node)
    title = name if node.is_leaf else f"{name} = {equation(node, operand_texts(graph, node))}"
    sent = [{**_sent(recording, step, to, shown), "last": last[to.to] == step.node} for to in step.sent]
    return {
        "node": shown.get(step.node, 0), "title": title,
        "arrived": [array(found, None) for found in step.arrived], "sent": sent,
    }  # fmt: skip


def _sent(recording: Recording, step: Step, sent: Sent, shown: Mapping[int, int]) -> dict[str, Any]:
    numbers = filled_in(recording, step, sent)
    found = array(sent.found, None)
    return {
        "to": shown.get(sent.to, 0), "name": called(recording.graph, sent.to), "found": found,
        "formula": formula_of(recording, step, sent),
        "numbers": "" if found and numbers == found["brief"] else numbers,
        "local": local_of(recording, step, sent),
    }  # fmt: skip
