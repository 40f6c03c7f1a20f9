"""LU under its older names."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt


def test_three_matrices_make_the_first() -> None:
    for shape in ((3, 3), (2, 4, 3), (2, 3, 5)):
        a = mt.tensor(np.random.default_rng(0).normal(size=shape), requires_grad=True)
        p, lower, upper = mt.lu_unpack(*mt.lu(a))
        assert mt.allclose(p @ lower @ upper, a)
        (g,) = mt.autograd.grad((p @ lower @ upper).sum(), a)
        assert mt.allclose(g, mt.ones_like(a))


def test_what_is_not_unpacked_is_empty() -> None:
    packed, pivots = mt.eye(2).lu()
    p, lower, upper = mt.lu_unpack(packed, pivots, unpack_data=False)
    assert (p.shape, lower.shape, upper.shape) == ((2, 2), (0,), (0,))
    assert mt.lu_unpack(packed, pivots, unpack_pivots=False).P.shape == (0,)


def test_the_sentences() -> None:
    packed, pivots = mt.lu(mt.eye(2))
    assert mt.lu(mt.eye(2), get_infos=True).info == 0
    assert repr(mt.lu_unpack(packed, pivots)).startswith("torch.return_types.lu_unpack(\nP=tensor")
    assert repr(mt.lu(mt.eye(2), get_infos=True)).startswith("torch.return_types._lu_with_info(\nLU=")
    with pytest.raises(RuntimeError, match="expected to be a tensor of int32, and is torch.int64"):
        mt.lu_unpack(packed, pivots.long())
    with pytest.raises(RuntimeError, match="between 1 and 2 inclusive, .* they are 6 to 7"):
        mt.lu_unpack(packed, pivots + 5)
    with pytest.raises(RuntimeError, match="pivots should be a Tensor of scalar type int32"):
        mt.lu_solve(mt.eye(2), packed, pivots.long())
    with pytest.raises(RuntimeError, match=r"AX = B: torch.float32 \(2, 2\) and torch.float32 \(3, 3\)"):
        mt.lu_solve(mt.eye(3), packed, pivots)
    assert mt.lu(mt.eye(2) * 2, out=(packed, pivots))[0] is packed
    assert packed.tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_the_old_svd_makes_a_complex_matrix() -> None:
    rng = np.random.default_rng(0)
    a = mt.tensor(rng.normal(size=(5, 3)) + 1j * rng.normal(size=(5, 3)))
    u, s, v = mt.svd(a)
    assert mt.allclose(u * s @ v.mH, a)
