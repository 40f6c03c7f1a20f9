"""The graph: what it shows, how deep and wide it may be, and when it dies."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine import backward as sweep
from microtensor.engine.graph import sum_to
from microtensor.errors import GraphFreedError

pytestmark = pytest.mark.fast


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(*shape: int) -> mt.Tensor:
    return mt.ones(*shape, requires_grad=True)


# ------------------------------------------------------------------ what it shows


def test_nodes_have_pytorchs_names_and_lead_to_their_operands() -> None:
    x, w = leaf(2), leaf(2)
    y = x * w + 1
    (product, number), constant = y.grad_fn.next_functions
    assert (y.grad_fn.name(), product.name(), number) == ("AddBackward0", "MulBackward0", 0)
    assert constant == (None, 0)
    assert [f.variable for f, _ in product.next_functions] == [x, w]
    assert "AddBackward0" in repr(y.grad_fn)


def test_a_leaf_shows_as_one_accumulate_grad() -> None:
    x = leaf(2)
    y = x * x
    (first, _), (second, _) = y.grad_fn.next_functions
    assert first == second
    assert hash(first) == hash(second)
    assert first != y.grad_fn
    assert (first.name(), first.next_functions) == ("torch::autograd::AccumulateGrad", ())


def test_broadcasting_does_not_show() -> None:
    x, b = leaf(2, 3), leaf(3)
    assert (x + b).grad_fn.next_functions[1][0].variable is b


def test_only_what_requires_a_gradient_is_recorded() -> None:
    assert (mt.ones(2) * 2).grad_fn is None
    assert (leaf(2) * 2).detach().grad_fn is None
    assert (leaf(2) > 0).grad_fn is None


def test_a_user_may_note_things_on_a_node() -> None:
    y = leaf(2) * 2
    y.grad_fn.metadata["author"] = "me"
    assert y.grad_fn.metadata == {"author": "me"}


def test_an_operand_is_older_than_its_result() -> None:
    x = leaf(2)
    y = x * 2
    z = y.exp() + y
    exp, product = [node for node, _ in z.grad_fn.next_functions]
    assert product is y.grad_fn
    assert z.grad_fn.number > exp.number > product.number


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 3), ()), ((4, 2, 3), (1, 3)), ((2, 3), (2, 3)), ((0, 3), (3,))],
)
def test_sum_to_undoes_broadcasting(wide: tuple[int, ...], narrow: tuple[int, ...]) -> None:
    g = np.arange(np.prod(wide), dtype=np.float64).reshape(wide)
    expected = np.zeros(narrow)
    for place in np.ndindex(wide):
        source = place[len(wide) - len(narrow) :]
        expected[tuple(0 if n == 1 else i for i, n in zip(source, narrow, strict=True))] += g[place]
    np.testing.assert_array_equal(sum_to(g, narrow), expected)


# ------------------------------------------------------------------ deep and wide


@pytest.mark.slow
@pytest.mark.parametrize("length", [100_000, pytest.param(1_000_000, marks=pytest.mark.thorough)])
def test_a_chain_of_a_million_operations(length: int) -> None:
    x = mt.tensor(0.0, requires_grad=True)
    y = x
    for _ in range(length):
        y = y + 1
    y.backward()
    assert (y.item(), x.grad.item()) == (length, 1.0)
    del y  # freeing it must not recurse


def test_a_long_chain_that_saved_arrays_is_freed_without_a_backward() -> None:
    y = leaf(1)
    for _ in range(100_000):
        y = y.sin()
    del y


def test_a_long_chain_for_grad_and_for_create_graph() -> None:
    x = mt.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0
    (g,) = mt.autograd.grad(y * y, x, create_graph=True)
    (h,) = mt.autograd.grad(g, x)
    assert (g.item(), h.item()) == (2.0, 2.0)


def test_a_diamond_a_thousand_deep_pulls_every_node_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visiting every path would take 2 ** 1000 steps."""
    pulled = []
    for name in ("add", "mul"):
        node = mt.registry[name].node
        pull = node.pull
        monkeypatch.setattr(node, "pull", lambda *args, pull=pull: pulled.append(1) or pull(*args))
    x = mt.tensor(1.0, dtype=mt.float64, requires_grad=True)
    y = x
    for _ in range(1000):
        y = (y + y) * 0.5
    y.backward()
    assert (x.grad.item(), len(pulled)) == (1.0, 2000)


def test_a_leaf_used_ten_thousand_times() -> None:
    x = mt.tensor(1.0, dtype=mt.float64, requires_grad=True)
    mt.stack([x * k for k in range(10_000)]).sum().backward()
    assert x.grad.item() == sum(range(10_000))


