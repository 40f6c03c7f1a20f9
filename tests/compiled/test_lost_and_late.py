"""What a capture could lose, and misses that come late: both would be wrong numbers without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comparing import compare, floats, run

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim

LIKE: dict[str, Any] = {
    "randn_like of a part": lambda x: mt.randn_like(x[:, :2]),
    "rand_like of a transpose": lambda x: mt.rand_like(x.T),
    "zeros_like, then written": lambda x: mt.zeros_like(x.T).add_(x.T),
    "full_like, then written": lambda x: mt.full_like(x[:, :2], 3.0).mul_(x[:, :2]),
    "an image in another format": lambda x: mt.zeros_like(
        x.reshape(1, 2, 2, 3).to(memory_format=mt.channels_last)
    ).add_(x.reshape(1, 2, 2, 3)),
}


@pytest.mark.parametrize("name", LIKE)
def test_memory_in_the_order_of_another_array_is_written_anew(name: str) -> None:
    function = compare(lambda: (LIKE[name], lambda random, k: (floats(random, 3, 4),), []))
    assert function.replays


WRITES: dict[str, Any] = {
    "index_add": lambda x: mt.zeros(4, 4).index_add(0, mt.tensor([0, 2, 2]), x),
    "scatter_add": lambda x: mt.zeros(3, 4).scatter_add(1, mt.tensor([[0, 0], [1, 1], [3, 3]]), x),
    "movedim": lambda x: mt.movedim(x, (0, 1), (1, 0)) + 1,
}


@pytest.mark.parametrize("name", WRITES)
def test_dimensions_and_places_that_are_arrays(name: str) -> None:
    function = compare(lambda: (WRITES[name], lambda random, k: (floats(random, 3, 4),), []))
    assert function.replays


def test_a_topk_backwards() -> None:
    weight = [mt.ones(3, 4, requires_grad=True)]

    def step(x: Any) -> Any:
        weight[0].grad = None
        (x * weight[0]).topk(2).values.sum().backward()
        return weight[0].grad.clone()

    assert compare(lambda: (step, lambda random, k: (floats(random, 3, 4),), weight)).replays


def shuffled() -> Any:
    """RAdam's step takes another form at its sixth, when the batch has been put in order already."""
    model = nn.Linear(4, 5)
    optimizer = optim.RAdam(model.parameters(), lr=0.1)

    def step(x: Any, t: Any) -> Any:
        order = mt.randperm(len(x))
        loss = F.cross_entropy(model(x[order]), t[order])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return (
        step,
        lambda random, k: (floats(random, 4, 4), mt.tensor(random.integers(0, 5, 4))),
        [*model.parameters()],
    )


def two_counts() -> Any:
    """The optimizer that counts second takes another form sooner than the first."""
    models = [nn.Linear(3, 2), nn.Linear(3, 2)]
    optimizers = [optim.RAdam(m.parameters()) for m in models]
    for _ in range(2):
        models[1](mt.ones(1, 3)).sum().backward()
        optimizers[1].step()

    def step(x: Any) -> Any:
        loss = models[0](F.dropout(x)).square().mean() + models[1](x).square().mean()
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss

    return step, lambda random, k: (floats(random, 4, 3),), [p for m in models for p in m.parameters()]


@pytest.mark.parametrize("build", [shuffled, two_counts])
def test_a_step_of_another_form_takes_back_what_was_drawn_and_counted(build: Any) -> None:
    compare(build, 16)
    assert run(build, False, 16)[0][:4] == run(build, True, 16)[0][:4]


def test_repeated_steps_stop_before_another_form_and_count_no_more_than_were_done() -> None:
    losses = []
    for compiled in (False, True):
        mt.manual_seed(7)
        step, _, state = two_counts()
        x = mt.ones(4, 3)
        if compiled:
            step = mt.compile(step)
            losses.append([*step.repeat(16, x).tolist(), *[p.tolist() for p in state]])
        else:
            losses.append([*[step(x).item() for _ in range(16)], *[p.tolist() for p in state]])
    for x, y in zip(*losses, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4)
