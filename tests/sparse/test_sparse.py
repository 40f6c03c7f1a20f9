"""Sparse tensors: what they hold, what is computed with them, and that gradients reach their values."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.sparse.functions import ANSWERS
from microtensor.sparse.tensor import SparseTensor
from microtensor.testing import assert_close

I = mt.tensor([[0, 1, 1, 1], [2, 0, 2, 0]])  # noqa: E741 - the indices; (1, 0) comes twice
V = mt.tensor([3.0, 4.0, 5.0, 6.0], dtype=mt.float64)
DENSE = mt.tensor([[0.0, 0.0, 3.0], [10.0, 0.0, 5.0]], dtype=mt.float64)
OTHER = mt.arange(1.0, 7.0, dtype=mt.float64).reshape(2, 3)


def made(values: Any = V, indices: Any = I, size: Any = (2, 3)) -> Any:
    return mt.sparse_coo_tensor(indices, values, size)


def hybrid() -> Any:
    """Two dimensions with indices, one without."""
    return made(mt.arange(8.0, dtype=mt.float64).reshape(4, 2), size=(2, 3, 2))


def step_on_entries() -> None:
    """A step of an optimizer on a sparse parameter."""
    x = made(V.clone()).requires_grad_()
    optimizer = mt.optim.SGD([x], lr=0.1)
    x.to_dense().sum().backward()
    optimizer.step()


def of(x: Any) -> Any:
    return x.to_dense() if x.is_sparse else x


BOTH: list[Callable[[Any], Any]] = [
    lambda x: x * 2, lambda x: 2 * x, lambda x: x / 4, lambda x: -x, lambda x: x * OTHER,
    lambda x: OTHER * x, lambda x: OTHER + x, lambda x: OTHER - x, lambda x: x * mt.tensor(2.0),
    lambda x: x.t(), lambda x: x.T, lambda x: x.mT, lambda x: x.permute(1, 0),
    lambda x: x.transpose(0, -1), lambda x: x[1], lambda x: x[:, 2], lambda x: x[1, 2],
    lambda x: x[None], lambda x: x[..., 0], lambda x: x.unsqueeze(2), lambda x: x.select(1, 0),
    lambda x: x.index_select(0, mt.tensor([1, 1, 0])), lambda x: x.index_select(1, mt.tensor([2, 0])),
    lambda x: x.sum(), lambda x: x.sum(0), lambda x: x.sum(1, keepdim=True), lambda x: x.sum((0, 1)),
    lambda x: x @ OTHER.t(), lambda x: OTHER.t() @ x, lambda x: x @ OTHER[0],
    lambda x: mt.ones(2).double() @ x,
    lambda x: mt.addmm(mt.ones(2, 2).double(), x, OTHER.t(), beta=2, alpha=3), lambda x: x.norm(),
    lambda x: mt.nn.functional.linear(x, OTHER), lambda x: x.abs(), lambda x: x.sqrt(), lambda x: x**2,
    lambda x: x.relu(), lambda x: x.sin(), lambda x: x.square(), lambda x: x.clone(),
    lambda x: x.double(), lambda x: x.to(mt.float64), lambda x: x.conj(), lambda x: x.real,
    lambda x: x.H, lambda x: x.any().double(),
]  # fmt: skip
"""What sparse and dense tensors are asked in one way."""

SPARSE: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (lambda x: x + x, lambda d: d + d),
    (lambda x: x - x * 3, lambda d: d - d * 3),
    (lambda x: x * x, lambda d: d * d),
    (lambda x: x.coalesce() * made(V[:2], I[:, :2]), lambda d: d * made(V[:2], I[:, :2]).to_dense()),
    (lambda x: mt.cat([x, x], 1), lambda d: mt.cat([d, d], 1)),
    (lambda x: mt.stack([x, x], 2), lambda d: mt.stack([d, d], 2)),
    (lambda x: mt.sparse.mm(x, x.t()), lambda d: d @ d.t()),
    (lambda x: mt.sparse.mm(x, OTHER.t()), lambda d: d @ OTHER.t()),
    (lambda x: mt.sparse.sum(x, 1), lambda d: d.sum(1)),
    (lambda x: mt.bmm(mt.stack([x, x]), mt.stack([OTHER.t()] * 2)), lambda d: mt.stack([d @ OTHER.t()] * 2)),
    (lambda x: x.narrow_copy(1, 1, 2), lambda d: d[:, 1:]),
    (lambda x: mt.smm(x, OTHER.t()), lambda d: d @ OTHER.t()),
    (lambda x: mt.hspmm(x, OTHER.t()), lambda d: d @ OTHER.t()),
    (lambda x: x.sparse_mask(made(V[:1], I[:, :1])), lambda d: only(d, 0)),
]  # fmt: skip


def only(d: Any, row: int) -> Any:
    """A matrix with only the entry (row, 2)."""
    mask = mt.zeros(2, 3, dtype=mt.float64)
    mask[row, 2] = 1
    return d * mask


@pytest.mark.parametrize("number", range(len(BOTH)))
def test_it_gives_what_the_dense_tensor_gives(number: int) -> None:
    found, expected = of(BOTH[number](made())), BOTH[number](DENSE)
    assert_close(found, expected)
    assert found.dtype == expected.dtype


@pytest.mark.parametrize("number", range(len(SPARSE)))
def test_it_gives_what_the_dense_tensor_is_asked_for_in_another_way(number: int) -> None:
    sparse, dense = SPARSE[number]
    assert_close(of(sparse(made())), dense(DENSE))


@pytest.mark.parametrize("number", range(len(BOTH) + len(SPARSE)))
def test_gradients_reach_the_values_to_the_second_order(number: int) -> None:
    function = BOTH[number] if number < len(BOTH) else SPARSE[number - len(BOTH)][0]
    values = V.clone().requires_grad_()
    if of(function(made(values))).requires_grad:
        assert mt.autograd.gradcheck(lambda v: of(function(made(v))), values)
        assert mt.autograd.gradgradcheck(lambda v: of(function(made(v))) ** 2, values)


def test_gradients_reach_the_dense_factor() -> None:
    d = OTHER.clone().requires_grad_()
    for function in (
        lambda v, d: made(v) @ d.t(), lambda v, d: d.t() @ made(v), lambda v, d: of(made(v) * d),
        lambda v, d: d + made(v), lambda v, d: of(d.to_sparse()), lambda v, d: of(d.to_sparse(1)),
        lambda v, d: of(d.sparse_mask(made(v))),
    ):  # fmt: skip
        assert mt.autograd.gradcheck(function, (V.clone().requires_grad_(), d))


def test_softmax_is_over_the_entries_that_are_there() -> None:
    x = mt.sparse.softmax(made(), 1).coalesce()
    assert_close(
        x.values(), mt.tensor([1.0, *mt.softmax(mt.tensor([10.0, 5.0]).double(), 0).tolist()]).double()
    )
    assert_close(mt.sparse.log_softmax(made(), 1).coalesce().values(), x.values().log())
    assert_close(mt.sparse.softmax(hybrid(), 2).to_dense().sum().item(), 3.0)
    empty = mt.sparse_coo_tensor((2, 3))
    assert mt.sparse.softmax(empty, 0)._nnz() == 0
    leaf = V.clone().requires_grad_()
    assert mt.autograd.gradcheck(lambda v: of(mt.sparse.softmax(made(v), 0)), leaf)
    assert mt.autograd.gradcheck(lambda v: of(mt.sparse.log_softmax(made(v), 1)), leaf)
    with pytest.raises(NotImplementedError, match="Compute with x.to_dense"):
        mt.sparse.softmax(OTHER, 0)


def test_dimensions_without_indices() -> None:
    h = hybrid()
    d = h.to_dense()
    assert (h.sparse_dim(), h.dense_dim(), h._nnz(), len(h), h.numel()) == (2, 1, 4, 2, 12)
    for function in [
        lambda x: x[1], lambda x: x[:, :, 1], lambda x: x[1, 2], lambda x: x.sum(2),
        lambda x: x.sum((0, 2)), lambda x: x.sum((0, 1)),
        lambda x: x.index_select(2, mt.tensor([1, 1, 0])), lambda x: x.transpose(0, 1),
        lambda x: x.unsqueeze(1), lambda x: x.unsqueeze(3), lambda x: x.sum(2, keepdim=True),
        lambda x: x[:, :, None], lambda x: mt.cat([x, x], 2), lambda x: mt.cat([x, x], 1),
        lambda x: x * d,
    ]:  # fmt: skip
        assert_close(of(function(h)), function(d))
    assert_close(h.narrow_copy(2, 1, 1).to_dense(), d[:, :, 1:])
    assert [part.to_dense().tolist() for part in h.unbind(2)] == [d[:, :, 0].tolist(), d[:, :, 1].tolist()]
    with pytest.raises(RuntimeError, match="transposed dimensions must be sparse"):
        h.transpose(0, 2)
    with pytest.raises(
        RuntimeError, match="<= 2 sparse and 0 dense dimensions, but got 2 sparse and 1 dense"
    ):
        h.t()


def test_coalescing() -> None:
    x = made()
    assert not x.is_coalesced()
    c = x.coalesce()
    assert (c.indices().tolist(), c.values().tolist()) == ([[0, 1, 1], [2, 0, 2]], [3.0, 10.0, 5.0])
    assert c.coalesce() is c
    assert made(V[:1], I[:, :1]).is_coalesced()
    with pytest.raises(RuntimeError, match="Cannot get values on an uncoalesced tensor"):
        x.values()
    assert (c + c * 2).is_coalesced()
    assert not (c + x).is_coalesced()
    assert made(mt.tensor([True, False, False, True])).coalesce().values().tolist() == [True, True, False]


def test_what_it_says_of_itself() -> None:
    x = made(V.float())
    assert repr(x) == (
        "tensor(indices=tensor([[0, 1, 1, 1],\n                       [2, 0, 2, 0]]),\n"
        "       values=tensor([3., 4., 5., 6.]),\n       size=(2, 3), nnz=4, layout=torch.sparse_coo)"
    )
    assert repr(mt.sparse_coo_tensor((2, 3), dtype=mt.float16)) == (
        "tensor(indices=tensor([], size=(2, 0)),\n       values=tensor([], size=(0,)),\n"
        "       size=(2, 3), nnz=0, dtype=torch.float16, layout=torch.sparse_coo)"
    )
    assert (x.is_sparse, x.layout, x.shape, x.ndim, x.type()) == (
        True, mt.sparse_coo, (2, 3), 2, "torch.sparse.FloatTensor"
    )  # fmt: skip
    assert "grad_fn=<MulBackward0>" in repr(made(V.clone().requires_grad_()) * 2)


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: made(size=(2, 2)), RuntimeError, "for dim 1, size is 2 but found index 2"),
    (lambda: made(indices=-I), RuntimeError, "found negative index -1 for dim 0"),
    (lambda: made(V[:2]), RuntimeError, "nnz from indices: 4, nnz from values: 2"),
    (lambda: made(size=(2, 3, 4)), RuntimeError, r"len\(size\) = 3, sparse_dim = 2, dense_dim = 0"),
    (lambda: made(V[:, None], size=(2, 3, 4)), RuntimeError, r"incorrect size: expected \[4, 4\]"),
    (lambda: made(indices=[1, 2]), RuntimeError, "indices must be sparse_dim x nnz"),
    (lambda: mt.sparse_coo_tensor(I), TypeError, "takes a size alone"),
    (lambda: mt.sparse_coo_tensor("a", V), TypeError, "not a str"),
    (lambda: made() + OTHER, RuntimeError, r"add\(sparse, dense\) is not supported"),
    (lambda: made().sub_(OTHER), RuntimeError, r"Use add\(dense, sparse\)"),
    (lambda: made() + made(size=(3, 3)), RuntimeError, r"but \[2, 3\] != \[3, 3\]"),
    (lambda: 1 - made(), RuntimeError, "do not broadcast"),
    (lambda: made() / OTHER, RuntimeError, "scalar or zero-dim dense tensor divisor"),
    (lambda: 2 / made(), NotImplementedError, "reciprocal is not there for sparse tensors"),
    (lambda: made() ** 0, RuntimeError, "would make the result tensor dense"),
    (lambda: 2 ** made(), NotImplementedError, "pow is not there"),
    (lambda: made() * made(size=(3, 3)), RuntimeError, "incompatible sizes"),
    (lambda: made().exp(), NotImplementedError, r"Could not run 'aten::exp'.*Compute with x.to_dense\(\)"),
    (lambda: made() @ OTHER, RuntimeError, r"matrices of shapes \(2, 3\) and \(2, 3\) cannot be multiplied"),
    (lambda: made() @ OTHER.t().float(), RuntimeError, "one dtype, got torch.float64 and torch.float32"),
    (lambda: hybrid().sum(0) @ OTHER[:, :2].t(), RuntimeError, "no dense one"),
    (lambda: made() @ OTHER[:, 0], RuntimeError, "a sparse matrix and a dense vector"),
    (lambda: made() @ mt.ones(2, 2, 2), RuntimeError, "bmm takes batches"),
    (lambda: mt.bmm(mt.stack([made()]), mt.ones(1, 2, 2).double()), RuntimeError, "do not fit each other"),
    (lambda: mt.bmm(mt.ones(1, 2, 2), mt.stack([made()])), RuntimeError, "expected a sparse batch"),
    (lambda: mt.addmm(OTHER, OTHER, made()), RuntimeError, "expected 'mat1' to be sparse"),
    (lambda: mt.addmm(made(), made(), OTHER.t()), RuntimeError, "one sparse matrix, which is a factor"),
    (lambda: mt.sparse.mm(made(), OTHER.t(), "sum"), NotImplementedError, "_sparse_mm_reduce_impl"),
    (lambda: mt.sparse.sum(OTHER), NotImplementedError, "_sparse_sum"),
    (lambda: made()[2], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
    (lambda: made()[0:1], NotImplementedError, "as_strided"),
    (lambda: made()[[0]], NotImplementedError, "index is not there"),
    (lambda: made().select(0, 5), IndexError, "index 5 out of range"),
    (lambda: made().index_select(0, mt.tensor([5])), IndexError, "out of range for dimension 0 with size 2"),
    (lambda: made().narrow_copy(0, 1, 2), RuntimeError, r"start \(1\) \+ length \(2\) exceeds"),
    (lambda: made().transpose(0, 2), IndexError, "Dimension out of range"),
    (lambda: made().permute(0, 0), RuntimeError, "no order of 2 dimensions"),
    (lambda: mt.cat([made(), OTHER]), RuntimeError, "expected to be sparse if one is"),
    (lambda: mt.cat([made(), made(size=(3, 4))]), RuntimeError, "do not fit each other except"),
    (lambda: made().norm(dim=0), RuntimeError, "full reductions"),
    (lambda: made().any(0), NotImplementedError, r"x.to_dense\(\).any\(dim\)"),
    (lambda: made().item(), RuntimeError, "cannot be converted to Scalar"),
    (lambda: bool(made()), RuntimeError, "is ambiguous"),
    (lambda: len(made(V[:1], mt.zeros(0, 1), ())), TypeError, "0-d tensor"),
    (lambda: made().numpy(), TypeError, "Use Tensor.to_dense"),
    (lambda: np.sqrt(made()), TypeError, "Use Tensor.to_dense"),
    (lambda: made().share_memory_(), NotImplementedError, "it is in indices and values"),
    (lambda: made(size=(2**32, 2**32)), RuntimeError, "integer multiplication overflow"),
    (step_on_entries, NotImplementedError, "has no array"),
    (lambda: made().tolist(), RuntimeError, "has indices and values"),
    (lambda: made().untyped_storage(), NotImplementedError, "it is in indices and values"),
    (lambda: made().nbytes, RuntimeError, "nbytes is not defined"),
    (lambda: made().reshape(6), RuntimeError, "reshape is not implemented"),
    (lambda: made().expand(2, 2, 3), RuntimeError, "expand is unsupported"),
    (lambda: made().contiguous(), RuntimeError, "no order in memory"),
    (lambda: made().array, NotImplementedError, "has no array of its numbers"),
    (lambda: made().to_dense(mt.float32), RuntimeError, "dtype argument is not supported"),
    (lambda: made().to_dense(masked_grad=False), RuntimeError, "those of the entries that are there"),
    (lambda: made().to_sparse(1), RuntimeError, "from Sparse to Sparse"),
    (lambda: OTHER.to_sparse(3), RuntimeError, "in >0 and <=2"),
    (lambda: OTHER.sparse_mask(OTHER), NotImplementedError, "expected a sparse mask"),
    (lambda: OTHER.t().sparse_mask(made()), RuntimeError, "operands have incompatible sizes"),
    (lambda: OTHER.to_sparse_bsc((1, 1)), NotImplementedError, "layouts of blocks"),
    (lambda: OTHER.to_sparse(layout=mt.sparse_bsc), NotImplementedError, "layouts of blocks"),
    (lambda: OTHER.coalesce(), RuntimeError, "expected sparse coordinate tensor layout but got Strided"),
    (lambda: OTHER._nnz(), NotImplementedError, "it is there for sparse tensors"),
    (lambda: made().copy_(OTHER), RuntimeError, "between dense and sparse Tensors.*sparse_coo and strided"),
    (lambda: made().sqrt_(), RuntimeError, "sqrt_ requires coalesced input"),
    (lambda: made().long().div_(2), RuntimeError, "can't be cast to the desired output type"),
    (lambda: made().requires_grad_().mul_(2), RuntimeError, "a leaf Variable that requires grad"),
    (lambda: made().sparse_resize_((1, 1), 2, 0), RuntimeError, "shrinking a size"),
    (lambda: made().type_as(OTHER), RuntimeError, "the other tensor is not"),
    (lambda: setattr(made(), "data", OTHER), RuntimeError, "takes a sparse tensor"),
    (lambda: mt.ones(2, layout=mt.sparse_coo), RuntimeError, "tensors are strided here"),
    (lambda: mt.sparse_bsr_tensor, AttributeError, "layouts of blocks are not here"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_refusals(number: int) -> None:
    call, kind, words = REFUSED[number]
    with pytest.raises(kind, match=words):
        call()


def test_in_place() -> None:
    x = made()
    x.mul_(2).add_(made()).sub_(made() * 2)
    assert_close(x.to_dense(), DENSE)
    assert x.zero_()._nnz() == 0
    assert_close(x.copy_(made().float()).to_dense(), DENSE)
    assert x.dtype == mt.float64
    assert_close(OTHER.clone().add_(made(), alpha=2), OTHER + 2 * DENSE)
    assert_close(OTHER.clone().sub_(made()), OTHER - DENSE)
    values = V.clone()
    made(values).neg_()
    assert values.tolist() == (-V).tolist()
    assert x.sparse_resize_((3, 3), 2, 0).shape == (3, 3)
    assert hybrid().sparse_resize_((2, 3, 4), 2, 1).to_dense()[1, 2].tolist() == [4.0, 5.0, 0.0, 0.0]
    assert x.sparse_resize_and_clear_((2,), 1, 0)._nnz() == 0
    assert x.sparse_resize_((2, 3), 1, 1).dense_dim() == 1


def test_a_leaf_has_a_gradient_at_its_places() -> None:
    x = made().requires_grad_()
    (x * 2).to_dense().sum().backward()
    assert (x.grad._indices().tolist(), x.grad._values().tolist()) == (I.tolist(), [2.0] * 4)
    x.grad = None
    y = x * 3
    y.retain_grad()
    y.backward(made(mt.ones(4).double(), I))
    assert x.grad._values().tolist() == [3.0, 6.0, 3.0, 6.0]
    x.grad = made(mt.zeros(4).double())
    assert x.grad._values().tolist() == [0.0] * 4
    del x.grad
    assert x.grad is None
    with mt.no_grad():
        assert x.mul_(2).requires_grad
    assert x.detach_().is_leaf
    assert V.grad is None
    assert y.grad_fn.name() == "MulBackward0"


def test_grad_and_hooks_see_sparse_gradients() -> None:
    x = made().requires_grad_()
    seen: list[Any] = []
    x.register_hook(seen.append)
    handle = x.register_hook(lambda g: g * 2)
    (g,) = mt.autograd.grad((x * 2).to_dense().sum(), x)
    assert g._values().tolist() == [4.0] * 4
    assert seen[0].is_sparse
    handle.remove()
    (g, none) = mt.autograd.grad(x * 2, [x, OTHER.requires_grad_()], x.detach(), allow_unused=True)
    assert (g._values().tolist(), none) == ([6.0, 20.0, 10.0, 20.0], None)
    OTHER.requires_grad_(False)
    mt.autograd.backward([x * 2], [x.detach()])
    (x * 2).backward(x.detach(), inputs=[x])
    assert x.grad._values().tolist() == [12.0, 40.0, 20.0, 40.0]


def test_gradcheck_of_sparse_inputs() -> None:
    x = made().coalesce().requires_grad_()
    d = OTHER.t().clone().requires_grad_()
    assert mt.autograd.gradcheck(mt.sparse.mm, (x, d), masked=True)
    assert mt.autograd.gradgradcheck(mt.sparse.mm, (x, d), masked=True)
    with pytest.raises(ValueError, match="Sparse output is not supported"):
        mt.autograd.gradcheck(lambda x: x * 2, (x,), masked=True)
    with pytest.raises(RuntimeError, match="takes masked=True"):
        mt.autograd.gradcheck(lambda x: x.to_dense(), (x,))


class Product(mt.autograd.Function):
    """A product whose backward is one's own."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        a, b = ctx.saved_tensors
        whole = g @ b.t()
        return (whole if ctx.dense else whole.sparse_mask(a.detach())), a.detach().t() @ g


