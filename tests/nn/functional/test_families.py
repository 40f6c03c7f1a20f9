"""The seldom used functions and layers: what is refused, and what surprises.  Numbers: ``tests/parity``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import functional as F

x = mt.tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 9.0]])
log_p = mt.log_softmax(mt.zeros(5, 2, 4), 2)
labels = mt.tensor([[1, 2], [3, 3]])
table = mt.ones(5, 3)

REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    # norms
    (lambda: F.batch_norm(x[:1], None, None, training=True), ValueError, "more than 1 value per channel"),
    (lambda: F.batch_norm(x, None, None), RuntimeError, "to be defined when training=False"),
    (lambda: F.batch_norm(x[0], None, None, training=True), IndexError, "channels in dimension 1"),
    (lambda: F.batch_norm(x, mt.zeros(3), None), RuntimeError, "to be defined when training=False"),
    (lambda: F.batch_norm(x, mt.zeros(3), None, training=True), ValueError, "both be None or neither"),
    (
        lambda: F.layer_norm(x, (2, 3), mt.ones(3)),
        RuntimeError,
        r"weight of shape \[3\] and normalized_shape",
    ),
    (lambda: F.dropout(mt.tensor([1]), 0.5), RuntimeError, r"output type torch.int64: use x.float\(\)"),
    (lambda: F.embedding(mt.tensor([1]), x[0]), RuntimeError, "must be 2-D, a row for each index, not"),
    (lambda: F.embedding_bag(mt.tensor([[1]]), x, padding_idx=2), RuntimeError, "-2 through 1, but got 2"),
    (
        lambda: F.scaled_dot_product_attention(x, x, x, mt.ones(1, 2, 2)),
        RuntimeError,
        r"attn_mask to broadcast to the scores, \(2, 2\), got torch.float32 \(1, 2, 2\)",
    ),
    (lambda: F.batch_norm(x, mt.zeros(2), mt.ones(2)), RuntimeError, "should contain 3 elements not 2"),
    (lambda: F.group_norm(x, 2), RuntimeError, "divisible by num_groups"),
    (lambda: F.group_norm(x[0], 1), RuntimeError, "at least 2 dimensions"),
    (lambda: F.group_norm(x, 1, mt.ones(2)), RuntimeError, "Expected weight to be a vector of size"),
    (lambda: F.group_norm(x[:1], 3), ValueError, "more than 1 value per channel"),
    (lambda: F.instance_norm(mt.ones(2, 3, 1)), ValueError, "more than 1 spatial element"),
    (lambda: nn.GroupNorm(2, 3), ValueError, "must be divisible"),
    (lambda: nn.InstanceNorm1d(3)(mt.ones(1, 1, 1, 1)), ValueError, "expected 2D or 3D input"),
    (lambda: nn.InstanceNorm1d(3, affine=True)(mt.ones(2, 4, 2)), ValueError, "dim=1 to match num_features"),
    (lambda: nn.BatchNorm2d(3)(x), ValueError, r"expected 4D input \(got 2D input\)"),
    (lambda: nn.SyncBatchNorm(3)(x[0]), ValueError, "expected 2D or 3D or 4D or 5D input"),
    # dropout
    (lambda: F.dropout1d(x, 1.5), ValueError, "between 0 and 1, but got 1.5"),
    (lambda: F.dropout1d(x[0]), RuntimeError, "Expected 2D or 3D input"),
    (lambda: F.feature_alpha_dropout(x[0], 0.5, True), RuntimeError, "at least 2 dimensions"),
    (lambda: nn.AlphaDropout(-1), ValueError, "between 0 and 1, but got -1"),
    # activations
    (lambda: F.rrelu(x, 0.5, 0.2, True), RuntimeError, "less than or equal to the upper bound"),
    # embeddings
    (lambda: F.embedding_bag(labels, table, mt.tensor([0])), ValueError, "offsets has to be None"),
    (lambda: F.embedding_bag(labels[0], table), ValueError, "1D Tensor but got None"),
    (lambda: F.embedding_bag(labels[0], table, labels), ValueError, "offsets has to be a 1D Tensor"),
    (
        lambda: F.embedding_bag(labels[None], table),
        ValueError,
        "1D or 2D Tensor, but got Tensor of dimension 3",
    ),
    (lambda: F.embedding_bag(labels, table[0]), ValueError, "has to be a 2D Tensor"),
    (lambda: F.embedding_bag(labels[0], table, mt.tensor([1])), RuntimeError, r"offsets\[0\] has to be 0"),
    (lambda: F.embedding_bag(labels[0], table, mt.tensor([0, 9])), RuntimeError, "input's length 2"),
    (lambda: F.embedding_bag(labels + 4, table), RuntimeError, "got 5 to 7 for 5"),
    (lambda: F.embedding_bag(labels.float(), table), RuntimeError, "expected integer indices"),
    (lambda: F.embedding_bag(labels, table, mode="most"), ValueError, "one of sum, mean or max, not 'most'"),
    (lambda: F.embedding_bag(labels, table, mode="max", scale_grad_by_freq=True), ValueError, "by the freq"),
    (lambda: F.embedding_bag(labels, table, mode="max", sparse=True), ValueError, "sparse weights"),
    (lambda: F.embedding_bag(labels, table, per_sample_weights=x), ValueError, "the same shape as the input"),
    (
        lambda: F.embedding_bag(labels, table, per_sample_weights=labels.float()),
        NotImplementedError,
        r"mode='sum' \(got mode='mean'\)",
    ),
    (lambda: nn.EmbeddingBag(4, 2, _weight=mt.ones(2, 4)), AssertionError, "does not match num_embeddings"),
    (lambda: nn.EmbeddingBag.from_pretrained(mt.ones(2)), AssertionError, "expected to be 2-dimensional"),
    (lambda: nn.EmbeddingBag(4, 2, padding_idx=4), AssertionError, "is not a row of 4"),
    # adaptive softmax
    (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, []), ValueError, "length larger than 0"),
    (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [4, 2]), ValueError, "sorted in an increasing order"),
    # losses
    (lambda: F.multi_margin_loss(x, mt.tensor([0, 1]), p=3), ValueError, "only p == 1 and p == 2"),
    (lambda: F.multi_margin_loss(x, mt.tensor([0, 1, 2])), RuntimeError, "inconsistent target size"),
    (lambda: F.multi_margin_loss(x, mt.tensor([0, 3])), IndexError, "labels 0 to 3, and there are 3 classes"),
    (
        lambda: F.multi_margin_loss(x, mt.tensor([0, 1]), weight=mt.ones(2)),
        RuntimeError,
        "inconsistent weight size",
    ),
    (lambda: nn.MultiMarginLoss(3), ValueError, "only p == 1 and p == 2"),
    (lambda: nn.MultiMarginLoss(weight=mt.ones(1, 2)), ValueError, "must be 1-dimensional"),
    (lambda: F.multilabel_margin_loss(x, labels), RuntimeError, "inconsistent target size"),
    (lambda: F.multilabel_margin_loss(x, x.long()), RuntimeError, "out of range -1 to 2"),
    (lambda: F.triplet_margin_with_distance_loss(x, x, x[0]), RuntimeError, "same number of dimensions"),
    (lambda: F.triplet_margin_with_distance_loss(x, x, x, margin=0), ValueError, "greater than 0, got 0"),
    (lambda: F.triplet_margin_with_distance_loss(x, x, x, reduction="all"), ValueError, "not a valid value"),
    (lambda: nn.TripletMarginLoss(-1), ValueError, "greater than 0, got -1"),
    (
        lambda: F.linear_cross_entropy(x, mt.ones(4, 3), mt.ones(2, 4), ignore_index=1),
        RuntimeError,
        "only for class labels",
    ),
    (
        lambda: F.linear_cross_entropy(x[0], mt.ones(4, 2, 3), mt.tensor([1, 2])),
        RuntimeError,
        "requires batched input",
    ),
    (lambda: nn.LinearCrossEntropyLoss(2, 3, weight=mt.ones(2)), RuntimeError, r"to be \(3,\), got \(2,\)"),
    (lambda: nn.LinearCrossEntropyLoss(2, 3, label_smoothing=2), RuntimeError, r"in range \[0, 1\], got 2"),
    # ctc
    (lambda: F.ctc_loss(log_p, labels, (5, 9), (2, 2)), RuntimeError, "at most 5, but got 9"),
    (
        lambda: F.ctc_loss(log_p, labels, (5,), (2, 2)),
        RuntimeError,
        "input_lengths must be of size batch_size 2",
    ),
    (
        lambda: F.ctc_loss(log_p, labels, (5.0, 5.0), (2, 2)),
        RuntimeError,
        "be integers, got torch.float64",
    ),
    (lambda: F.ctc_loss(log_p, labels, (5, 5), (2, 3)), RuntimeError, r"at least shape \[2, 3\]"),
    (lambda: F.ctc_loss(log_p, labels[0], (5, 5), (2, 3)), RuntimeError, "of size 5 at dimension 0, got 2"),
    (lambda: F.ctc_loss(log_p, labels[None], (5, 5), (2, 2)), RuntimeError, "targets must have one or two"),
    (lambda: F.ctc_loss(log_p, labels + 1, (5, 5), (2, 2)), RuntimeError, "expected labels from 0 to 3"),
    (lambda: F.ctc_loss(log_p, labels, (5, 5), (2, 2), 4), RuntimeError, "blank must be in label range"),
    (lambda: F.ctc_loss(log_p, labels, (5, 5), (2, 2), reduction="all"), ValueError, "not a valid value"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), REFUSED)
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        call()


def test_running_moments_do_not_move_when_a_call_is_refused() -> None:
    mean, variance = mt.zeros(3), mt.ones(3)
    with pytest.raises(ValueError, match="more than 1 value"):
        F.batch_norm(x[:1], mean, variance, training=True)
    assert (mean.sum().item(), variance.sum().item(), mean._version) == (0, 3, 0)


def test_a_tiny_variance_is_kept_exactly() -> None:
    """The running variance is the batch's own, not what is left after an epsilon was added and taken off."""
    small = mt.tensor([[1e-6], [-1e-6]])
    variance = mt.zeros(1)
    F.batch_norm(small, mt.zeros(1), variance, training=True, momentum=1.0)
    assert variance.item() == pytest.approx(2e-12)


