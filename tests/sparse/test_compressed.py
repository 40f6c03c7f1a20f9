"""CSR and CSC matrices: the order of their entries, and that they are computed with as COO ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor.testing import assert_close

D = mt.tensor([[0.0, 0.0, 3.0], [4.0, 0.0, 5.0]], dtype=mt.float64)
OTHER = mt.arange(1.0, 7.0, dtype=mt.float64).reshape(3, 2)


def rows() -> Any:
    return D.to_sparse_csr()


def columns() -> Any:
    return D.to_sparse_csc()


@pytest.mark.parametrize("make", [rows, columns])
def test_numbers_are_those_of_the_dense_matrix(make: Callable[[], Any]) -> None:
    x = make()
    assert_close(x.to_dense(), D)
    assert_close(x @ OTHER, D @ OTHER)
    assert_close(OTHER.t()[:, :2] @ x, OTHER.t()[:, :2] @ D)
    for found, expected in (
        (x.t(), D.t()), (x + x, 2 * D), (x - x * 3, -2 * D), (-x, -D), (x.sqrt(), D.sqrt()), (x * D, D * D),
        (x.float(), D.float()), (x.clone(), D), (mt.zeros_like(x), 0 * D), (x.to_sparse_csr(), D),
        (x.to_sparse_csc(), D), (x.to_sparse(layout=mt.sparse_csr), D), (x @ x.t(), D @ D.t()),
    ):  # fmt: skip
        assert type(found).__name__.startswith("Compressed")
        assert_close(found.to_dense(), expected)
    assert_close(x.sum(), D.sum())
    assert_close(x[1].to_dense(), D[1])
    assert_close(x.select(1, 2).to_dense(), D[:, 2])
    assert_close(mt.nn.functional.linear(x, OTHER.t()), D @ OTHER)


def test_what_they_say() -> None:
    x, y = rows(), columns()
    assert (x.is_sparse, x.is_sparse_csr, y.is_sparse, y.is_sparse_csr) == (False, True, False, False)
    assert (x.layout, y.layout, x.t().layout, y.t().layout) == (
        mt.sparse_csr, mt.sparse_csc, mt.sparse_csc, mt.sparse_csr
    )  # fmt: skip
    assert (x.crow_indices().tolist(), x.col_indices().tolist()) == ([0, 1, 3], [2, 0, 2])
    assert (y.ccol_indices().tolist(), y.row_indices().tolist()) == ([0, 1, 1, 3], [1, 0, 1])
    assert repr(y.float()) == (
        "tensor(ccol_indices=tensor([0, 1, 1, 3]),\n       row_indices=tensor([1, 0, 1]),\n"
        "       values=tensor([4., 3., 5.]), size=(2, 3), nnz=3,\n       layout=torch.sparse_csc)"
    )
    assert (x.to_sparse().is_coalesced(), y.to_sparse().is_coalesced()) == (True, False)


@pytest.mark.parametrize("reduce", ["sum", "mean", "amax", "amin"])
def test_reduced_products(reduce: str) -> None:
    products = mt.stack([D[:, :, None] * OTHER])[0]
    there = (D != 0)[:, :, None].expand(2, 3, 2)
    expected = {
        "sum": products.sum(1),
        "mean": products.sum(1) / there.sum(1),
        "amax": products.masked_fill(~there, -mt.inf).amax(1),
        "amin": products.masked_fill(~there, mt.inf).amin(1),
    }
    assert_close(mt.sparse.mm(rows(), OTHER, reduce), expected[reduce])
    i, v = D.to_sparse().indices(), D.to_sparse().values().requires_grad_()
    assert mt.autograd.gradcheck(
        lambda v, d: mt.sparse.mm(mt.sparse_coo_tensor(i, v, (2, 3)).to_sparse_csr(), d, reduce),
        (v, OTHER.clone().requires_grad_()),
    )


def test_gradients_reach_the_values_of_a_leaf() -> None:
    x = mt.sparse_csr_tensor([0, 1, 3], [2, 0, 2], [3.0, 4.0, 5.0], (2, 3), requires_grad=True)
    mt.sparse.mm(x, OTHER.float()).sum().backward()
    assert (type(x.grad), x.grad.values().tolist()) == (type(x), [11.0, 3.0, 11.0])
    assert mt.autograd.grad((x * 2).to_dense().sum(), x)[0].layout is mt.sparse_csr
    assert mt.autograd.gradcheck(mt.sparse.mm, (rows().requires_grad_(), OTHER), masked=True)


def test_buffers_and_what_a_function_saves() -> None:
    layer = mt.nn.Module()
    layer.register_buffer("graph", rows())
    layer.load_state_dict({"graph": rows() * 2})
    assert_close(layer.graph.to_dense(), D * 2)
    assert layer.graph.zero_()._nnz() == 0

    class Product(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a)
            return a @ b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return None, ctx.saved_tensors[0].t() @ g

    d = OTHER.clone().requires_grad_()
    Product.apply(rows(), d).sum().backward()
    assert_close(d.grad, D.t() @ mt.ones(2, 2).double())


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mt.sparse_csr_tensor([0, 1], [2, 0], [3.0, 4.0], (2, 3)), RuntimeError, "rise from 0 to nnz"),
    (lambda: mt.sparse_csr_tensor([0, 1, 2], [2, 5], [3.0, 4.0], (2, 3)), RuntimeError, "plain ones up to 5"),
    (lambda: mt.sparse_csr_tensor([[0, 1]], [[2]], [[3.0]]), RuntimeError, "no batches or blocks"),
    (lambda: mt.sparse_compressed_tensor([0], [], [], layout=mt.jagged), NotImplementedError, "jagged"),
    (lambda: rows().indices(), RuntimeError, "sparse coordinate tensor layout but got SparseCsr"),
    (lambda: rows()._indices(), NotImplementedError, "SparseCsrCPU"),
    (lambda: rows().exp(), NotImplementedError, "'aten::exp' with arguments from the 'SparseCsrCPU'"),
    (lambda: rows().sum(1), RuntimeError, r"use x.to_sparse\(\)"),
    (lambda: rows().copy_(columns()), RuntimeError, "got one of torch.sparse_csc"),
    (lambda: D.crow_indices(), RuntimeError, "sparse row compressed tensor layout but got Strided"),
    (lambda: mt.ones(2).to_sparse_csr(), IndexError, "expected a matrix, got a tensor with 1 dimensions"),
    (lambda: mt.sparse.mm(rows(), OTHER, "median"), RuntimeError, "must be either sum, mean, amax or amin"),
    (lambda: mt.sparse.mm(columns(), OTHER, "mean"), NotImplementedError, "_sparse_mm_reduce_impl"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_refusals(number: int) -> None:
    call, kind, words = REFUSED[number]
    with pytest.raises(kind, match=words):
        call()