@pytest.mark.parametrize("dense", [True, False])
def test_a_function_takes_and_saves_sparse_tensors(dense: bool) -> None:
    class Mine(Product):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.dense = dense
            return Product.forward(ctx, a, b)

    values, d = V.clone().requires_grad_(), OTHER.t().clone().requires_grad_()
    (Mine.apply(made(values).coalesce(), d) ** 2).sum().backward()
    expected = V.clone().requires_grad_(), OTHER.t().clone().requires_grad_()
    ((made(expected[0]) @ expected[1]) ** 2).sum().backward()
    assert_close([values.grad, d.grad], [expected[0].grad, expected[1].grad])


def test_copies_and_files() -> None:
    x = made().requires_grad_()
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin._values() is not x._values()
    assert_close(copy.copy(x).to_dense(), DENSE.clone())
    assert f"{made()}" == repr(made())
    assert not pickle.loads(pickle.dumps(x)).requires_grad
    file = io.BytesIO()
    mt.save({"x": made(), "c": made().coalesce()}, file)
    file.seek(0)
    held = mt.load(file)
    assert (held["x"].is_coalesced(), held["c"].is_coalesced()) == (False, True)
    assert_close(held["x"], made())
    file.seek(0)
    assert_close(mt.load(file, weights_only=False)["c"], made().coalesce())


