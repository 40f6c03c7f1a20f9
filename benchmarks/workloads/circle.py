"""Inside or outside a circle: a tiny network on a long batch, bound by passes over memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, sgd
from common import ZERO, Array, Step, dense, hand_over, torch_step

TITLE = "circle 2-4-1, batch 9000, SGD"
NEEDS = ()
OPTIMIZER = ("sgd", {"lr": 0.1})
BATCH = 9000


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """Points of a square, labelled 1 outside of the unit circle."""
    x = random.uniform(-1, 1, (BATCH, 2)).astype(np.float32)
    y = ((x * x).sum(1, keepdims=True) > 1).astype(np.float32)
    w1, b1, w2, b2 = dense(random, 2, 4, 1)
    return [w1, b1, np.abs(w2), np.abs(b2)], x, y  # so that the last ReLU is alive


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Linear and ReLU, twice; mean squared error."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1), nn.ReLU())
    optimizer = torch.optim.SGD(hand_over(torch, model, weights).parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.MSELoss(), optimizer, x, y)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """The chain rule written out, transposed: rows of 9000 are faster than columns of 4."""
    flat = Flat(weights)
    (w1, b1, w2, b2), (dw1, db1, dw2, db2) = flat.w, flat.d
    descend = sgd(flat, **OPTIMIZER[1])
    xt, yt, ones = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T), np.ones(BATCH, x.dtype)
    h, dh, p, e = (np.empty((n, BATCH), x.dtype) for n in (4, 4, 1, 1))
    zeros, off = np.zeros_like(h), np.empty_like(h)
    b1, ht, errors = b1.reshape(4, 1), h.T, e.reshape(-1)

    def step() -> Any:
        np.dot(w1, xt, out=h)
        np.add(h, b1, out=h)
        np.maximum(h, zeros, out=h)
        np.dot(w2, h, out=p)
        np.add(p, b2, out=p)
        np.maximum(p, zeros[:1], out=p)
        np.subtract(p, yt, out=e)
        loss = errors.dot(errors) / BATCH
        np.multiply(e, 2 / BATCH, out=e)
        np.sign(p, out=p)
        np.multiply(e, p, out=e)
        np.dot(e, ht, out=dw2)
        np.dot(e, ones, out=db2)
        np.dot(w2.T, e, out=dh)
        np.sign(h, out=off)
        np.multiply(dh, off, out=dh)
        np.dot(dh, x, out=dw1)
        np.dot(dh, ones, out=db1)
        descend()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean of squares."""
    w1, b1, w2, b2 = weights
    h = np.maximum(x @ w1.T + b1, ZERO)
    off = np.maximum(h @ w2.T + b2, ZERO) - y
    return np.mean(off * off)
