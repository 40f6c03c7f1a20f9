"""Tensors made in ways that few programs need."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt


def test_a_range_includes_its_end_and_warns() -> None:
    with pytest.warns(UserWarning, match="Use arange, which does not"):
        assert mt.range(2).tolist() == [0, 1, 2]
    with (
        pytest.warns(UserWarning, match="range"),
        pytest.raises(RuntimeError, match="inconsistent with step sign"),
    ):
        mt.range(3, 1)


def test_frombuffer_shares() -> None:
    memory = bytearray(4)
    x = mt.frombuffer(memory, dtype=mt.uint8)
    memory[1] = 7
    assert x.tolist() == [0, 7, 0, 0]
    with pytest.raises(ValueError, match="offset 9 lies outside of a buffer of 4 bytes"):
        mt.frombuffer(memory, dtype=mt.uint8, offset=9)


def test_triangles() -> None:
    assert mt.tril_indices(2, 3).tolist() == np.stack(np.tril_indices(2, 0, 3)).tolist()
    with pytest.raises(RuntimeError, match="must be non-negative, got -1 and 2"):
        mt.triu_indices(-1, 2)


@pytest.mark.parametrize("mean", [0.5, 6.0, 12.0, 300.0])
def test_poisson_numbers_have_their_mean_and_variance(mean: float) -> None:
    drawn = mt.poisson(mt.full((4000,), mean, dtype=mt.float64))
    assert abs(drawn.mean().item() - mean) < 5 * (mean / 4000) ** 0.5
    assert abs(drawn.var().item() / mean - 1) < 0.2
    with pytest.raises(RuntimeError, match="expected all rates to be non-negative"):
        mt.poisson(mt.tensor([-1.0]))
    with pytest.raises(NotImplementedError, match="floating-point rates, got torch.int64"):
        mt.poisson(mt.tensor([1]))


def test_complex_ends() -> None:
    found = mt.logspace(0, 1j, 3, dtype=mt.complex128)
    np.testing.assert_allclose(found.numpy(), 10.0 ** np.array([0, 0.5j, 1j]))
    assert mt.linspace(0, 1j, 3).tolist() == [0, 0.5j, 1j]
    assert mt.arange(2 + 0j).tolist() == [0, 1]
