"""A classifier of the size of MNIST: matrix products, and an optimizer over half a million."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, adam, cross_entropy_
from common import ZERO, Array, Step, cross_entropy, dense, hand_over, normal, one_hot, torch_step

TITLE = "MLP 784-512-256-10, batch 128, Adam"
NEEDS = ()
OPTIMIZER = ("adam", {"lr": 1e-3})
BATCH, WIDTHS = 128, (784, 512, 256, 10)


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """Noise with random labels: only the arithmetic matters."""
    x, y = normal(random, BATCH, WIDTHS[0]), random.randint(0, 10, BATCH).astype(np.int64)
    return dense(random, *WIDTHS), x, y


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Linear and ReLU, twice, and linear; cross-entropy."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(hand_over(torch, model, weights).parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.CrossEntropyLoss(), optimizer, x, y)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """The chain rule written out."""
    flat = Flat(weights)
    (w1, b1, w2, b2, w3, b3), (dw1, db1, dw2, db2, dw3, db3) = flat.w, flat.d
    update, rows = adam(flat, **OPTIMIZER[1]), np.arange(BATCH)
    h1, d1, h2, d2, p = (np.empty((BATCH, n), np.float32) for n in (512, 512, 256, 256, 10))
    zero1, zero2 = np.zeros_like(h1), np.zeros_like(h2)

    def step() -> Any:
        np.dot(x, w1.T, out=h1)
        np.add(h1, b1, out=h1)
        np.maximum(h1, zero1, out=h1)
        np.dot(h1, w2.T, out=h2)
        np.add(h2, b2, out=h2)
        np.maximum(h2, zero2, out=h2)
        np.dot(h2, w3.T, out=p)
        np.add(p, b3, out=p)
        loss = cross_entropy_(p, y, rows)
        np.dot(p.T, h2, out=dw3)
        np.add.reduce(p, axis=0, out=db3)
        np.dot(p, w3, out=d2)
        np.multiply(d2, h2 > zero2, out=d2)
        np.dot(d2.T, h1, out=dw2)
        np.add.reduce(d2, axis=0, out=db2)
        np.dot(d2, w2, out=d1)
        np.multiply(d1, h1 > zero1, out=d1)
        np.dot(d1.T, x, out=dw1)
        np.add.reduce(d1, axis=0, out=db1)
        update()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean cross-entropy."""
    w1, b1, w2, b2, w3, b3 = weights
    h = np.maximum(np.maximum(x @ w1.T + b1, ZERO) @ w2.T + b2, ZERO)
    return cross_entropy(np, h @ w3.T + b3, one_hot(y, 10))
