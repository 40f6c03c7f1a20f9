"""A dozen small programs whose drawings are kept: the files in ``golden``."""

from __future__ import annotations

import numpy as np

import microtensor as mt
from microtensor import nn, viz
from microtensor.nn import functional


def scalar(value: float, name: str) -> mt.Tensor:
    x = mt.tensor(value, requires_grad=True)
    x.name = name
    return x


def expression() -> viz.Drawing:
    a, b, c = scalar(2.0, "a"), scalar(-3.0, "b"), scalar(10.0, "c")
    d = a * b
    d.name = "d"
    return ((d + c).tanh()).draw(show="op values grads")


def shared() -> viz.Drawing:
    x = scalar(3.0, "x")
    y = x.exp()
    return viz.draw(y * y - y / x)


def broadcast() -> viz.Drawing:
    x, row = mt.ones(2, 3, requires_grad=True), mt.ones(3, requires_grad=True)
    return viz.draw((x * row + 1).sum(0), names={"x": x, "row": row}, show="op shape dtype saved")


def network() -> viz.Drawing:
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    return viz.draw(functional.mse_loss(model(mt.ones(3, 2)), mt.zeros(3, 1)))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(4), nn.Linear(4, 4)

    def forward(self, x: mt.Tensor) -> mt.Tensor:
        return x + self.fc(self.norm(x)).relu()


class Tower(nn.Module):
    def __init__(self, height: int) -> None:
        super().__init__()
        self.first = nn.Linear(2, 4)
        self.blocks = nn.ModuleList([Residual() for _ in range(height)])

    def forward(self, x: mt.Tensor) -> mt.Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return x


def watched() -> viz.Drawing:
    return viz.draw(Tower(1), mt.ones(3, 2))


def repeated() -> viz.Drawing:
    return viz.draw(Tower(12), mt.ones(3, 2), fold=True)


def boxed() -> viz.Drawing:
    return viz.draw(Tower(12), mt.ones(3, 2), depth=1)


def second_order() -> viz.Drawing:
    x = scalar(2.0, "x")
    y = x**3
    (first,) = mt.autograd.grad(y, x, create_graph=True)
    (second,) = mt.autograd.grad(first, x, create_graph=True)
    return viz.draw(y, first, second)


def several_results() -> viz.Drawing:
    values, _ = mt.tensor([3.0, 1.0, 2.0], requires_grad=True).sort()
    head, tail = values.split([1, 2])
    return viz.draw(head.sum() + tail.prod(), direction="LR")


def gradients() -> viz.Drawing:
    x, dead, nan = scalar(2.0, "x"), scalar(-1.0, "dead"), scalar(0.0, "nan")
    with np.errstate(all="ignore"):
        return viz.draw(x * x + dead.relu() + (nan * nan).sqrt() + x.detach() * x, flow=True)


def in_place() -> viz.Drawing:
    x = mt.ones(3, requires_grad=True)
    y = x * 2
    y[0] = 10.0
    y[1:].mul_(x[1:])
    return viz.draw(y.sum(), show="op shape params")


def named() -> viz.Drawing:
    """Names that mean something to DOT, to a record, to HTML, or to a browser."""
    names = ["<b>", "a|b", '"', "\\N", "{x}", "javascript:alert(1)", "\\", "two\nlines", "βeta", "&amp;"]
    total = scalar(0.0, "<script>")
    for i, name in enumerate(names):
        total = total + scalar(float(i), name)
        total.name = name
    return total.draw(show="op values", title="<b>&\\G")


def long_chain() -> viz.Drawing:
    x = scalar(1.0, "x")
    y = x
    for _ in range(300):
        y = (y + x).sin()
    return viz.Drawing(viz.graph(y), limit=12)


PROGRAMS = [
    expression, shared, broadcast, network, watched, repeated, boxed, second_order, several_results,
    gradients, in_place, named, long_chain,
]  # fmt: skip
