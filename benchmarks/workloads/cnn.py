"""Two convolutions and pooling: bound by laying out patches, and by products with thin matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import Flat, adam, cross_entropy_
from common import ZERO, Array, Step, cross_entropy, dense, hand_over, normal, one_hot, torch_step, uniform

TITLE = "CNN two 3x3 conv, pool, batch 32 of 28x28, Adam"
NEEDS = ("nn.Conv2d", "nn.MaxPool2d", "nn.Flatten")
LACKS = {"autograd": "a fast convolution"}
OPTIMIZER = ("adam", {"lr": 1e-3})
BATCH, SIDE, FIRST, SECOND = 32, 28, 8, 16
FEATURES = SECOND * (SIDE // 4) ** 2


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """Noise with random labels."""
    x = normal(random, BATCH, 1, SIDE, SIDE)
    y = random.randint(0, 10, BATCH).astype(np.int64)
    convolutions = [
        uniform(random, shape, channels * 9)
        for channels, out in ((1, FIRST), (FIRST, SECOND))
        for shape in ((out, channels, 3, 3), (out,))
    ]
    return convolutions + dense(random, FEATURES, 10), x, y


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Convolution, ReLU and pooling, twice, and linear; cross-entropy."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, FIRST, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(FIRST, SECOND, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(FEATURES, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adam(hand_over(torch, model, weights).parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return torch_step(model, nn.CrossEntropyLoss(), optimizer, x, y)


class Convolution:
    """3x3, padded, then pooled by 2x2 and cut at 0; images lie as (channel, batch, row, column).

    So every shifted copy of the image is a block of long rows, and the product needs no transpose.
    """

    def __init__(self, weights: list[Array], gradients: list[Array], side: int) -> None:
        (w, b), (dw, db) = weights, gradients
        out, channels = w.shape[:2]
        self.w, self.b, self.dw, self.db = w.reshape(out, -1), b[:, None], dw.reshape(out, -1), db
        self.side, self.padded = side, np.zeros((channels, BATCH, side + 2, side + 2), w.dtype)
        self.image = self.padded[:, :, 1:-1, 1:-1]
        self.patches = np.empty((channels, 3, 3, BATCH, side, side), w.dtype)
        self.columns = self.patches.reshape(channels * 9, -1)
        self.flat = np.empty((out, BATCH * side * side), w.dtype)
        self.d_columns = np.empty_like(self.columns)
        full = self.flat.reshape(out, BATCH, side, side)
        self.corners = [full[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
        self.pooled = np.empty(self.corners[0].shape, w.dtype)
        self.zeros = np.zeros_like(self.pooled)

    def forward(self) -> Array:
        """Of what was written into `image`."""
        side = self.side
        for i in range(3):
            for j in range(3):
                self.patches[:, i, j] = self.padded[:, :, i : i + side, j : j + side]
        np.dot(self.w, self.columns, out=self.flat)
        np.maximum(self.corners[0], self.corners[1], out=self.pooled)
        np.maximum(self.pooled, self.corners[2], out=self.pooled)
        np.maximum(self.pooled, self.corners[3], out=self.pooled)
        self.peak = self.pooled.copy()
        np.add(self.pooled, self.b[:, :, None, None], out=self.pooled)
        return np.maximum(self.pooled, self.zeros, out=self.pooled)

    def backward(self, d: Array) -> None:
        """The gradients of the weights; `d` is spoilt."""
        np.multiply(d, self.pooled > 0, out=d)
        for corner in self.corners:
            np.multiply(d, corner == self.peak, out=corner)
        np.dot(self.flat, self.columns.T, out=self.dw)
        np.add.reduce(self.flat, axis=1, out=self.db)

    def input_gradient(self) -> Array:
        """The gradient of the image, after `backward`."""
        side = self.side
        np.dot(self.w.T, self.flat, out=self.d_columns)
        parts = self.d_columns.reshape(self.patches.shape)
        total = np.zeros_like(self.padded)
        for i in range(3):
            for j in range(3):
                total[:, :, i : i + side, j : j + side] += parts[:, i, j]
        return np.ascontiguousarray(total[:, :, 1:-1, 1:-1])


def by_hand(weights: list[Array], x: Array, y: Array) -> Step:
    """Patches as columns of a matrix, and the chain rule written out."""
    flat = Flat(weights)
    update, rows = adam(flat, **OPTIMIZER[1]), np.arange(BATCH)
    first = Convolution(flat.w[:2], flat.d[:2], SIDE)
    second = Convolution(flat.w[2:4], flat.d[2:4], SIDE // 2)
    (w, b), (dw, db) = flat.w[4:], flat.d[4:]
    features, d_features = np.empty((2, BATCH, FEATURES), np.float32)
    shape = (BATCH, SECOND, SIDE // 4, SIDE // 4)
    as_image, d_image = features.reshape(shape), d_features.reshape(shape)
    scores = np.empty((BATCH, 10), np.float32)
    first.image[...] = x.transpose(1, 0, 2, 3)

    def step() -> Any:
        second.image[...] = first.forward()
        as_image[...] = second.forward().transpose(1, 0, 2, 3)
        np.dot(features, w.T, out=scores)
        np.add(scores, b, out=scores)
        loss = cross_entropy_(scores, y, rows)
        np.dot(scores.T, features, out=dw)
        np.add.reduce(scores, axis=0, out=db)
        np.dot(scores, w, out=d_features)
        second.backward(d_image.transpose(1, 0, 2, 3).copy())
        first.backward(second.input_gradient())
        update()
        return loss

    return step


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean cross-entropy; jax and mygrad each have their own convolution and pooling."""
    w1, b1, w2, b2, w3, b3 = weights
    convolve, pool = _CONVOLUTIONS[np.__name__]()
    h = pool(np.maximum(convolve(x, w1) + np.reshape(b1, (1, -1, 1, 1)), ZERO))
    h = pool(np.maximum(convolve(h, w2) + np.reshape(b2, (1, -1, 1, 1)), ZERO))
    return cross_entropy(np, np.reshape(h, (BATCH, FEATURES)) @ w3.T + b3, one_hot(y, 10))


def _of_jax() -> tuple[Any, Any]:
    from jax import lax

    window = (1, 1, 2, 2)
    return (
        lambda x, w: lax.conv_general_dilated(x, w, (1, 1), "SAME"),
        lambda x: lax.reduce_window(x, -np.inf, lax.max, window, window, "VALID"),
    )


def _of_mygrad() -> tuple[Any, Any]:
    from mygrad.nnet.layers import conv_nd, max_pool

    return (lambda x, w: conv_nd(x, w, stride=1, padding=1), lambda x: max_pool(x, (2, 2), 2))


_CONVOLUTIONS = {"jax.numpy": _of_jax, "mygrad": _of_mygrad}
