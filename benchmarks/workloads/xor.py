"""XOR with a network: nine weights, four rows, so that a step is nothing but overhead."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, sgd, sigmoid_
from common import Array, Step, dense, hand_over, sigmoid, torch_step

TITLE = "XOR 2-2-1, batch 4, SGD momentum"
NEEDS = ()
OPTIMIZER = ("sgd", {"lr": 0.02, "momentum": 0.9})


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """The truth table."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return dense(random, 2, 2, 1), x, np.array([[0], [1], [1], [0]], np.float32)


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Linear, sigmoid, linear; mean squared error."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1))
    optimizer = torch.optim.SGD(hand_over(torch, model, weights).parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.MSELoss(), optimizer, x, y)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """The chain rule written out."""
    flat = Flat(weights)
    (w1, b1, w2, b2), (dw1, db1, dw2, db2) = flat.w, flat.d
    descend = sgd(flat, **OPTIMIZER[1])
    h, dh, p = (np.empty((4, n), np.float32) for n in (2, 2, 1))
    w1t, w2t, dht, pt, errors = w1.T, w2.T, dh.T, p.T, p.reshape(-1)

    def step() -> Any:
        np.dot(x, w1t, out=h)
        np.add(h, b1, out=h)
        sigmoid_(h)
        np.dot(h, w2t, out=p)
        np.add(p, b2, out=p)
        np.subtract(p, y, out=p)
        loss = errors.dot(errors) / 4
        np.multiply(p, 0.5, out=p)
        np.dot(pt, h, out=dw2)
        np.add.reduce(p, axis=0, out=db2)
        np.dot(p, w2, out=dh)
        np.multiply(dh, h, out=dh)
        np.subtract(1.0, h, out=h)
        np.multiply(dh, h, out=dh)
        np.dot(dht, x, out=dw1)
        np.add.reduce(dh, axis=0, out=db1)
        descend()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean of squares."""
    w1, b1, w2, b2 = weights
    off = sigmoid(np, x @ w1.T + b1) @ w2.T + b2 - y
    return np.mean(off * off)
