"""A worked example: one neuron, its loss, and every number of the chain rule.

One input, one target, two weights: the loss is a formula that fits on a blackboard. `explain`
writes it down, forward and backward, with the partial derivative that each gradient comes from.
The HTML page shows the same, one step at a time, and the derivatives by hand agree.
"""

from __future__ import annotations

import math

from common import check, heading, options, save_drawing

import microtensor as torch
from microtensor import viz


def by_hand(w, b, x, t):
    """The same on paper: loss = (sigmoid(w x + b) - t)^2."""
    s = 1 / (1 + math.exp(-(w * x + b)))
    slope = 2 * (s - t) * s * (1 - s)
    return slope * x, slope


def variable(name, value):
    x = torch.tensor(value, requires_grad=True)
    x.name = name
    return x


def neuron(w, b, x, t):
    z = w * x + b
    z.name = "z"
    s = torch.sigmoid(z)
    s.name = "s"
    loss = (s - t) ** 2
    loss.name = "loss"
    return loss


def main():
    chosen = options(__doc__, seed=0)
    rounds = 3 if chosen.quick else 300
    values = {"w": 0.5, "b": -1.0}
    x, t = 3.0, 0.0
    with viz.watch():
        loss = neuron(*(variable(name, value) for name, value in values.items()), x, t)
    heading("the loss and its gradients")
    print(loss.explain())
    drawing = loss.draw(show="op values grads", title="One neuron")
    for ending in ("svg", "png", "html"):
        save_drawing(drawing, f"worked_example.{ending}")

    heading(f"{rounds} steps downhill")
    gap = 0.0
    for _ in range(rounds):
        w, b = (variable(name, value) for name, value in values.items())
        loss = neuron(w, b, x, t)
        loss.backward()
        expected = by_hand(w.item(), b.item(), x, t)
        gap = max(gap, abs(w.grad.item() - expected[0]), abs(b.grad.item() - expected[1]))
        values = {"w": w.item() - 0.5 * w.grad.item(), "b": b.item() - 0.5 * b.grad.item()}
    print(f"loss {loss.item():.6f} at w = {values['w']:.4f}, b = {values['b']:.4f}")
    check(gap < 1e-6, f"the gradients are those on paper, within {gap:.0e}")


if __name__ == "__main__":
    main()
