"""Keys of all forms, made at random: reading, its gradient, writing, and what is refused, against PyTorch."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

SHAPES = [(3,), (4, 3), (2, 3, 4), (), (2, 1, 3, 2), (0, 3), (3, 0), (1,)]
Make = Callable[[Any], Any]  # from a package to a part of a key in it


def numbers(rng: random.Random, n: int, *shape: int) -> Any:
    """Indices into a dimension of length `n`, as nested lists."""
    if not shape:
        return rng.randrange(-n, n) if n else 0
    return [numbers(rng, n, *shape[1:]) for _ in range(shape[0])]


def bools(rng: random.Random, *shape: int) -> Any:
    """A mask, as nested lists."""
    return [bools(rng, *shape[1:]) for _ in range(shape[0])] if shape else rng.random() < 0.5


def part(rng: random.Random, shape: tuple[int, ...]) -> tuple[Make, int]:
    """An item of a key for the first of these dimensions, and how many it stands for."""
    n, size = shape[0], rng.randrange(4)
    at, some, square = numbers(rng, n), numbers(rng, n, size), numbers(rng, n, 2, 2)
    start, stop, step = (
        rng.choice([None, 0, 1, -2, 5]),
        rng.choice([None, 1, 2, -1, n]),
        rng.choice([None, 1, 2]),
    )
    mask, masks, single = bools(rng, n), bools(rng, *shape[:2]), rng.random() < 0.5
    forms: list[tuple[Any, int]] = [
        (at, 1), (np.int64(at), 1), (slice(start, stop, step), 1), (None, 0), (some, 1), (tuple(some), 1),
        (square, 1), (range(size % (n + 1)), 1), (mask, 1), (single, 0), (np.array(some, np.int64), 1),
        (np.array(mask, bool), 1),
    ]  # fmt: skip
    made: list[tuple[Make, int]] = [(lambda p, form=form: form, count) for form, count in forms]
    made += [
        (lambda p: p.tensor(some, dtype=p.int64), 1),
        (lambda p: p.tensor(square, dtype=p.int32), 1),
        (lambda p: p.tensor(at), 1),
        (lambda p: p.tensor(single), 0),
        (lambda p: p.tensor(mask, dtype=p.bool), 1),
        (lambda p: p.tensor(masks, dtype=p.bool), len(shape[:2])),
        (lambda p: [p.tensor(at), p.tensor(0)], 1),
    ]
    return rng.choice(made)


def key(rng: random.Random, shape: tuple[int, ...]) -> Make:
    """A whole key, sometimes not a tuple, sometimes with an Ellipsis."""
    parts: list[Make] = []
    at = 0
    while at < len(shape) and rng.random() < 0.75:
        if rng.random() < 0.15:
            parts.append(lambda p: Ellipsis)
            break
        made, count = part(rng, shape[at:])
        parts.append(made)
        at += count
    if len(parts) == 1 and rng.random() < 0.5:
        return parts[0]
    if parts and rng.random() < 0.1:
        return lambda p: [made(p) for made in parts]
    return lambda p: tuple([made(p) for made in parts])


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """A result as lists, or the class of the error that PyTorch raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found = f(*args)
    except (IndexError, RuntimeError, ValueError) as error:
        kinds = (IndexError, ValueError, RuntimeError)  # ours may be of several
        return next(kind for kind in kinds if isinstance(error, kind))
    return [(tuple(t.shape), t.detach().numpy().tolist()) for t in found]


def numbered(package: Any, shape: tuple[int, ...]) -> Any:
    """0, 1, 2 and so on."""
    return package.arange(int(np.prod(shape)), dtype=package.float32).reshape(shape)


def read(package: Any, shape: tuple[int, ...], make: Make) -> Any:
    """What stands there, and the gradient of its squares."""
    x = numbered(package, shape).requires_grad_()
    found = x[make(package)]
    (found * found).sum().backward()
    return found, x.grad


def write(package: Any, shape: tuple[int, ...], make: Make) -> Any:
    """What is there after writing, by a number and by a tensor that takes a gradient."""
    x, y, leaf = (numbered(package, shape) for _ in range(3))
    x[make(package)] = 7.0
    value = (y[make(package)] + 100).requires_grad_()
    leaf.requires_grad_()
    y = leaf * 1
    y[make(package)] = value
    (y * y).sum().backward()
    return x, y, leaf.grad, value if value.grad is None else value.grad


@pytest.mark.parametrize("seed", range(120))
def test_keys(seed: int) -> None:
    """Values, shapes, gradients, and the class of what is refused."""
    rng = random.Random(seed)
    shape = rng.choice(SHAPES)
    for _ in range(4):
        make = key(rng, shape)
        for does in (read, write):
            theirs = outcome(does, torch, shape, make)
            assert outcome(does, mt, shape, make) == theirs, (shape, make(mt))
