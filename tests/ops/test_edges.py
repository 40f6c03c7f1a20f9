"""What the ops answer at their edges, and in which words they refuse: values that PyTorch gives, too."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt

pytestmark = pytest.mark.fast
F = mt.nn.functional


def outcome(text: str) -> str:
    """The repr of what an expression gives, without dtypes' common prefix."""
    names: dict[str, Any] = {"t": mt, "F": F, "nan": float("nan"), "inf": float("inf")}
    return " ".join(repr(eval(text, names)).split())


VALUES = """
t.mm(t.zeros(0, 2).bool(), t.zeros(2, 3).bool()).shape → torch.Size([0, 3])
t.mv(t.zeros(2, 0).bool(), t.zeros(0).bool()) → tensor([False, False])
F.linear(t.zeros(0, 3).bool(), t.zeros(4, 3).bool(), t.zeros(4).bool()).shape → torch.Size([0, 4])
F.linear(t.ones(2), t.ones(1, 2), out=t.empty(0)) → tensor([2.])
F.gelu(t.ones(1), out=t.empty(0)) → tensor([0.8413])
F.softplus(t.zeros(1), out=t.empty(0)) → tensor([0.6931])
F.avg_pool2d(t.ones(1, 2, 2), 2, out=t.empty(0)) → tensor([[[1.]]])
t.round(t.tensor([1, 2])) → tensor([1, 2])
t.round(t.tensor([1.26]), decimals=1) → tensor([1.3000])
t.prod(t.tensor(3)) → tensor(3)
t.prod(t.tensor(True)) → tensor(1)
t.prod(t.tensor(3.0), -1) → tensor(3.)
t.clamp(t.tensor([True]), max=t.tensor([False])) → tensor([False])
t.clamp(t.tensor([3.0]), t.tensor([1.0]), t.tensor([2.0])) → tensor([2.])
t.cat([t.zeros(0).double(), t.ones(1, 2)]).dtype → torch.float64
t.cat([t.zeros(0), t.ones(1, 2)], 1) → tensor([[1., 1.]])
t.nonzero(t.tensor([0, 3]), out=t.empty(0).long()) → tensor([[1]])
t.linalg.matrix_power(t.tensor([[True]]), 0) → tensor([[True]])
t.nansum(t.tensor([1.5, nan]), dtype=t.int64) → tensor(1)
t.nansum(t.tensor([1.5, nan]), out=t.empty(())) → tensor(1.5000)
t.any(t.tensor([0.0]), out=t.empty(()).to(t.uint8)) → tensor(0, dtype=torch.uint8)
t.randn(0, dtype=t.int64) → tensor([], dtype=torch.int64)
t.randn_like(t.zeros(0).long()) → tensor([], dtype=torch.int64)
t.bernoulli(t.zeros(0).long()) → tensor([], dtype=torch.int64)
F.max_pool1d(t.tensor([[1, 3]]), 2, return_indices=True)[1] → tensor([[1]])
t.addmm(t.full((1, 1), nan), t.ones(1, 2), t.ones(2, 1), beta=0) → tensor([[2.]])
t.addr(t.zeros(1, 2).bool(), t.tensor([True]), t.tensor([True, False]), beta=3) → tensor([[ True, False]])
F.avg_pool3d(t.ones(1, 1, 1, 2), (1, 1, 2), out=t.empty(0)) → tensor([[[[1.]]]])
F.softshrink(t.tensor([1.0]), out=t.empty(0)) → tensor([0.5000])
F.feature_alpha_dropout(t.ones(1, 2).bool(), 1.0, True) → tensor([[False, False]])
F.adaptive_avg_pool2d(t.zeros(0, 1, 2, 2).int(), 2).dtype → torch.int32
t.linalg.svd(t.zeros(0, 0).half()).S → tensor([], dtype=torch.float16)
t.linalg.cholesky(t.zeros(0, 2, 2).half()).dtype → torch.float16
t.ones(1, 3).expand(2, 3).long().stride() → (3, 1)
t.clamp(t.tensor([2]), t.tensor(2.5), 3) → tensor([2.5000])
t.nansum(t.tensor([200, 100], dtype=t.uint8), dtype=t.uint8) → tensor(44, dtype=torch.uint8)
t.tensor([[1.0, 0.0]]).all(dim=()), t.tensor([2, 0]).any((), True) → \
(tensor([[ True, False]]), tensor([ True, False]))
F.soft_margin_loss(t.tensor(1.8), t.tensor(2, dtype=t.uint8)) → tensor(0.0270)
F.margin_ranking_loss(t.zeros(1), t.ones(1), t.ones(1).to(t.uint8)) → tensor(1.)
t.block_diag(t.ones(1).to(t.uint8), t.tensor(3)).dtype → torch.uint8
t.zeros(0, 2).split(0)[0].shape → torch.Size([0, 2])
t.zeros(2, 2).scatter_add(0, t.zeros(0, 3).long(), t.zeros(0, 2)).shape → torch.Size([2, 2])
F.cosine_similarity(t.ones(2).half(), t.ones(2), 0).dtype → torch.float32
F.cosine_similarity(t.tensor([3, 4]), t.tensor([3.0, 4.0]), 0).dtype → torch.float32
F.cosine_similarity(t.full((2,), 300.0).half(), t.ones(2).half(), 0) → tensor(1., dtype=torch.float16)
t.isclose(t.tensor([inf, 3e38]), t.tensor([inf, -3e38])) → tensor([ True, False])
t.cumprod(t.tensor([3e38, 10.0]), 0) → tensor([3.0000e+38, inf])
(2 - t.tensor([1, 3])), (2 ** t.tensor([1, 3])), (7 // t.tensor([2])), (True + t.ones(1)) → \
(tensor([ 1, -1]), tensor([2, 8]), tensor([3]), tensor([2.]))
"""

