"""Tracing: what becomes a node, what is gone through, and what is refused."""

from __future__ import annotations

import math
from math import sqrt
from typing import Any

import pytest
from microtensor.fx.proxy import TraceError

import microtensor as mt
from microtensor import fx, nn
from microtensor.testing import assert_close


@fx.wrap
def doubled_if_long(x: Any) -> Any:
    return x * 2 if len(x) > 2 else x


fx.wrap("len")


def ops(traced: Any) -> list[str]:
    return [node.name for node in traced.graph.nodes]


def test_wrapped_functions_are_kept_whole() -> None:
    traced = fx.symbolic_trace(lambda x: doubled_if_long(x) + len(x))
    assert ops(traced) == ["x", "doubled_if_long", "len_1", "add", "output"]
    assert "wrap(" in traced.code
    assert traced(mt.ones(3)).tolist() == [5.0, 5.0, 5.0]
    assert len([1]) == 1
    assert doubled_if_long(mt.ones(1)).item() == 1.0


def test_functions_of_math_are_kept_whole() -> None:
    traced = fx.symbolic_trace(lambda x: math.floor(x) + sqrt(x) + math.sqrt(4))
    assert ops(traced) == ["x", "floor", "sqrt", "add", "add_1", "output"]
    assert traced(2.25) == 5.5


def test_wrap_is_said_at_the_top_of_a_module() -> None:
    with pytest.raises(NotImplementedError, match="wrap\\('len'\\) must be called at the top level"):
        fx.wrap("len")


def test_nothing_of_a_trace_is_left_behind() -> None:
    before = dict(vars(nn.Module)), mt.Tensor.__getitem__
    for program in (lambda x: x + 1, lambda x: x if x else 0):
        try:
            fx.symbolic_trace(program)
        except TraceError:
            assert program(0) == 0
    assert (dict(vars(nn.Module)), mt.Tensor.__getitem__) == before
    assert not fx._symbolic_trace.is_fx_tracing()


def test_it_is_known_that_a_trace_is_on() -> None:
    seen = []

    def program(x: Any) -> Any:
        seen.append(fx._symbolic_trace.is_fx_tracing())
        return x

    fx.symbolic_trace(program)
    assert seen == [True]


def test_a_tracer_says_which_modules_are_leaves() -> None:
    class Inner(nn.Module):
        def forward(self, x: Any) -> Any:
            return x + 1

    class Keeping(fx.Tracer):
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            return isinstance(m, Inner) or super().is_leaf_module(m, module_qualified_name)

    model = nn.Sequential(Inner(), nn.ReLU())
    assert [n.op for n in fx.Tracer().trace(model).nodes][1] == "call_function"
    graph = Keeping().trace(model)
    assert [n.op for n in graph.nodes] == ["placeholder", "call_module", "call_module", "output"]
    assert list(graph.nodes)[1].meta["nn_module_stack"]["0"] == ("0", Inner)


def test_parameters_and_buffers_are_read_where_they_are_used() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(mt.ones(2))
            self.register_buffer("pe", mt.arange(8.0).reshape(4, 2))

        def forward(self, x: Any) -> Any:
            length = x.size(0)
            return x * self.w + self.pe[:length] + self.w.shape[0]

    model = Net()
    traced = fx.symbolic_trace(model)
    assert [n.target for n in traced.graph.nodes if n.op == "get_attr"] == ["w", "pe"]
    x = mt.rand(3, 2)
    assert_close(traced(x), model(x))
    constant = fx.Tracer(param_shapes_constant=True).trace(model)
    assert [n.args[1] for n in constant.nodes if n.name == "add_1"] == [2]


def test_a_module_that_is_not_a_child_is_refused() -> None:
    other = nn.Linear(1, 1)
    with pytest.raises(
        NameError, match="module is not installed as a submodule: Linear is used in the program"
    ):
        fx.symbolic_trace(lambda x: other(x))
    with pytest.raises(NameError, match="parameter is not a member of this module"):
        fx.symbolic_trace(lambda x: x + other.weight)


REFUSED = {
    "if": (lambda x: 1 if x > 0 else 2, TraceError, "cannot be used as inputs to control flow"),
    "for": (lambda x: [i for i in x], TraceError, "not known how long a value is"),  # noqa: C416
    "object": (lambda x: x + object(), NotImplementedError, "argument of type: <class 'object'>"),
    "key": (lambda x: {(x, 1): 1}, RuntimeError, "cannot contain a Node. Got key: x"),
    "int": (lambda x: int(x), TypeError, "int\\(\\) argument must be"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_a_value_is_refused(name: str) -> None:
    program, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        fx.symbolic_trace(program)


def test_proxies_of_two_graphs_do_not_meet() -> None:
    x, y = (fx.Proxy(fx.Graph().placeholder("x")) for _ in range(2))
    with pytest.raises(RuntimeError, match="multiple different tracers in the arguments of add"):
        mt.add(x, y)


def test_a_graph_is_written_with_proxies() -> None:
    graph = fx.Graph()
    x = fx.Proxy(graph.placeholder("x"))
    y = abs(-x) ** 2 + mt.sum(x, 0) + x.shape[0]
    graph.output(y.node)
    assert fx.GraphModule({}, graph)(mt.tensor([1.0, 2.0])).tolist() == [6.0, 9.0]


def test_a_tracer_that_knows_more_goes_through_loops_and_branches() -> None:
    class Knowing(fx.Tracer):
        def to_bool(self, obj: Any) -> bool:
            return True

        def iter(self, obj: Any) -> Any:
            return iter([obj[0], obj[1]])

    graph = Knowing().trace(lambda x: sum(i for i in x) if x > 0 else x)
    assert fx.GraphModule({}, graph)(mt.tensor([3.0, 4.0])).item() == 7.0


def test_asserts_can_be_kept() -> None:
    class Asserting(fx.Tracer):
        trace_asserts = True

    scope: dict[str, Any] = {}
    exec("def program(x):\n    assert x > 1\n    return x", scope)  # pytest writes asserts of its own
    traced = fx.GraphModule({}, Asserting().trace(scope["program"]))
    assert traced(2) == 2
    with pytest.raises(AssertionError, match="Assertion failed"):
        traced(0)
