"""Pooling: what is kept for the way back."""

from __future__ import annotations

import microtensor as mt


def test_what_is_pooled_may_be_written_to() -> None:
    """As by a ReLU in place after it: where the largest were is found from the image alone."""
    x = mt.tensor([[[1.0, -3.0], [2.0, 0.0]]], requires_grad=True)
    for pool in (mt.nn.MaxPool2d(2), lambda t: mt.nn.functional.max_pool2d(t, 2, return_indices=True)[0]):
        x.grad = None
        y = pool(x * 1)
        y.mul_(3)
        y.sum().backward()
        assert x.grad.tolist() == [[[0.0, 0.0], [3.0, 0.0]]]
