"""Max-pooling of windows at random distances."""

from __future__ import annotations

import pytest

import microtensor as mt

F = mt.nn.functional


def test_windows_at_random_distances_cover_both_ends() -> None:
    mt.manual_seed(0)
    x = mt.arange(49.0).view(1, 7, 7)
    out, where = F.fractional_max_pool2d(x, 2, 4, return_indices=True)
    assert out[0, -1, -1] == 48
    assert mt.equal(x.flatten()[where], out)
    assert F.fractional_max_pool2d(x, 2, 0).shape == (1, 0, 0)


def test_a_nan_is_the_largest() -> None:
    x = mt.zeros(1, 3, 3)
    x[0, 1, 1] = float("nan")
    assert F.fractional_max_pool2d(x, 3, 1).isnan().all()


def test_the_sentences_of_fractional_pooling() -> None:
    x = mt.zeros(2, 3, 6, 6)
    with pytest.raises(ValueError, match="requires specifying either an output_size or an output_ratio"):
        F.fractional_max_pool2d(x, 2)
    with pytest.raises(RuntimeError, match="pool size 2 too large .* input size 6: 6 windows ask for 7"):
        F.fractional_max_pool2d(x, 2, 6)
    with pytest.raises(
        RuntimeError, match=r"_random_samples of shape \(2, 3, 2\), and got torch.float32 \(2, 3\)"
    ):
        F.fractional_max_pool2d(x, 2, 3, _random_samples=mt.zeros(2, 3))
    with pytest.raises(RuntimeError, match="_random_samples to have the same dtype as input: torch.float32"):
        F.fractional_max_pool2d(x, 2, 3, _random_samples=mt.zeros(2, 3, 2).double())
    with pytest.raises(RuntimeError, match="Expected 3D or 4D tensor with non-zero size"):
        F.fractional_max_pool2d(x[0, 0], 2, 3)
    with pytest.raises(ValueError, match="only one of output_size and output_ratio"):
        mt.nn.FractionalMaxPool2d(2, 3, 0.5)
    with pytest.raises(ValueError, match=r"between 0 and 1 \(got 1.5\)"):
        mt.nn.FractionalMaxPool3d(2, output_ratio=1.5)
    with pytest.raises(ValueError, match="FractionalMaxPool3d requires specifying either an output size"):
        mt.nn.FractionalMaxPool3d(2)
