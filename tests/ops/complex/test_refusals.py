"""What is not for complex numbers says so, and so do real tensors beside complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor.nn import functional as F

Z = mt.tensor([1 + 2j, 3 - 1j])
X, WHOLE = mt.tensor([1.0, 2.0]), mt.tensor([0, 1])
Call = Callable[[], Any]

NO_KERNEL: dict[str, Call] = {
    "median_cpu": Z.median, "mode_cpu": Z.mode, "kthvalue_cpu": lambda: Z.kthvalue(1),
    "cummax_cpu": lambda: Z.cummax(0), "cummin_cpu": lambda: Z.cummin(0), "histogram_cpu": Z.histc,
    "histogramdd": lambda: Z.histogram(2), "unique": Z.unique,
    "searchsorted_out_cpu": lambda: mt.searchsorted(X, Z), "logaddexp2_cpu": lambda: mt.logaddexp2(Z, Z),
    "random_kernel_cpu": lambda: Z.clone().random_(), "geometric_cpu": lambda: Z.clone().geometric_(0.5),
    "bernoulli_scalar_cpu_": lambda: Z.clone().bernoulli_(), "glu_cpu": lambda: F.glu(Z),
    "compute_indices_weights_nearest": lambda: F.interpolate(Z[None, None], scale_factor=2),
    "adaptive_avg_pool2d": lambda: F.adaptive_avg_pool1d(mt.ones(1, 4, dtype=mt.complex64), 2),
    "fractional_max_pool2d_out_frame": lambda: F.fractional_max_pool2d(
        mt.ones(1, 3, 3, dtype=mt.complex64), 2, output_size=1
    ),
    "index_func_": lambda: Z.index_reduce(0, WHOLE, Z, "prod"),
    "spherical_bessel_j0_cpu": lambda: mt.special.spherical_bessel_j0(Z),
    "legendre_polynomial_p_cpu": lambda: mt.special.legendre_polynomial_p(Z, 2),
}  # fmt: skip


@pytest.mark.parametrize("kernel", NO_KERNEL)
def test_what_orders_or_counts_refuses(kernel: str) -> None:
    with pytest.raises(NotImplementedError, match=f"\"{kernel}\" not implemented for 'ComplexFloat'"):
        NO_KERNEL[kernel]()


def test_the_other_operand_counts_too() -> None:
    with pytest.raises(NotImplementedError, match="ComplexFloat"):
        mt.bucketize(Z, X)
    with pytest.raises(RuntimeError, match="kl_div: Complex inputs not supported"):
        F.kl_div(X, Z, reduction="sum")


SENTENCES: dict[str, Call] = {
    "nansum on CPU does not support complex inputs": Z.nansum,
    "deg2rad is not supported for complex tensors": Z.deg2rad,
    "rad2deg is not supported for complex tensors": Z.rad2deg,
    r"Unsupported input type encountered for isin\(\): ComplexFloat": lambda: mt.isin(Z, Z),
    "expected common dtype to be floating point, yet common dtype is ComplexFloat":
        lambda: F.cosine_similarity(Z, Z, dim=0),
    "check_random_bounds handles only integral": lambda: mt.randint_like(Z, 3),
    "normal expects standard deviation to be non-complex": lambda: mt.normal(X, Z),
    "tensor.mH is only supported on matrices or batches of matrices. Got 1-D": lambda: Z.mH,
    "linalg.vector_norm: dtype should be complex for complex inputs, but got Float":
        lambda: mt.linalg.vector_norm(Z, dtype=mt.float32),
    "linalg.vector_norm: dtype should be real for real inputs, but got ComplexFloat":
        lambda: mt.linalg.vector_norm(X, dtype=mt.complex64),
    "Expected a non-complex scalar as the order of norm": lambda: mt.linalg.vector_norm(X, 1j),
    # a complex number beside real tensors
    "For non-complex input tensors, argument alpha must not be a complex number":
        lambda: mt.add(X, X, alpha=1j),
    "float32 without overflow: 1j has an imaginary part": lambda: mt.addcmul(X, X, X, value=1j),
    "float32 without overflow: 2j has an imaginary part": lambda: mt.addcdiv(X, X, X, value=2j),
    "float32 without overflow: 3j has an imaginary part": lambda: mt.lerp(X, X, 3j),
    "float32 without overflow: 4j has an imaginary part":
        lambda: mt.addmm(X, X[:, None], X[None], beta=4j),
    "float32 without overflow: 5j has an imaginary part":
        lambda: X.masked_fill(X > 1, mt.tensor(5j)),
    "float64 without overflow: 6j has an imaginary part": lambda: mt.arange(6j),
    "Converting complex Scalar to non-complex type is not supported":
        lambda: X.index_fill(0, WHOLE, mt.tensor(1j)),
    r"torch.linspace\(\): inferred dtype ComplexFloat can't be safely cast to passed dtype Float":
        lambda: mt.linspace(0, 1j, 3, dtype=mt.float32),
    r"torch.logspace\(\): inferred dtype ComplexFloat": lambda: mt.logspace(0, 1j, 3, dtype=mt.float32),
    # and tensors of two kinds where PyTorch converts none
    "same dtype, but got Float and ComplexFloat": lambda: mt.addmm(X, Z[:, None], Z[None]),
    "meshgrid expects all tensors to have the same dtype": lambda: mt.meshgrid(X, Z),
    "lerp: expected dtype torch.float32 for `end` but got dtype torch.complex64": lambda: mt.lerp(X, Z, 0.5),
    "for `weight` but got dtype torch.complex64": lambda: mt.lerp(X, X, Z),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_else_is_refused(sentence: str) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        SENTENCES[sentence]()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: F.pad(X, (1, 1), value=1j), "argument 'value' .* must be float, not complex"),
        (lambda: mt.complex(1.0, X), r"argument 'real' \(position 1\) must be Tensor, not float"),
        (lambda: mt.polar(X, 1.0), r"polar\(\): argument 'angle' \(position 2\) must be Tensor, not float"),
        (lambda: mt.cat([Z, Z], out=mt.zeros(4)), "can't be cast to the desired output type Float"),
    ],
)  # fmt: skip
def test_what_is_of_another_type(call: Call, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()


def test_a_part_takes_no_complex_number() -> None:
    z = Z.clone()
    with pytest.raises(RuntimeError, match="1j has an imaginary part"):
        z.real = 1j
    assert z.equal(Z)
    z.real = 5
    assert z.tolist() == [5 + 2j, 5 - 1j]


def test_numbers_without_an_imaginary_part_are_real() -> None:
    assert mt.addcmul(X, X, X, value=2 + 0j).tolist() == [3, 10]
    assert X.masked_fill(X > 1, mt.tensor(5 + 0j)).tolist() == [1, 5]
    assert mt.logspace(0, 1 + 1j, 2, dtype=mt.complex128)[1].item() == pytest.approx(10 ** (1 + 1j))
