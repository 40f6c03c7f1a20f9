"""Functions whose result is a copy, also where there is nothing to do; and `ravel`, which is contiguous."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt

F = mt.nn.functional


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.repeat(1, 1, 1, 1), lambda x: x.repeat(1, 1, 1, 1, 1), lambda x: x.tile(()),
        lambda x: mt.tile(x, (1,)), lambda x: F.pixel_shuffle(x, 1), lambda x: F.pixel_unshuffle(x, 1),
        lambda x: F.channel_shuffle(x, 1),
    ],
)  # fmt: skip
def test_a_copy_is_a_copy(function: Any) -> None:
    x = mt.arange(4.0).reshape(1, 1, 2, 2)
    function(x).zero_()
    assert x.sum() == 6
    x.requires_grad_()
    function(x).sum().backward()
    assert x.grad.sum() == 4


def test_ravel_is_contiguous() -> None:
    strided = mt.arange(8)[::2]
    assert strided.ravel().stride() == (1,)
    assert strided.ravel().tolist() == [0, 2, 4, 6]
    whole = mt.zeros(2, 3)
    whole.ravel()[0] = 1
    assert whole.sum() == 1
    assert mt.vmap(lambda r: r.ravel())(mt.arange(8).reshape(2, 4).T).tolist() == [
        [0, 4],
        [1, 5],
        [2, 6],
        [3, 7],
    ]
