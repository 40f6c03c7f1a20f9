"""Gradients of rows, and the optimizer that reads them: PyTorch's numbers, and no row lost."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
import microtensor.nn.functional as F
from microtensor.sparse.tensor import SparseTensor
from microtensor.testing import assert_close

W = mt.arange(12.0).reshape(6, 2) / 10


def leaf() -> mt.nn.Parameter:
    return mt.nn.Parameter(W.clone())


def test_the_gradient_has_the_rows_that_were_read() -> None:
    w = leaf()
    (F.embedding(mt.tensor([[3, 1], [3, 0]]), w, padding_idx=0, sparse=True) * 2).sum().backward()
    grad = w.grad
    assert (grad.is_sparse, grad.shape, grad.dtype, grad._nnz(), grad.is_coalesced()) == (
        True, (6, 2), mt.float32, 3, False,
    )  # fmt: skip
    whole = grad.coalesce()
    assert (whole.indices().tolist(), whole.values().tolist()) == ([[1, 3]], [[2.0, 2.0], [4.0, 4.0]])
    assert (whole.sparse_dim(), whole.dense_dim(), grad.size(1), grad.ndim, grad.numel()) == (1, 1, 2, 2, 12)
    assert grad._indices().tolist() == [[3, 1, 3]]
    assert repr(whole).endswith("size=(6, 2), nnz=2, layout=torch.sparse_coo)")
    assert grad.is_sparse


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_it_is_the_dense_one(mode: str) -> None:
    bags = mt.tensor([[3, 1, 3], [0, 5, 5]])
    grads = []
    for sparse in (True, False):
        w = leaf()
        (F.embedding_bag(bags, w, mode=mode, sparse=sparse, scale_grad_by_freq=True) ** 2).sum().backward()
        (F.embedding(bags, w, sparse=sparse) * 3).sum().backward()
        grads.append(w.grad)
    assert_close(grads[0].to_dense(), grads[1])
    assert grads[0].is_sparse


def test_rows_meet_a_dense_gradient_in_either_order() -> None:
    for first in (True, False):
        w = leaf()
        parts = [F.embedding(mt.tensor([1, 1]), w, sparse=True).sum(), w.sum()]
        (parts[0] + parts[1] if first else parts[1] + parts[0]).backward()
        assert w.grad[:2].tolist() == [[1.0, 1.0], [3.0, 3.0]]
        F.embedding(mt.tensor([0]), w, sparse=True).sum().backward()
        assert w.grad[0].tolist() == [2.0, 2.0]
    w = leaf()
    F.embedding(mt.tensor([1]), w, sparse=True).sum().backward()
    w.sum().backward()
    assert w.grad.sum() == 14


def test_a_write_is_kept() -> None:
    w = leaf()
    F.embedding(mt.tensor([1, 1]), w, sparse=True).sum().backward()
    w.grad.mul_(3)
    assert w.grad.is_sparse
    assert w.grad.coalesce().values().tolist() == [[6.0, 6.0]]


def test_grad_gives_rows_and_a_graph_gives_dense_ones() -> None:
    w = leaf()
    (grad,) = mt.autograd.grad(F.embedding(mt.tensor([2]), w, sparse=True).sum(), w)
    assert isinstance(grad, SparseTensor)
    assert w.grad is None
    (grad,) = mt.autograd.grad((F.embedding(mt.tensor([2]), w, sparse=True) ** 2).sum(), w, create_graph=True)
    assert grad.requires_grad
    w2 = leaf()
    F.embedding(mt.tensor([2]), w2 * 1, sparse=True).sum().backward()
    assert not w2.grad.is_sparse


def test_indices_are_asked_for_after_coalesce() -> None:
    w = leaf()
    F.embedding(mt.tensor([2, 2]), w, sparse=True).sum().backward()
    with pytest.raises(RuntimeError, match="Cannot get indices on an uncoalesced tensor"):
        w.grad.indices()
    twin = w.grad.clone()
    twin._values().zero_()
    assert w.grad.to_dense()[2].tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, [[0.0, 0.1], [0.0180, 0.1137], [0.2135, 0.3130]]), ({"maximize": True}, None)],
)
def test_a_few_steps(options: dict[str, Any], expected: Any) -> None:
    table = mt.nn.Embedding.from_pretrained(W.clone(), freeze=False, sparse=True)
    optimizer = mt.optim.SparseAdam(table.parameters(), lr=0.1, betas=(0.8, 0.9), **options)
    for words in ([1, 1, 2], [1], [2, 4]):
        optimizer.zero_grad()
        (table(mt.tensor(words)) ** 2).sum().backward()
        optimizer.step()
    found = table.weight.detach()
    assert_close(found[[0, 3, 5]], W[[0, 3, 5]])
    assert optimizer.state[table.weight]["step"] == 3
    if expected is not None:
        assert_close(found[:3], mt.tensor(expected), atol=1e-4)
    else:
        assert (found[[1, 2, 4]] > W[[1, 2, 4]]).all()


def test_state_goes_there_and_back() -> None:
    table = mt.nn.Embedding.from_pretrained(W.clone(), freeze=False, sparse=True)
    optimizer = mt.optim.SparseAdam(table.parameters())
    assert optimizer.step(lambda: (table(mt.tensor([1])).sum(),)[0].backward()) is None
    twin = mt.optim.SparseAdam(table.parameters())
    twin.load_state_dict(optimizer.state_dict())
    assert_close(twin.state[table.weight]["exp_avg"], optimizer.state[table.weight]["exp_avg"])


def test_refusals() -> None:
    w = leaf()
    w.sum().backward()
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense gradients"):
        mt.optim.SparseAdam([w]).step()
    with pytest.raises(ValueError, match="Invalid learning rate"):
        mt.optim.SparseAdam([w], lr=-1)
    with pytest.raises(ValueError, match="Invalid beta parameter at index 0"):
        mt.optim.SparseAdam([w], betas=(1.0, 0.9))


def test_complex_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Complex params at indices \[\[0, 1\]\]: SparseAdam"):
        mt.optim.SparseAdam([leaf(), mt.nn.Parameter(mt.tensor([1j]))])
