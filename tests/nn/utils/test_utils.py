"""Clipping gradients, and parameters as one vector."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import utils


def story(torch: Any, norm_type: float) -> list[Any]:
    """A small network's gradients, clipped, and its parameters through a vector."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    (10 * model(torch.ones(2, 3))).pow(2).sum().backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.5, norm_type)
    clipped = [p.grad.clone() for p in model.parameters()]
    torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)
    vector = torch.nn.utils.parameters_to_vector(model.parameters())
    torch.nn.utils.vector_to_parameters(2 * vector, model.parameters())
    return [norm, *clipped, *[p.grad for p in model.parameters()], vector, *model.parameters()]


@pytest.mark.parametrize("norm_type", [1.0, 2.0, float("inf")])
def test_pytorch_tells_the_same(norm_type: float) -> None:
    torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
    for ours, theirs in zip(story(mt, norm_type), story(torch, norm_type), strict=True):
        mt.testing.assert_close(ours, theirs.detach().numpy(), rtol=1e-5)


def test_the_norm_is_that_of_all_gradients_together() -> None:
    a, b = mt.zeros(1, requires_grad=True), mt.zeros(1, requires_grad=True)
    a.grad, b.grad = mt.tensor([3.0]), mt.tensor([4.0])
    assert utils.clip_grad_norm_([a, b], 10.0).item() == 5.0
    assert a.grad.item() == 3.0
    assert utils.clip_grad_norm_([a, b], 1.0).item() == 5.0
    assert a.grad.item() == pytest.approx(0.6)
    utils.clip_grad_value_(b, 0.5)
    assert b.grad.item() == 0.5


def test_nothing_to_clip_and_what_cannot_be() -> None:
    w = mt.zeros(2, requires_grad=True)
    assert utils.clip_grad_norm_(w, 1.0).item() == 0.0
    w.grad = mt.tensor([float("inf"), 1.0])
    with pytest.raises(RuntimeError, match="the total norm of order 2.0 is inf"):
        utils.clip_grad_norm_(w, 1.0, error_if_nonfinite=True)
    assert w.grad.tolist() == [float("inf"), 1.0]


def test_norms_of_several_and_of_short_dtypes() -> None:
    half = mt.full((4000,), 200.0).half()
    assert utils.get_total_norm([half]).item() == 12648.0
    assert utils.get_total_norm([half]).dtype == mt.float16
    both = utils.get_total_norm([mt.ones(2).half(), 3 * mt.ones(2, 2)])
    assert (both.dtype, both.item()) == (mt.float32, pytest.approx(38**0.5, rel=1e-3))


def test_a_vector_and_back() -> None:
    model = nn.Linear(2, 1)
    vector = utils.parameters_to_vector(model.parameters())
    utils.vector_to_parameters(vector * 0 + 1, model.parameters())
    assert model.weight.tolist() == [[1.0, 1.0]]
    with pytest.raises(TypeError, match="got: list"):
        utils.vector_to_parameters([1.0], model.parameters())  # type: ignore[arg-type]