REFUSED = """
t.mm(t.ones(1, 2).bool(), t.ones(2, 1).bool()) → NotImplementedError: "addmm_impl_cpu_" not implemented
t.round(t.tensor([1, 2]), decimals=0) → NotImplementedError: "round_vml_cpu" not implemented for 'Long'
t.round(t.tensor([1, 2]), decimals=1) → NotImplementedError: "round_cpu" not implemented for 'Long'
t.prod(t.tensor(3.0), 1) → IndexError: Dimension out of range
t.clamp(t.tensor([True]), t.tensor([True]), t.tensor([True])) → NotImplementedError: "clamp_cpu" not impl
t.ones(2).bool().index_reduce(0, t.tensor([0]), t.ones(1).bool(), "amax") → NotImplementedError: "index_func_"
t.ones(2).bool().geometric_(0.5) → NotImplementedError: "geometric_cpu" not implemented for 'Bool'
F.adaptive_avg_pool3d(t.zeros(0, 1, 2, 2, 2).int(), 2) → NotImplementedError: "adaptive_avg_pool3d_cpu" not
t.linalg.svd(t.zeros(1, 1).half()) → NotImplementedError: not implemented for 'Half'
t.ones(1).expand(3).fill_(2) → RuntimeError: refers to a single memory location
t.mm(t.ones(1, 2).half(), t.ones(2, 1)) → RuntimeError: expected the same dtype
F.linear(t.ones(1, 2).half(), t.ones(1, 2), t.ones(1)) → RuntimeError: expected the same dtype
t.bmm(t.ones(1, 1, 2).half(), t.ones(1, 2, 1)) → RuntimeError: expected the same dtype
t.vdot(t.ones(2), t.ones(2).double()) → RuntimeError: expected both vectors to have same dtype
t.linalg.cross(t.ones(3), t.ones(3).double()) → RuntimeError: expected scalar type Float but found Double
t.clamp(t.ones(2), 0, t.ones(2)) → TypeError: received an invalid combination of arguments
t.cdist(t.ones(2, 3), t.ones(2, 3).double()) → RuntimeError: expected scalar type Float but found Double
t.dot(t.ones(1, 1), t.ones(3)) → RuntimeError: 1D tensors expected, but got 2D and 1D tensors
t.dot(t.ones(9), t.ones(3)) → RuntimeError: but got 9 and 3 elements respectively
t.dot(t.ones(3), t.ones(3).double()) → RuntimeError: dot : expected both vectors to have same dtype
t.movedim(t.ones(2, 3), (0, 1), (0,)) → RuntimeError: Invalid source or destination dims: source
t.movedim(t.ones(2, 3), (0, -2), (0, 1)) → RuntimeError: repeated dim in `source`
t.eye(-1) → RuntimeError: n must be greater or equal to 0, got -1
t.eye(0, -3) → RuntimeError: m must be greater or equal to 0, got -3
t.diagonal(t.ones(2, 3), 0, 1, 1) → RuntimeError: diagonal dimensions cannot be identical 1, 1
F.triplet_margin_loss(t.ones(3), t.ones(2, 3), t.ones(2, 3)) → RuntimeError: anchor 1D, positive 2D, and neg
F.margin_ranking_loss(t.ones(1, 1), t.ones(1), t.ones(1)) → RuntimeError: All input tensors should have same
F.prelu(t.tensor(1.0), t.ones(2)) → RuntimeError: Not allow zero-dim input tensor
F.prelu(t.ones(2, 8, 3), t.ones(9)) → RuntimeError: Found parameter numbers = 9 and channel size = 8
F.prelu(t.ones(2, 8, 3), t.ones(2, 4)) → RuntimeError: to be a scalar or 1D tensor, but got: ndim = 2
F.conv1d(t.ones(1, 1, 3), t.ones(1, 1, 1), dilation=-1) → RuntimeError: dilation should be greater than zero
t.zeros(2).split(0) → RuntimeError: split_size can only be 0 if dimension size is 0
t.zeros(2).split(-1) → RuntimeError: split expects split_size be non-negative, but got split_size=-1
t.meshgrid(t.ones(1, 1)) → RuntimeError: Expected 0D or 1D tensor in the tensor list
t.dist(t.ones(2), 2.0) → TypeError: argument 'other' \\(position 2\\) must be Tensor, not float
t.equal(t.ones(2), 2.0) → TypeError: argument 'other' \\(position 2\\) must be Tensor, not float
t.allclose(t.ones(2), t.ones(3)) → RuntimeError: must match the size of tensor b
F.kl_div(t.tensor([1]), t.ones(1)) → RuntimeError: kl_div: Integral inputs not supported
F.binary_cross_entropy_with_logits(t.tensor([1]), t.ones(1)) → NotImplementedError: "log_sigmoid_cpu" not
F.cosine_similarity(t.tensor([1]), t.tensor([1]), 0) → RuntimeError: yet common dtype is Long
t.nonzero(t.ones(2), as_tuple=True, out=t.empty(0)) → TypeError: argument 'out' must be Tensor, not tuple
t.nansum(t.ones(2), out=t.empty(()).long()) → NotImplementedError: "nansum_cpu" not implemented for 'Long'
t.all(t.ones(2), out=t.empty(())) → RuntimeError: all only supports bool tensor for result, got: Float
t.stack([t.ones(2)], out=t.empty(0).long()) → TypeError: input types can't be cast to the desired output type
t.arange(0, 4, 0.5, dtype=t.int64) → ValueError: step must be nonzero
F.max_pool1d(t.tensor([[1, 3]]), 2) → NotImplementedError: "max_pool1d_impl" not implemented for 'Long'
F.conv1d(t.ones(1, 1, 4).int(), t.ones(1, 1, 2).int(), dilation=2) → NotImplementedError: "slow_conv_dila
t.Tensor.__radd__(2, t.ones(2)) → TypeError: descriptor '__radd__' .* doesn't apply to a 'int' object
t.Tensor.__mul__(2, t.ones(2)) → TypeError: descriptor '__mul__' .* doesn't apply to a 'int' object
t.Tensor.__rtruediv__(2, t.ones(2)) → AttributeError: doesn't apply to a 'int' object
"""


