"""Fitting a sine: small matrices, where the work and the overhead are of one size."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, adam
from common import Array, Step, dense, hand_over, torch_step

TITLE = "sine 1-64-64-1 tanh, batch 64, Adam"
NEEDS = ()
OPTIMIZER = ("adam", {"lr": 1e-3})
BATCH, WIDTH = 64, 64


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """A period of the sine."""
    x = random.uniform(-np.pi, np.pi, (BATCH, 1)).astype(np.float32)
    return dense(random, 1, WIDTH, WIDTH, 1), x, np.sin(x)


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Linear and tanh, twice, and linear; mean squared error."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(1, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1)
    )
    optimizer = torch.optim.Adam(hand_over(torch, model, weights).parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.MSELoss(), optimizer, x, y)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """The chain rule written out."""
    flat = Flat(weights)
    (w1, b1, w2, b2, w3, b3), (dw1, db1, dw2, db2, dw3, db3) = flat.w, flat.d
    update = adam(flat, **OPTIMIZER[1])
    h1, d1, h2, d2 = (np.empty((BATCH, WIDTH), np.float32) for _ in range(4))
    p = np.empty((BATCH, 1), np.float32)
    w1t, w2t, w3t, d1t, d2t, pt, errors = w1.T, w2.T, w3.T, d1.T, d2.T, p.T, p.reshape(-1)

    def step() -> Any:
        np.multiply(x, w1t, out=h1)
        np.add(h1, b1, out=h1)
        np.tanh(h1, out=h1)
        np.dot(h1, w2t, out=h2)
        np.add(h2, b2, out=h2)
        np.tanh(h2, out=h2)
        np.dot(h2, w3t, out=p)
        np.add(p, b3, out=p)
        np.subtract(p, y, out=p)
        loss = errors.dot(errors) / BATCH
        np.multiply(p, 2 / BATCH, out=p)
        np.dot(pt, h2, out=dw3)
        np.add.reduce(p, axis=0, out=db3)
        np.multiply(p, w3, out=d2)
        np.multiply(h2, h2, out=h2)
        np.subtract(1.0, h2, out=h2)
        np.multiply(d2, h2, out=d2)
        np.dot(d2t, h1, out=dw2)
        np.add.reduce(d2, axis=0, out=db2)
        np.dot(d2, w2, out=d1)
        np.multiply(h1, h1, out=h1)
        np.subtract(1.0, h1, out=h1)
        np.multiply(d1, h1, out=d1)
        np.dot(d1t, x, out=dw1)
        np.add.reduce(d1, axis=0, out=db1)
        update()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean of squares."""
    w1, b1, w2, b2, w3, b3 = weights
    h = np.tanh(np.tanh(x @ w1.T + b1) @ w2.T + b2)
    off = h @ w3.T + b3 - y
    return np.mean(off * off)
