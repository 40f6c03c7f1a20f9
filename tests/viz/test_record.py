"""A recorded backward pass: the engine's order, its numbers, and what it leaves alone."""

from __future__ import annotations

import pickle

import pytest
from programs import PROGRAMS, Tower, several_results

import microtensor as mt
from microtensor import viz
from microtensor.engine.backward import Sweep
from microtensor.viz.record import Recording, on


def scalar(value: float, name: str = "") -> mt.Tensor:
    x = mt.tensor(value, requires_grad=True)
    x.name = name or None
    return x


def sent(recording: Recording) -> list[tuple[str, str, str, float]]:
    """Who sends to whom, by which formula, and how much."""
    name = {node.id: node.name or node.op for node in recording.graph.nodes}
    return [
        (name[step.node], name[one.to], one.formula, one.found.summary.number)
        for step in recording.steps
        for one in step.sent
    ]


def test_steps_in_the_order_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = scalar(2.0, "a"), scalar(-3.0, "b")
    y = (a * b).sin() + a.exp() * b
    visited = []
    pull = Sweep.pull_watched
    monkeypatch.setattr(
        Sweep, "pull_watched", lambda self, node, g: (visited.append(node.name()), pull(self, node, g))[1]
    )
    recording = viz.record(y)
    graph = recording.graph
    ops = [graph.by_id[step.node].grad_fn for step in recording.steps if step.sent]
    assert ops == visited
    assert len(ops) == 5


def test_what_is_sent() -> None:
    a, b = scalar(2.0, "a"), scalar(-3.0, "b")
    c = a * b
    c.name = "c"
    assert sent(viz.record(c - a)) == [
        ("sub", "c", "g", 1.0),
        ("sub", "a", "-g if alpha == 1 else g * -alpha", -1.0),
        ("c", "a", "g * y", -3.0),
        ("c", "b", "g * x", 2.0),
    ]


def test_a_leaf_follows_the_last_that_sends_to_it() -> None:
    x = scalar(3.0, "x")
    recording = viz.record(x * x + x)
    assert [(recording.graph.by_id[s.node].name, s.arrived[0].summary.number) for s in recording.steps] == [
        ("", 1.0), ("", 1.0), ("x", 7.0),
    ]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_leaf_that_gets_a_gradient_has_a_step(program: object) -> None:
    drawing = program()
    if not drawing.tensors:
        assert drawing.record().why == "This drawing was made from a graph, without its tensors."
        return
    recording = drawing.record()
    leaves = {n.id for n in recording.graph.nodes if n.kind in ("input", "parameter")}
    used = {n.id for n in recording.graph.nodes if n.is_leaf and n.grad is not None}
    assert {s.node for s in recording.steps} >= leaves & used
    assert len({s.node for s in recording.steps}) == len(recording.steps)


def test_nothing_changes() -> None:
    x = mt.ones(3, requires_grad=True)
    y = (x * x).sum()
    before = dict(y.grad_fn.extras or {})
    viz.record(y)
    assert x.grad is None
    assert not any((y.grad_fn.extras or {}).get("posthooks", {}).values())
    assert before.keys() <= (y.grad_fn.extras or {}).keys()
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_sent_arrays_are_seen_before_the_engine_adds_to_them() -> None:
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    recording = viz.record((x * 3 + x * 5).sum())
    found = sorted(one.found.rows for step in recording.steps for one in step.sent if one.to == 0)
    assert found == [((3.0, 3.0),), ((5.0, 5.0),)]


def test_values_are_computed_again_where_nobody_kept_them() -> None:
    a, b = mt.tensor([1.0, 2.0], requires_grad=True), mt.tensor([3.0, 4.0], requires_grad=True)
    recording = viz.record(((a * b) + a).sum())
    product = next(node for node in recording.graph.nodes if node.op == "mul")
    assert recording.values[product.id].rows == ((3.0, 8.0),)
    assert recording.values[product.id].norm == pytest.approx(73**0.5)
    assert product.value.dtype == "float32"


def test_large_arrays_are_not_spelled_out() -> None:
    x = mt.ones(65, requires_grad=True)
    recording = viz.record((x * x).sum())
    assert recording.values[0].rows == ()
    assert recording.values[0].summary.mean == 1.0
    assert viz.record(mt.ones(64, requires_grad=True) * 2).values[0].rows == ((1.0,) * 64,)


def test_several_results_and_pickling() -> None:
    recording = several_results().record()
    assert any(len(step.arrived) == 2 for step in recording.steps)
    assert pickle.loads(pickle.dumps(recording)) == recording


def test_broadcast_operands_get_what_the_formula_gave() -> None:
    x, row = mt.ones(2, 3, requires_grad=True), mt.ones(3, requires_grad=True)
    recording = viz.record((x * row).sum(), names={"row": row})
    by_name = {recording.graph.by_id[s.node].name: s for s in recording.steps}
    assert by_name["row"].arrived[0].summary.shape == (3,)
    assert [one.found.summary.shape for s in recording.steps for one in s.sent if s.node == 2] == [(2, 3)] * 2


def test_a_graph_that_was_freed() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x.exp().sum()
    y.backward()
    recording = viz.record(y)
    assert recording.steps == ()
    assert recording.why.startswith("backward() has freed this graph")
    assert "viz.watch(grads=True)" in recording.why


def test_a_freed_graph_that_was_watched() -> None:
    x = scalar(2.0, "x")
    with viz.watch(grads=True):
        y = (x.exp() * x).sin()
    expected = sent(viz.record(y))
    y.backward()
    assert sent(viz.record(y)) == expected
    assert viz.record(y).why == ""


def test_names_that_have_gone_since() -> None:
    drawing = viz.draw(Tower(1), mt.ones(3, 2))  # the model itself is gone now
    names = {node.name for node in drawing.record().graph.nodes}
    assert {"first.weight", "blocks.0.fc.bias"} <= names
    assert "" not in {n.name for n in drawing.record().graph.nodes if n.kind == "parameter"}


def test_a_drawing_whose_graph_was_freed_since() -> None:
    x = mt.ones(2, requires_grad=True)
    y = (x * mt.full((2,), 3.0)).sum()
    drawing = viz.draw(y)
    y.backward()
    found = drawing.record()
    assert (found.graph, found.steps) == (drawing.whole, ())
    assert found.why.startswith("backward() has freed this graph")
    assert on(found, drawing.whole).why == found.why


def test_a_leaf_alone_and_what_is_no_tensor() -> None:
    assert viz.record(mt.ones(2, requires_grad=True)).why == "Nothing was computed."
    with pytest.raises(TypeError, match=r"^record: expected tensors, got 3"):
        viz.record(3)
