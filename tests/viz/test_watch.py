"""What only a watch sees: detached branches, constants, which of several models ran; and what it spares."""

from __future__ import annotations

import gc
import weakref

import pytest

import microtensor as mt
from microtensor import nn, viz
from microtensor.utils.checkpoint import checkpoint


def ops(graph: viz.Graph) -> list[str]:
    return [node.grad_fn for node in graph.nodes if not node.is_leaf]


def leaf(graph: viz.Graph, name: str) -> viz.Node:
    [found] = [node for node in graph.nodes if node.name == name]
    return found


def test_constants_in_sums_are_drawn() -> None:
    w, c = mt.ones(3, requires_grad=True), mt.full((3,), 2.0)
    c.name = "offset"
    with viz.watch():
        y = (w + c + 1).sum()
    g = viz.graph(y)
    assert leaf(g, "offset").kind == "constant"
    assert leaf(g, "offset").shape == (3,)
    assert [node.value.number for node in g.nodes if node.kind == "constant" and node.shape == ()] == [1.0]
    assert "%2 = w + offset" in str(viz.explain(y, names={"w": w}))


def test_constants_among_several_operands() -> None:
    w, c = mt.ones(3, requires_grad=True), mt.zeros(2)
    c.name = "padding"
    with viz.watch():
        y = mt.cat([c, w])
    [top] = [edge for edge in viz.graph(y).edges if not edge.carries]
    assert (viz.graph(y).by_id[top.source].name, top.slot) == ("padding", 0)


def test_a_detached_branch_is_drawn_and_gets_no_gradient() -> None:
    net, x = nn.Linear(2, 2), mt.ones(1, 2)
    with viz.watch():
        target = net(x).tanh().detach()
        loss = (net(x) - target).square().mean()
    g = viz.graph(loss, grads=True)
    cut = leaf(g, "detached")
    [into], [out] = g.operands[cut.id], g.uses[cut.id]
    assert (g.by_id[into.source].op, g.by_id[out.target].op) == ("tanh", "sub")
    assert not into.carries
    assert not out.carries
    assert not any(edge.carries for edge in g.operands[into.source])
    assert "detached" in viz.draw(loss).source


def test_a_detached_branch_that_was_freed_does_not_stop_the_pass() -> None:
    net = nn.Linear(1, 1)
    with viz.watch():
        first = net(mt.ones(1, 1))
        fixed = first.detach()
        first.sum().backward()
        second = (net(mt.ones(1, 1)) * fixed).sum()
    assert viz.record(second).steps


def test_a_loop_that_goes_on_with_a_detached_state_keeps_little() -> None:
    cell, state, alive = nn.RNNCell(1, 2), mt.zeros(1, 2), []
    with viz.watch():
        for _ in range(40):
            new = cell(mt.ones(1, 1), state)
            alive.append(weakref.ref(new.grad_fn))
            state = new.detach()
        del new
        gc.collect()
        assert sum(node() is not None for node in alive) <= 16


def test_outside_of_a_watch_nothing_is_remembered() -> None:
    detach, call = mt.Tensor.detach, nn.Module.__call__
    with viz.watch(), viz.watch():
        assert mt.Tensor.detach is not detach
    assert (mt.Tensor.detach, nn.Module.__call__) == (detach, call)
    x = mt.ones(1, requires_grad=True)
    assert vars((x * 2).detach()) == {}


def test_an_in_place_program_is_as_it_is_without_a_watch() -> None:
    def program() -> mt.Tensor:
        x = mt.ones(3, requires_grad=True)
        y = x * 2
        y[0] = 10.0
        y[1:].mul_(x[1:])
        return y.sum()

    with viz.watch(values=True, grads=True):
        watched = program()
    assert ops(viz.graph(watched)) == ops(viz.graph(program()))
    assert "CloneBackward0" not in ops(viz.graph(watched))
    with mt.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t), viz.watch():
        assert "CloneBackward0" in ops(viz.graph(program()))


def test_models_of_one_class_are_told_apart() -> None:
    generator, judge = nn.Sequential(nn.Linear(2, 2), nn.Tanh()), nn.Sequential(nn.Linear(2, 1))
    with viz.watch():
        y = judge(generator(mt.ones(1, 2)))
        z = judge(mt.ones(1, 2))
    assert [scope.title for scope in viz.graph(y).scopes if scope.parent is None] == [
        "Sequential1",
        "Sequential2",
    ]
    titles = [scope.title for scope in viz.graph(y, z).scopes if scope.parent is None]
    assert titles == ["Sequential1", "Sequential2", "Sequential2, call 2"]


def test_a_name_of_a_constant_shows() -> None:
    x, w = mt.ones(2, 3), mt.ones(3, requires_grad=True)
    x.name = "pixels"
    assert "pixels" in viz.draw((x * w).sum()).source
    x.name = None
    assert "pixels" not in viz.draw((x * w).sum()).source


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_a_recurrent_layer_shows_its_input(layer: type[nn.Module]) -> None:
    g = viz.draw(layer(2, 3), mt.ones(4, 1, 2)).whole
    assert leaf(g, "input").kind == "constant"
    [op] = {edge.target for edge in g.uses[leaf(g, "input").id]}
    assert "weight_hh_l0" in [g.by_id[edge.source].name for edge in g.operands[op]]


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpoint_is_marked(reentrant: bool) -> None:
    x = mt.ones(2, requires_grad=True)
    y = checkpoint(lambda a: (a * a).sin(), x, use_reentrant=reentrant).sum()
    g = viz.graph(y)
    assert [node.checkpoint for node in g.nodes if not node.is_leaf] == [True] * (len(g.nodes) - 2) + [False]
    assert "checkpoint" in viz.draw(y).text()
    assert viz.draw(y).source.count('style="filled,rounded,dashed"') == len(g.nodes) - 2
    assert ("set use_reentrant=False" in str(y.explain())) == reentrant
