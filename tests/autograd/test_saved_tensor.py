"""Hooks on one place of a node, and PyTorch's names for what it saved."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(list(values), dtype=mt.float32, requires_grad=True)


def test_hooks_on_one_place() -> None:
    a = leaf(1, 2)
    y = a * a
    place = y.grad_fn._raw_saved_self
    assert (place.data.tolist(), place.unpack_hook) == ([1, 2], None)
    place.register_hooks(lambda t: t.tolist(), lambda kept: 2 * mt.tensor(kept))
    assert place.data == [1, 2]
    assert place.unpack_hook is not None
    assert place.unpack().tolist() == y.grad_fn._saved_self.tolist() == [2, 4]
    y.sum().backward()
    assert a.grad.tolist() == [3, 6]


def test_hooks_on_what_a_function_saved() -> None:
    class Square(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: mt.Tensor) -> mt.Tensor:
            ctx.save_for_backward(x, None)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: mt.Tensor) -> mt.Tensor:
            return 2 * ctx.saved_tensors[0] * g

    a = leaf(3)
    y = Square.apply(a)
    first, second = y.grad_fn._raw_saved_tensors
    assert (first.unpack() is a, second.unpack()) == (True, None)
    first.register_hooks(lambda t: t, lambda t: t * 10)
    y.backward()
    assert a.grad.tolist() == [60]


def test_where_hooks_are_refused() -> None:
    a = leaf(1)
    y = a * mt.tensor(2.0)
    with pytest.raises(RuntimeError, match="with value None is forbidden"):
        y.grad_fn._raw_saved_self.register_hooks(id, id)
    place = y.grad_fn._raw_saved_other
    with pytest.raises(TypeError, match="incompatible function arguments"):
        place.register_hooks(1, 1)
    with pytest.raises(RuntimeError, match="modifying its input in place"):
        place.register_hooks(lambda t: t.mul_(2), lambda t: t)
    y = a * a
    place = y.grad_fn._raw_saved_other
    place.register_hooks(lambda t: t, lambda t: t)
    with pytest.raises(RuntimeError, match="hooks have already been set"):
        place.register_hooks(lambda t: t, lambda t: t)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        place.unpack()


def test_pytorchs_names_of_what_is_saved() -> None:
    x = mt.tensor([[1.0, 2.0]], requires_grad=True)
    assert x.sum(1).grad_fn._saved_self_sym_sizes == (1, 2)
    assert x.pow(3).grad_fn._saved_exponent == 3
    assert mt.mm(x, x.detach().t()).grad_fn._saved_mat2.tolist() == [[1], [2]]
    with pytest.raises(AttributeError, match="no attribute '_saved_mat3'"):
        _ = mt.mm(x, x.t()).grad_fn._saved_mat3


def test_a_node_knows_its_time_and_a_leafs_node_is_the_last() -> None:
    x = leaf(1)
    y = x * 2
    z = y.exp()
    assert y.grad_fn._sequence_nr() < z.grad_fn._sequence_nr()
    node, _ = y.grad_fn.next_functions[0]
    assert node._sequence_nr() > z.grad_fn._sequence_nr()
    node.metadata["word"] = 1
    assert y.grad_fn.next_functions[0][0].metadata == {"word": 1}
    assert repr(node).startswith("<AccumulateGrad object at")


def test_everything_in_a_graph_is_a_node() -> None:
    class Double(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: mt.Tensor) -> mt.Tensor:
            assert isinstance(ctx, mt.autograd.graph.Node)
            return x * 2

    x = leaf(1)
    y = Double.apply(x)
    assert isinstance(y.grad_fn, mt.autograd.graph.Node)
    assert isinstance(y.grad_fn.next_functions[0][0], mt.autograd.graph.Node)
    assert not isinstance(x, mt.autograd.graph.Node)
    with pytest.raises(TypeError):
        mt.autograd.graph.Node()  # type: ignore[abstract]


def test_one_of_several_results_that_are_saved() -> None:
    x = mt.tensor([[2.0, 0.0], [0.0, 3.0]], requires_grad=True)
    values, vectors = mt.linalg.eigh(x)
    assert values.grad_fn._saved_result0.tolist() == [2, 3]
    assert values.grad_fn._saved_result1.tolist() == vectors.tolist()


def test_a_node_is_called_with_tensors() -> None:
    with pytest.raises(TypeError, match="MulBackward0 takes Tensors or None, not int"):
        (leaf(1) * 2).grad_fn(3)
