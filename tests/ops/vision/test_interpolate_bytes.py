"""uint8 images are scaled in fixed point, the width before the height, as PyTorch scales them."""

from __future__ import annotations

import pytest

import microtensor as mt

X = (mt.arange(36).reshape(1, 1, 6, 6) * 7).to(mt.uint8)


def test_bilinear() -> None:
    """PyTorch 2.13's numbers; at the corner 2 + 42 / 4 is 12.5, where one rounding gives 12."""
    found = mt.nn.functional.interpolate(X, (4, 4), mode="bilinear")
    right = [[13, 23, 34, 44], [76, 86, 97, 107], [139, 149, 160, 170], [202, 212, 223, 233]]
    assert found.dtype == mt.uint8
    assert found[0, 0].tolist() == right


def test_bicubic() -> None:
    found = mt.nn.functional.interpolate(X, (4, 9), mode="bicubic")
    assert found[0, 0, 0].tolist() == [8, 11, 16, 21, 26, 30, 35, 40, 44]


def test_other_integers_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="weights_linear.* not implemented for 'Long'"):
        mt.nn.functional.interpolate(X.long(), (4, 4), mode="bilinear")
    assert mt.nn.functional.interpolate(X, (3, 3)).dtype == mt.uint8
