"""``autograd.grad``: gradients as a function's result, of every order."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microtensor as mt

pytestmark = pytest.mark.fast


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(values, dtype=mt.float64, requires_grad=True)


def test_it_returns_a_tuple_and_touches_no_grad() -> None:
    x, w = leaf(1, 2), leaf(3, 4)
    dx, dw = mt.autograd.grad((x * w).sum(), [x, w])
    assert (dx.tolist(), dw.tolist()) == ([3.0, 4.0], [1.0, 2.0])
    assert x.grad is w.grad is None
    assert not dx.requires_grad


def test_the_answers_share_no_memory_with_each_other_or_the_cotangent() -> None:
    x, w, u = leaf(1, 2), leaf(3, 4), mt.ones(2, dtype=mt.float64)
    dx, dw, again = mt.autograd.grad(x + w, [x, w, x], u)
    dx.mul_(5)
    assert (dw.tolist(), again.tolist(), u.tolist()) == ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0])


def test_unused_inputs_raise_or_give_none_or_zeros() -> None:
    x, w = leaf(1, 2), leaf(math.nan, math.inf)
    for make in (lambda: (x * x).sum(),):
        with pytest.raises(RuntimeError, match="not have been used.*allow_unused=True"):
            mt.autograd.grad(make(), [x, w])
        assert mt.autograd.grad(make(), [x, w], allow_unused=True)[1] is None
        assert mt.autograd.grad(make(), [x, w], materialize_grads=True)[1].tolist() == [0.0, 0.0]
        with pytest.raises(ValueError, match="allow_unused to be True"):
            mt.autograd.grad(make(), [x, w], materialize_grads=True, allow_unused=False)


def test_a_constant_input_is_named_by_number_and_shape() -> None:
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match=r"number 1, torch.float32 \(3,\).*requires_grad_"):
        mt.autograd.grad(x.sum(), [x, mt.ones(3)])


def test_inputs_may_be_anywhere_in_the_graph() -> None:
    x = leaf(1, 2)
    h = x * 2
    y = (h * h).sum()
    dy, dh, dx = mt.autograd.grad(y, [y, h, x])
    assert (dy.item(), dh.tolist(), dx.tolist()) == (1.0, [4.0, 8.0], [8.0, 16.0])


def test_a_leaf_is_its_own_output() -> None:
    x = leaf(1, 2)
    (g,) = mt.autograd.grad(x, x, mt.tensor([3.0, 4.0], dtype=mt.float64))
    assert g.tolist() == [3.0, 4.0]


def test_several_outputs_add_up_and_may_repeat() -> None:
    x = leaf(1, 2)
    y, u = x * x, mt.ones(2, dtype=mt.float64)
    (g,) = mt.autograd.grad([y, y, x.sum()], x, [u, u, None])
    assert g.tolist() == [5.0, 9.0]


def test_a_graph_that_grad_did_not_need_is_not_freed() -> None:
    x = leaf(1, 2)
    h = x * x
    mt.autograd.grad((h * h).sum(), h)
    h.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_every_order_of_a_power() -> None:
    """d^k/dx^k x^5 = 5!/(5-k)! x^(5-k)."""
    x = leaf(1.5)
    y = x**5
    for k in range(1, 6):
        (y,) = mt.autograd.grad(y.sum(), x, create_graph=True)
        assert y.item() == pytest.approx(math.perm(5, k) * 1.5 ** (5 - k))


def test_every_order_of_a_sine() -> None:
    x = leaf(0.3, 1.2)
    y = x.sin()
    for expected in (np.cos, lambda a: -np.sin(a), lambda a: -np.cos(a), np.sin):
        (y,) = mt.autograd.grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(y.detach().array, expected(x.detach().array), rtol=1e-12)


def test_the_third_derivative_through_views_writes_and_reductions() -> None:
    """f = sum_i a_i^4 with a = (x0, x1) * (x1, x0) = (p, p): f = 2 p^4, p = x0 x1."""
    x = leaf(0.7, 1.3)
    a = mt.zeros(2, dtype=mt.float64)
    a[0] = x[0] * x[1]
    a[1:] = x[:1] * x[1:]
    a.pow_(4)
    y = a.view(2, 1).t().sum()
    p, (u, v) = 0.7 * 1.3, (0.7, 1.3)
    (g,) = mt.autograd.grad(y, x, create_graph=True)
    (h,) = mt.autograd.grad(g[0], x, create_graph=True)
    (k,) = mt.autograd.grad(h[0], x)
    np.testing.assert_allclose(g.tolist(), [8 * p**3 * v, 8 * p**3 * u])
    np.testing.assert_allclose(h.tolist(), [24 * p**2 * v * v, 24 * p**2 * v * u + 8 * p**3])
    np.testing.assert_allclose(k.tolist(), [48 * p * v**3, 48 * p * v * v * u + 48 * p**2 * v])


def test_the_gradient_by_the_cotangent() -> None:
    x, u = leaf(1, 2), mt.ones(2, dtype=mt.float64, requires_grad=True)
    (g,) = mt.autograd.grad(x * x, x, u, create_graph=True)
    (du,) = mt.autograd.grad(g.sum(), u)
    assert du.tolist() == [2.0, 4.0]


def test_a_hessian_row_by_row() -> None:
    x = leaf(1, 2, 3)
    y = x[0] * x[1] * x[2] + (x**2).sum()
    (g,) = mt.autograd.grad(y, x, create_graph=True)
    rows = [mt.autograd.grad(g[i], x, retain_graph=True)[0].tolist() for i in range(3)]
    assert rows == [[2.0, 3.0, 2.0], [3.0, 2.0, 1.0], [2.0, 1.0, 2.0]]


def test_create_graph_works_under_no_grad() -> None:
    x = leaf(2)
    y = (x**3).sum()
    with mt.no_grad():
        (g,) = mt.autograd.grad(y, x, create_graph=True)
    assert mt.autograd.grad(g.sum(), x)[0].tolist() == [12.0]


def test_a_plain_grad_records_nothing() -> None:
    x = leaf(2)
    (g,) = mt.autograd.grad((x**3).sum(), x)
    assert g.grad_fn is None
    assert g.is_leaf


def test_rows_of_cotangents_give_rows_of_gradients() -> None:
    x, unused = leaf(0, 1, 2), leaf(1)
    y = x**3
    found = mt.autograd.grad(y, [x, unused], mt.eye(3).double(), is_grads_batched=True, allow_unused=True)
    assert found[0].tolist() == [[0.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 12.0]]
    assert found[1] is None
    with pytest.raises(RuntimeError, match="second time"):
        mt.autograd.grad(y, x, mt.eye(3).double(), is_grads_batched=True)


@pytest.mark.parametrize("rows", [None, mt.tensor(1.0), mt.ones(2, 2)])
def test_cotangents_that_are_no_rows_of_the_outputs(rows: object) -> None:
    x = leaf(0, 1, 2)
    with pytest.raises(RuntimeError, match=r"one dimension in front.*output\[0\] has a shape of \(3,\)"):
        mt.autograd.grad(x * x, x, rows, is_grads_batched=True)


def test_only_inputs_stands_before_allow_unused_and_changes_nothing() -> None:
    x, unused = leaf(1, 2), leaf(1)
    found = mt.autograd.grad((x * x).sum(), [x, unused], None, None, False, True, True)
    assert (found[0].tolist(), found[1]) == ([2.0, 4.0], None)
    with pytest.warns(FutureWarning, match="only_inputs argument is deprecated"):
        assert mt.autograd.grad((x * x).sum(), x, only_inputs=False)[0].tolist() == [2.0, 4.0]


def test_a_gradient_edge_stands_for_a_tensor() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 3
    z = (y * y).sum()
    inner, leaf = map(mt.autograd.graph.get_gradient_edge, (y, x))
    del y
    by_y, by_x = mt.autograd.grad(z, (inner, leaf), retain_graph=True)
    assert (by_y.tolist(), by_x.tolist()) == ([6.0, 6.0], [18.0, 18.0])
    assert mt.autograd.grad(inner, x, mt.ones(2), retain_graph=True)[0].tolist() == [3.0, 3.0]
    mt.autograd.backward(inner, mt.ones(2), retain_graph=True)
    z.backward(inputs=leaf)
    assert x.grad.tolist() == [21.0, 21.0]


def test_a_gradient_edge_has_the_shape_of_its_tensor() -> None:
    x = mt.ones(2, requires_grad=True)
    edge = mt.autograd.graph.get_gradient_edge(x * 3)
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        mt.autograd.grad(edge, x, mt.ones(3))
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        mt.autograd.grad(edge, x)
    scalar = mt.autograd.graph.get_gradient_edge((x * 3).sum())
    assert mt.autograd.grad(scalar, x)[0].tolist() == [3.0, 3.0]


def test_one_of_several_results_has_an_edge_of_its_own() -> None:
    x = mt.tensor([3.0, 1.0, 2.0], requires_grad=True)
    edge = mt.autograd.graph.get_gradient_edge(x.sort()[0])
    assert mt.autograd.grad(edge, x, mt.tensor([1.0, 10.0, 100.0]))[0].tolist() == [100.0, 1.0, 10.0]


def test_materialized_zeros_require_a_gradient_under_create_graph() -> None:
    x, y = mt.ones(2, requires_grad=True), mt.ones(3, requires_grad=True)
    for create in (True, False):
        _, zeros = mt.autograd.grad((x * 2).sum(), (x, y), create_graph=create, materialize_grads=True)
        assert zeros.tolist() == [0.0, 0.0, 0.0]
        assert zeros.requires_grad == create


def test_the_inputs_of_grad_are_tensors_or_edges() -> None:
    x = mt.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="Tensors or GradientEdges, but got float as number 1"):
        mt.autograd.grad((x * 2).sum(), [x, 2.0])
