"""Functions of PyTorch's compiled part that tests put into a graph."""

from __future__ import annotations

from typing import Any

from microtensor import Tensor
from microtensor.autograd.function import Function


class _Undefined(Function):
    """The identity, which hands no gradient on."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> Any:
        return inputs if len(inputs) > 1 else inputs[0]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None,) * len(grads)


class _Delayed(Function):
    """The identity, whose backward raises."""

    @staticmethod
    def forward(ctx: Any, message: str, *inputs: Tensor) -> Any:
        ctx.message = message
        return inputs if len(inputs) > 1 else inputs[0]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError(ctx.message)


class UndefinedGrad:
    """Called with tensors, returns them with a history that gives no gradient."""

    def __call__(self, *inputs: Tensor) -> Any:
        return _Undefined.apply(*inputs)


class DelayedError:
    """Called with `num_inputs` tensors, returns them; a backward pass raises ``RuntimeError(msg)``."""

    def __init__(self, msg: str, num_inputs: int) -> None:
        self.msg, self.num_inputs = msg, num_inputs

    def __call__(self, *inputs: Tensor) -> Any:
        return _Delayed.apply(self.msg, *inputs)