def test_a_module_holds_sparse_buffers_and_loads_all_or_nothing() -> None:
    layer = mt.nn.Linear(2, 1)
    layer.register_buffer("graph", made())
    state = {**layer.state_dict(), "graph": made() * 2}
    layer.load_state_dict(state)
    assert_close(layer.graph.to_dense(), DENSE * 2)
    with pytest.raises(RuntimeError, match="size mismatch for graph"):
        layer.load_state_dict({**state, "graph": made(size=(3, 3))})
    assert_close(layer.float().graph.to_dense(), (DENSE * 2).float())


def test_a_failure_while_loading_puts_sparse_buffers_back() -> None:
    class Late(mt.nn.Module):
        def _load_from_state_dict(self, *args: Any) -> None:
            raise KeyError("late")

    layer = mt.nn.Module()
    layer.register_buffer("graph", made())
    layer.late = Late()
    with pytest.raises(KeyError):
        layer.load_state_dict({"graph": made() * 2}, strict=False)
    assert_close(layer.graph.to_dense(), DENSE)


def test_old_classes() -> None:
    with pytest.warns(UserWarning, match="is deprecated.*Please use torch.sparse_coo_tensor"):
        x = mt.sparse.DoubleTensor(I, V, (2, 3))
    assert_close(x.to_dense(), DENSE)
    assert isinstance(x, mt.sparse.DoubleTensor)
    assert not isinstance(x, (mt.DoubleTensor, mt.sparse.FloatTensor))
    assert not isinstance(V, mt.sparse.DoubleTensor)
    assert repr(mt.sparse.FloatTensor) == "<class 'torch.sparse.FloatTensor'>"


