"""How a workload becomes a training step in each library.

A workload is a module of ``workloads`` with

- ``TITLE``, and ``NEEDS``: dotted names that a PyTorch clone must have to run it;
- ``OPTIMIZER``: ``("sgd" or "adam", its options)``;
- ``data(random)``: weights, inputs and targets as arrays;
- ``program(torch, weights, x, y)``: the PyTorch program, run by microtensor and by PyTorch;
- ``by_hand(weights, x, y)``: forward and backward pass written out in NumPy;
- optionally ``loss(np, weights, x, y)``: the loss in the vocabulary that ``jax.numpy``,
  ``autograd.numpy`` and ``mygrad`` share, and ``LACKS``: why one of them cannot compute it.

``program`` and ``by_hand`` return the step; for the other three it is made here.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from operator import attrgetter
from types import ModuleType, SimpleNamespace
from typing import Any

import by_hand
import numpy as np
from common import Array, Step

LIBRARIES = ("microtensor", "compiled-c", "compiled-numpy", "numpy", "torch", "jax", "autograd", "mygrad")

COMPILED = {"compiled-c": "c", "compiled-numpy": "numpy"}
"""Columns of microtensor whose step goes through `microtensor.compile`, and the backend."""


class MissingError(Exception):
    """The library cannot run this workload; the argument says what it lacks."""


def load(library: str, threads: int) -> ModuleType:
    """Import `library` and make it use this number of threads."""
    module = import_module("microtensor" if library in COMPILED else library)
    if library == "torch":
        module.set_num_threads(threads)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    if library == "mygrad":
        module.turn_memory_guarding_off()
    return module


def build(library: str, workload: Any) -> Step:
    """The training step of `workload` in `library`, from the same initial weights as in all."""
    weights, x, y = workload.data(np.random.RandomState(0))
    if library == "numpy":
        return workload.by_hand(weights, x, y)  # type: ignore[no-any-return]
    if library in ("microtensor", "torch", *COMPILED):
        torch = import_module("torch" if library == "torch" else "microtensor")
        _require(torch, workload.NEEDS)
        step = workload.program(torch, weights, x, y)
        return torch.compile(step, backend=COMPILED[library]) if library in COMPILED else step  # type: ignore[no-any-return]
    _require_loss(library, workload)
    return _FUNCTIONAL[library](workload, weights, x, y)  # type: ignore[no-any-return]


def _require(torch: Any, names: tuple[str, ...]) -> None:
    for name in names:
        try:
            attrgetter(name)(torch)
        except AttributeError:
            raise MissingError(name) from None


def _require_loss(library: str, workload: Any) -> None:
    reason = getattr(workload, "LACKS", {}).get(library)
    if reason or not hasattr(workload, "loss"):
        raise MissingError(reason or "not written")


def _jax(workload: Any, weights: list[Array], x: Array, y: Array) -> Step:
    import jax

    start, update = _PURE[workload.OPTIMIZER[0]](jax.numpy, **workload.OPTIMIZER[1])
    differentiate = jax.value_and_grad(partial(workload.loss, jax.numpy))

    @jax.jit  # type: ignore[untyped-decorator]
    def train(weights: Any, state: Any, x: Any, y: Any) -> Any:
        loss, gradients = differentiate(weights, x, y)
        weights, state = update(weights, gradients, state)
        return weights, state, loss

    weights, x, y = jax.tree.map(jax.numpy.asarray, (weights, x, y))
    held = SimpleNamespace(weights=weights, state=jax.tree.map(jax.numpy.asarray, start(weights)))

    def step() -> Any:
        held.weights, held.state, loss = train(held.weights, held.state, x, y)
        return loss.block_until_ready()

    return step


def _pure_sgd(np: Any, lr: float, momentum: float = 0.0) -> Any:
    def update(weights: Any, gradients: Any, velocity: Any) -> Any:
        velocity = [momentum * v + g for v, g in zip(velocity, gradients, strict=True)]
        return [w - lr * v for w, v in zip(weights, velocity, strict=True)], velocity

    return lambda weights: [0 * w for w in weights], update


def _pure_adam(np: Any, lr: float) -> Any:
    def update(weights: Any, gradients: Any, state: Any) -> Any:
        t, m, v = state
        t = t + 1
        m = [0.9 * a + 0.1 * g for a, g in zip(m, gradients, strict=True)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, gradients, strict=True)]
        size, c = lr / (1 - 0.9**t), np.sqrt(1 - 0.999**t)
        moved = [w - size * a / (np.sqrt(b) / c + 1e-8) for w, a, b in zip(weights, m, v, strict=True)]
        return moved, (t, m, v)

    return lambda weights: (np.float32(0), [0 * w for w in weights], [0 * w for w in weights]), update


_PURE: Any = {"sgd": _pure_sgd, "adam": _pure_adam}


def _autograd(workload: Any, weights: list[Array], x: Array, y: Array) -> Step:
    import autograd

    flat = by_hand.Flat(weights)
    update = getattr(by_hand, workload.OPTIMIZER[0])(flat, **workload.OPTIMIZER[1])
    differentiate = autograd.value_and_grad(partial(workload.loss, autograd.numpy))

    def step() -> Any:
        loss, gradients = differentiate(flat.w, x, y)
        for mine, gradient in zip(flat.d, gradients, strict=True):
            mine[...] = gradient
        update()
        return loss

    return step


def _mygrad(workload: Any, weights: list[Array], x: Array, y: Array) -> Step:
    import mygrad

    flat = by_hand.Flat(weights)
    update = getattr(by_hand, workload.OPTIMIZER[0])(flat, **workload.OPTIMIZER[1])
    tensors = [mygrad.Tensor(w, copy=False) for w in flat.w]

    def step() -> Any:
        loss = workload.loss(mygrad, tensors, x, y)
        loss.backward()
        for mine, tensor in zip(flat.d, tensors, strict=True):
            mine[...] = tensor.grad
        update()
        return loss.data

    return step


_FUNCTIONAL: Any = {"jax": _jax, "autograd": _autograd, "mygrad": _mygrad}
