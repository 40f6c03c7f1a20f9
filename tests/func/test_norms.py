"""Batch norms without running statistics."""

from __future__ import annotations

import microtensor as mt


def test_every_batch_norm_and_nothing_else_is_changed() -> None:
    inner = mt.nn.Sequential(mt.nn.BatchNorm2d(2), mt.nn.BatchNorm1d(3, track_running_stats=False))
    net = mt.nn.Sequential(mt.nn.InstanceNorm1d(2, track_running_stats=True), inner)
    assert mt.func.replace_all_batch_norm_modules_(net) is net
    assert list(net.state_dict()) == [
        "0.running_mean", "0.running_var", "0.num_batches_tracked",
        "1.0.weight", "1.0.bias", "1.1.weight", "1.1.bias",
    ]  # fmt: skip
    alone = mt.func.replace_all_batch_norm_modules_(mt.nn.BatchNorm1d(2)).eval()
    x = mt.tensor([[1.0, 2.0], [3.0, 6.0]])
    assert mt.allclose(alone(x), mt.nn.functional.batch_norm(x, None, None, training=True))


def test_vmap_runs_a_batch_norm_then() -> None:
    norm = mt.func.replace_all_batch_norm_modules_(mt.nn.BatchNorm1d(2))
    x = mt.rand(3, 4, 2)
    assert mt.allclose(mt.vmap(norm)(x), mt.stack([norm(part) for part in x]), atol=1e-6)
