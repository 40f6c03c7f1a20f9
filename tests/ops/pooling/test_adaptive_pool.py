"""Adaptive pooling of a batch without images."""

from __future__ import annotations

import microtensor as mt
import microtensor.nn.functional as F


def test_no_images() -> None:
    x = mt.zeros(0, 2, 5, 4, requires_grad=True)
    means, largest = F.adaptive_avg_pool2d(x, (3, 2)), F.adaptive_max_pool2d(x, (3, 2))
    assert means.shape == largest.shape == (0, 2, 3, 2)
    means.sum().backward()
    assert x.grad is not None
    assert x.grad.shape == x.shape
    assert F.adaptive_avg_pool1d(mt.zeros(0, 2, 5), 1).shape == (0, 2, 1)
    assert F.adaptive_avg_pool3d(mt.zeros(0, 2, 4, 4, 4), 2).shape == (0, 2, 2, 2, 2)
