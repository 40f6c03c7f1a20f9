"""The losses as modules: each is its function with the options that it keeps."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import functional as F

x = mt.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.9]])
y = mt.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 0.5]])
classes = mt.tensor([2, 0])
weight = mt.tensor([0.5, 1.0, 2.0])

CASES = [
    (nn.MSELoss, {}, y, F.mse_loss),
    (nn.L1Loss, {}, y, F.l1_loss),
    (nn.SmoothL1Loss, {"beta": 0.3}, y, F.smooth_l1_loss),
    (nn.HuberLoss, {"delta": 0.3}, y, F.huber_loss),
    (nn.BCELoss, {"weight": weight}, y, F.binary_cross_entropy),
    (
        nn.BCEWithLogitsLoss,
        {"weight": weight, "pos_weight": weight},
        y,
        F.binary_cross_entropy_with_logits,
    ),
    (
        nn.CrossEntropyLoss,
        {"weight": weight, "label_smoothing": 0.1, "ignore_index": 0},
        classes,
        F.cross_entropy,
    ),
    (nn.NLLLoss, {"weight": weight, "ignore_index": 0}, classes, F.nll_loss),
    (nn.KLDivLoss, {"log_target": True}, y, F.kl_div),
]


@pytest.mark.filterwarnings("ignore:.*reduction.*mean. divides")
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("loss", "options", "target", "function"), CASES)
def test_each_loss_is_its_function(
    loss: Any, options: dict[str, Any], target: Any, function: Any, reduction: str
) -> None:
    module = loss(reduction=reduction, **options)
    expected = function(x, target, reduction=reduction, **options)
    assert module(x, target).tolist() == expected.tolist()
    assert repr(module) == f"{loss.__name__}()"
    plain = loss(reduction=reduction)(x, target)
    assert plain.tolist() != expected.tolist() or not options


def test_weights_are_buffers() -> None:
    assert list(nn.CrossEntropyLoss(weight).state_dict()) == ["weight"]
    module = nn.BCEWithLogitsLoss(pos_weight=weight).double()
    assert module.pos_weight.dtype == mt.float64
    assert module.weight is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"size_average": True}, "mean"),
        ({"size_average": False}, "sum"),
        ({"reduce": False}, "none"),
        ({"reduce": True}, "mean"),
        ({"size_average": False, "reduce": True}, "sum"),
    ],
)
@pytest.mark.parametrize(
    "loss", [nn.MSELoss, nn.CrossEntropyLoss, nn.BCELoss, nn.MarginRankingLoss, nn.HingeEmbeddingLoss]
)
def test_older_options_are_honoured_with_a_warning(loss: Any, old: dict[str, bool], new: str) -> None:
    with pytest.warns(UserWarning, match=f"please use reduction='{new}' instead") as caught:
        module = loss(**old)
    assert module.reduction == new
    assert caught[0].filename == __file__


def test_the_functions_warn_of_them_at_the_line_that_calls() -> None:
    with pytest.warns(UserWarning, match="please use reduction='sum' instead") as caught:
        nn.functional.mse_loss(x, y, size_average=False)
    assert caught[0].filename == __file__


def test_an_unknown_reduction_is_refused_when_used() -> None:
    with pytest.raises(ValueError, match="median is not a valid value for reduction"):
        nn.MSELoss(reduction="median")(x, y)


def test_a_loss_of_ones_own_may_derive_from_the_weighted_one() -> None:
    _Loss, _WeightedLoss = nn.modules.loss._Loss, nn.modules.loss._WeightedLoss

    class Smoothed(_WeightedLoss):  # type: ignore[misc, valid-type]
        def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
            super().__init__(weight=weight, reduction=reduction)

    loss = Smoothed(mt.ones(2), "sum")
    assert loss.reduction == "sum"
    assert list(loss.state_dict()) == ["weight"]
    assert isinstance(loss, _Loss)
    assert isinstance(nn.CrossEntropyLoss(), _WeightedLoss)
    assert not isinstance(nn.MSELoss(), _WeightedLoss)
