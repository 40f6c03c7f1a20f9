"""Low-rank decompositions: PyTorch's numbers for a seed, and the properties that they are for."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor.testing import assert_close


def low_rank(m: int, n: int) -> mt.Tensor:
    mt.manual_seed(0)
    return mt.rand(m, 3, dtype=mt.float64) @ mt.rand(3, n, dtype=mt.float64)


@pytest.mark.parametrize("shape", [(9, 7), (7, 9)])
def test_a_matrix_of_low_rank_is_found_whole(shape: tuple[int, int]) -> None:
    A = low_rank(*shape)
    u, s, v = mt.svd_lowrank(A, q=4)
    assert_close(u @ mt.diag(s) @ v.T, A, atol=1e-10)
    assert_close(s[:3], mt.linalg.svdvals(A)[:3])
    assert_close(u.T[:3] @ u[:, :3], mt.eye(3, dtype=mt.float64), atol=1e-10)


def test_it_is_taken_from_a_mean() -> None:
    A = low_rank(9, 7)
    mean = A.mean(0, keepdim=True)
    assert_close(mt.svd_lowrank(A, 3, M=mean)[1], mt.linalg.svdvals(A - mean)[:3], atol=1e-8)
    assert_close(mt.pca_lowrank(A, 3)[1], mt.linalg.svdvals(A - mean)[:3], atol=1e-8)
    assert_close(mt.pca_lowrank(A, 3, center=False)[1], mt.linalg.svdvals(A)[:3], atol=1e-8)


def test_the_random_numbers_are_pytorchs() -> None:
    mt.manual_seed(1)
    s = mt.svd_lowrank(mt.arange(12.0).reshape(4, 3).cos(), q=2, niter=0)[1]
    assert_close(s, mt.tensor([2.4188, 0.3845]), atol=1e-4)


def test_gradients_pass() -> None:
    A = low_rank(6, 5).requires_grad_()
    mt.manual_seed(0)
    mt.svd_lowrank(A, 3)[1].sum().backward()
    assert A.grad.shape == (6, 5)
    assert A.grad.isfinite().all()


def test_refusals_of_a_rank() -> None:
    with pytest.raises(ValueError, match=r"q\(=9\) must be non-negative integer and not greater than min"):
        mt.pca_lowrank(mt.ones(5, 4), q=9)
    with pytest.raises(ValueError, match=r"niter\(=-1\) must be non-negative"):
        mt.pca_lowrank(mt.ones(5, 4), niter=-1)
    with pytest.raises(ValueError, match="expected a floating-point matrix"):
        mt.svd_lowrank(mt.ones(5))


def symmetric(n: int) -> mt.Tensor:
    mt.manual_seed(2)
    x = mt.rand(n, n, dtype=mt.float64)
    return x @ x.T + mt.eye(n, dtype=mt.float64)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("method", [None, "basic", "ortho"])
def test_extreme_eigenvalues(largest: bool, method: str | None) -> None:
    A = symmetric(12)
    values, vectors = mt.lobpcg(A, k=3, largest=largest, method=method)
    every = mt.linalg.eigvalsh(A)
    assert_close(values, every.flip(0)[:3] if largest else every[:3], atol=1e-6)
    assert_close(A @ vectors, vectors * values, atol=1e-4)


def test_a_metric_a_batch_guesses_and_a_preconditioner() -> None:
    A, B = symmetric(12), mt.diag(mt.arange(1.0, 13.0).double())
    values, x = mt.lobpcg(A, k=2, B=B)
    expected = np.sort(np.linalg.eigvals(np.linalg.solve(B.numpy(), A.numpy())).real)[::-1][:2]
    assert_close(values, mt.tensor(expected.copy()), atol=1e-6)
    assert_close(x.T @ B @ x, mt.eye(2, dtype=mt.float64), atol=1e-6)
    both = mt.lobpcg(mt.stack([A, 2 * A]), k=2)[0]
    assert_close(both[1], 2 * both[0], atol=1e-6)
    guess = mt.linalg.eigh(A).eigenvectors[:, -2:]
    assert_close(mt.lobpcg(A, X=guess, niter=0)[0], mt.linalg.eigvalsh(A)[-2:].flip(0), atol=1e-6)
    assert_close(
        mt.lobpcg(A, k=1, largest=False, iK=mt.linalg.inv(A))[0], mt.linalg.eigvalsh(A)[:1], atol=1e-6
    )


def test_eigenvalues_have_a_gradient() -> None:
    A = symmetric(12).requires_grad_()
    values, x = mt.lobpcg(A, k=1)
    values.sum().backward()
    assert_close(A.grad, (x @ x.T).detach(), atol=1e-6)


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="smaller than 3 x the number of requested eigenpairs"):
        mt.lobpcg(symmetric(4), k=2)
    with pytest.raises(ValueError, match="method is 'basic' or 'ortho', not 'best'"):
        mt.lobpcg(symmetric(4), method="best")
    with pytest.raises(NotImplementedError, match="tracker= is not offered"):
        mt.lobpcg(symmetric(4), tracker=print)


@pytest.mark.parametrize("shape", [(9, 7), (7, 9)])
def test_a_complex_matrix_of_low_rank_is_found_whole(shape: tuple[int, int]) -> None:
    A = low_rank(*shape) * (1 + 1j * low_rank(*shape)[:, :1])
    u, s, v = mt.svd_lowrank(A, q=3)
    assert_close(u @ mt.diag(s + 0j) @ v.mH, A, atol=1e-10)
    assert_close(mt.pca_lowrank(A, 3)[1], mt.linalg.svdvals(A - A.mean(0, True))[:3], atol=1e-8)
