"""Threads: each has its own mode, and training in one does not disturb training in another."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import microtensor as mt


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Let the interpreter change threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def together(jobs: list[Callable[[], Any]]) -> list[Any]:
    answers: list[Any] = [None] * len(jobs)

    def work(i: int) -> None:
        start.wait()
        try:
            answers[i] = jobs[i]()
        except BaseException as error:
            answers[i] = error

    start = threading.Barrier(len(jobs))
    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def train(seed: int) -> list[float]:
    """A small network by hand, with updates in place, evaluation under no_grad, and second derivatives."""
    rng = np.random.default_rng(seed)
    w = mt.tensor(rng.normal(size=(3, 4)), requires_grad=True)
    v = mt.tensor(rng.normal(size=(4, 1)), requires_grad=True)
    x, t = mt.tensor(rng.normal(size=(8, 3))), mt.tensor(rng.normal(size=(8, 1)))
    losses = []
    for _ in range(60):
        loss = (((x @ w).tanh() @ v - t) ** 2).mean()
        (slope,) = mt.autograd.grad(loss, w, create_graph=True)
        (loss + 0.01 * (slope * slope).sum()).backward()
        with mt.no_grad():
            for p in (w, v):
                p -= 0.1 * p.grad
                p.grad = None
            losses.append(loss.item())
    return losses


@pytest.mark.usefixtures("quick_switches")
def test_two_threads_get_the_numbers_that_each_gets_alone() -> None:
    alone = [train(seed) for seed in range(4)]
    assert together([lambda s=seed: train(s) for seed in range(4)]) == alone  # type: ignore[misc]


@pytest.mark.usefixtures("quick_switches")
def test_modes_do_not_cross() -> None:
    x = mt.ones(2, requires_grad=True)

    def quiet() -> bool:
        for _ in range(500):
            with mt.no_grad():
                if (x * 2).requires_grad:
                    return False
        return True

    def loud() -> bool:
        return all((x * 2).requires_grad for _ in range(500))

    assert together([quiet, loud, quiet, loud]) == [True] * 4


@pytest.mark.usefixtures("quick_switches")
def test_graphs_over_one_constant_in_many_threads() -> None:
    shared = mt.arange(6.0)

    def gradient() -> list[float]:
        x = mt.ones(6, requires_grad=True)
        for _ in range(100):
            x.grad = None
            (x * shared).sum().backward()
        return x.grad.tolist()

    assert together([gradient] * 4) == [list(range(6))] * 4
