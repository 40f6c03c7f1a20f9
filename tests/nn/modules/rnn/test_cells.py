"""One step of a recurrent network: forms of input, reprs, and what does not fit."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.testing import assert_close

CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]
Z = mt.zeros


@pytest.mark.parametrize("cell", CELLS)
def test_one_example_is_a_row_of_a_batch(cell: Any) -> None:
    net, x = cell(2, 3), mt.randn(4, 2)
    batch, one = net(x), net(x[1])
    pairs = zip(batch, one, strict=True) if isinstance(batch, tuple) else [(batch, one)]
    for a, b in pairs:
        assert_close(a[1], b)


def test_relu() -> None:
    net, x = nn.RNNCell(2, 3, nonlinearity="relu"), mt.randn(4, 2)
    expected = mt.relu(nn.functional.linear(x, net.weight_ih, net.bias_ih) + net.bias_hh)
    assert_close(net(x), expected)


def test_reprs() -> None:
    assert repr(nn.RNNCell(2, 3, False, "relu")) == "RNNCell(2, 3, bias=False, nonlinearity=relu)"
    assert repr(nn.LSTMCell(2, 3)) == "LSTMCell(2, 3)"


def test_no_bias_is_none() -> None:
    net = nn.GRUCell(2, 3, bias=False)
    assert net.bias_ih is None
    assert list(net.state_dict()) == ["weight_ih", "weight_hh"]
    assert net(Z(4, 2)).shape == (4, 3)


def test_an_unknown_nonlinearity_is_noticed_when_called() -> None:
    with pytest.raises(RuntimeError, match="Unknown nonlinearity: x"):
        nn.RNNCell(2, 3, nonlinearity="x")(Z(4, 2))


@pytest.mark.parametrize(
    ("cell", "error", "sentence", "args"),
    [
        (nn.GRUCell, ValueError, "GRUCell: Expected input to be 1D or 2D, got 3D", (Z(2, 2, 2),)),
        (nn.GRUCell, ValueError, "GRUCell: Expected hidden to be 1D or 2D, got 3D", (Z(2), Z(1, 1, 3))),
        (nn.LSTMCell, RuntimeError, "inconsistent input_size: got 5 expected 2", (Z(4, 5),)),
        (nn.RNNCell, RuntimeError, "inconsistent hidden_size: got 2, expected 3", (Z(4, 2), Z(4, 2))),
        (nn.RNNCell, RuntimeError, "batch size 4 doesn't match hidden batch size 5", (Z(4, 2), Z(5, 3))),
        (nn.GRUCell, RuntimeError, "for 1-D input hidden has to be 1-D", (Z(2), Z(1, 3))),
        (nn.LSTMCell, RuntimeError, "hidden1 has inconsistent", (Z(4, 2), (Z(4, 3), Z(4, 2)))),
        (nn.LSTMCell, TypeError, "pair of tensors", (Z(4, 2), Z(4, 3))),
    ],
)  # fmt: skip
def test_input_that_does_not_fit(cell: Any, error: type[Exception], sentence: str, args: Any) -> None:
    with pytest.raises(error, match=sentence):
        cell(2, 3)(*args)
