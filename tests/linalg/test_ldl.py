"""Symmetric matrices as L D L'."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt


def symmetric(*shape: int, seed: int = 0) -> mt.Tensor:
    a = np.random.default_rng(seed).normal(size=shape)
    return mt.tensor(a + a.swapaxes(-1, -2))


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20])
def test_systems_are_solved(n: int) -> None:
    for seed in range(5):
        a, b = symmetric(3, n, n, seed=seed), symmetric(n, n, seed=seed)[:, :2]
        a[0].fill_diagonal_(0)
        if n > 1:
            assert mt.allclose(a @ mt.linalg.ldl_solve(*mt.linalg.ldl_factor(a), b), b.expand(3, n, -1), 1e-7)


def test_the_upper_triangle_is_not_read() -> None:
    a = symmetric(4, 4)
    lower = mt.linalg.ldl_factor(a.tril())
    assert mt.equal(lower.LD, mt.linalg.ldl_factor(a).LD)
    assert mt.equal(lower.LD, lower.LD.tril())


def test_the_solution_is_differentiable_in_the_right_hand_side() -> None:
    factors = mt.linalg.ldl_factor(symmetric(3, 3))
    b = symmetric(3, 3, seed=1).requires_grad_()
    assert mt.autograd.gradcheck(lambda b: mt.linalg.ldl_solve(*factors, b), (b,))
    assert mt.autograd.gradgradcheck(lambda b: mt.linalg.ldl_solve(*factors, b), (b,))


def test_a_gradient_is_never_lost_silently() -> None:
    a = symmetric(3, 3).requires_grad_()
    packed, pivots = mt.linalg.ldl_factor(a)
    with pytest.raises(NotImplementedError, match="'linalg.ldl_factor' is not implemented: use linalg.solve"):
        packed.sum().backward()
    with pytest.raises(NotImplementedError, match="'linalg.ldl_solve' by LD is not implemented: detach it"):
        mt.linalg.ldl_solve(packed.detach().requires_grad_(), pivots, a.detach()).sum().backward()


def test_a_singular_matrix_is_told() -> None:
    singular = mt.stack([mt.eye(2), mt.zeros(2, 2)])
    assert mt.linalg.ldl_factor_ex(singular).info.tolist() == [0, 1]
    with pytest.raises(mt.linalg.LinAlgError, match=r"\(Batch element 1\): D\[1\] is zero"):
        mt.linalg.ldl_factor(singular)
    with pytest.raises(RuntimeError, match="Expected pivots to be integers. Got torch.float32"):
        mt.linalg.ldl_solve(mt.eye(2), mt.ones(2), mt.eye(2))
    with pytest.raises(
        RuntimeError, match=r"Incompatible matrix sizes for .*ldl_solve: LD torch.float32 \(2, 2\)"
    ):
        mt.linalg.ldl_solve(mt.eye(2), mt.ones(2).int(), mt.eye(3))


def hermitian(n: int, seed: int) -> mt.Tensor:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
    return mt.tensor(a + a.conj().T)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("is_hermitian", [True, False])
def test_complex_systems_are_solved(n: int, is_hermitian: bool) -> None:
    for seed in range(5):
        a = hermitian(n, seed)
        if seed % 2 and n > 1:
            a.fill_diagonal_(0)
        a = a if is_hermitian else a + a.T
        b = hermitian(n, seed + 9)
        factors = mt.linalg.ldl_factor(a, hermitian=is_hermitian)
        x = mt.linalg.ldl_solve(*factors, b, hermitian=is_hermitian)
        assert mt.allclose(a @ x, b, 1e-7)
        again = mt.linalg.ldl_factor(a.tril() + is_hermitian * 3j * mt.eye(n), hermitian=is_hermitian)
        assert mt.equal(again.LD, factors.LD)  # neither the upper triangle is read nor an imaginary diagonal


@pytest.mark.parametrize("is_hermitian", [True, False])
def test_the_solution_of_a_complex_system_is_differentiable(is_hermitian: bool) -> None:
    a = hermitian(3, 0)
    factors = mt.linalg.ldl_factor(a if is_hermitian else a + a.T, hermitian=is_hermitian)
    b = hermitian(3, 1).requires_grad_()
    assert mt.autograd.gradcheck(lambda b: mt.linalg.ldl_solve(*factors, b, hermitian=is_hermitian), (b,))
