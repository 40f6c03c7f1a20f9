"""A node called by itself, and what it saved under PyTorch's names."""

from __future__ import annotations

import warnings

import pytest

import microtensor as mt
from microtensor.errors import GraphFreedError


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(values, requires_grad=True)


def test_a_node_pulls_one_cotangent_back() -> None:
    x, w = leaf(1.0, 2.0), mt.tensor(3.0, requires_grad=True)
    by_x, by_w = (x * w).grad_fn(mt.tensor([1.0, 10.0]))
    assert by_x.tolist() == [3, 30]
    assert by_w.tolist() == [1, 20], "of the result's shape: a Broadcast sums it later"
    assert (x * 2).grad_fn(mt.ones(2))[1] is None
    assert x.grad is None


def test_what_a_node_computes_is_recorded_unless_recording_is_off() -> None:
    x = leaf(2.0)
    y = x.pow(3)
    (second,) = mt.autograd.grad(y.grad_fn(mt.ones(1))[0], x)
    assert second.tolist() == [12]
    with mt.no_grad():
        assert not x.exp().requires_grad
        assert not y.grad_fn(mt.ones(1))[0].requires_grad


def test_a_node_of_several_results_takes_the_cotangent_of_each() -> None:
    node = mt.linalg.eigh(mt.eye(2, requires_grad=True) * mt.tensor([1.0, 2.0])).eigenvalues.grad_fn
    assert node(mt.tensor([1.0, 0.0]), None).tolist() == [[1, 0], [0, 0]]
    with pytest.raises(TypeError, match=r"has 2 results, and takes the cotangent of each: expected 2.*got 1"):
        node(mt.ones(2))
    with pytest.raises(TypeError, match=r"MulBackward0 has 1 result, and .*expected 1 arguments, got 0"):
        (leaf(1.0) * 2).grad_fn()


def test_what_a_node_saved_has_pytorchs_names() -> None:
    x = leaf(1.0, 2.0)
    product, power = x * x, x.pow(3)
    assert product.grad_fn._saved_self is x
    assert product.grad_fn._saved_other is x
    assert power.grad_fn._saved_exponent == 3
    assert x.exp().grad_fn._saved_result.tolist() == x.exp().tolist()
    assert power.grad_fn._saved_result is None, "only an exponent with a gradient needs it"
    with pytest.raises(
        AttributeError, match="'MulBackward0' .* attribute '_saved_result': it saved _saved_y"
    ):
        _ = product.grad_fn._saved_result
    with pytest.raises(AttributeError, match="'SubBackward0' object has no attribute '_saved_self'"):
        _ = (x - 1).grad_fn._saved_self
    with pytest.raises(AttributeError, match="'Erased' .* attribute '_saved_self': it saved nothing"):
        _ = x.clone().zero_().grad_fn._saved_self
    with pytest.raises(AttributeError, match="'MulBackward0' object has no attribute 'colour'"):
        _ = product.grad_fn.colour


def test_after_a_pass_a_node_is_freed() -> None:
    y = leaf(1.0).exp()
    y.backward()
    with pytest.raises(GraphFreedError, match="ExpBackward0"):
        y.grad_fn(mt.ones(1))
    with pytest.raises(GraphFreedError, match="ExpBackward0"):
        _ = y.grad_fn._saved_result


def test_packed_values_are_unpacked() -> None:
    x = leaf(1.0, 2.0)
    with mt.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().copy(), mt.from_numpy):
        y = x.detach().requires_grad_().exp()
    assert y.grad_fn(mt.ones(2)).tolist() == y.tolist()


def test_a_leaf_receives() -> None:
    x = leaf(1.0)
    end, _ = (x * 2).grad_fn.next_functions[0]
    assert end(mt.tensor([3.0])) == ()
    end(mt.tensor([4.0]))
    assert x.grad.tolist() == [7]


def test_the_gradient_of_what_is_no_leaf_comes_with_a_warning() -> None:
    y = leaf(1.0) * 2
    with pytest.warns(UserWarning, match=r"not a leaf Tensor .* by MulBackward0.*retain_grad"):
        assert y.grad is None
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y.grad is None
        y.backward()
        assert y.grad.tolist() == [1]
