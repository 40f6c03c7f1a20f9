"""XOR with the derivatives of a textbook: two weight matrices, no layers, float64.

Without modules and optimizers what is left is the cost of tensors and of the graph itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, sgd
from common import Array, Step

TITLE = "XOR by hand, float64, no optimizer"
NEEDS = ()
RATE = 0.01
OPTIMIZER = ("sgd", {"lr": RATE})


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """Two weights; three inputs a row, of which the last is always 0."""
    x = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]])
    y = np.array([[0.0], [1], [1], [0]])
    random.seed(83832)
    return [random.standard_normal(s) for s in ((3, 2), (2, 1))], x, y


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Tensors, ``backward()``, and descent under ``no_grad``."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    w1, w2 = (torch.tensor(w, requires_grad=True) for w in weights)

    def step() -> Any:
        loss = ((x @ w1).relu() @ w2 - y).pow(2).sum()
        loss.backward()
        with torch.no_grad():
            w1.sub_(RATE * w1.grad)
            w2.sub_(RATE * w2.grad)
        w1.grad = w2.grad = None
        return loss

    return step


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """The chain rule written out."""
    flat = Flat(weights)
    (w1, w2), (d1, d2), descend = flat.w, flat.d, sgd(flat, RATE)
    h, p, dh, off = np.empty((4, 2)), np.empty((4, 1)), np.empty((4, 2)), np.empty((4, 2), bool)
    xt, ht, w2t, errors = x.T, h.T, w2.T, p.reshape(-1)

    def step() -> Any:
        np.dot(x, w1, out=h)
        np.less_equal(h, 0.0, out=off)
        h[off] = 0.0
        np.dot(h, w2, out=p)
        np.subtract(p, y, out=p)
        loss = errors.dot(errors)
        np.multiply(p, 2.0, out=p)
        np.dot(ht, p, out=d2)
        np.dot(p, w2t, out=dh)
        dh[off] = 0.0
        np.dot(xt, dh, out=d1)
        descend()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The sum of squares."""
    w1, w2 = weights
    off = np.maximum(x @ w1, 0.0) @ w2 - y
    return np.sum(off * off)
