"""LayerNorm, RMSNorm and BatchNorm1d: values, running statistics, state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn

close = np.testing.assert_allclose


def test_layer_norm_standardises_each_example() -> None:
    x = mt.randn(4, 2, 3)
    y = nn.LayerNorm((2, 3))(x).detach().numpy()
    close(y.mean((1, 2)), 0, atol=1e-6)
    close(y.var((1, 2)), 1, rtol=1e-3)


def test_layer_norm_options() -> None:
    assert nn.LayerNorm(3).normalized_shape == nn.LayerNorm([3]).normalized_shape == (3,)
    assert list(nn.LayerNorm(3, bias=False).state_dict()) == ["weight"]
    assert list(nn.LayerNorm(3, elementwise_affine=False).state_dict()) == []
    assert repr(nn.LayerNorm((2, 3), bias=False)) == (
        "LayerNorm((2, 3), eps=1e-05, elementwise_affine=True, bias=False)"
    )


def test_rms_norm_divides_by_the_root_of_the_mean_square() -> None:
    x = mt.randn(4, 3)
    y = nn.RMSNorm(3)(x).detach().numpy()
    close((y**2).mean(1), 1, rtol=1e-5)
    assert repr(nn.RMSNorm(3)) == "RMSNorm((3,), eps=None, elementwise_affine=True)"
    assert list(nn.RMSNorm(3, elementwise_affine=False).state_dict()) == []


def test_batch_norm_uses_and_keeps_the_batch_in_training() -> None:
    layer, x = nn.BatchNorm1d(3), mt.randn(10, 3)
    y = layer(x).detach().numpy()
    close(y.mean(0), 0, atol=1e-6)
    close(layer.running_mean.numpy(), 0.1 * x.numpy().mean(0), rtol=1e-5)
    close(layer.running_var.numpy(), 0.9 + 0.1 * x.numpy().var(0, ddof=1), rtol=1e-5)
    assert layer.num_batches_tracked.item() == 1


def test_batch_norm_uses_and_leaves_the_running_statistics_in_evaluation() -> None:
    layer, x = nn.BatchNorm1d(3), mt.randn(10, 3)
    layer(x)
    mean, var = layer.running_mean.numpy().copy(), layer.running_var.numpy().copy()
    close(
        layer.eval()(x).detach().numpy(),
        (x.numpy() - mean) / np.sqrt(var + 1e-5),
        rtol=1e-4,
        atol=1e-5,
    )
    close(layer.running_mean.numpy(), mean)
    assert layer.num_batches_tracked.item() == 1


def test_batch_norm_without_momentum_averages_all_batches() -> None:
    layer, batches = nn.BatchNorm1d(2, momentum=None), [mt.randn(5, 2) for _ in range(3)]
    for batch in batches:
        layer(batch)
    expected = np.mean([b.numpy().mean(0) for b in batches], axis=0)
    close(layer.running_mean.numpy(), expected, rtol=1e-5, atol=1e-7)


def test_batch_norm_without_running_statistics_always_uses_the_batch() -> None:
    layer = nn.BatchNorm1d(2, track_running_stats=False).eval()
    assert layer.running_mean is None
    assert list(layer.state_dict()) == ["weight", "bias"]
    close(layer(mt.randn(8, 2)).detach().numpy().mean(0), 0, atol=1e-6)


def test_batch_norm_that_stops_tracking_keeps_what_it_has() -> None:
    layer, x = nn.BatchNorm1d(2), mt.randn(8, 2)
    layer.track_running_stats = False
    layer(x)
    assert layer.running_mean.tolist() == [0, 0]
    assert layer.num_batches_tracked.item() == 0
    close(layer.eval()(x).detach().numpy(), x.numpy(), rtol=1e-4)


def test_batch_norm_over_sequences() -> None:
    layer, x = nn.BatchNorm1d(3), mt.randn(4, 3, 5)
    close(layer(x).detach().numpy().mean((0, 2)), 0, atol=1e-6)


def test_batch_norm_options() -> None:
    assert list(nn.BatchNorm1d(2, affine=False)._parameters.values()) == [None, None]
    assert "bias" not in nn.BatchNorm1d(2, bias=False).state_dict()
    assert nn.BatchNorm1d(2, dtype=mt.float64).running_var.dtype == mt.float64
    assert repr(nn.BatchNorm1d(3, momentum=None)) == (
        "BatchNorm1d(3, eps=1e-05, momentum=None, affine=True, bias=True, track_running_stats=True)"
    )


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4, 5)])
def test_batch_norm_takes_two_or_three_dimensions(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=rf"expected 2D or 3D input \(got {len(shape)}D input\)"):
        nn.BatchNorm1d(3)(mt.ones(*shape))


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1)])
def test_one_value_has_no_variance(shape: tuple[int, ...]) -> None:
    layer = nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="more than 1 value per channel when training"):
        layer(mt.ones(*shape))
    assert layer.running_mean.tolist() == [0, 0, 0]
    assert layer.num_batches_tracked.item() == 0
    layer.eval()(mt.ones(*shape))


def test_another_number_of_features_changes_nothing() -> None:
    layer = nn.BatchNorm1d(3)
    with pytest.raises(RuntimeError, match=r"num_features=3.*shape \(2, 4\) has 4 in dimension 1"):
        layer(mt.ones(2, 4))
    assert layer.running_var.tolist() == [1, 1, 1]
    assert layer.num_batches_tracked.item() == 0


def test_resetting() -> None:
    layer = nn.BatchNorm1d(2)
    layer(mt.randn(5, 2))
    layer.weight.data.fill_(7)
    layer.reset_parameters()
    state = {name: tensor.tolist() for name, tensor in layer.state_dict().items()}
    assert state == {
        "weight": [1, 1],
        "bias": [0, 0],
        "running_mean": [0, 0],
        "running_var": [1, 1],
        "num_batches_tracked": 0,
    }


def test_state_that_does_not_count_batches_is_accepted_from_elsewhere() -> None:
    layer = nn.BatchNorm1d(2)
    layer.num_batches_tracked.fill_(5)
    state: Any = layer.state_dict()
    del state["num_batches_tracked"]
    with pytest.raises(RuntimeError, match=r"Missing key.*num_batches_tracked"):
        layer.load_state_dict(state)
    layer.load_state_dict(dict(state))
    assert layer.num_batches_tracked.item() == 5
