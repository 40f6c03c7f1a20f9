"""The activation layers: each is its function, with its options, and prints them."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import functional as F
from microtensor.nn.modules.activation.base import Activation

x = mt.tensor([[-3.0, -0.7, -0.2, 0.0], [0.2, 0.7, 3.0, 25.0]])

CASES = [
    (nn.CELU(0.5), F.celu(x, 0.5), "CELU(alpha=0.5)"),
    (nn.ELU(0.5), F.elu(x, 0.5), "ELU(alpha=0.5)"),
    (nn.GELU("tanh"), F.gelu(x, approximate="tanh"), "GELU(approximate='tanh')"),
    (nn.GLU(0), F.glu(x, 0), "GLU(dim=0)"),
    (nn.Hardshrink(0.6), F.hardshrink(x, 0.6), "Hardshrink(0.6)"),
    (nn.Hardsigmoid(), F.hardsigmoid(x), "Hardsigmoid()"),
    (nn.Hardswish(), F.hardswish(x), "Hardswish()"),
    (nn.Hardtanh(-0.5, 2.0), F.hardtanh(x, -0.5, 2.0), "Hardtanh(min_val=-0.5, max_val=2.0)"),
    (nn.LeakyReLU(0.2), F.leaky_relu(x, 0.2), "LeakyReLU(negative_slope=0.2)"),
    (nn.LogSigmoid(), F.logsigmoid(x), "LogSigmoid()"),
    (nn.LogSoftmax(dim=1), F.log_softmax(x, 1), "LogSoftmax(dim=1)"),
    (nn.Mish(), F.mish(x), "Mish()"),
    (nn.PReLU(4, init=0.1), F.prelu(x, mt.full((4,), 0.1)), "PReLU(num_parameters=4)"),
    (nn.RReLU(0.2, 0.4).eval(), F.rrelu(x, 0.2, 0.4), "RReLU(lower=0.2, upper=0.4)"),
    (nn.ReLU(), F.relu(x), "ReLU()"),
    (nn.ReLU6(), F.relu6(x), "ReLU6()"),
    (nn.SELU(), F.selu(x), "SELU()"),
    (nn.SiLU(), F.silu(x), "SiLU()"),
    (nn.Sigmoid(), F.sigmoid(x), "Sigmoid()"),
    (nn.Softmax(0), F.softmax(x, 0), "Softmax(dim=0)"),
    (nn.Softmin(0), F.softmin(x, 0), "Softmin(dim=0)"),
    (nn.Softplus(2.0, 3.0), F.softplus(x, 2.0, 3.0), "Softplus(beta=2.0, threshold=3.0)"),
    (nn.Softshrink(0.6), F.softshrink(x, 0.6), "Softshrink(0.6)"),
    (nn.Softsign(), F.softsign(x), "Softsign()"),
    (nn.Tanh(), F.tanh(x), "Tanh()"),
    (nn.Tanhshrink(), F.tanhshrink(x), "Tanhshrink()"),
    (nn.Threshold(0.5, 9.0), F.threshold(x, 0.5, 9.0), "Threshold(threshold=0.5, value=9.0)"),
]


@pytest.mark.parametrize(("layer", "expected", "text"), CASES, ids=lambda case: type(case).__name__)
def test_each_layer_is_its_function(layer: nn.Module, expected: Any, text: str) -> None:
    assert layer(x).tolist() == expected.tolist()
    assert repr(layer) == text
    assert repr(copy.deepcopy(layer)) == text


def test_every_activation_is_in_the_table() -> None:
    classes = {c for _, c in inspect.getmembers(nn, inspect.isclass) if issubclass(c, Activation)}
    assert classes == {type(layer) for layer, _, _ in CASES} - {nn.PReLU} | {nn.Softmax2d}


def test_softmax2d_is_over_channels() -> None:
    assert nn.Softmax2d()(mt.zeros(1, 2, 1, 3)).tolist() == [[[[0.5] * 3]] * 2]
    with pytest.raises(ValueError, match="expected input to be 3D or 4D, got 2D"):
        nn.Softmax2d()(x)


def test_inplace_is_shown_where_pytorch_shows_it() -> None:
    assert repr(nn.ReLU(True)) == "ReLU(inplace=True)"
    assert repr(nn.LeakyReLU(inplace=True)) == "LeakyReLU(negative_slope=0.01, inplace=True)"
    assert repr(nn.Hardsigmoid(True)) == "Hardsigmoid()"


def test_inplace_relu_changes_its_input() -> None:
    y = x.clone()
    assert nn.ReLU(inplace=True)(y) is y
    assert y.min() == 0


def test_prelu_learns_its_slope() -> None:
    layer = nn.PReLU(dtype=mt.float64)
    layer(x.double()).sum().backward()
    assert layer.weight.grad.tolist() == pytest.approx([-3.9])
    assert list(layer.state_dict()) == ["weight"]
    assert layer.weight.tolist() == [0.25]


def test_activations_have_identity_and_registries() -> None:
    layer = nn.Tanh()
    assert layer == layer
    assert layer != nn.Tanh()
    assert hash(layer)
    assert layer.training
    assert not list(layer.parameters())


def test_a_subclass_may_have_its_own_constructor() -> None:
    class Steep(nn.LeakyReLU):
        def __init__(self) -> None:
            super().__init__(0.5)
            self.gain = nn.Parameter(mt.ones(1))

    assert Steep()(mt.tensor([-2.0])).tolist() == [-1]
    assert repr(Steep()) == "Steep(negative_slope=0.5)"


def test_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        nn.Sigmoid(3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'slope'"):
        nn.LeakyReLU(slope=3)


def test_half_precision_does_not_overflow() -> None:
    """Where exp(-x) and the cube of x are more than the largest number of half precision."""
    x = mt.tensor([-300.0, -100.0, -12.0, 100.0, 300.0], dtype=mt.float16, requires_grad=True)
    assert mt.sigmoid(x).tolist() == pytest.approx([0, 0, 6.14e-6, 1, 1], rel=1e-2)
    mt.nn.functional.gelu(x, approximate="tanh").sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("dtype", [mt.float32, mt.float64])
def test_a_saturated_sigmoid_is_0_or_1(dtype: Any) -> None:
    """Nothing leaks through a gate that is masked with -inf, and no gradient comes from far away."""
    x = mt.tensor([-mt.inf, -1000.0, 1000.0, mt.inf], dtype=dtype, requires_grad=True)
    y = mt.sigmoid(x)
    assert y.tolist() == [0, 0, 1, 1]
    assert [mt.sigmoid(one).item() for one in x] == [0, 0, 1, 1]
    y.backward(mt.ones_like(y))
    assert x.grad.tolist() == [0, 0, 0, 0]
    assert F.silu(mt.tensor([-1000.0], dtype=dtype)).item() == 0