def test_the_checks_are_a_switch_that_changes_nothing() -> None:
    checks = mt.sparse.check_sparse_tensor_invariants
    assert not checks.is_enabled()
    checks.enable()
    assert checks.is_enabled()
    checks.disable()
    with checks():
        assert checks.is_enabled()
    assert not checks(False)(checks.is_enabled)()
    with pytest.raises(RuntimeError, match="found index 2"):
        made(size=(2, 2))


def test_small_answers() -> None:
    x = made()
    assert (x.stride(), x.stride(0), x.storage_offset(), x.is_contiguous(), x.is_pinned()) == (
        (0, 0),
        0,
        0,
        False,
        False,
    )
    assert mt.sparse_coo_tensor([[0]], [4.0], (1,)).item() == 4.0
    assert mt.sparse_coo_tensor([[0]], [4.0], (1,))
    assert [len(part) for part in x] == [3, 3]
    assert (
        mt.zeros_like(x)._nnz()
        == mt.zeros(2, 3, layout=mt.sparse_coo)._nnz()
        == mt.empty(2, layout=mt.sparse_coo)._nnz()
        == 0
    )
    assert not mt.zeros_like(x, layout=mt.strided).is_sparse
    assert x.new_zeros((2, 2)).shape == x.new_zeros(2, 2).shape == (2, 2)
    assert mt.sparse_coo_tensor(size=(2,), requires_grad=True, device="cpu").requires_grad
    assert mt.spmm(x, OTHER.t()).equal(x @ OTHER.t())
    assert mt.sparse.mm(OTHER, OTHER.t()).equal(OTHER @ OTHER.t())
    assert mt.sparse.addmm(OTHER[:, :2], OTHER, OTHER.t()).shape == (2, 2)
    assert x.to(mt.float64) is x
    assert x.to(x.float()).dtype == mt.float32
    assert x.to(mt.float64, copy=True) is not x
    assert mt.tensor(3.0).to_sparse().to_dense() == 3
    assert mt.sparse.sum(x.int(), 0).dtype == mt.int32
    assert x.int().sum(0).dtype == mt.int64
    assert of(mt.sparse_coo_tensor(mt.zeros(2, 0), [], (2, 3))).tolist() == [[0.0] * 3] * 2


