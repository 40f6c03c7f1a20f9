"""The graph as data: what is in it, in which order, and that looking changes nothing."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn, viz


def leaf(*data: float) -> mt.Tensor:
    return mt.tensor(list(data), requires_grad=True)


def lines(g: viz.Graph) -> list[str]:
    """Each node as ``id op-or-name(operands)``."""
    return [
        f"{n.id} {n.op or n.name or n.kind}({', '.join(str(e.source) for e in g.operands[n.id])})"
        for n in g.nodes
    ]


def test_operands_keep_their_order_and_what_is_shared_is_there_once() -> None:
    a, b = leaf(1.0), leaf(2.0)
    a.name, b.name = "a", "b"
    d = b / a
    g = viz.graph(d * d - a)
    assert lines(g) == ["0 b()", "1 a()", "2 div(0, 1)", "3 mul(2, 2)", "4 sub(3, 1)"]
    assert [e.argument for e in g.operands[4]] == ["x", "y"]


def test_the_same_program_gives_the_same_graph() -> None:
    def program() -> viz.Graph:
        x = leaf(1.0, 2.0)
        return viz.graph((x.exp() * 2 + x).sum())

    assert program() == program()
    assert json.dumps(program().to_dict()) == json.dumps(program().to_dict())


def test_kinds_of_leaves() -> None:
    w, x, c = nn.Parameter(mt.ones(2)), leaf(1.0, 2.0), mt.ones(2)
    g = viz.graph(w * x * c)
    assert [n.kind for n in g.nodes] == ["parameter", "input", "op", "constant", "op"]
    assert [e.carries for e in g.edges] == [True, True, True, False]


def test_a_number_is_a_constant() -> None:
    g = viz.graph(leaf(1.0) * 3)
    assert [(n.kind, n.value.number if n.value else None) for n in g.nodes][1] == ("constant", 3.0)


def test_several_tensors_in_any_container() -> None:
    x = leaf(1.0)
    g = viz.graph({"a": x * 2, "b": [x.exp()]}, x.sin())
    assert [n.op for n in g.roots] == ["mul", "exp", "sin"]


def test_a_leaf_alone() -> None:
    assert lines(viz.graph(leaf(1.0))) == ["0 input()"]
    assert viz.graph(mt.ones(2)).nodes[0].kind == "constant"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, r"^graph: expected tensors, got 3; pass the result to be drawn$"),
        ([], r"^graph: expected at least one tensor$"),
        (mt.ones, r"^graph: expected tensors, got function"),
    ],
)
def test_what_is_no_tensor(value: object, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        viz.graph(value)


def test_names_that_are_no_mapping_to_tensors() -> None:
    with pytest.raises(TypeError, match=r"^names: expected a mapping from strings to tensors"):
        viz.graph(leaf(1.0), names={"x": 3})


def test_names_given_come_before_names_set_and_both_before_paths() -> None:
    model = nn.Linear(1, 1)
    y = model(mt.ones(1, 1))
    assert [n.name for n in viz.graph(y).nodes if n.kind == "parameter"] == ["weight", "bias"]
    model.weight.name = "w"
    y.name = "y"
    assert sorted(n.name for n in viz.graph(y).nodes if n.name) == ["bias", "w", "y"]
    found = viz.graph(y, names={"mine": model.weight, "result": y})
    assert sorted(n.name for n in found.nodes if n.name) == ["bias", "mine", "result"]


def test_a_constant_can_be_named() -> None:
    x, c = leaf(1.0, 2.0), mt.ones(2)
    assert "c" in [n.name for n in viz.graph(x * c, names={"c": c}).nodes]


def test_shapes_are_found_where_nodes_keep_none() -> None:
    x = mt.ones(2, 3, 4, requires_grad=True)
    y = (x.permute(2, 0, 1).reshape(4, 6) + mt.ones(6)).t().neg().unsqueeze(0).transpose(0, 1)
    shapes = [n.shape for n in viz.graph(y.softmax(-1).sum(1)).nodes if n.op]
    assert shapes == [(4, 2, 3), (4, 6), (4, 6), (6, 4), (6, 4), (1, 6, 4), (6, 1, 4), (6, 1, 4), (6, 4)]


def test_a_watch_knows_all_shapes() -> None:
    x = mt.ones(3, requires_grad=True)
    with viz.watch():
        y = (x + mt.ones(2, 3)).reshape(3, 2).clone()
    assert [n.shape for n in viz.graph(y).nodes if n.op] == [(2, 3), (3, 2), (3, 2)]


def test_broadcasts_are_on_edges() -> None:
    g = viz.graph(leaf(1.0, 2.0) * mt.ones(3, 2, requires_grad=True))
    assert [e.broadcast for e in g.edges] == [(2,), None]


def test_several_results_of_one_operation() -> None:
    values, _ = leaf(3.0, 1.0, 2.0).sort()
    g = viz.graph(values.sum())
    assert [n.outputs for n in g.nodes if n.op == "sort"] == [((3,), (3,))]


def test_saved_arrays_and_their_bytes() -> None:
    x = mt.ones(10, requires_grad=True)
    g = viz.graph(x.exp().sum())
    exp = g.nodes[1]
    assert (exp.saved_bytes, exp.saved[0].name, exp.freed) == (40, "out", False)
    y = x.exp().sum()
    y.backward()
    assert viz.graph(y).nodes[1].freed


def test_formulas_and_parameters() -> None:
    node = viz.graph(leaf(1.0, 2.0).softmax(0)).nodes[1]
    assert dict(node.params) == {"dim": "0"}
    assert "x" in dict(node.formulas)


def test_a_user_defined_function() -> None:
    class Twice(mt.autograd.Function):
        @staticmethod
        def forward(ctx, a, x):
            ctx.save_for_backward(x)
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return None, 2 * g

    g = viz.graph(Twice.apply(3, leaf(1.0)), grads=True)
    assert [(n.op, n.shape) for n in g.nodes if n.op] == [("Twice", (1,))]
    assert g.edges[0].slot == 1
    assert g.edges[0].grad is not None
    assert g.edges[0].grad.number == 2.0


def test_second_order_is_told_from_first() -> None:
    x = leaf(2.0)
    y = x**3
    (first,) = mt.autograd.grad(y, x, mt.ones(1), create_graph=True)
    (second,) = mt.autograd.grad(first, x, mt.ones(1), create_graph=True)
    penalty = (first * first).sum()
    assert {n.order for n in viz.graph(y).nodes} == {0}
    assert {n.order for n in viz.graph(first).nodes if n.op} == {1}
    assert max(n.order for n in viz.graph(second).nodes) == 2
    assert [n.order for n in viz.graph(penalty).nodes if n.root] == [0]
    (third,) = mt.autograd.grad(penalty, x, create_graph=True)
    assert max(n.order for n in viz.graph(third, penalty).nodes) == 2


def test_a_pass_inside_of_a_pass() -> None:
    class Nested(mt.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            (inner,) = mt.autograd.grad(x**3, x, mt.ones(1), create_graph=True)
            return inner * g

    x = leaf(2.0)
    (first,) = mt.autograd.grad(Nested.apply(x), x, mt.ones(1), create_graph=True)
    after = viz.graph(x.exp())
    found = [(n.op, n.order) for n in viz.graph(first).nodes if n.op]
    assert found[-1] == ("mul", 1)  # of what the outer pass computed, the inner one took the gradient
    assert {order for _, order in found} == {1, 2}
    assert {n.order for n in after.nodes} == {0}


def test_values_of_results_that_nobody_kept() -> None:
    a, b, c = (mt.tensor(v, requires_grad=True) for v in (2.0, -3.0, 10.0))
    g = viz.graph((a * b + c - a).neg() + 1.0, values=True)
    assert [n.value.number for n in g.nodes if n.op and n.value] == [-6.0, 4.0, 2.0, -2.0, -1.0]


def test_values_of_small_arrays_that_nobody_kept() -> None:
    x, m = leaf(1.0, 2.0, 3.0, 4.0), mt.eye(2).requires_grad_()
    g = viz.graph((x.reshape(2, 2) @ m).sum(0)[1] + m.exp().mean(), values=True)
    found = {n.op: n.value for n in g.nodes if n.op}
    assert [found[op].mean for op in ("reshape", "mm", "sum", "select")] == [2.5, 2.5, 5.0, 6.0]


def test_values_are_computed_again_in_the_dtype_of_the_program() -> None:
    x = mt.tensor(1.0, requires_grad=True)
    with np.errstate(all="ignore"):
        g = viz.graph(((x * 1e-30) * 1e-20) + (x * 100).cosh().neg(), values=True)
    found = [n.value for n in g.nodes if n.op in ("mul", "cosh", "neg")]
    assert [v.number for v in found] == pytest.approx([1e-30, 0.0, 100.0, math.inf, -math.inf])
    assert {v.dtype for v in found} == {"float32"}


def test_values_that_were_overwritten_are_those_of_the_operation() -> None:
    x = leaf(0.0, 0.0)
    y = x.exp()
    z = y.sum()
    y.detach().zero_()
    assert viz.graph(z, values=True).nodes[1].value.mean == 1.0
    x.detach().fill_(5.0)
    assert viz.graph(z, values=True).nodes[1].value is None


def test_a_summary_counts_what_is_not_finite() -> None:
    g = viz.graph(mt.tensor([1.0, math.nan, math.inf, 3.0]), values=True)
    found = g.nodes[0].value
    assert found is not None
    assert (found.mean, found.low, found.high, found.nans, found.infinities) == (2.0, 1.0, 3.0, 1, 1)
    assert g.to_dict()["nodes"][0]["value"]["nans"] == 1


def test_gradients_of_an_unfreed_graph_change_nothing() -> None:
    x = leaf(3.0)
    y = (x * x).exp().log()
    g = viz.graph(y, grads=True)
    assert [n.grad.number for n in g.nodes if n.grad] == pytest.approx(
        [6.0, 1.0, math.exp(-9.0), 1.0], rel=1e-4
    )
    assert x.grad is None
    y.sum().backward()


def test_gradients_of_a_freed_graph_are_those_of_the_leaves_and_it_says_so() -> None:
    x = leaf(3.0)
    y = (x * x).sum()
    y.backward()
    g = viz.graph(y, grads=True)
    assert [n.id for n in g.nodes if n.grad] == [0]
    assert g.notes[0].startswith("backward() has freed this graph")


def test_gradients_that_were_watched_survive_the_backward() -> None:
    x = leaf(3.0)
    with viz.watch(grads=True, time=True):
        y = (x * x).sum()
    y.backward()
    g = viz.graph(y, grads=True)
    assert [n.grad.number for n in g.nodes if n.grad] == [6.0, 1.0, 1.0]
    assert all(n.forward_ms is not None and n.backward_ms is not None for n in g.nodes if n.op)
    assert g.notes == ()


def test_the_line_is_the_users() -> None:
    x = leaf(1.0)
    with viz.watch():
        y = x.exp()
    assert "test_walk.py" in viz.graph(y).nodes[1].line
    assert viz.graph(y).nodes[1].line.endswith("y = x.exp()")


def test_operations_have_names_in_small_letters() -> None:
    x = mt.ones(1, 1, 4, 4, requires_grad=True)
    assert viz.graph(nn.functional.max_pool2d(x, 2)).nodes[1].op == "max_pool2d_with_indices"


def test_a_result_of_several_has_the_shape_that_its_user_reads() -> None:
    values = mt.linalg.svd(mt.ones(3, 2, requires_grad=True), full_matrices=False)
    shapes = {n.op: n.shape for n in viz.graph(values.U.exp().neg() * 2, values.S.sin().cos() * 2).nodes}
    assert (shapes["exp"], shapes["neg"], shapes["sin"], shapes["cos"]) == ((3, 2), (3, 2), (2,), (2,))


def test_ten_thousand_operations() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(10_000):
        y = y + 1
    g = viz.graph(y)
    assert len(g.nodes) == 10_001
    assert g.nodes[-1].shape == (1,)


def test_looking_unpacks_nothing_and_frees_nothing() -> None:
    x = leaf(1.0, 2.0)
    with mt.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 1 / 0):
        y = x.exp().sum()
    viz.graph(y, values=True)
