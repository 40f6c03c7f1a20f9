"""Householder's reflections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt


def leaf(*shape: int, seed: int = 0) -> Any:
    return mt.tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)


@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (2, 5, 2)])
def test_q_of_reflections_is_that_of_qr(shape: tuple[int, ...]) -> None:
    a = leaf(*shape).detach()
    packed, tau = mt.geqrf(a)
    q, r = mt.linalg.qr(a)
    assert mt.allclose(mt.linalg.householder_product(packed, tau), q)
    assert mt.allclose(packed[..., : shape[-1], :].triu(), r)
    down = mt.ormqr(packed, tau, a, transpose=True)
    assert mt.allclose(down[..., : shape[-1], :], r)
    assert mt.allclose(mt.ormqr(packed, tau, down), a)
    assert mt.allclose(mt.ormqr(packed, tau, a.mT, left=False).mT, down)


def test_any_reflections_are_differentiable() -> None:
    operands = leaf(4, 3), leaf(2, seed=1)
    assert mt.autograd.gradcheck(mt.linalg.householder_product, operands)
    assert mt.autograd.gradgradcheck(mt.linalg.householder_product, operands)
    assert mt.autograd.gradcheck(mt.ormqr, (leaf(4, 3), leaf(3, seed=1), leaf(4, 2, seed=2)))


def test_the_sentences() -> None:
    with pytest.raises(NotImplementedError, match="'geqrf' is not implemented: use linalg.qr"):
        mt.geqrf(leaf(3, 3)).a.sum().backward()
    with pytest.raises(RuntimeError, match=r"at least 2 dimensions, got torch.float64 \(3,\)"):
        mt.geqrf(leaf(3))
    with pytest.raises(RuntimeError, match="tau.shape.-1. must be equal to min"):
        mt.ormqr(leaf(4, 3), leaf(2), leaf(4, 2))
    with pytest.raises(RuntimeError, match="batch dimensions of tau and other must be those of input"):
        mt.ormqr(leaf(2, 4, 3), leaf(1, 3), leaf(2, 4, 2))
    with pytest.raises(RuntimeError, match="one dimension less than input, and the same batch"):
        mt.linalg.householder_product(leaf(2, 4, 3), leaf(1, 3))
