"""Folding keeps what there is to see: what repeats, what is inside, and a graph without cycles."""

from __future__ import annotations

import pytest
from programs import Tower

import microtensor as mt
from microtensor import nn, viz
from microtensor.viz.graph.fold import boxes, chunks, layers, repeats, worst
from microtensor.viz.model import Summary


def tower(height: int = 12) -> viz.Graph:
    with viz.watch():
        y = Tower(height)(mt.ones(3, 2))
    return viz.graph(y.sum())


def check(small: viz.Graph, whole: viz.Graph) -> None:
    """Ids are places, edges lead forwards between nodes that exist, and every node is in one box."""
    assert [node.id for node in small.nodes] == list(range(len(small.nodes)))
    assert all(edge.source < edge.target for edge in small.edges)
    assert len({(e.source, e.target, e.slot) for e in small.edges}) == len(small.edges)
    members = [i for node in small.nodes for i in node.members]
    assert sorted(members) == list(range(len(whole.nodes)))
    assert [node.root for node in small.nodes].count(True) == 1


@pytest.mark.parametrize("how", [repeats, layers, lambda g: boxes(g, 1), lambda g: chunks(g, 20)])
def test_nothing_is_lost(how: object) -> None:
    g = tower()
    small = how(g)
    assert len(small.nodes) < len(g.nodes)
    check(small, g)
    again = layers(small)
    assert sorted(i for n in again.nodes for i in n.members)[-1] < len(g.nodes)


def test_equal_blocks_are_shown_once_with_their_count() -> None:
    g = repeats(tower())
    (scope,) = [scope for scope in g.scopes if scope.repeats > 1]
    assert scope.title == "blocks.0 to blocks.11: Residual x 12"
    assert len(g.nodes) == len(tower(1).nodes)
    ops = [(n.op, len(n.members)) for n in g.nodes if n.op]
    assert ops[0] == ("linear", 1)
    assert {count for _, count in ops[1:-1]} == {12}
    assert [g.by_id[e.source].op for e in g.operands[g.roots[0].id]] == ["add"]


def test_the_result_of_the_last_copy_is_still_the_result() -> None:
    with viz.watch():
        y = Tower(3)(mt.ones(3, 2))
    assert [node.op for node in repeats(viz.graph(y)).roots] == ["add"]


def test_blocks_that_differ_are_not_equal() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    with viz.watch():
        y = model(mt.ones(1, 2))
    titles = [scope.title for scope in repeats(viz.graph(y)).scopes if scope.repeats > 1]
    assert titles == ["2 to 3: Linear x 2"]


def test_operations_in_between_end_a_run() -> None:
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    with viz.watch():
        y = b(a(mt.ones(1, 2)) * 2)
    assert [scope.repeats for scope in repeats(viz.graph(y)).scopes] == [1, 1]


def test_boxes_count_all_parameters_of_all_copies() -> None:
    model = Tower(12)
    total = sum(p.numel() for p in model.parameters())
    with viz.watch():
        y = model(mt.ones(3, 2))
    g = viz.graph(y)
    for depth in (0, 1):
        found = viz.fold(g, depth=depth)
        assert sum(node.parameters for node in found.nodes) == total
    assert [(n.op, n.name) for n in viz.fold(g, depth=1).nodes if n.kind == "module"] == [
        ("Linear", "first"),
        ("Residual x 12", "blocks.0 to blocks.11"),
    ]


def test_each_module_is_a_box_of_its_own_if_nothing_is_to_be_folded() -> None:
    g = tower(12)
    found = viz.fold(g, depth=1, folded=False)
    check(found, g)
    assert [node.op for node in found.nodes if node.kind == "module"] == ["Linear", *["Residual"] * 12]
    assert found.notes[-1].endswith(": a larger depth= shows more")


def test_small_graphs_stay_as_they_are_and_large_ones_can() -> None:
    g, large = tower(1), tower(40)
    assert viz.fold(g) is g
    assert viz.fold(large, folded=False) is large
    assert len(large.nodes) > 300 > len(viz.fold(large).nodes)
    assert viz.fold(large).notes[-1].endswith("fold=False shows all")


