"""What the seldom used functions promise that PyTorch cannot be asked: sentences, sharing, `vmap`, orders."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import microtensor as mt

X = [[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]


def leaf(*shape: int, seed: int = 0) -> mt.Tensor:
    data = np.random.default_rng(seed).uniform(-2, 2, shape)
    return mt.tensor(data, requires_grad=True)


COMPOSITES: dict[str, Any] = {
    "roll": lambda x: mt.roll(x, 1, 0),
    "rot90": lambda x: mt.rot90(x, 1, (0, 1)),
    "diag_embed": mt.diag_embed,
    "select_scatter": lambda x: mt.select_scatter(x, x[0] * 2, 0, 1),
    "slice_scatter": lambda x: mt.slice_scatter(x, x[:, :1] ** 2, 1, 2, 3),
    "diagonal_scatter": lambda x: mt.diagonal_scatter(x, x[0, :2] ** 2),
    "take": lambda x: mt.take(x, mt.tensor([0, 4, 4])),
    "take_along_dim": lambda x: mt.take_along_dim(x, mt.tensor([[0, 2], [1, 1]]), 1),
    "index_add": lambda x: mt.index_add(x, 0, mt.tensor([1]), x[:1] ** 2),
    "index_copy": lambda x: mt.index_copy(x, 1, mt.tensor([2, 0]), x[:, :2] ** 2),
    "index_fill": lambda x: mt.index_fill(x**2, 1, mt.tensor([0]), 3.0),
    "masked_scatter": lambda x: x.masked_scatter(x.detach() > 0, x.flatten() ** 2),
    "scatter_reduce prod": lambda x: x.scatter_reduce(0, mt.tensor([[0, 0, 1], [1, 0, 0]]), x**2, "prod"),
    "scatter_reduce amax": lambda x: x.scatter_reduce(0, mt.tensor([[0, 0, 1], [1, 0, 0]]), x**2, "amax"),
    "index_reduce": lambda x: x.index_reduce(0, mt.tensor([1, 1]), x**2, "mean"),
    "cumprod": lambda x: mt.cumprod(x, 1),
    "logcumsumexp": lambda x: mt.logcumsumexp(x, 1),
    "cummax": lambda x: mt.cummax(x**2, 1).values,
    "diff": lambda x: mt.diff(x**2),
    "trapezoid": lambda x: mt.trapezoid(x, x**3),
    "gradient": lambda x: mt.gradient(x**2, edge_order=1)[1],
    "median": lambda x: mt.median(x**2),
    "quantile": lambda x: mt.quantile(x**2, 0.3, 1),
    "kthvalue": lambda x: mt.kthvalue(x**2, 2).values,
    "cov": mt.cov,
    "corrcoef": mt.corrcoef,
    "cdist": lambda x: mt.cdist(x, x[:, [1, 2, 0]], 3.0),
    "renorm": lambda x: mt.renorm(x, 2, 0, 0.5),
    "kron": lambda x: mt.kron(x, x[:1]),
    "inner": lambda x: mt.inner(x, x**2),
    "vander": lambda x: mt.vander(x[0]),
    "sinc": mt.sinc,
    "copysign": lambda x: mt.copysign(x**2, x),
    "fmax": lambda x: mt.fmax(x, x**2),
    "xlogy": lambda x: mt.xlogy(x, x**2),
    "frexp": lambda x: mt.frexp(x**2).mantissa,
    "logaddexp2": lambda x: mt.logaddexp2(x, x**2),
    "as_strided": lambda x: (x * x).as_strided((2, 2), (1, 2), 1),
    "block_diag": lambda x: mt.block_diag(x, x[:1] ** 2),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_derivatives_of_both_orders_are_those_of_differences(name: str) -> None:
    assert mt.autograd.gradcheck(COMPOSITES[name], (leaf(2, 3, seed=4),))
    assert mt.autograd.gradgradcheck(COMPOSITES[name], (leaf(2, 3, seed=4),))


BATCHED = ["roll", "rot90", "diag_embed", "select_scatter", "diagonal_scatter", "take_along_dim", "cumprod",
           "logcumsumexp", "diff", "trapezoid", "kron", "inner", "sinc", "copysign", "fmax", "xlogy",
           "as_strided", "block_diag", "cdist", "scatter_reduce amax", "take"]  # fmt: skip


@pytest.mark.parametrize("name", BATCHED)
def test_a_batch_gives_what_its_examples_give(name: str) -> None:
    xs = leaf(3, 2, 3, seed=6).detach()
    together = mt.vmap(COMPOSITES[name])(xs)
    assert mt.allclose(together, mt.stack([COMPOSITES[name](x) for x in xs]))


# ------------------------------------------------------------------ strided memory


def test_as_strided_shares_memory_and_writes_through() -> None:
    x = mt.zeros(6)
    x.as_strided((2, 2), (3, 1), 1).fill_(1)
    assert x.tolist() == [0, 1, 1, 0, 1, 1]


def test_as_strided_sees_the_memory_around_a_view_and_gives_no_gradient_there() -> None:
    base = mt.arange(6.0).requires_grad_()
    part = base[2:4]
    seen = part.as_strided((2,), (3,), 0)
    assert seen.tolist() == [0, 3]
    seen.sum().backward()
    assert base.grad.tolist() == [0, 0, 0, 1, 0, 0]


def test_as_strided_inside_vmap_sees_its_operand_alone() -> None:
    op = mt.registry["as_strided"]
    with pytest.raises(RuntimeError, match="inside vmap it sees the elements of its operand"):
        mt.vmap(lambda x: op.call(x, own=((3,), (1,), 1), wanted=((1,), (1,), 0)))(mt.zeros(2, 3))


def test_a_strided_view_is_written_to_after_its_root() -> None:
    x = mt.ones(4, requires_grad=True)
    root = x * 2
    view = root.as_strided((2,), (2,))
    root.mul_(3)
    view.mul_(5)
    assert view.tolist() == [30, 30]
    root.sum().backward()
    assert x.grad.tolist() == [30, 6, 30, 6]


def test_a_copy_stands_in_where_the_memory_lies_otherwise() -> None:
    x = mt.tensor(X).double().T.requires_grad_()
    assert mt.autograd.gradcheck(lambda x: (x * 1).as_strided((2, 2), (1, 2)), (x,))


# ------------------------------------------------------------------ in place


def test_a_tensor_that_changed_its_shape_in_place_goes_on() -> None:
    x = mt.tensor(X, requires_grad=True)
    y = x * 2
    y.t_().mul_(mt.tensor([1.0, 10.0]))
    y.unsqueeze_(0).sum().backward()
    assert x.grad.tolist() == [[2, 2, 2], [20, 20, 20]]


def test_a_view_that_changed_its_shape_still_writes_to_its_root() -> None:
    x = mt.tensor(X, requires_grad=True)
    root = x * 2
    root[:1].t_().zero_()
    root.sum().backward()
    assert root.tolist()[0] == [0, 0, 0]
    assert x.grad.tolist() == [[0, 0, 0], [2, 2, 2]]


@pytest.mark.parametrize("name", ["logit", "cumprod", "sinc", "xlogy", "renorm"])
def test_an_in_place_composite_keeps_what_it_needs(name: str) -> None:
    args: dict[str, Any] = {"cumprod": (1,), "xlogy": (mt.tensor(2.0),), "renorm": (2, 0, 0.1)}
    x = mt.tensor([[0.2, 0.6], [0.5, 0.9]], requires_grad=True)
    y = x * 1
    getattr(y, name + "_")(*args.get(name, ())).sum().backward()
    twin = x.detach().requires_grad_()
    getattr(twin, name)(*args.get(name, ())).sum().backward()
    assert mt.allclose(x.grad, twin.grad)


def test_resize_grows_and_shrinks() -> None:
    x = mt.arange(4)
    x.resize_(6)
    assert x.shape == (6,)
    assert x.tolist()[:4] == [0, 1, 2, 3]
    assert x.resize_as_(mt.zeros(2, 1)).tolist() == [[0], [1]]


def test_set_takes_memory_with_a_geometry() -> None:
    x, y = mt.zeros(1), mt.arange(4.0)
    assert x.set_(y, 1, (2,), (2,)).tolist() == [1, 3]
    assert x.set_(y, 0, (2, 2)).tolist() == [[0, 1], [2, 3]]
    assert x.set_().numel() == 0


# ------------------------------------------------------------------ out=


def test_out_is_written_and_returned() -> None:
    out = mt.empty(3)
    assert mt.deg2rad(mt.tensor([0.0, 90.0, 180.0]), out=out) is out
    pair = mt.empty(2), mt.empty(2, dtype=mt.int64)
    found = mt.cummax(mt.tensor([1.0, 0.0]), 0, out=pair)
    assert found.values is pair[0]
    assert pair[1].tolist() == [0, 0]
    assert type(mt.std_mean(mt.tensor([1.0, 3.0]), out=(mt.empty(()), mt.empty(())))) is tuple


# ------------------------------------------------------------------ sentences

# ruff: noqa: E501 - a call and its sentence stand on one line
SENTENCES = [
    (lambda x: mt.block_diag(x[None]), RuntimeError, "must have 2 or fewer dimensions, got [(1, 2, 3)]"),
    (lambda x: mt.tensor_split(mt.tensor(1.0), 2), RuntimeError, "expected at least a 1-dimensional tensor"),
    (lambda x: mt.hsplit(x, 2), RuntimeError, "of the dimension 3 is not divisible by the split_size 2"),
    (lambda x: mt.roll(x, (1, 2), 0), RuntimeError, "shifts and dimensions must align. shifts: [1, 2], dims: [0]"),
    (lambda x: mt.rot90(x, 1, (0,)), RuntimeError, "expected two rotation dims and at least 2 dimensions"),
    (lambda x: mt.take(x, mt.tensor([9])), IndexError, "an index of 9 to 9 where there are 6 elements"),
    (lambda x: x.repeat_interleave(1.5), TypeError, "repeats is an integer or a tensor, not float"),
    (lambda x: x.index_add(0, mt.tensor([5]), x[:1]), RuntimeError, "out of range for dimension 0 with size 2"),
    (lambda x: x.index_copy(0, mt.tensor([0]), x), IndexError, "index_copy() expected [1, 3]"),
    (lambda x: x.scatter_reduce(0, mt.tensor([[0]]), x, "max"), RuntimeError, "either sum, prod, mean, amax or"),
    (lambda x: x.scatter_reduce(0, mt.tensor([[0]]), x.double(), "amax"), RuntimeError, "torch.float32 and torch.float64"),
    (lambda x: x.index_reduce(0, mt.tensor([0]), x.double(), "prod"), RuntimeError, "source.dtype torch.float64"),
    (lambda x: x.index_reduce(0, mt.tensor([0]), x, "prod"), RuntimeError, "1 indices for source (2, 3)"),
    (lambda x: mt.fill(x, x), RuntimeError, "0-dimension value tensor but got tensor with 2 dimensions"),
    (lambda x: x.masked_scatter(x > 0, x[0, :1]), RuntimeError, "number of ones in mask: 1 < 4"),
    (lambda x: mt.fmax(x, 1.0), TypeError, "expected two Tensors, got float"),
    (lambda x: mt.gcd(x, x), NotImplementedError, "\"gcd_cpu\" not implemented for 'Float'"),
    (lambda x: mt.gcd(x > 0, x > 0), NotImplementedError, "\"gcd_cpu\" not implemented for 'Bool'"),
    (lambda x: mt.trapezoid(x, x, dx=1), TypeError, "received both x and dx"),
    (lambda x: mt.trapezoid([1.0]), TypeError, "expected a Tensor, got list"),
    (lambda x: mt.trapezoid(x, x[0, :2]), RuntimeError, "There must be one `x` value for each sample point"),
    (lambda x: mt.gradient(x, spacing=(1.0,)), RuntimeError, "1 for 2 dimensions"),
    (lambda x: mt.quantile(x, 2.0), RuntimeError, "q values must be in the range [0, 1]"),
    (lambda x: mt.quantile(x, 0.5, interpolation="best"), RuntimeError, "lower, higher, midpoint or nearest"),
    (lambda x: mt.kthvalue(x, 7), RuntimeError, "out of range for dimension 1: 7 of 3"),
    (lambda x: mt.bincount(mt.tensor([1]), minlength=-1), RuntimeError, "minlength should be >= 0"),
    (lambda x: mt.histc(x, 3, 2, 1), RuntimeError, "max must be larger than min"),
    (lambda x: mt.histc(x, 3, 0, float("inf")), RuntimeError, "range of [0, inf] is not finite"),
    (lambda x: mt.pdist(x[0]), RuntimeError, "pdist only supports 2D"),
    (lambda x: mt.renorm(x[0], 2, 0, 1), RuntimeError, "at least 2 dimensions, got 2, 1 and (3,)"),
    (lambda x: mt.cov(x, fweights=mt.tensor([1])), RuntimeError, "one weight for each of the 3 columns"),
    (lambda x: mt.isin(1, 2), TypeError, "expected a Tensor as one of its arguments"),
    (lambda x: mt.searchsorted(x, x[0]), RuntimeError, "must match, but we got torch.float32 (2, 3) and torch.float32 (3,)"),
    (lambda x: mt.searchsorted(x[0], x, side="up"), RuntimeError, "can only be 'left' or 'right', got up"),
    (lambda x: mt.bucketize(x, x), RuntimeError, "must be 1 dimension, but got 2"),
    (lambda x: mt.inner(x, x[:, :2]), RuntimeError, "got shapes [2, 3] and [2, 2]"),
    (lambda x: mt.vander(x), RuntimeError, "expected a vector and N >= 0"),
    (lambda x: x.as_strided((9,), (1,)), RuntimeError, "out of bounds for storage of 6 elements"),
    (lambda x: x.as_strided((1,), (1, 1)), RuntimeError, "expected as many strides as sizes"),
    (lambda x: mt.as_strided_scatter(x, x, (2,), (1,)), RuntimeError, "src size = [2, 3], slice size = [2]"),
    (lambda x: x.sum_to_size(4), RuntimeError, "is not expandable to size {[2, 3]}"),
    (lambda x: x.set_(x.double()), RuntimeError, "Could not set tensor of type torch.float64 to a tensor of type torch.float32"),
    (lambda x: x.fill_diagonal_(1) if x[0].fill_diagonal_(1) else 0, RuntimeError, "or all dimensions of one length"),
    (lambda x: x.float_power_(2), RuntimeError, "requires dtype float64: use pow_, or x.double()"),
    (lambda x: x.requires_grad_().apply_(abs), RuntimeError, "Use var.detach().apply_() instead"),
    (lambda x: x.map_(x.requires_grad_(), max), TypeError, "Use var.detach().map_() instead"),
    (lambda x: mt.is_nonzero(x), RuntimeError, "Tensor with 6 values is ambiguous"),
    (lambda x: mt.broadcast_shapes((2,), (3,)), RuntimeError, "(2,) and (3,) do not broadcast"),
    (lambda x: "a" in x, RuntimeError, "only supports Tensor or scalar"),
    (lambda x: x[None].H, RuntimeError, "only supported on matrices (2-D tensors), got 3-D: use x.mH"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "sentence"), SENTENCES, ids=[s[2][:40] for s in SENTENCES])
def test_an_error_says_what_was_wrong(call: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind, match=re.escape(sentence)):
        call(mt.tensor(X))


def test_a_byte_mask_warns() -> None:
    with pytest.warns(UserWarning, match="use a bool mask"):
        found = mt.arange(3)[mt.tensor([1, 0, 1], dtype=mt.uint8)]
    assert found.tolist() == [0, 2]


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_storage_is_the_memory_that_views_share() -> None:
    x = mt.arange(6).view(2, 3)
    assert x[1].untyped_storage() == x.untyped_storage()
    assert x.untyped_storage() != mt.zeros(1).untyped_storage()
    assert len(x[1].storage()) == x.storage().size() == 6
    assert len(x.untyped_storage()) == 48
    assert x.storage()[1] == 1
    assert x[1].storage().tolist() == [0, 1, 2, 3, 4, 5]
    assert x.storage().data_ptr() == x.data_ptr()
    assert mt.is_storage(x.storage())
    assert len({x.storage()}) == 1


def test_small_change() -> None:
    x = mt.tensor(X)
    assert x.is_set_to(x.detach())
    assert not x.is_set_to(x[:1])
    assert list(map(float, reversed(x[0]))) == [3, -2, 1]
    assert complex(mt.tensor(2.0)) == 2
    assert x.share_memory_() is x
    with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is available"):
        x.pin_memory()
    assert not x.is_pinned()
    assert not x.is_shared()
    assert (2 << mt.tensor([1, 2])).tolist() == [4, 8]
    assert (64 >> mt.tensor([1, 2])).tolist() == [32, 16]
    assert mt.empty_strided((0, 2), (1, 1)).shape == (0, 2)
    assert mt.unique(mt.tensor([[1, 1]]), dim=1).tolist() == [[1]]
    assert mt.newaxis is None


def test_named_results_print_as_pytorchs() -> None:
    x = mt.tensor([1.0, 2.0])
    assert (
        repr(mt.cummax(x, 0))
        == "torch.return_types.cummax(\nvalues=tensor([1., 2.]),\nindices=tensor([0, 1]))"
    )
    assert repr(mt.kthvalue(x, 1)) == "torch.return_types.kthvalue(\nvalues=tensor(1.),\nindices=tensor(0))"
    assert repr(mt.aminmax(x)) == "torch.return_types.aminmax(\nmin=tensor(1.),\nmax=tensor(2.))"
    assert repr(mt.frexp(x)).startswith("torch.return_types.frexp(\nmantissa=")
    assert repr(mt.histogram(x, 2)).startswith("torch.return_types.histogram(\nhist=")
    assert repr(mt.histogramdd(mt.ones(2, 1), [2])).startswith("torch.return_types.histogramdd(\nhist=")
    assert isinstance(mt.gradient(x), tuple)


def test_median_of_equals_is_exact() -> None:
    third = mt.full((3,), 1 / 3, dtype=mt.float64, requires_grad=True)
    assert mt.median(third).item() == 1 / 3


def test_nothing_warns_where_the_numbers_are_finite() -> None:
    x = leaf(2, 3, seed=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in COMPOSITES.values():
            function(x).sum().backward()
