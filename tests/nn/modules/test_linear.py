"""Linear, Bilinear and Identity."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn


def test_linear_is_a_product_and_a_sum() -> None:
    layer, x = nn.Linear(3, 2), mt.randn(5, 3)
    expected = x.numpy() @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, rtol=1e-6)


def test_linear_takes_any_leading_dimensions() -> None:
    layer = nn.Linear(3, 2)
    assert [tuple(layer(mt.zeros(*s, 3)).shape) for s in ((), (4,), (4, 5))] == [
        (2,),
        (4, 2),
        (4, 5, 2),
    ]


def test_linear_without_bias() -> None:
    layer = nn.Linear(3, 2, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    assert layer(mt.zeros(1, 3)).tolist() == [[0, 0]]
    assert repr(layer) == "Linear(in_features=3, out_features=2, bias=False)"


def test_linear_of_another_dtype() -> None:
    layer = nn.Linear(3, 2, device="cpu", dtype=mt.float64)
    assert layer.weight.dtype == layer.bias.dtype == mt.float64


def test_initial_weights_lie_within_their_bound_and_come_from_the_seed() -> None:
    mt.manual_seed(3)
    layer = nn.Linear(16, 8)
    assert all(float(p.abs().max()) <= 0.25 for p in layer.parameters())
    mt.manual_seed(3)
    assert nn.Linear(16, 8).weight.tolist() == layer.weight.tolist()
    layer.reset_parameters()
    assert nn.Linear(16, 8).weight.tolist() != layer.weight.tolist()


def test_linear_without_inputs_warns() -> None:
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        layer = nn.Linear(0, 2)
    assert layer.bias.tolist() == [0, 0]


def test_bilinear_is_a_form_for_each_output() -> None:
    layer, a, b = nn.Bilinear(3, 4, 2), mt.randn(5, 6, 3), mt.randn(5, 6, 4)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    expected = np.einsum("...i,kij,...j->...k", a.numpy(), weight, b.numpy()) + bias
    np.testing.assert_allclose(layer(a, b).detach().numpy(), expected, rtol=1e-5, atol=1e-6)
    assert repr(layer) == "Bilinear(in1_features=3, in2_features=4, out_features=2, bias=True)"
    assert list(nn.Bilinear(3, 4, 2, bias=False).state_dict()) == ["weight"]


def test_bilinear_needs_inputs() -> None:
    with pytest.raises(ValueError, match=r"in1_features must be > 0.*in1_features=0"):
        nn.Bilinear(0, 1, 1)


def test_identity_takes_any_arguments() -> None:
    x = mt.ones(2)
    assert nn.Identity(3, a=4)(x) is x


@pytest.mark.parametrize("rows", [3, 600])
@pytest.mark.parametrize("shape", [(), (1,), (1, 4)])
def test_a_bias_that_is_broadcast_gets_a_gradient_of_its_own_shape(shape: tuple[int, ...], rows: int) -> None:
    bias = mt.full(shape, 2.0, requires_grad=True)
    out = mt.nn.functional.linear(mt.ones(rows, 2), mt.ones(4, 2), bias)
    out.sum().backward()
    assert (out == 4).all()
    assert bias.grad.shape == shape
    assert bias.grad.sum().item() == 4 * rows


def test_a_bias_of_another_shape_is_broadcast() -> None:
    layer = mt.nn.Linear(3, 2)
    layer.bias = mt.nn.Parameter(mt.tensor([5.0]))
    y = layer(mt.zeros(4, 3))
    y.sum().backward()
    assert y.tolist() == [[5.0, 5.0]] * 4
    assert layer.bias.grad.tolist() == [8.0]


@pytest.mark.parametrize("rows", [640, 641])
def test_many_rows_and_few_columns(rows: int) -> None:
    x, weight, bias = mt.randn(rows, 3), mt.randn(2, 3), mt.randn(2)
    expected = x.numpy() @ weight.numpy().T + bias.numpy()
    np.testing.assert_allclose(
        mt.nn.functional.linear(x, weight, bias).numpy(), expected, rtol=1e-5, atol=1e-6
    )
