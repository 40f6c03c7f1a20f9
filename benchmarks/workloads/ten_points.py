"""Ten points and three layers of sigmoids: the deepest of the tiny networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, sgd, sigmoid_
from common import ONE, Array, Step, dense, hand_over, sigmoid, torch_step

TITLE = "ten points 2-2-4-1, BCE, SGD"
NEEDS = ()
OPTIMIZER = ("sgd", {"lr": 1e-3})


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """The first five are labelled 1."""
    x = np.array(
        [(0.1, 0.1), (0.3, 0.4), (0.1, 0.5), (0.6, 0.9), (0.4, 0.2),
         (0.6, 0.3), (0.5, 0.6), (0.9, 0.2), (0.4, 0.4), (0.7, 0.6)], np.float32,
    )  # fmt: skip
    return dense(random, 2, 2, 4, 1), x, np.repeat([1, 0], 5).reshape(10, 1).astype(np.float32)


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Linear and sigmoid, three times; binary cross-entropy."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid()
    )
    optimizer = torch.optim.SGD(hand_over(torch, model, weights).parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.BCELoss(), optimizer, x, y)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """The chain rule written out; the slopes of the last sigmoid and of the loss cancel."""
    flat = Flat(weights)
    (w1, b1, w2, b2, w3, b3), (dw1, db1, dw2, db2, dw3, db3) = flat.w, flat.d
    descend = sgd(flat, **OPTIMIZER[1])
    h1, d1, h2, d2, p, d3 = (np.empty((10, n), np.float32) for n in (2, 2, 4, 4, 1, 1))
    w1t, w2t, w3t, d1t, d2t, d3t = (a.T for a in (w1, w2, w3, d1, d2, d3))
    flip, sign = np.float32(1) - y, 2 * y - 1

    def step() -> Any:
        for a, wt, b, h in ((x, w1t, b1, h1), (h1, w2t, b2, h2), (h2, w3t, b3, p)):
            np.dot(a, wt, out=h)
            np.add(h, b, out=h)
            sigmoid_(h)
        np.subtract(p, y, out=d3)
        np.multiply(d3, 0.1, out=d3)
        np.multiply(p, sign, out=p)  # the probability of the true label
        np.add(p, flip, out=p)
        np.log(p, out=p)
        loss = np.add.reduce(p, axis=None) * -0.1
        np.dot(d3t, h2, out=dw3)
        np.add.reduce(d3, axis=0, out=db3)
        np.dot(d3, w3, out=d2)
        np.multiply(d2, h2, out=d2)
        np.subtract(1.0, h2, out=h2)
        np.multiply(d2, h2, out=d2)
        np.dot(d2t, h1, out=dw2)
        np.add.reduce(d2, axis=0, out=db2)
        np.dot(d2, w2, out=d1)
        np.multiply(d1, h1, out=d1)
        np.subtract(1.0, h1, out=h1)
        np.multiply(d1, h1, out=d1)
        np.dot(d1t, x, out=dw1)
        np.add.reduce(d1, axis=0, out=db1)
        descend()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean of the binary cross-entropies."""
    w1, b1, w2, b2, w3, b3 = weights
    h = sigmoid(np, sigmoid(np, x @ w1.T + b1) @ w2.T + b2)
    p = sigmoid(np, h @ w3.T + b3)
    return -np.mean(np.log(p) * y + np.log(ONE - p) * (ONE - y))
