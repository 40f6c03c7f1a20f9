"""Graphs: making, changing and checking them, and what they look like."""

from __future__ import annotations

import copy
import sys
from typing import Any

import pytest
from microtensor.fx.immutable_collections import immutable_dict, immutable_list
from microtensor.fx.writing.namespace import Namespace

import microtensor as mt
from microtensor import fx


def relu_plus_one() -> Any:
    return fx.symbolic_trace(lambda x: mt.relu(x) + 1).graph


def names(graph: Any) -> list[str]:
    return [node.name for node in graph.nodes]


def test_nodes_know_who_uses_them() -> None:
    x, relu, add, output = relu_plus_one().nodes
    assert list(relu.users) == [add]
    assert add.all_input_nodes == [relu]
    add.args = (x, 1)
    assert list(relu.users) == []
    assert list(x.users) == [relu, add]
    add.replace_input_with(x, relu)
    assert add.args == (relu, 1)
    assert (x.next, x.prev.op, output.next.op) == (relu, "root", "root")


def test_all_uses_of_a_node_go_over_to_another() -> None:
    graph = relu_plus_one()
    x, relu, add, output = graph.nodes
    assert relu.replace_all_uses_with(x) == [add]
    graph.erase_node(relu)
    assert names(graph) == ["x", "add", "output"]
    assert len(graph.nodes) == 3
    assert add.replace_all_uses_with(x, delete_user_cb=lambda user: False) == []
    assert output.args == (add,)


def test_places_where_nodes_are_inserted() -> None:
    graph = relu_plus_one()
    x, relu, add, output = graph.nodes
    with graph.inserting_after(x):
        graph.call_function(mt.sin, (x,))
    with graph.inserting_before(add):
        graph.call_method("neg", (relu,))
    with graph.inserting_before():
        graph.placeholder("first")
    with graph.inserting_after(output):
        graph.call_module("m", (add,))
    assert names(graph) == ["first", "x", "sin", "relu", "neg", "add", "output", "m"]
    x.prepend(graph.find_nodes(op="call_module")[0])
    add.append(relu)
    assert names(graph) == ["first", "m", "x", "sin", "neg", "add", "relu", "output"]
    with pytest.raises(RuntimeError, match="m uses add, which is not defined before it"):
        graph.lint()


def test_what_lint_sees() -> None:
    graph, other = relu_plus_one(), relu_plus_one()
    next(iter(reversed(graph.nodes))).args = (next(iter(other.nodes)),)
    with pytest.raises(RuntimeError, match="output uses x, which belongs to another graph"):
        graph.lint()
    traced = fx.symbolic_trace(mt.nn.Sequential(mt.nn.ReLU()))
    list(traced.graph.nodes)[1].target = "7"
    with pytest.raises(ValueError, match="the module has no '7'"):
        traced.graph.lint()


@pytest.mark.parametrize("act", ["prepend", "append"])
def test_a_node_does_not_move_into_another_graph(act: str) -> None:
    node, other = next(iter(relu_plus_one().nodes)), next(iter(relu_plus_one().nodes))
    with pytest.raises(RuntimeError, match="belongs to another graph"):
        getattr(node, act)(other)


def test_a_node_that_is_used_is_not_erased() -> None:
    graph = relu_plus_one()
    with pytest.raises(RuntimeError, match=r"erase_node: x is used by \[relu\]"):
        graph.erase_node(next(iter(graph.nodes)))
    assert names(graph)[0] == "x"


def test_arguments_are_not_changed_in_place() -> None:
    graph = fx.symbolic_trace(lambda x: mt.cat([x, x])).graph
    node = graph.find_nodes(op="call_function", target=mt.cat)[0]
    assert type(node.args[0]) is immutable_list
    for change in (lambda: node.args[0].append(1), lambda: node.kwargs.update(a=1)):
        with pytest.raises(TypeError, match="assign a new value to node.args"):
            change()
    assert copy.deepcopy(immutable_dict(a=immutable_list([1]))) == {"a": [1]}
    node.insert_arg(1, 0)
    node.update_kwarg("out", None)
    node.update_arg(1, -1)
    assert (node.args[1], node.kwargs) == (-1, {"out": None})


def test_dead_code_goes_and_what_has_effects_stays() -> None:
    def program(x: Any) -> Any:
        x + 1
        mt.rand(3, device=x.device)
        mt._assert(x.shape[0] == 2, "two")
        return x

    graph = fx.symbolic_trace(program).graph
    assert graph.eliminate_dead_code()
    assert not graph.eliminate_dead_code()
    called = [node.target for node in graph.nodes if node.op == "call_function"]
    assert mt.rand in called
    assert mt._assert in called
    assert "add" not in names(graph)
    assert graph.eliminate_dead_code(impure_random=False)
    assert "rand" not in names(graph)
    assert graph.eliminate_dead_code(lambda node: node.op != "call_function")
    assert len(graph.nodes) == 2


def test_a_copy_is_a_graph_of_its_own() -> None:
    graph = relu_plus_one()
    other = copy.deepcopy(graph)
    next(iter(other.nodes)).meta["seen"] = True
    assert str(graph) == str(other)
    assert not next(iter(graph.nodes)).meta
    into = fx.Graph()
    values: dict[Any, Any] = {next(iter(graph.nodes)): into.placeholder("y")}
    into.output(into.graph_copy(graph, values))
    assert names(into) == ["y", "relu", "add", "output"]


def test_names_do_not_hide_what_python_has() -> None:
    space = Namespace()
    made = [
        space.create_name(word, None)
        for word in ("x", "x", "x_1", "max", "3d", "lambda", "a b", "", "x_7", "x")
    ]
    assert made == ["x", "x_1", "x_2", "max_1", "_3d", "lambda_1", "a_b", "_unnamed", "x_7", "x_8"]
    assert space.create_name("len", len) == space.create_name("other", len) == "len"


def test_code_can_be_changed_line_by_line() -> None:
    traced = fx.symbolic_trace(lambda x: x + 1)
    with traced.graph.on_generate_code(lambda before: lambda body: ["seen = 1\n", *body]):
        assert "    seen = 1\n" in traced.recompile().src
    assert "seen" not in traced.recompile().src


def test_a_table_needs_tabulate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tabulate", None)
    with pytest.raises(ImportError, match="pip install tabulate; print"):
        relu_plus_one().print_tabular()


def test_nodes_of_no_kind() -> None:
    graph = fx.Graph()
    with pytest.raises(AssertionError, match="a node's op is one of placeholder"):
        graph.create_node("call", "x")
    with pytest.raises(ValueError, match="call_function: expected a function"):
        graph.create_node("call_function", "x")
    assert len(graph.nodes) == 0
