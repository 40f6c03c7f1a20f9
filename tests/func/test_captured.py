"""Functions that write into what they captured are refused by every derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor import func, nn

OUTSIDE = mt.zeros(3)
WORDS = "would mutate a captured Tensor"


def writes_global(x: mt.Tensor) -> mt.Tensor:
    OUTSIDE.copy_(x)
    return OUTSIDE.sum()


def calls_writer(x: mt.Tensor) -> mt.Tensor:
    def inner() -> None:
        OUTSIDE[0] = x[0]

    inner()
    return x.sum()


class Counter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", mt.zeros(3))
        self.kept = [mt.zeros(3)]

    def forward(self, x: mt.Tensor) -> mt.Tensor:
        self.seen += x
        return (self.seen * x).sum()

    def in_list(self, x: mt.Tensor) -> mt.Tensor:
        with mt.no_grad():
            self.kept[0].add_(1)
        return x.sum()


def of_outer(x: mt.Tensor) -> mt.Tensor:
    y = x * 2

    def inner(z: mt.Tensor) -> mt.Tensor:
        y.mul_(2)
        return (z * y).sum()

    return func.grad(inner)(x).sum()


@pytest.mark.parametrize("function", [writes_global, calls_writer, Counter(), Counter().in_list, of_outer])
def test_a_captured_tensor_is_not_written(function: Callable[..., Any]) -> None:
    with pytest.raises(RuntimeError, match=WORDS):
        func.grad(function)(mt.ones(3))
    assert OUTSIDE.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "transform", [func.vjp, lambda f, x: func.jvp(f, (x,), (x,)), lambda f, x: func.jacrev(f)(x)]
)
def test_every_transform_refuses(transform: Callable[..., Any]) -> None:
    with pytest.raises(RuntimeError, match=WORDS):
        transform(writes_global, mt.ones(3))


def test_its_own_tensors_and_arguments_are_a_functions_to_write() -> None:
    def own(x: mt.Tensor) -> mt.Tensor:
        y = mt.zeros(3)
        y[0] = x[0]
        y += x
        return y.sum()

    def given(x: mt.Tensor, out: mt.Tensor) -> mt.Tensor:
        out[1:].copy_(x[1:])
        return out.sum()

    assert func.grad(own)(mt.ones(3)).tolist() == [2, 1, 1]
    assert func.grad(given)(mt.ones(3), mt.zeros(3)).tolist() == [0, 1, 1]


def test_an_empty_cell_captures_nothing() -> None:
    def function(x: mt.Tensor) -> mt.Tensor:
        y = mt.zeros(3)
        y += x
        return y.sum() if x.ndim else later

    assert func.grad(function)(mt.ones(3)).tolist() == [1, 1, 1]
    later = mt.zeros(3)


def test_vmap_around_it_still_takes_back_what_it_gave_up() -> None:
    def branch(x: mt.Tensor) -> mt.Tensor:
        y = x.clone()
        y += x
        return y * y if x > 0 else y

    assert func.vmap(func.grad(branch))(mt.tensor([-1.0, 2.0])).tolist() == [2, 16]


def test_functionalize_runs_the_function() -> None:
    assert func.functionalize(lambda x: x.clone().add_(1))(mt.ones(1)).tolist() == [2]
    with pytest.raises(RuntimeError, match="invalid argument for kwarg remove=views"):
        func.functionalize(abs, remove="views")
