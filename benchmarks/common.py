"""What every workload starts from, and the two steps that the libraries' programs share.

All columns must compute the same numbers, so initial weights are arrays drawn here, from NumPy's
frozen `RandomState` stream: every interpreter with any version of NumPy draws the same ones.
Weights are lists in the order and the layout of PyTorch's ``model.parameters()``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Step = Callable[[], Any]
"""One whole training step; what it returns is the loss, a number or an array of one."""

ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)
"""Typed, because mygrad computes in float64 as soon as it meets a Python number."""


def uniform(random: np.random.RandomState, shape: tuple[int, ...], fan_in: int) -> Array:
    """Within ``1 / sqrt(fan_in)`` of 0, as PyTorch's layers start."""
    bound = fan_in**-0.5
    return random.uniform(-bound, bound, shape).astype(np.float32)


def normal(random: np.random.RandomState, *shape: int) -> Array:
    """Standard normal, float32."""
    return random.standard_normal(shape).astype(np.float32)


def dense(random: np.random.RandomState, *widths: int) -> list[Array]:
    """Weight and bias of each linear layer of a network with these widths."""
    return [uniform(random, s, n) for n, m in pairwise(widths) for s in ((m, n), (m,))]


def hand_over(torch: Any, model: Any, weights: Iterable[Array]) -> Any:
    """`model`, with copies of `weights` as its parameters."""
    with torch.no_grad():
        for parameter, weight in zip(model.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(weight.copy()))
    return model


def torch_step(model: Any, criterion: Any, optimizer: Any, x: Any, y: Any) -> Step:
    """The training step as everybody writes it in PyTorch, for microtensor and for PyTorch."""

    def step() -> Any:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def sigmoid(np: Any, x: Any) -> Any:
    """The logistic function in the vocabulary that jax, autograd and mygrad share."""
    return np.tanh(x * HALF) * HALF + HALF


def cross_entropy(np: Any, scores: Any, chosen: Array) -> Any:
    """The same for rows of scores; `chosen` has a 1 for the label of each row, else 0."""
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.mean(np.sum(logs * chosen, axis=-1))


def one_hot(labels: Any, classes: int) -> Any:
    """Rows of zeros with a single 1, float32; also of labels that jax is tracing."""
    return (labels[..., None] == np.arange(classes)).astype(np.float32)
