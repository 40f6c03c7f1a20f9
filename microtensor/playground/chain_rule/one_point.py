"""One point's way through a network and back, cut at each sum so that every local derivative stands alone."""

from __future__ import annotations

from dataclasses import dataclass

from ...autograd import grad
from ...engine.tensor import Tensor
from ..trainer import Trainer

__all__ = ["Pass", "passed"]


@dataclass(frozen=True)
class Pass:
    """What happens to one point, layer by layer; every tensor has the shape (1, units).

    inputs : what each layer gets; one more than there are layers, since the last is the network's output.
    sums, locals : each layer's weighted sums, and the derivatives of what it makes of them.
    arrived : the derivative of the loss by what each layer says.
    """

    inputs: list[Tensor]
    sums: list[Tensor]
    locals: list[Tensor]
    arrived: list[Tensor]
    loss: float


def passed(trainer: Trainer, sample: int) -> Pass:
    """The way of the training point of this number, in the mode that the model is in.

    >>> from microtensor.playground import Settings
    >>> found = passed(Trainer(Settings.of({"layers": "4-Tanh"})), 0)
    >>> [tuple(x.shape) for x in found.inputs], len(found.sums)
    ([(1, 2), (1, 4), (1, 1)], 2)
    """
    inputs, sums, local = [trainer.train.x[sample : sample + 1]], [], []
    for block in trainer.blocks:
        sums.append(block.linear(inputs[-1]).detach().requires_grad_())
        out = block.after(sums[-1])
        local.append(grad(out.sum(), sums[-1])[0])
        inputs.append(out.detach().requires_grad_())
    loss = trainer.criterion(inputs[-1], trainer.train.target[sample : sample + 1])
    arrived = [grad(loss, inputs[-1])[0]]
    for block, slope in zip(trainer.blocks[:0:-1], local[:0:-1], strict=True):
        arrived.insert(0, (arrived[0] * slope) @ block.weight.detach())
    return Pass([x.detach() for x in inputs], [z.detach() for z in sums], local, arrived, loss.item())