def test_depth_is_folded_further_if_it_has_to_be() -> None:
    assert len(viz.fold(tower(40), limit=30).nodes) <= 30


@pytest.mark.parametrize("limit", [2, 10, 50])
def test_chunks_respect_the_limit_with_many_leaves(limit: int) -> None:
    y = mt.ones(1, requires_grad=True)
    leaves = [mt.ones(1, requires_grad=True) for _ in range(200)]
    for leaf in [*leaves, *leaves]:
        y = y * leaf
    g = viz.graph(y)
    small = viz.fold(g, limit=limit)
    check(small, g)
    assert len(small.nodes) <= limit


def test_guessed_modules_repeat_too() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)) for _ in range(5)))

        def forward(self, x: mt.Tensor) -> mt.Tensor:
            return self.blocks(x)

    net = Net()
    g = repeats(viz.graph(net(mt.ones(1, 2)).sum()))
    titles = [s.title for s in g.scopes if s.repeats > 1]
    assert titles == ["blocks.0 to blocks.4: Sequential x 5", "blocks.0.0 to blocks.0.1: Linear x 2"]
    check(g, viz.graph(net(mt.ones(1, 2)).sum()))


def test_the_worst_gradient_speaks_for_several() -> None:
    small, large = (Summary((), "float32", rms=rms) for rms in (1e-9, 1.0))
    nan = Summary((), "float32", rms=None, nans=1)
    assert worst([large, None, small]) is small
    assert worst([small, nan, large]) is nan
    assert worst([None]) is None


def pairs(count: int) -> nn.Sequential:
    layers = [layer for _ in range(count) for layer in (nn.Linear(4, 4), nn.Tanh())]
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), *layers, nn.Linear(4, 1))


@pytest.mark.parametrize("watched", [True, False])
def test_a_group_of_layers_that_repeats_is_shown_once(watched: bool) -> None:
    model, x = pairs(60), mt.ones(1, 2)
    drawing = viz.draw(model, x) if watched else viz.draw(model(x))
    assert len(drawing.graph.nodes) < 20
    [group] = [scope for scope in drawing.graph.scopes if scope.repeats > 1]
    assert group.title == f"2 to {121 if watched else 120}: Linear, {'Tanh' if watched else 'tanh'} x 60"
    assert {node.op for node in drawing.graph.nodes if node.scope == group.id} <= {"", "tanh"}
    learnt = sum(node.parameters * len(node.members) for node in drawing.graph.nodes)
    assert learnt == sum(p.numel() for p in model.parameters())


def test_equal_blocks_fold_without_being_asked_and_without_a_watch() -> None:
    tower, x = Tower(12), mt.ones(3, 2)
    for drawing in (viz.draw(tower, x), viz.draw(tower(x))):
        assert [s.title for s in drawing.graph.scopes if s.repeats > 1] == [
            "blocks.0 to blocks.11: Residual x 12"
        ]
        assert "fold=False shows all" in drawing.graph.notes[-1]
    assert viz.draw(tower(x), fold=False).graph.folded_from == 0
    assert viz.draw(Tower(3)(x)).graph.folded_from == 0


def test_what_does_not_repeat_is_not_grouped() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 5), nn.Tanh())
    drawing = viz.draw(model, mt.ones(1, 2), fold=True)
    assert len(drawing.graph.nodes) == len(drawing.whole.nodes)
    assert [scope.title for scope in drawing.graph.scopes] == [scope.title for scope in drawing.whole.scopes]


def test_the_flow_of_gradients_is_not_folded_away() -> None:
    layers = [layer for _ in range(12) for layer in (nn.Linear(3, 3), nn.Sigmoid())]
    model = nn.Sequential(*layers)
    with viz.watch():
        y = model(mt.ones(1, 3)).sum()
    drawing = viz.draw(y, flow=True, depth=1)
    sizes = [node.grad.rms for node in drawing.graph.nodes if node.kind == "module"]
    assert len(sizes) == 24
    assert sizes[0] < 1e-3 * sizes[-1]
    assert "x 12" in viz.draw(y, flow=True, depth=1, fold=True).source
    assert "x 12" in viz.draw(y, depth=1).source