def test_an_output_may_be_overwritten_before_the_backward_pass() -> None:
    layer = nn.Sequential(nn.BatchNorm2d(2), nn.ReLU(inplace=True))
    layer(mt.randn(3, 2, 2, 2)).sum().backward()
    assert layer[0].weight.grad is not None


def test_a_norm_of_each_example_in_a_batch() -> None:
    stack = mt.tensor(np.random.default_rng(0).normal(size=(4, 3, 2, 5)))
    found = mt.vmap(lambda y: F.batch_norm(y, None, None, training=True))(stack)
    assert np.allclose(found, mt.stack([F.batch_norm(y, None, None, training=True) for y in stack]))


def test_instance_norm_says_that_it_does_not_need_num_features() -> None:
    with pytest.warns(UserWarning, match="not used because affine=False"):
        nn.InstanceNorm2d(4)(mt.ones(2, 3, 2, 2))


def test_every_batch_norm_can_be_made_synchronous() -> None:
    norms = nn.Sequential(nn.BatchNorm1d(3, bias=False), nn.BatchNorm2d(3, affine=False))
    model = nn.Sequential(nn.Linear(2, 3), norms)
    weight = model[1][0].weight
    made = nn.SyncBatchNorm.convert_sync_batchnorm(model.eval())
    assert [type(m).__name__ for m in made[1]] == ["SyncBatchNorm"] * 2
    assert made[1][0].weight is weight
    assert made[1][0].bias is None
    assert not made[1][0].training