def test_every_answer_belongs_to_a_function_or_a_method() -> None:
    """No name in the table that nothing asks for."""
    inner = {
        "_transposed",
        "_matrix_transposed",
        "_hermitian",
        "_backward_method",
        "_retain_grad",
        "type_",
        "linear",
    }
    known = inner | {"gradcheck", "gradgradcheck", "grad"}
    lost = [
        name
        for name in ANSWERS
        if name not in known and not hasattr(mt.Tensor, name) and not hasattr(mt, name)
    ]
    assert lost == []
    assert issubclass(SparseTensor, mt.Tensor)


def test_forged_files_are_refused() -> None:
    from microtensor.serialization.allowlist import BUILDERS

    machine = type("Machine", (), {"spend": lambda self, cost: None})()
    build, layout = BUILDERS["torch._utils._rebuild_sparse_tensor"], mt.sparse_coo
    indices, values, size = mt.tensor([[1, 0]]), mt.ones(2), mt.Size([2])
    assert BUILDERS["torch.serialization._get_layout"](machine, "torch.sparse_coo") is layout
    assert build(machine, layout, (indices, values, size)).to_dense().tolist() == [1.0, 1.0]
    for parts, words in (
        ((indices, values, size, True), "said to be coalesced, and is not"),
        ((indices + 1, values, size, False), "does not fit together: size is inconsistent"),
        ((indices.float(), values, size), "something else than tensors"),
        ((indices, [1.0], size), "something else than tensors"),
        ((indices, values), "without indices, values and size"),
    ):
        with pytest.raises(mt.serialization.FileFormatError, match=words):
            build(machine, layout, parts)
    with pytest.raises(mt.serialization.FileFormatError, match="dense or sparse COO here"):
        BUILDERS["torch.serialization._get_layout"](machine, "torch.sparse_bsr")


