"""Labels of wrong shapes, and labels that are all ignored."""

from __future__ import annotations

import pytest

import microtensor as mt

F = mt.nn.functional


def test_labels_of_wrong_shapes() -> None:
    x = mt.ones(4, 2, 3)
    with pytest.raises(ValueError, match=r"Expected input batch_size \(4\) to match target batch_size \(5\)"):
        F.nll_loss(x, mt.ones(5, 3))
    with pytest.raises(RuntimeError, match=r"Expected target size \[4, 3\], got \[4, 2\]"):
        F.nll_loss(x, mt.ones(4, 2))
    with pytest.raises(ValueError, match="1D target must have size 1, but got target size: 2"):
        F.nll_loss(mt.ones(3), mt.zeros(2).long())
    with pytest.raises(RuntimeError, match="multi-target not supported"):
        F.nll_loss(mt.ones(4, 3), mt.zeros(4, 1).long())


def test_labels_that_are_all_ignored_have_no_gradient() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    loss = F.cross_entropy(x, mt.tensor([1, 1]), ignore_index=1, label_smoothing=0.5)
    assert loss.isnan()
    assert not mt.autograd.grad(loss, x)[0].any()
