"""Both ways of taking the products of a gradient with the windows give the same."""

from __future__ import annotations

import numpy as np
import pytest

from microtensor.ops.convolution import kernels as convolution


def test_products_of_all_images_at_once_and_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    y, columns = rng.standard_normal((2, 3, 8)), rng.standard_normal((2, 5, 8))
    by_image = convolution._products(y, columns, 4)
    monkeypatch.setattr(convolution, "_SMALL", 0)
    np.testing.assert_allclose(convolution._products(y, columns, 4), by_image, rtol=1e-12)