def test_dropout_of_pictures_warns_of_other_inputs() -> None:
    with pytest.warns(UserWarning, match="interpreted as shape"):
        F.dropout2d(mt.ones(2, 3, 4))
    with pytest.warns(UserWarning, match="2-D input to dropout2d"):
        F.dropout2d(x)
    with pytest.warns(UserWarning, match="3-D input to dropout3d"):
        F.dropout3d(mt.ones(2, 3, 4))


def test_whole_channels_are_dropped() -> None:
    mt.manual_seed(0)
    out = F.dropout2d(mt.ones(8, 8, 3, 3)).reshape(8, 8, 9)
    assert set(out.sum(-1).flatten().tolist()) == {0.0, 18.0}


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    mt.manual_seed(0)
    out = F.alpha_dropout(mt.randn(100_000), 0.3, True)
    assert abs(out.mean().item()) < 0.02
    assert abs(out.var().item() - 1) < 0.03


def test_gumbel_softmax_draws_by_probability_and_passes_the_gradient() -> None:
    mt.manual_seed(0)
    logits = mt.tensor([0.2, 0.8]).log().expand(4000, 2).clone().requires_grad_()
    drawn = F.gumbel_softmax(logits, hard=True)
    assert np.allclose(drawn.detach(), drawn.detach().round(), atol=1e-6)
    assert abs(drawn[:, 1].mean().item() - 0.8) < 0.02
    drawn[:, 0].sum().backward()
    assert logits.grad.any()


