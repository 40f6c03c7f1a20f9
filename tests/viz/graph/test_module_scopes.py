"""Which module an operation ran in: watched, and guessed alike."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

import microtensor as mt
from microtensor import nn, viz


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x: mt.Tensor) -> mt.Tensor:
        return x + self.fc2(self.fc1(x).relu())


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(2, 1)

    def forward(self, x: mt.Tensor) -> mt.Tensor:
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def places(g: viz.Graph) -> list[str]:
    """Each operation and the path of its scope; a dash for none."""
    return [f"{n.op} {'-' if n.scope is None else g.scopes[n.scope].path or '.'}" for n in g.nodes if n.op]


BLOCKS = [
    "linear blocks.0.fc1", "relu blocks.0", "linear blocks.0.fc2", "add blocks.0",
    "linear blocks.1.fc1", "relu blocks.1", "linear blocks.1.fc2",
]  # fmt: skip


def test_watched() -> None:
    net = Net()
    with viz.watch():
        loss = net(mt.ones(1, 2)).square().sum()
    g = viz.graph(loss)
    assert places(g) == [*BLOCKS, "add blocks.1", "linear head", "square -", "sum -"]
    assert [s.title for s in g.scopes][:3] == ["Net", "blocks.0: Block", "blocks.0.fc1: Linear"]
    assert [s.path for s in g.scopes_of(2)] == ["blocks.0.fc1", "blocks.0", ""]


def test_guessed() -> None:
    net = Net()
    g = viz.graph(net(mt.ones(1, 2)).square().sum())
    # The skip of the first block leads to a constant; that its sum is its own is known from the second.
    assert places(g) == [*BLOCKS, "add blocks.1", "linear head", "square -", "sum -"]
    assert [n.name for n in g.nodes if n.kind == "parameter"][:2] == [
        "blocks.0.fc1.weight",
        "blocks.0.fc1.bias",
    ]


def test_a_module_that_runs_twice_has_two_scopes() -> None:
    fc = nn.Linear(2, 2)
    net = nn.Sequential(fc, fc)
    with viz.watch():
        y = net(mt.ones(1, 2))
    assert [s.title for s in viz.graph(y).scopes] == ["Sequential", "0: Linear", "0: Linear, call 2"]


def test_two_networks_are_told_apart() -> None:
    one, other = nn.Linear(1, 1), nn.Linear(1, 1)
    g = viz.graph(other(one(mt.ones(1, 1))))
    names = [n.name for n in g.nodes if n.kind == "parameter"]
    assert sorted(names) == ["Linear1.bias", "Linear1.weight", "Linear2.bias", "Linear2.weight"]


def test_the_sum_that_ends_a_block_is_the_blocks_but_not_one_around_it() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.up, self.down = nn.LayerNorm(2), nn.Linear(2, 4), nn.Linear(4, 2)

        def forward(self, x: mt.Tensor) -> mt.Tensor:
            return x + self.down(self.up(self.norm(x)).tanh())

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.inner, self.last = nn.Linear(2, 2), Block(), nn.Linear(2, 1)

        def forward(self, x: mt.Tensor) -> mt.Tensor:
            x = self.first(x)
            return self.last(x * self.inner.down(self.inner.up(x)))

    tower = nn.Sequential(nn.Linear(2, 2), *(Block() for _ in range(20)), nn.Linear(2, 1))
    drawing = viz.draw(tower(mt.ones(3, 2)), fold=True)
    assert any(scope.title == "1 to 20: Block x 20" for scope in drawing.graph.scopes)
    around = Around()
    graph = viz.graph(around(mt.ones(3, 2)))
    (product,) = [node for node in graph.nodes if node.op == "mul"]
    assert product.scope is not None
    assert graph.scopes[product.scope].kind == "Around"


def test_networks_of_one_class_are_numbered_by_their_use() -> None:
    for _ in range(3):
        second, first = nn.Linear(2, 2), nn.Linear(2, 2)
        y = second(first(mt.ones(1, 2)).tanh())
        names = [n.name for n in viz.graph(y).nodes if n.kind == "parameter"]
        assert names == ["Linear1.weight", "Linear1.bias", "Linear2.weight", "Linear2.bias"]


def test_a_module_that_is_not_ready_is_passed_over() -> None:
    half = nn.Linear.__new__(nn.Linear)
    model = nn.Linear(1, 1)
    assert [n.name for n in viz.graph(model(mt.ones(1, 1))).nodes if n.name] == ["weight", "bias"]
    assert half is not None


def test_watching_ends_with_its_block_also_after_an_error() -> None:
    before = nn.Module.__call__
    with viz.watch(), viz.watch():
        assert nn.Module.__call__ is not before
    with pytest.raises(ZeroDivisionError), viz.watch():
        raise ZeroDivisionError
    assert nn.Module.__call__ is before


def test_another_thread_is_not_watched() -> None:
    net, found = nn.Linear(1, 1), []
    with viz.watch():
        thread = threading.Thread(target=lambda: found.append(net(mt.ones(1, 1))))
        thread.start()
        thread.join()
    assert viz.graph(found[0]).nodes[-1].line == ""


def test_notes_die_with_the_graph() -> None:
    x = mt.ones(1, requires_grad=True)
    with viz.watch(grads=True, values=True, time=True):
        y = x.exp()
    node = weakref.ref(y.grad_fn)
    gc.disable()
    try:
        del y
        assert node() is None
    finally:
        gc.enable()


CELLS = [nn.RNNCell, nn.GRUCell, nn.LSTMCell]


@pytest.mark.parametrize("kind", CELLS, ids=lambda kind: kind.__name__)
def test_calls_of_a_cell_are_guessed_as_they_were(kind: type[nn.Module]) -> None:
    cell = kind(2, 2)

    def run() -> mt.Tensor:
        state = None
        for _ in range(3):
            state = cell(mt.ones(1, 2), state)
        return (state[0] if isinstance(state, tuple) else state).sum()

    with viz.watch():
        watched = run()
    guessed, seen = viz.graph(run()), viz.graph(watched)
    within = [(node.op, node.scope) for node in seen.nodes if node.op]
    assert [(node.op, node.scope) for node in guessed.nodes if node.op] == within
    assert [scope.title for scope in guessed.scopes] == [scope.title for scope in seen.scopes]
    assert [scope.call for scope in guessed.scopes] == [1, 2, 3]


def test_between_two_calls_of_a_layer_is_outside_of_it() -> None:
    fc = nn.Linear(2, 2)
    g = viz.graph(fc(fc(mt.ones(1, 2)).relu()).sum())
    assert [(n.op, n.scope) for n in g.nodes if n.op] == [
        ("linear", 0), ("relu", None), ("linear", 1), ("sum", None),
    ]  # fmt: skip
    assert any("guessed" in note for note in g.notes)
    assert all(scope.guessed for scope in g.scopes)


def test_a_block_that_is_called_twice_calls_each_layer_once() -> None:
    net = nn.Sequential(Block(), nn.Linear(2, 2))
    x = mt.ones(1, 2, requires_grad=True)
    g = viz.graph(net(net(x)).sum())
    assert [s.title for s in g.scopes if s.parent is None] == ["Sequential", "Sequential, call 2"]
    assert [s.call for s in g.scopes if s.parent is not None] == [1] * 8


def test_a_second_backward_pass_is_in_no_box() -> None:
    net, x = nn.Sequential(nn.Linear(2, 2), nn.Tanh()), mt.ones(1, 2, requires_grad=True)
    (slope,) = mt.autograd.grad(net(x).sum(), x, create_graph=True)
    g = viz.graph(slope.square().sum())
    assert {node.scope for node in g.nodes if node.order} == {None}
    assert {node.op for node in g.nodes if node.scope is not None and node.op} == {"linear"}


def test_a_residual_block_is_whole_also_where_it_is_guessed() -> None:
    net = nn.Sequential(*(Block() for _ in range(3)))
    x = mt.ones(1, 2)
    with viz.watch():
        watched = net(x)
    guessed, seen = viz.graph(net(x)), viz.graph(watched)
    assert places(guessed) == places(seen)