def test_sparse_gradients_and_optimizers() -> None:
    def table() -> Any:
        layer = mt.nn.Embedding.from_pretrained(mt.ones(3, 2), freeze=False, sparse=True)
        (layer(mt.tensor([1, 1])) * 2).sum().backward()
        return layer.weight

    for kind in (mt.optim.SGD, mt.optim.Adagrad):
        w = table()
        kind([w], lr=0.1).step()
        assert w.tolist()[0] == [1.0, 1.0]
        assert w.tolist()[1] == pytest.approx([0.6, 0.6] if kind is mt.optim.SGD else [0.9, 0.9])
        with pytest.raises(RuntimeError, match="weight_decay option is not compatible with sparse gradients"):
            kind([table()], lr=0.1, weight_decay=0.1).step()
    for kind in (mt.optim.Adam, mt.optim.Adafactor):
        w = table()
        with pytest.raises(RuntimeError, match=f"{kind.__name__} does not support sparse gradients"):
            kind([w], lr=0.1).step()
        assert w.tolist()[1] == [1.0, 1.0]
    w = table()
    mt.optim.SGD([w], lr=0.1).zero_grad(set_to_none=False)
    assert (w.grad._nnz(), w.grad.is_sparse) == (0, True)


def test_comparing() -> None:
    assert_close(made(), made().coalesce())
    with pytest.raises(AssertionError, match="1 of 3 elements differ"):
        assert_close(made(), made() + made(V[:1] * 2, I[:, :1]))
    with pytest.raises(AssertionError, match="'layout' do not match: torch.sparse_coo != torch.strided"):
        assert_close(made(), DENSE)
    with pytest.raises(AssertionError, match="of 3 and 1 entries differ"):
        assert_close(made(), made(V[:1], I[:, :1]))
    with pytest.raises(AssertionError, match="shapes"):
        assert_close(made(), made(size=(3, 3)))


def test_bfloat16_prints_its_numbers() -> None:
    pytest.importorskip("ml_dtypes")
    text = repr(made(V.bfloat16()))
    assert "values=tensor([3., 4., 5., 6.]),\n" in text
    assert "dtype=torch.bfloat16" in text
