"""A recurrent network: 32 steps in sequence, so the overhead of an op counts 32 times."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, adam, cross_entropy_, sigmoid_
from common import (
    ZERO,
    Array,
    Step,
    cross_entropy,
    dense,
    hand_over,
    normal,
    one_hot,
    sigmoid,
    torch_step,
    uniform,
)

TITLE = "LSTM 128, 32 steps, batch 32, Adam"
NEEDS = ("nn.LSTM",)
OPTIMIZER = ("adam", {"lr": 1e-3})
TIME, BATCH, INPUTS, HIDDEN, CLASSES = 32, 32, 64, 128, 10


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """Noise, a label for each sequence."""
    x = normal(random, TIME, BATCH, INPUTS)
    y = random.randint(0, CLASSES, BATCH).astype(np.int64)
    shapes = ((4 * HIDDEN, INPUTS), (4 * HIDDEN, HIDDEN), (4 * HIDDEN,), (4 * HIDDEN,))
    return [uniform(random, s, HIDDEN) for s in shapes] + dense(random, HIDDEN, CLASSES), x, y


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """An LSTM, and a linear layer on its last output; cross-entropy."""
    nn = torch.nn

    class Model(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(INPUTS, HIDDEN)
            self.head = nn.Linear(HIDDEN, CLASSES)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(x)[0][-1])

    model = hand_over(torch, Model(), weights)
    optimizer = torch.optim.Adam(model.parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.CrossEntropyLoss(), optimizer, x, y)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """One product for the inputs of all steps, one for each weight's gradient over all steps."""
    flat = Flat(weights)
    (wi, wh, bi, bh, w, b), (dwi, dwh, dbi, dbh, dw, db) = flat.w, flat.d
    update, rows = adam(flat, **OPTIMIZER[1]), np.arange(BATCH)
    flat_x = x.reshape(TIME * BATCH, INPUTS)
    gates, d_gates = np.empty((2, TIME, BATCH, 4 * HIDDEN), np.float32)
    flat_gates, flat_d = gates.reshape(-1, 4 * HIDDEN), d_gates.reshape(-1, 4 * HIDDEN)
    hs, cs = np.zeros((2, TIME + 1, BATCH, HIDDEN), np.float32)
    tanhs, scores = np.empty_like(hs[1:]), np.empty((BATCH, CLASSES), np.float32)
    recurrent, s = np.empty((BATCH, 4 * HIDDEN), np.float32), np.empty_like(hs[0])
    dh, dc = np.empty_like(hs[0]), np.empty_like(hs[0])
    parts = [slice(i * HIDDEN, (i + 1) * HIDDEN) for i in range(4)]

    def forward(t: int) -> None:
        np.dot(hs[t], wh.T, out=recurrent)
        gate, c, squashed = gates[t], cs[t + 1], tanhs[t]
        np.add(gate, recurrent, out=gate)
        i, f, g, o = (gate[:, part] for part in parts)
        sigmoid_(gate[:, : 2 * HIDDEN])
        np.tanh(g, out=g)
        sigmoid_(o)
        np.multiply(f, cs[t], out=c)
        np.multiply(i, g, out=s)
        np.add(c, s, out=c)
        np.tanh(c, out=squashed)
        np.multiply(o, squashed, out=hs[t + 1])

    def backward(t: int) -> None:
        gate, d = gates[t], d_gates[t]
        i, f, g, o = (gate[:, part] for part in parts)
        di, df, dg, do = (d[:, part] for part in parts)
        np.multiply(dh, tanhs[t], out=do)
        np.multiply(tanhs[t], tanhs[t], out=s)
        np.subtract(1.0, s, out=s)
        np.multiply(s, o, out=s)
        np.multiply(s, dh, out=s)
        np.add(dc, s, out=dc)
        np.multiply(dc, g, out=di)
        np.multiply(dc, cs[t], out=df)
        np.multiply(g, g, out=s)
        np.subtract(1.0, s, out=s)
        np.multiply(s, i, out=s)
        np.multiply(dc, s, out=dg)
        np.multiply(dc, f, out=dc)
        for part, gradient in ((i, di), (f, df), (o, do)):
            np.multiply(gradient, part, out=gradient)
            np.subtract(1.0, part, out=part)
            np.multiply(gradient, part, out=gradient)
        np.dot(d, wh, out=dh)

    def step() -> Any:
        np.dot(flat_x, wi.T, out=flat_gates)
        np.add(flat_gates, bi + bh, out=flat_gates)
        for t in range(TIME):
            forward(t)
        np.dot(hs[TIME], w.T, out=scores)
        np.add(scores, b, out=scores)
        loss = cross_entropy_(scores, y, rows)
        np.dot(scores.T, hs[TIME], out=dw)
        np.add.reduce(scores, axis=0, out=db)
        np.dot(scores, w, out=dh)
        dc[...] = 0
        for t in reversed(range(TIME)):
            backward(t)
        np.dot(flat_d.T, flat_x, out=dwi)
        np.dot(flat_d.T, hs[:-1].reshape(-1, HIDDEN), out=dwh)
        np.add.reduce(flat_d, axis=0, out=dbi)
        dbh[...] = dbi
        update()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean cross-entropy."""
    wi, wh, bi, bh, w, b = weights
    h = c = x[0][:, :1] * wh[:1] * ZERO
    for t in range(TIME):
        gates = x[t] @ wi.T + bi + h @ wh.T + bh
        i, f, g, o = (gates[:, k * HIDDEN : (k + 1) * HIDDEN] for k in range(4))
        c = sigmoid(np, f) * c + sigmoid(np, i) * np.tanh(g)
        h = sigmoid(np, o) * np.tanh(c)
    return cross_entropy(np, h @ w.T + b, one_hot(y, CLASSES))
