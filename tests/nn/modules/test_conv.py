"""Convolutional layers: shapes, weights, and what a constructor refuses."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(2, 4, 3, padding="same"), (1, 4, 5, 6)),
        (nn.Conv2d(2, 4, 3, stride=2, padding=1), (1, 4, 3, 3)),
        (nn.Conv2d(2, 4, (1, 2), padding=(0, 1), padding_mode="circular"), (1, 4, 5, 7)),
        (nn.ConvTranspose2d(2, 4, 2, stride=2), (1, 4, 10, 12)),
    ],
)
def test_shapes(layer: Any, shape: tuple[int, ...]) -> None:
    assert tuple(layer(mt.zeros(1, 2, 5, 6)).shape) == shape
    assert tuple(layer(mt.zeros(2, 5, 6)).shape) == shape[1:]


def test_weights() -> None:
    plain, turned = nn.Conv2d(4, 6, (2, 3), groups=2), nn.ConvTranspose2d(4, 6, (2, 3), groups=2)
    assert tuple(plain.weight.shape) == (6, 2, 2, 3)
    assert tuple(turned.weight.shape) == (4, 3, 2, 3)
    assert nn.Conv2d(4, 6, 2, bias=False).bias is None
    bound = 1 / 12**0.5
    assert float(plain.weight.abs().max()) <= bound
    assert float(plain.bias.abs().max()) <= bound


def test_a_kernel_of_nothing_leaves_the_bias_as_it_is() -> None:
    with pytest.warns(UserWarning, match="zero-element"):
        layer = nn.Conv1d(0, 3, 2)
    assert tuple(layer.weight.shape) == (3, 0, 2)


def test_a_border_of_the_image_itself() -> None:
    layer = nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
    with mt.no_grad():
        layer.weight.fill_(1.0)
    assert layer(mt.tensor([[1.0, 2.0, 4.0]])).tolist() == [[7.0, 7.0, 7.0]]
    even = nn.Conv1d(1, 1, 2, padding="same", padding_mode="circular", bias=False)
    with mt.no_grad():
        even.weight.fill_(1.0)
    assert even(mt.tensor([[1.0, 2.0, 4.0]])).tolist() == [[3.0, 6.0, 5.0]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"groups": 0}, "groups must be a positive integer"),
        ({"groups": 3}, "in_channels must be divisible by groups: 4 is not by 3"),
        ({"padding": "other"}, "should be one of 'valid', 'same'"),
        ({"padding": "same", "stride": 2}, "not supported for strided convolutions"),
        ({"padding_mode": "other"}, "padding_mode must be one of zeros, reflect, replicate, circular"),
    ],
)
def test_what_a_constructor_refuses(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        nn.Conv2d(4, 6, 3, **options)


def test_a_size_that_cannot_be() -> None:
    with pytest.raises(RuntimeError, match=r"\(4 x 5\)\. Kernel size: \(9 x 8\), dilation \(1, 1\)"):
        nn.functional.conv2d(mt.zeros(1, 1, 2, 3), mt.zeros(1, 1, 9, 8), padding=1)
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2)
    with pytest.raises(ValueError, match=r"valid sizes range from \[7, 7\] to \[8, 8\]"):
        layer(mt.zeros(1, 3, 3), output_size=(9, 9))
    with pytest.raises(ValueError, match=r"must have 2 or 3 elements \(got 1\)"):
        layer(mt.zeros(1, 3, 3), output_size=(9,))
    with pytest.raises(ValueError, match='Only "zeros" padding mode is supported for ConvTranspose1d'):
        nn.ConvTranspose1d(1, 1, 1, padding_mode="reflect")


def test_a_subclass_may_convolve_with_other_weights() -> None:
    class Halved(nn.Conv2d):
        def forward(self, input: mt.Tensor) -> mt.Tensor:
            return self._conv_forward(input, self.weight / 2, None)

    layer = Halved(1, 2, 2, padding=1, padding_mode="reflect")
    x = mt.randn(1, 1, 4, 4)
    expected = (super(Halved, layer).forward(x) - layer.bias.reshape(1, 2, 1, 1)) / 2
    assert mt.allclose(layer(x), expected, atol=1e-6)
