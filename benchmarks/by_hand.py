"""The parts of the NumPy column: what somebody writes who knows NumPy well and has no autograd.

Weights and gradients are views of one vector each, so that an optimizer is a handful of calls
however many layers there are; buffers are made once; every call writes into one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
from common import Array


class Flat:
    """Copies of `weights` (views ``w`` of the vector ``x``) and gradients (``d`` of ``g``)."""

    def __init__(self, weights: list[Array]) -> None:
        self.x = np.concatenate([w.ravel() for w in weights])
        self.g = np.zeros_like(self.x)
        self.w, self.d = self._views(self.x, weights), self._views(self.g, weights)

    @staticmethod
    def _views(flat: Array, weights: list[Array]) -> list[Array]:
        ends = np.cumsum([w.size for w in weights])[:-1]
        parts = zip(np.split(flat, ends), weights, strict=True)
        return [part.reshape(w.shape) for part, w in parts]


def sgd(flat: Flat, lr: float, momentum: float = 0.0) -> Callable[[], None]:
    """The update of stochastic gradient descent, with PyTorch's momentum."""
    x, g, velocity, change = flat.x, flat.g, np.zeros_like(flat.x), np.empty_like(flat.x)

    def plain() -> None:
        np.multiply(g, lr, out=change)
        np.subtract(x, change, out=x)

    def heavy() -> None:
        np.multiply(velocity, momentum, out=velocity)
        np.add(velocity, g, out=velocity)
        np.multiply(velocity, lr, out=change)
        np.subtract(x, change, out=x)

    return heavy if momentum else plain


PART = 1 << 14
"""Elements of the vectors that Adam handles at a time, so that they stay in the fast cache."""


def adam(flat: Flat, lr: float) -> Callable[[], None]:
    """The update of Adam (Kingma & Ba 2015, Algorithm 1) with its usual options."""
    moments = np.zeros_like(flat.x), np.zeros_like(flat.x)
    scratch = np.empty(min(PART, flat.x.size), flat.x.dtype)
    parts = []
    for start in range(0, flat.x.size, PART):
        part = slice(start, start + PART)
        x, g, m, v = (a[part] for a in (flat.x, flat.g, *moments))
        parts.append((x, g, m, v, scratch[: x.size]))
    steps = 0

    def update() -> None:
        nonlocal steps
        steps += 1
        c = sqrt(1 - 0.999**steps)
        for part in parts:
            _adam_part(*part, lr * c / (1 - 0.9**steps), 1e-8 * c)

    return update


def _adam_part(x: Array, g: Array, m: Array, v: Array, s: Array, size: float, eps: float) -> None:
    np.subtract(g, m, out=s)
    np.multiply(s, 0.1, out=s)
    np.add(m, s, out=m)
    np.multiply(g, g, out=s)
    np.subtract(s, v, out=s)
    np.multiply(s, 0.001, out=s)
    np.add(v, s, out=v)
    np.sqrt(v, out=s)
    np.add(s, eps, out=s)
    np.divide(m, s, out=s)
    np.multiply(s, size, out=s)
    np.subtract(x, s, out=x)


def sigmoid_(x: Array) -> None:
    """The logistic function, in place: tanh of half is faster than exp and never overflows."""
    np.multiply(x, 0.5, out=x)
    np.tanh(x, out=x)
    np.multiply(x, 0.5, out=x)
    np.add(x, 0.5, out=x)


def cross_entropy_(scores: Array, labels: Array, rows: Array) -> Any:
    """The mean cross-entropy of rows of scores, which become its gradient in place."""
    np.subtract(scores, np.maximum.reduce(scores, axis=1, keepdims=True), out=scores)
    picked = scores[rows, labels]
    np.exp(scores, out=scores)
    total = np.add.reduce(scores, axis=1, keepdims=True)
    np.divide(scores, total, out=scores)
    scores[rows, labels] -= 1
    np.multiply(scores, 1 / len(rows), out=scores)
    return np.log(total).mean() - picked.mean()