def test_every_node_is_pulled_back_once() -> None:
    calls = []

    class Count(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            calls.append(g.item())
            return g * 2

    x = mt.tensor(1.0, requires_grad=True)
    h = Count.apply(x)
    (h * 3 + h.exp() * 0 + h * h).backward()
    assert calls == [7.0]


# ------------------------------------------------------------------- life and death


def function_twice(x: mt.Tensor) -> mt.Tensor:
    class Twice(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    return Twice.apply(x)


def write_through_a_view(x: mt.Tensor) -> mt.Tensor:
    y = x * 1
    y[0].mul_(3)
    y.add_(1)
    return y


def kept_gradient(x: mt.Tensor) -> mt.Tensor:
    y = x * 2
    y.retain_grad()
    return y


def hooked(x: mt.Tensor) -> mt.Tensor:
    y = x * 2
    y.register_hook(lambda g: g * 2)
    return y


GRAPHS: dict[str, Callable[[mt.Tensor], mt.Tensor]] = {
    "arithmetic": lambda x: (x * x + x).exp(),
    "broadcast": lambda x: x * mt.ones(4, 2, 3, requires_grad=True),
    "reduction": lambda x: x.sum(0),
    "several outputs": lambda x: x.max(1)[0],
    "view": lambda x: (x * 1)[0].t(),
    "unbound": lambda x: (x * 2).unbind(1)[1],
    "joined": lambda x: mt.cat([x, x * 2]),
    "Function": function_twice,
    "in place": write_through_a_view,
    "retain_grad": kept_gradient,
    "hook": hooked,
    "matmul": lambda x: x @ x.t(),
    "index": lambda x: x[[0, 1]],
    "softmax": lambda x: x.softmax(-1),
}


@pytest.mark.parametrize("with_backward", [False, True])
@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.usefixtures("no_collector")
def test_a_graph_dies_by_reference_count(make: Callable[[mt.Tensor], mt.Tensor], with_backward: bool) -> None:
    x = leaf(2, 3)
    middle = x * 1
    out = make(middle)
    watched = [weakref.ref(middle.grad_fn), weakref.ref(middle.array), weakref.ref(out.grad_fn)]
    if with_backward:
        out.sum().backward()
    del middle, out
    assert [ref() for ref in watched] == [None] * 3


@pytest.mark.usefixtures("no_collector")
def test_a_recorded_backward_dies_by_reference_count() -> None:
    x = leaf(3)
    (g,) = mt.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
    node = weakref.ref(g.grad_fn)
    del g
    assert node() is None


def test_backward_frees_what_was_saved() -> None:
    x = leaf(3)
    h = x * 2
    array = weakref.ref(h.array)
    y = (h * h).sum()
    del h
    assert array() is not None, "the square needs it"
    y.backward()
    assert array() is None, "and then no longer"


def test_retain_graph_frees_nothing() -> None:
    x = leaf(3)
    h = x * 2
    array = weakref.ref(h.array)
    y = (h * h).sum()
    del h
    y.backward(retain_graph=True)
    assert array() is not None


def test_the_error_of_a_second_backward_says_what_to_do() -> None:
    y = (leaf(3) ** 2).sum()
    y.backward()
    with pytest.raises(GraphFreedError, match=r"second time.*PowBackward0.*retain_graph=True"):
        y.backward()


def test_a_graph_may_grow_while_an_older_one_is_freed() -> None:
    x = leaf(3)
    h = x + 1
    h.sum().backward()
    (h * h).sum().backward()
    assert x.grad.tolist() == [5.0, 5.0, 5.0]


def test_a_node_says_what_it_holds_until_it_is_freed() -> None:
    x = mt.ones(3, requires_grad=True)
    y = (x.exp() * mt.ones(2, 3)).sum()
    product = y.grad_fn.next_functions[0][0]
    exp = product.next_functions[0][0]
    assert (product.broadcast_shapes, exp.broadcast_shapes) == (((3,), None), (None,))
    assert list(exp.held) == ["out"]
    assert not exp.freed
    y.backward()
    assert exp.held == {}
    assert exp.freed


def test_looking_at_what_is_held_runs_no_hook() -> None:
    x = mt.ones(3, requires_grad=True)
    unpacked: list[int] = []
    with mt.autograd.graph.saved_tensors_hooks(lambda t: "packed", unpacked.append):
        node = x.exp().grad_fn
    assert type(node.held["out"]).__name__ == "Packed"
    assert unpacked == []


def test_the_formulas_of_a_node() -> None:
    x = mt.ones(3, requires_grad=True)
    assert (x * x).grad_fn.formulas == {"x": "g * y", "y": "g * x"}
    y = x.clone()
    y[:2] = mt.zeros(2)
    assert y.grad_fn.formulas == {"root": "0 where it was written, else g", "value": "g where it was written"}


def test_a_pass_that_records_itself_is_noted() -> None:
    x = mt.ones(1, requires_grad=True)
    y = x.exp()
    (g,) = mt.autograd.grad(y, x, create_graph=True)
    before, after, root = list(sweep.passes)[-3:]
    assert root == y.grad_fn.number
    assert before < g.grad_fn.number < after
    last = list(sweep.passes)
    g.backward()
    assert list(sweep.passes) == last


def test_the_node_of_a_leaf_is_shown_under_its_name() -> None:
    ((leaf, _),) = mt.ones(2, requires_grad=True).exp().grad_fn.next_functions
    assert repr(leaf).startswith("<AccumulateGrad object at 0x")
