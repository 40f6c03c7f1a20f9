"""Layers that learn their size from their first input."""

from __future__ import annotations

import copy
import pickle

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn.uninitialized_parameter import is_lazy


def test_a_layer_that_has_run_is_an_ordinary_one() -> None:
    layer = nn.LazyLinear(2)
    layer(mt.ones(1, 3))
    assert type(layer) is nn.Linear
    assert vars(layer).keys() == vars(nn.Linear(3, 2)).keys() | {"_state_hooks"}
    assert layer._call_hooks is None, "calls would be slow"


def test_hooks_of_the_user_stay() -> None:
    layer, seen = nn.LazyLinear(2), []
    layer.register_forward_hook(lambda *args: seen.append(1))
    layer(mt.ones(1, 3))
    layer(mt.ones(1, 3))
    assert seen == [1, 1]


def test_copies_and_pickles_are_lazy_too() -> None:
    for twin in (
        copy.deepcopy(nn.LazyLinear(2).double()),
        pickle.loads(pickle.dumps(nn.LazyLinear(2).double())),
    ):
        assert is_lazy(twin.weight)
        twin(mt.ones(1, 3, dtype=mt.float64))
        assert twin.weight.shape == (2, 3)
        assert twin.weight.dtype == mt.float64


def test_a_failed_load_leaves_a_lazy_layer_lazy() -> None:
    layer = nn.LazyLinear(2)
    with pytest.raises(RuntimeError, match="Missing key"):
        layer.load_state_dict({"weight": mt.ones(2, 3)})
    assert is_lazy(layer.weight)
    layer(mt.ones(1, 4))
    assert layer.weight.shape == (2, 4)


def test_uninitialised_parameters_say_so() -> None:
    layer = nn.LazyLinear(2)
    with pytest.raises(ValueError, match=r"\(UninitializedParameter, torch.float32\).*dummy batch"):
        layer.weight.sum()
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        _ = layer.weight.shape
    with pytest.raises(RuntimeError, match="Can't access the shape"):
        nn.Linear(3, 2).load_state_dict(layer.state_dict())


def test_a_network_of_lazy_layers_learns() -> None:
    mt.manual_seed(0)
    model = nn.Sequential(nn.LazyLinear(8), nn.Tanh(), nn.LazyBatchNorm1d(), nn.LazyLinear(1))
    x = mt.randn(16, 3)
    model(x)
    optimizer = mt.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (model(x) - x[:, :1]).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10


def test_convolutions_and_norms() -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyConvTranspose2d(2, 3))
    assert model(mt.randn(2, 3, 6, 6)).shape == (2, 2, 6, 6)
    assert [type(layer) for layer in model] == [nn.Conv2d, nn.BatchNorm2d, nn.ConvTranspose2d]
    with pytest.raises(ValueError, match="in_channels must be divisible by groups: 3 is not by 2"):
        nn.LazyConv1d(4, 2, groups=2)(mt.ones(2, 3, 4))
    with pytest.raises(
        RuntimeError, match=r"Expected 3D \(unbatched\) or 4D \(batched\) input to LazyConv2d"
    ):
        nn.LazyConv2d(4, 2)(mt.ones(2, 3))