def pairs(text: str) -> list[tuple[str, str]]:
    parts = [line.partition(" → ") for line in text.strip().replace("\\\n", "").splitlines()]
    return [(expression, expected) for expression, _, expected in parts]


@pytest.mark.parametrize(("text", "expected"), pairs(VALUES))
def test_a_value(text: str, expected: str) -> None:
    assert outcome(text) == expected


@pytest.mark.parametrize(("text", "expected"), pairs(REFUSED))
def test_a_refusal(text: str, expected: str) -> None:
    kind, _, words = expected.partition(": ")
    with pytest.raises(Exception, match=words) as caught:
        outcome(text)
    assert kind in [base.__name__ for base in caught.type.__mro__]


TIED = {
    "layer_norm": lambda x, w, b: F.layer_norm(x, (2,), w, b),
    "batch_norm": lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
    "batch_norm in evaluation": lambda x, w, b: F.batch_norm(x, mt.zeros(2), mt.ones(2), w, b),
    "conv1d": lambda x, w, b: F.conv1d(x.view(1, 2, 3), w.view(2, 1, 1), b, groups=2),
    "conv_transpose1d": lambda x, w, b: F.conv_transpose1d(x.view(1, 2, 3), w.view(2, 1, 1), b, groups=2),
}


@pytest.mark.parametrize("name", TIED)
def test_a_bias_has_a_second_derivative_of_zeros(name: str) -> None:
    """One backward gives all cotangents in PyTorch, so that of the bias hangs on the input, too."""
    x, w, b = mt.randn(3, 2, requires_grad=True), mt.ones(2, requires_grad=True), mt.zeros(2).requires_grad_()
    out = TIED[name](x, w, b)
    (alone,) = mt.autograd.grad(out.sum(), b, create_graph=True)
    _, _, together = mt.autograd.grad(out.sum(), (x, w, b), create_graph=True)
    for g in (alone, together):
        (second,) = mt.autograd.grad(g.sum(), x, retain_graph=True)
        assert (second.shape, second.abs().sum()) == (x.shape, 0)


