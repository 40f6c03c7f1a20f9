"""The language model's training step in NumPy alone: each piece has its forward and its backward.

It stands apart from ``workloads/gpt.py`` because it is what autograd saves one from writing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, adam, cross_entropy_
from common import Array, Step

HEADS = 4
ROOT, CUBE = (2 / np.pi) ** 0.5, 0.044715


class Dense:
    """``x @ w.T + b``."""

    def __init__(self, weights: Any, gradients: Any, rows: int) -> None:
        (self.w, self.b), (self.dw, self.db) = weights, gradients
        m, n = self.w.shape
        self.out, self.dx = np.empty((rows, m), np.float32), np.empty((rows, n), np.float32)

    def forward(self, x: Array) -> Array:
        """Remember `x`."""
        self.x = x
        np.dot(x, self.w.T, out=self.out)
        return np.add(self.out, self.b, out=self.out)  # type: ignore[no-any-return]

    def backward(self, d: Array) -> Array:
        """The gradients of the weights, and of `x`."""
        np.dot(d.T, self.x, out=self.dw)
        np.add.reduce(d, axis=0, out=self.db)
        return np.dot(d, self.w, out=self.dx)


class Norm:
    """Layer normalisation."""

    def __init__(self, weights: Any, gradients: Any, rows: int) -> None:
        (self.w, self.b), (self.dw, self.db) = weights, gradients
        self.x, self.out, self.s = np.empty((3, rows, self.w.size), np.float32)
        self.mean = np.full(self.w.size, 1 / self.w.size, np.float32)

    def forward(self, x: Array) -> Array:
        """Keep what is standardised, and the scale."""
        np.subtract(x, x.dot(self.mean)[:, None], out=self.x)
        np.multiply(self.x, self.x, out=self.s)
        self.scale = 1 / np.sqrt(self.s.dot(self.mean) + 1e-5)[:, None]
        np.multiply(self.x, self.scale, out=self.x)
        np.multiply(self.x, self.w, out=self.out)
        return np.add(self.out, self.b, out=self.out)  # type: ignore[no-any-return]

    def backward(self, d: Array) -> Array:
        """Ioffe and Szegedy (2015), section 3, in terms of the result; `d` is not written to."""
        np.add.reduce(d, axis=0, out=self.db)
        np.multiply(d, self.x, out=self.s)
        np.add.reduce(self.s, axis=0, out=self.dw)
        np.multiply(d, self.w, out=self.out)
        along = np.multiply(self.out, self.x, out=self.s).dot(self.mean)[:, None]
        centre = self.out.dot(self.mean)[:, None]
        np.multiply(self.x, along, out=self.s)
        np.subtract(self.out, centre, out=self.out)
        np.subtract(self.out, self.s, out=self.out)
        return np.multiply(self.out, self.scale, out=self.out)  # type: ignore[no-any-return]


class Gelu:
    """``x (1 + tanh(...)) / 2``; Hendrycks and Gimpel (2016), section 2."""

    def __init__(self, rows: int, width: int) -> None:
        self.t, self.out, self.s = np.empty((3, rows, width), np.float32)

    def forward(self, x: Array) -> Array:
        """Keep the hyperbolic tangent."""
        self.x, t = x, self.t
        np.multiply(x, x, out=t)
        np.multiply(t, CUBE * ROOT, out=t)
        np.add(t, ROOT, out=t)
        np.multiply(t, x, out=t)
        np.tanh(t, out=t)
        np.multiply(x, 0.5, out=self.s)
        np.multiply(t, self.s, out=self.out)
        return np.add(self.out, self.s, out=self.out)

    def backward(self, d: Array) -> Array:
        """Write over `d`."""
        x, t, s, out = self.x, self.t, self.s, self.out
        np.multiply(x, x, out=s)
        np.multiply(s, 1.5 * CUBE * ROOT, out=s)
        np.add(s, 0.5 * ROOT, out=s)
        np.multiply(s, x, out=s)
        np.multiply(t, t, out=out)
        np.subtract(1.0, out, out=out)
        np.multiply(s, out, out=s)
        np.multiply(t, 0.5, out=t)
        np.add(s, t, out=s)
        np.add(s, 0.5, out=s)
        return np.multiply(d, s, out=d)


class Attention:
    """Every word looks back at those before it."""

    def __init__(self, batch: int, time: int, width: int) -> None:
        self.shape, self.scale = (batch, time, 3, HEADS, width // HEADS), (width // HEADS) ** -0.5
        apart = (3, batch, HEADS, time, width // HEADS)
        self.qkv, self.d_qkv = np.empty((2, *apart), np.float32)
        self.shares, self.d_shares = np.empty((2, batch, HEADS, time, time), np.float32)
        self.mixed, self.d_mixed = np.empty((2, *apart[1:]), np.float32)
        self.out, self.dx = (np.empty((batch * time, n * width), np.float32) for n in (1, 3))
        self.future = np.triu(np.full((time, time), -np.inf, np.float32), 1)

    def heads(self, rows: Array) -> Array:
        """Rows of all heads as (batch, head, word, feature)."""
        batch, time, _, heads, size = self.shape
        return rows.reshape(batch, time, heads, size).transpose(0, 2, 1, 3)

    def forward(self, rows: Array) -> Array:
        """`rows` hold query, key and value."""
        p = self.shares
        self.qkv[...] = rows.reshape(self.shape).transpose(2, 0, 3, 1, 4)
        q, k, v = self.qkv
        np.multiply(q, self.scale, out=q)
        np.matmul(q, k.swapaxes(2, 3), out=p)
        np.add(p, self.future, out=p)
        np.subtract(p, np.maximum.reduce(p, axis=3, keepdims=True), out=p)
        np.exp(p, out=p)
        np.divide(p, np.add.reduce(p, axis=3, keepdims=True), out=p)
        np.matmul(p, v, out=self.mixed)
        self.heads(self.out)[...] = self.mixed
        return self.out

    def backward(self, d: Array) -> Array:
        """The gradient of the rows."""
        (q, k, v), (dq, dk, dv), p, dp = self.qkv, self.d_qkv, self.shares, self.d_shares
        self.d_mixed[...] = self.heads(d)
        np.matmul(p.swapaxes(2, 3), self.d_mixed, out=dv)
        np.matmul(self.d_mixed, v.swapaxes(2, 3), out=dp)
        np.multiply(self.d_mixed, self.mixed, out=self.mixed)  # its row sums are those of dp * p
        np.subtract(dp, np.add.reduce(self.mixed, axis=3, keepdims=True), out=dp)
        np.multiply(dp, p, out=dp)
        np.matmul(dp, k, out=dq)
        np.multiply(dq, self.scale, out=dq)
        np.matmul(dp.swapaxes(2, 3), q, out=dk)
        self.dx.reshape(self.shape).transpose(2, 0, 3, 1, 4)[...] = self.d_qkv
        return self.dx


class Block:
    """Attention and perceptron, each added to what it was given."""

    def __init__(self, w: list[Array], d: list[Array], batch: int, time: int) -> None:
        rows, width = batch * time, w[0].size
        self.norm1, self.qkv = Norm(w[:2], d[:2], rows), Dense(w[2:4], d[2:4], rows)
        self.attention = Attention(batch, time, width)
        self.project, self.norm2 = Dense(w[4:6], d[4:6], rows), Norm(w[6:8], d[6:8], rows)
        self.up, self.gelu = Dense(w[8:10], d[8:10], rows), Gelu(rows, 4 * width)
        self.down = Dense(w[10:], d[10:], rows)

    def forward(self, x: Array) -> None:
        """Add to `x` in place."""
        x += self.project.forward(self.attention.forward(self.qkv.forward(self.norm1.forward(x))))
        x += self.down.forward(self.gelu.forward(self.up.forward(self.norm2.forward(x))))

    def backward(self, d: Array) -> None:
        """Add to `d` in place."""
        d += self.norm2.backward(self.up.backward(self.gelu.backward(self.down.backward(d))))
        inner = self.qkv.backward(self.attention.backward(self.project.backward(d)))
        d += self.norm1.backward(inner)


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """Pieces in order, then the same in reverse."""
    flat, (batch, time) = Flat(weights), x.shape
    (words, places), (d_words, d_places) = flat.w[:2], flat.d[:2]
    inner, d_inner, n = flat.w[2:-4], flat.d[2:-4], batch * time
    blocks = [Block(inner[i : i + 12], d_inner[i : i + 12], batch, time) for i in range(0, len(inner), 12)]
    norm = Norm(flat.w[-4:-2], flat.d[-4:-2], n)
    head = Dense(flat.w[-2:], flat.d[-2:], n)
    update, rows, labels = adam(flat, lr=1e-3), np.arange(n), y.reshape(-1)
    chosen = np.eye(len(words), dtype=np.float32)[x.reshape(-1)]
    h = np.empty((n, words.shape[1]), np.float32)
    by_place = h.reshape(batch, time, -1)

    def step() -> Any:
        np.add(words[x], places, out=by_place)
        for block in blocks:
            block.forward(h)
        scores = head.forward(norm.forward(h))
        loss = cross_entropy_(scores, labels, rows)
        h[...] = norm.backward(head.backward(scores))
        for block in reversed(blocks):
            block.backward(h)
        np.dot(chosen.T, h, out=d_words)
        np.add.reduce(by_place, axis=0, out=d_places)
        update()
        return loss

    return step