def test_adaptive_softmax_is_a_distribution() -> None:
    mt.manual_seed(0)
    layer = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5], div_value=1.0)
    rows = mt.randn(20, 4) * 5
    logs = layer.log_prob(rows)
    assert np.allclose(logs.exp().sum(1).detach(), 1, atol=1e-5)
    target = mt.randint(10, (20,))
    output, loss = layer(rows, target)
    assert np.allclose(output.detach(), logs[mt.arange(20), target].detach(), atol=1e-5)
    assert loss.item() == pytest.approx(-output.mean().item())
    for wrong, sentence in [
        ((rows, target[:3]), "same size in the batch"),
        ((rows, target[None]), "multi-target not supported"),
        ((rows[0], target[:4]), "expects 2D input"),
        ((rows, target + 5), r"should be in \[0, 9\]"),
    ]:
        with pytest.raises(RuntimeError, match=sentence):
            layer(*wrong)


def test_an_impossible_sequence_has_no_gradient() -> None:
    z = mt.zeros(2, 1, 3, requires_grad=True)
    loss = F.ctc_loss(F.log_softmax(z, 2), mt.tensor([[1, 1]]), [2], [2])
    assert loss.item() == float("inf")
    loss.backward()
    assert not z.grad.any()


def test_the_old_name_of_nll_loss_warns() -> None:
    with pytest.warns(FutureWarning, match="use NLLLoss instead"):
        assert isinstance(nn.NLLLoss2d(), nn.NLLLoss)


def test_adaptive_softmax_predicts_its_peak_in_the_clusters_too() -> None:
    mt.manual_seed(0)
    layer = nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2, 5], div_value=1.0)
    with mt.no_grad():
        layer.head.weight.mul_(5)
        for _, up in layer.tail:
            up.weight.mul_(50)
    inputs = mt.randn(64, 4)
    found, best = layer.predict(inputs), layer.log_prob(inputs).argmax(dim=1)
    assert {int(c) > 1 for c in found} == {False, True}
    assert found[found > 1].tolist() == best[found > 1].tolist()
    assert len(set(found[found > 1].tolist())) > 2
