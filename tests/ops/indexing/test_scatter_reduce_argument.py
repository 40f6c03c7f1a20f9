"""``scatter(reduce=)``: added or multiplied, one after the other, without a gradient, as in PyTorch."""

from __future__ import annotations

import pytest

import microtensor as mt

INDEX = mt.tensor([0, 2, 0])
SRC = mt.tensor([2.0, 3.0, 5.0])


def test_repeated_indices_add_and_multiply() -> None:
    with pytest.warns(UserWarning, match="reduce argument of torch.scatter with Tensor src is deprecated"):
        assert mt.ones(3).scatter(0, INDEX, SRC, reduce="add").tolist() == [8.0, 1.0, 4.0]
    with pytest.warns(UserWarning, match="Use torch.scatter_reduce instead"):
        assert mt.scatter(mt.ones(3), 0, INDEX, SRC, reduce="multiply").tolist() == [10.0, 1.0, 3.0]
    assert mt.ones(3).scatter(0, INDEX, 2.0, reduce="add").tolist() == [5.0, 1.0, 3.0]
    assert mt.ones(3).scatter_(0, INDEX, value=2.0, reduce="multiply").tolist() == [4.0, 1.0, 2.0]
    assert mt.ones(2, 2).scatter(1, mt.tensor([[1, 1], [0, 1]]), 1.0, reduce="add").tolist() == [
        [1.0, 3.0], [2.0, 2.0],
    ]  # fmt: skip


def test_it_has_no_gradient_and_says_so() -> None:
    w = mt.ones(3, requires_grad=True)
    out = w.scatter(0, INDEX, 2.0, reduce="add")
    assert out.grad_fn.name() == "NotImplemented"
    with pytest.raises(RuntimeError, match="derivative for aten::scatter with reduce= is not implemented"):
        out.sum().backward()


def test_other_reductions_are_refused() -> None:
    with pytest.raises(RuntimeError, match="reduce argument must be either add or multiply, not 'mean'"):
        mt.ones(3).scatter(0, INDEX, 2.0, reduce="mean")


def test_gather_takes_sparse_grad() -> None:
    w = mt.ones(3, requires_grad=True)
    w.gather(0, INDEX, sparse_grad=True).sum().backward()
    assert w.grad.tolist() == [2.0, 0.0, 1.0]
