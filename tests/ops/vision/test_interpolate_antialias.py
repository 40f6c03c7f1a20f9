"""``antialias=True``: every element of the source has its part in a smaller image."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
import microtensor.nn.functional as F
from microtensor.autograd import gradcheck
from microtensor.testing import assert_close

X = mt.arange(8.0).reshape(1, 1, 1, 8)


def scaled(x: mt.Tensor, size: Any, mode: str, **options: Any) -> mt.Tensor:
    return F.interpolate(x, size, mode=mode, antialias=True, **options)


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("bilinear", (1, 4), [0.7143, 2.5, 4.5, 6.2857]), ("bilinear", (1, 2), [1.8929, 5.1071]),
        ("bicubic", (1, 4), [0.5439, 2.4595, 4.5405, 6.4561]), ("bicubic", (1, 3), [0.8965, 3.5, 6.1035]),
    ],
)  # fmt: skip
def test_the_numbers_are_pytorchs(mode: str, size: Any, expected: list[float]) -> None:
    assert_close(scaled(X, size, mode).flatten(), mt.tensor(expected), atol=1e-4)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(2, 3), (9, 1), (1, 11), (5, 7)])
def test_a_flat_image_stays_flat_and_dimensions_are_independent(mode: str, size: tuple[int, int]) -> None:
    mt.manual_seed(0)
    assert_close(scaled(mt.ones(1, 1, 5, 7), size, mode), mt.ones(1, 1, *size))
    x = mt.rand(2, 3, 5, 7, dtype=mt.float64)
    assert_close(scaled(x, size, mode), scaled(scaled(x, (5, size[1]), mode), size, mode))


def test_bytes_are_rounded_once_for_each_dimension() -> None:
    image = (mt.arange(36).reshape(1, 1, 6, 6) * 7).to(mt.uint8)
    assert scaled(image, (3, 3), "bilinear").flatten().tolist() == [35, 48, 60, 110, 123, 135, 185, 198, 210]
    assert scaled(image, (3, 3), "bicubic").flatten().tolist() == [27, 41, 54, 109, 123, 136, 191, 205, 218]


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_derivatives(mode: str) -> None:
    x = mt.rand(1, 1, 4, 5, dtype=mt.float64, requires_grad=True)
    assert gradcheck(lambda x: scaled(x, (2, 3), mode), (x,))
    assert scaled(x, (2, 3), mode).grad_fn.name() == f"Upsample{mode.capitalize()}2DAaBackward0"


def test_other_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="restricted to bilinear and bicubic modes"):
        F.interpolate(X, 3, mode="nearest", antialias=True)


def test_aligned_corners() -> None:
    """Tents 14/3 wide, 7/3 apart: at the left (0 * 5 + 1 * 6 + 2 * 3) / 14; one result is at the corner."""
    found = scaled(X, (1, 4), "bilinear", align_corners=True)
    assert_close(found.flatten(), mt.tensor([6 / 7, 3.0, 5.375, 47 / 7]))
    for mode, corner in (("bilinear", 0.0), ("bicubic", -0.125)):
        assert scaled(X, (1, 1), mode, align_corners=True).item() == corner
        assert_close(scaled(X + 1, (1, 8), mode, align_corners=True), scaled(X + 1, (1, 8), mode))
