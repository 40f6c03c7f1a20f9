"""A small language model: attention, layer norms and GELU, written in the plainest layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from common import HALF, ONE, Array, Step, cross_entropy, dense, hand_over, normal, one_hot, torch_step
from gpt_by_hand import by_hand

__all__ = ["LACKS", "NEEDS", "OPTIMIZER", "TITLE", "by_hand", "data", "loss", "program"]
TITLE = "GPT 2 layers, 64 wide, block 64, batch 16, Adam"
NEEDS = ("nn.LayerNorm", "nn.Embedding", "nn.functional.gelu", "Tensor.masked_fill", "Tensor.split")
LACKS: dict[str, str] = {}
OPTIMIZER = ("adam", {"lr": 1e-3})
BATCH, TIME, WIDTH, HEADS, LAYERS, WORDS = 16, 64, 64, 4, 2, 65


def data(random: np.random.RandomState) -> tuple[list[Array], Array, Array]:
    """Random words, each to be followed by a random one."""
    x, y = random.randint(0, WORDS, (2, BATCH, TIME)).astype(np.int64)
    norm = [np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)]
    weights = [normal(random, WORDS, WIDTH) * HALF, normal(random, TIME, WIDTH) * HALF]
    for _ in range(LAYERS):
        weights += [*norm, *dense(random, WIDTH, 3 * WIDTH), *dense(random, WIDTH, WIDTH)]
        weights += [*norm, *dense(random, WIDTH, 4 * WIDTH, WIDTH)]
    return [*weights, *norm, *dense(random, WIDTH, WORDS)], x, y


def program(torch: Any, weights: list[Array], x: Any, y: Any) -> Step:
    """Embeddings, blocks of attention and perceptron, a head; cross-entropy over all words."""
    nn, functional = torch.nn, torch.nn.functional
    future = torch.from_numpy(np.triu(np.ones((TIME, TIME), bool), 1))

    class Block(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.qkv = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH)
            self.project = nn.Linear(WIDTH, WIDTH)
            self.norm2, self.up = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH)
            self.down = nn.Linear(4 * WIDTH, WIDTH)

        def attend(self, x: Any) -> Any:
            n, t, width = x.shape
            q, k, v = (
                part.view(n, t, HEADS, width // HEADS).transpose(1, 2)
                for part in self.qkv(x).split(width, dim=2)
            )
            scores = (q @ k.transpose(-2, -1)) * (width // HEADS) ** -0.5
            shares = scores.masked_fill(future, float("-inf")).softmax(-1)
            return self.project((shares @ v).transpose(1, 2).reshape(n, t, width))

        def forward(self, x: Any) -> Any:
            x = x + self.attend(self.norm1(x))
            return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class Model(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.places = nn.Embedding(WORDS, WIDTH), nn.Embedding(TIME, WIDTH)
            self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WORDS)

        def forward(self, x: Any) -> Any:
            h = self.words(x) + self.places(torch.arange(TIME))
            return self.head(self.norm(self.blocks(h))).view(-1, WORDS)

    model = hand_over(torch, Model(), weights)
    optimizer = torch.optim.Adam(model.parameters(), **OPTIMIZER[1])
    x, y = torch.from_numpy(x), torch.from_numpy(y.reshape(-1))
    return torch_step(model, nn.CrossEntropyLoss(), optimizer, x, y)


FUTURE = np.where(np.triu(np.ones((TIME, TIME), bool), 1), np.float32(-1e9), np.float32(0))
SCALE = np.float32((WIDTH // HEADS) ** -0.5)
ROOT, CUBE = np.float32((2 / np.pi) ** 0.5), np.float32(0.044715)
TINY = np.float32(1e-5)


def loss(np: Any, weights: Any, x: Array, y: Array) -> Any:
    """The mean cross-entropy, in functions alone."""
    words, places, *rest = weights
    h = words[x] + places
    for layer in range(LAYERS):
        h = _block(np, h, *rest[12 * layer : 12 * layer + 12])
    scores = _norm(np, h, *rest[-4:-2]) @ rest[-2].T + rest[-1]
    return cross_entropy(np, scores, one_hot(y, WORDS))


def _norm(np: Any, x: Any, scale: Any, shift: Any) -> Any:
    off = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(off * off, axis=-1, keepdims=True)
    return off / np.sqrt(variance + TINY) * scale + shift


def _block(np: Any, x: Any, g1: Any, s1: Any, wq: Any, bq: Any, wp: Any, bp: Any,
           g2: Any, s2: Any, wu: Any, bu: Any, wd: Any, bd: Any) -> Any:  # fmt: skip
    qkv = _norm(np, x, g1, s1) @ wq.T + bq
    q, k, v = (
        np.transpose(np.reshape(qkv[:, :, i : i + WIDTH], (BATCH, TIME, HEADS, -1)), (0, 2, 1, 3))
        for i in range(0, 3 * WIDTH, WIDTH)
    )
    scores = (q @ np.transpose(k, (0, 1, 3, 2))) * SCALE + FUTURE
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    mixed = (powers / np.sum(powers, axis=-1, keepdims=True)) @ v
    x = x + np.reshape(np.transpose(mixed, (0, 2, 1, 3)), (BATCH, TIME, WIDTH)) @ wp.T + bp
    u = _norm(np, x, g2, s2) @ wu.T + bu
    gelu = u * HALF * (np.tanh((u + u * u * u * CUBE) * ROOT) + ONE)
    return x + gelu @ wd.T + bd