def test_a_cotangent_whose_shape_is_lost_is_left_as_it_is() -> None:
    """Nothing keeps the input of a transposed convolution for its bias."""
    x, w, b = mt.randn(1, 1, 3, requires_grad=True), mt.ones(1, 1, 1), mt.zeros(1, requires_grad=True)
    (g,) = mt.autograd.grad(F.conv_transpose1d(x, w, b).sum(), b, create_graph=True)
    assert not g.requires_grad


def test_the_norm_of_order_nought_has_no_gradient() -> None:
    x = mt.tensor([1.0, 0.0], requires_grad=True)
    out = mt.linalg.vector_norm(x, 0)
    assert out.requires_grad
    assert mt.autograd.grad(out, x, allow_unused=True) == (None,)


def test_an_unused_summand_has_a_gradient_of_zeros() -> None:
    x = mt.full((1, 1), float("nan"), requires_grad=True)
    mt.addmm(x, mt.ones(1, 2), mt.ones(2, 1), beta=0).sum().backward()
    assert x.grad == 0


def test_a_write_that_overflows_is_done() -> None:
    x = mt.tensor([3e38])
    with mt.no_grad():
        x.mul_(10)
    assert (x, x._version) == (float("inf"), 1)


def test_infinite_batches_are_learnt_from_in_silence() -> None:
    mean, variance = mt.zeros(1), mt.ones(1)
    out = F.batch_norm(mt.tensor([[float("inf")], [1.0]]), mean, variance, training=True)
    assert out.isnan().all()
    assert mean == float("inf")
    assert variance.isnan()


@pytest.mark.parametrize("name", ["max", "min", "sort", "topk", "kthvalue", "cummax"])
def test_values_may_be_written_to_and_places_not(name: str) -> None:
    """Only the places are kept for the backward pass."""
    x = mt.tensor([3.0, 1.0, 2.0], requires_grad=True)
    found = getattr(x, name)(*([2] if name in ("topk", "kthvalue") else []), dim=0)
    found.values.mul_(2).sum().backward()
    assert x.grad.max() == 2 * (3 if name == "cummax" else 1)  # type: ignore[union-attr]
    found = getattr(x, name)(*([2] if name in ("topk", "kthvalue") else []), dim=0)
    found.indices.zero_()
    with pytest.raises(mt.errors.StaleSavedError, match="modified by an inplace operation"):
        found.values.sum().backward()


def test_the_inverse_of_erf_keeps_what_it_was_given() -> None:
    x = mt.tensor([0.5], requires_grad=True)
    y = mt.erfinv(x)
    y.mul_(2).sum().backward()
    assert x.grad.item() == pytest.approx(2 * 1.1125, rel=1e-3)  # type: ignore[union-attr]


def test_what_is_kept_has_pytorchs_name() -> None:
    x = mt.tensor([3.0, 1.0], requires_grad=True)
    assert x.sort().values.grad_fn._saved_indices.tolist() == [1, 0]  # type: ignore[union-attr]


@pytest.mark.parametrize("distances", [lambda x: mt.cdist(x, x.detach() + 1, 0), lambda x: F.pdist(x, 0)])
def test_distances_of_order_nought_have_a_gradient_of_zeros(distances: Any) -> None:
    x = mt.ones(3, 2, requires_grad=True)
    distances(x).sum().backward()
    assert x.grad.abs().sum() == 0  # type: ignore[union-attr]
