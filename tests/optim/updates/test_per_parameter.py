"""Optimizers of whole parameters, and averages of weights."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor.optim import Adafactor, Muon, swa_utils


def test_muon_makes_the_singular_values_about_one() -> None:
    mt.manual_seed(0)
    w = mt.zeros(6, 4, requires_grad=True)
    w.grad = mt.randn(6, 4)
    Muon([w], lr=1.0, weight_decay=0.0).step()
    values = np.linalg.svd(w.detach().numpy(), compute_uv=False) / (6 / 4) ** 0.5
    assert 0.5 < values.min() <= values.max() < 1.5


@pytest.mark.parametrize("kind", [Adafactor, Muon])
def test_a_step_is_a_write(kind: type) -> None:
    w = mt.ones(2, 2, requires_grad=True)
    loss = (w * w).sum()
    w.grad = mt.ones(2, 2)
    kind([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match=f"{kind.__name__}.step"):
        loss.backward()


@pytest.mark.parametrize("kind", [Adafactor, Muon])
def test_the_loss_falls(kind: type) -> None:
    mt.manual_seed(0)
    target, w = mt.randn(4, 3), mt.randn(4, 3, requires_grad=True)
    optimizer = kind([w], lr=0.1)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = (w - target).square().sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4


def test_errors_say_what_is_expected() -> None:
    w = mt.zeros(2, requires_grad=True)
    with pytest.raises(ValueError, match="Learning rate should be >= 0 but is: -1"):
        Adafactor([w], lr=-1)
    with pytest.raises(ValueError, match=r"size: \(2,\); give the others to another optimizer"):
        Muon([w])
    with pytest.raises(ValueError, match="best is not supported: take one of"):
        Muon([w], adjust_lr_fn="best")
    with pytest.raises(ValueError, match=r"decay value 2 provided"):
        swa_utils.get_ema_avg_fn(2)


def test_an_average_of_other_weights_than_its_own_is_refused() -> None:
    average = swa_utils.AveragedModel(mt.nn.Linear(2, 1))
    before = average.module.weight.tolist()
    with pytest.raises(ValueError, match="is averaged, with 2 tensors, and not 1"):
        average.update_parameters(mt.nn.Linear(2, 1, bias=False))
    assert average.module.weight.tolist() == before


def test_what_is_averaged_may_have_no_parameters() -> None:
    average = swa_utils.AveragedModel(mt.nn.Tanh())
    average.update_parameters(mt.nn.Tanh())
    assert average.n_averaged == 1


def test_only_batch_norms_are_computed_anew_whatever_their_name() -> None:
    class BatchNormless(mt.nn.Module):
        def forward(self, x: mt.Tensor) -> mt.Tensor:
            return x

    class Mine(mt.nn.BatchNorm1d): ...

    model = mt.nn.Sequential(BatchNormless(), Mine(1))
    swa_utils.update_bn([mt.tensor([[1.0], [3.0]])], model)
    assert model[1].running_mean.tolist() == [2.0]


def test_a_batch_that_fails_leaves_momentum_and_mode_as_they_were() -> None:
    model = mt.nn.BatchNorm1d(1, momentum=0.3).eval()
    with pytest.raises(ValueError, match="expected 2D or 3D input"):
        swa_utils.update_bn([mt.ones(2)], model)
    assert (model.momentum, model.training) == (0.3, False)
