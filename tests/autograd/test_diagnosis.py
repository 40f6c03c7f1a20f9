"""`why_no_grad` finds each of the reasons for which ``.grad`` is None."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import microtensor as mt
from microtensor.autograd.anomaly_mode import detect_anomaly
from microtensor.autograd.diagnosis import why_no_grad

Case = Callable[[mt.Tensor, mt.Tensor], tuple[mt.Tensor, "mt.Tensor | None"]]


def done(loss: mt.Tensor) -> mt.Tensor:
    loss.backward()
    return loss


def unrecorded(w: mt.Tensor) -> mt.Tensor:
    with mt.no_grad():
        return (w * 2).sum()


def forgotten(w: mt.Tensor) -> mt.Tensor:
    loss = done((w * w).sum())
    w.grad = None
    return loss


def copied(w: mt.Tensor) -> mt.Tensor:
    return w.detach().clone().requires_grad_()


CASES: dict[str, tuple[Case, str]] = {
    "it has one": (lambda w, v: (w, done(w.sum())), "It has a gradient: torch.float32 (2,)."),
    "integers": (lambda w, v: (mt.arange(2), w.sum()), "dtype is torch.int64, and only floating-point"),
    "not required": (lambda w, v: (mt.zeros(2), w.sum()), "requires_grad is False"),
    "detached alias": (lambda w, v: (w.detach(), w.sum()), "detached alias"),
    "data alias": (lambda w, v: (w.data, (w * v).sum()), "of a leaf torch.float32 (2,) on the same memory"),
    "loss without a graph": (lambda w, v: (w, unrecorded(w)), "The loss does not require a gradient"),
    "loss detached": (lambda w, v: (w, w.sum().detach()), "The loss does not require a gradient"),
    "result": (lambda w, v: ((y := w * 2), y.sum()), "not a leaf: MulBackward0 computed it from a leaf"),
    "result of a result": (lambda w, v: ((y := w.exp().exp()), y.sum()), "call retain_grad() on it"),
    "broadcast result": (lambda w, v: ((y := mt.ones(3, 2) * w), y.sum()), "from a leaf torch.float32 (2,)"),
    "converted": (lambda w, v: ((y := w.double()), y.sum()), "To train the copy, make it a leaf"),
    "cut where it was used": (
        lambda w, v: (w, (w.detach() * v).sum()), "cut at MulBackward0 (with a constant torch.float32 (2,))"
    ),
    "cut through a view": (lambda w, v: (w, (w.data.view(2, 1) @ v.view(1, 2)).sum()), "cut at MmBackward0"),
    "cut in a Function's op": (lambda w, v: (w, (v / w.detach()).sum()), "cut at DivBackward0"),
    "unused": (lambda w, v: (w, (v * 2).sum()), "Either it was not used"),
    "cut out of sight": (
        lambda w, v: (w, ((w * 2).detach() * v).sum()),
        "made one of these constants of it: MulBackward0 (with a constant torch.float32 (2,))",
    ),
    "result unused": (lambda w, v: (w.exp(), (v * 2).sum()), "Either it was not used"),
    "copied": (lambda w, v: (w, (copied(w) * v).sum()), "if that is a copy of this tensor"),
    "aliased leaf": (
        lambda w, v: (w, (w.detach().requires_grad_() + v).sum()), "on a leaf torch.float32 (2,) on the same"
    ),
    "no backward yet": (lambda w, v: (w, (w * v).sum()), "backward() was not called on this loss yet"),
    "zeroed": (lambda w, v: (w, forgotten(w)), "a backward pass has run. Then the gradient was removed"),
    "no loss given": (lambda w, v: (w, None), "pass the loss, why_no_grad(tensor, loss)"),
    "the loss itself": (lambda w, v: ((s := w[0].detach().requires_grad_()), s), "not called on this loss"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_reason_is_found(name: str) -> None:
    build, expected = CASES[name]
    w = mt.tensor([2.0, 3.0], requires_grad=True)
    v = mt.tensor([5.0, 7.0], requires_grad=True)
    tensor, loss = build(w, v)
    answer = why_no_grad(tensor, loss)
    assert expected in answer
    assert 1 <= answer.count(". ") + 1 <= 4


def test_the_answer_is_true_of_the_gradient() -> None:
    """After a backward pass, "it has a gradient" and nothing else is said of what has one."""
    for name, (build, _) in CASES.items():
        w, v = (mt.tensor([a, a + 1], requires_grad=True) for a in (2.0, 5.0))
        tensor, loss = build(w, v)
        if loss is not None and loss.requires_grad and name not in ("it has one", "zeroed"):
            loss.backward()
        assert why_no_grad(tensor, loss).startswith("It has a gradient") == (tensor._grad is not None)


def test_the_line_is_named_if_anomaly_mode_saw_it() -> None:
    w, v = mt.ones(2, requires_grad=True), mt.ones(2, requires_grad=True)
    with detect_anomaly():
        loss = (w.detach() * v).sum()
    assert "test_diagnosis.py" in why_no_grad(w, loss)


def test_it_takes_tensors_only() -> None:
    with pytest.raises(TypeError, match="expected a Tensor, got"):
        why_no_grad([1.0])  # type: ignore[arg-type]
