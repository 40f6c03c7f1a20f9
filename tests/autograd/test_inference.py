"""Tensors of inference mode: what they are, and what they are kept out of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt


def made() -> Any:
    with mt.inference_mode():
        return mt.ones(2)


MADE: dict[str, Callable[[Any], Any]] = {
    "a factory": lambda x: mt.zeros(2),
    "data": lambda x: mt.tensor([1.0]),
    "random numbers": lambda x: mt.rand(2),
    "an op": lambda x: x * 2,
    "an op of constants": lambda x: mt.ones(2).exp(),
    "an op of several results": lambda x: mt.sort(x)[0],
    "a comparison": lambda x: x > 0,
    "a join": lambda x: mt.cat([x, x]),
    "a copy": lambda x: x.clone(),
    "a view of an inference tensor": lambda x: mt.ones(2)[:1],
    "a layer": lambda x: mt.nn.functional.linear(x, mt.ones(3, 2)),
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_in_inference_mode_is_an_inference_tensor(name: str) -> None:
    x = mt.ones(2, requires_grad=True)
    assert not MADE[name](x).is_inference()
    with mt.inference_mode():
        y = MADE[name](x)
    assert y.is_inference()
    assert mt.is_inference(y)
    assert not y.requires_grad


def test_ordinary_tensors_and_their_views_stay_ordinary() -> None:
    x = mt.ones(2)
    with mt.inference_mode():
        view, alias = x[:1], x.detach()
        x.add_(1)
        view.mul_(3)
        with mt.inference_mode(False):
            inside = x * 2
    assert not any(t.is_inference() for t in (x, view, alias, inside))
    assert x.tolist() == [6.0, 2.0]


def test_only_the_thread_that_is_in_the_mode_makes_them() -> None:
    found = []
    with mt.inference_mode():
        thread = threading.Thread(target=lambda: found.append((mt.ones(1) * 2).is_inference()))
        thread.start()
        thread.join()
    assert found == [False]


def test_results_outside_of_the_mode_are_ordinary_and_views_are_not() -> None:
    x = made()
    assert not (x * 2).is_inference()
    assert not x.clone().requires_grad_().is_inference()
    assert x[:1].is_inference()
    assert x.detach().is_inference()


@pytest.mark.parametrize(
    "write",
    [lambda x: x.add_(1), lambda x: x.zero_(), lambda x: x.copy_(mt.ones(2)), lambda x: x[:1].mul_(2)],
)
def test_outside_of_the_mode_they_are_not_written(write: Callable[[Any], Any]) -> None:
    x = made()
    for context in (mt.enable_grad(), mt.no_grad()):
        with (
            context,
            pytest.raises(RuntimeError, match="Inplace update to inference tensor outside"),
        ):
            write(x)
    assert x.tolist() == [1.0, 1.0]
    with mt.inference_mode():
        write(x)


def assigned(x: Any) -> None:
    x[0] = 1.0


def test_an_assignment_is_a_write() -> None:
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
        assigned(made())


SAVING: dict[str, Callable[[Any, Any], Any]] = {
    "a factor": lambda p, x: p * x,
    "a matrix": lambda p, x: mt.outer(p, x),
    "an operand of a layer": lambda p, x: mt.nn.functional.linear(x.reshape(1, 2), p.reshape(1, 2)),
    "what a Function saves": lambda p, x: Saving.apply(p, x),
}


class Saving(mt.autograd.Function):
    """Keeps its second argument."""

    @staticmethod
    def forward(ctx: Any, p: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return p * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2, None


@pytest.mark.parametrize("name", SAVING)
def test_they_are_not_saved_for_a_backward_pass(name: str) -> None:
    p, x = mt.ones(2, requires_grad=True), made()
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        SAVING[name](p, x)
    SAVING[name](p, x.clone())
    with mt.no_grad():
        SAVING[name](p, x)


def test_an_op_that_saves_nothing_takes_them() -> None:
    p = mt.ones(2, requires_grad=True)
    (p + made()).sum().backward()
    assert p.grad.tolist() == [1.0, 1.0]


def test_they_have_no_gradient_and_no_version() -> None:
    x = made()
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        x.requires_grad_()
    with pytest.raises(RuntimeError, match="Inference tensors do not track version counter"):
        _ = x._version
    with mt.inference_mode():
        assert mt.ones(2, requires_grad=True).requires_grad
