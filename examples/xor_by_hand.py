"""XOR by hand, then by autograd: the same 500 steps twice, with equal gradients.

The first function does what a book on neural networks does: it works out each derivative on
paper and writes it down as NumPy. The second one leaves that to ``backward()``. Everything else
is the same, so that the two can be compared number by number.

The network has two hidden units and no biases. The last row of its inputs repeats the first,
so the hard case of XOR, (1, 1), is not among them: this is an exercise in derivatives. The 500
losses that such a run gave elsewhere lie in ``data/``, and both ways must reproduce them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common import BLUE, ORANGE, check, heading, options, pyplot, save

import microtensor as torch

INPUTS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])
RATE = 0.01
RECORDED = Path(__file__).parent / "data" / "xor_by_hand_loss.csv"


def initial_weights(seed):
    np.random.seed(seed)
    w1, w2 = np.random.randn(3, 2), np.random.randn(2, 1)
    return w1, w2


def by_hand(w1, w2, steps):
    """Gradient descent with the chain rule written out."""
    losses, gradients = [], []
    for _ in range(steps):
        hidden = INPUTS @ w1
        relu = np.maximum(hidden, 0)
        prediction = relu @ w2
        losses.append(np.square(prediction - TARGETS).sum())

        d_prediction = 2.0 * (prediction - TARGETS)
        d_w2 = relu.T @ d_prediction
        d_relu = d_prediction @ w2.T
        d_hidden = np.where(hidden > 0, d_relu, 0.0)
        d_w1 = INPUTS.T @ d_hidden
        gradients.append((d_w1, d_w2))

        w1 = w1 - RATE * d_w1
        w2 = w2 - RATE * d_w2
    return losses, gradients


def by_autograd(w1, w2, steps):
    """The same descent; the five lines of derivatives have become ``loss.backward()``."""
    x, y = torch.from_numpy(INPUTS), torch.from_numpy(TARGETS)
    w1 = torch.tensor(w1, requires_grad=True)
    w2 = torch.tensor(w2, requires_grad=True)
    losses, gradients = [], []
    for _ in range(steps):
        prediction = (x @ w1).relu() @ w2
        loss = (prediction - y).pow(2).sum()
        loss.backward()
        losses.append(loss.item())
        gradients.append((w1.grad.numpy().copy(), w2.grad.numpy().copy()))
        with torch.no_grad():
            w1 -= RATE * w1.grad
            w2 -= RATE * w2.grad
        w1.grad = w2.grad = None
    return losses, gradients, w1.detach().numpy(), w2.detach().numpy()


def furthest(ours, theirs):
    """Return the largest relative difference between two lists of numbers."""
    return np.max(np.abs(np.subtract(ours, theirs)) / np.abs(theirs))


def largest_gap(ours, theirs):
    """Return the largest absolute difference between two lists of pairs of gradients."""
    return max(
        np.abs(a - b).max() for p, q in zip(ours, theirs, strict=True) for a, b in zip(p, q, strict=True)
    )


def draw(plt, hand, auto):
    figure, axes = plt.subplots()
    axes.semilogy(hand, color=BLUE, linewidth=4, alpha=0.4, label="gradients by hand")
    axes.semilogy(auto, color=ORANGE, linestyle="--", label="gradients by autograd")
    axes.set(title="The same descent twice", xlabel="step", ylabel="sum of squared errors")
    axes.legend()
    save(figure, "xor_by_hand.png")


def main():
    chosen = options(__doc__, seed=83832)
    steps = 50 if chosen.quick else 500
    w1, w2 = initial_weights(chosen.seed)
    hand, hand_grads = by_hand(w1, w2, steps)
    auto, auto_grads, w1, w2 = by_autograd(w1, w2, steps)

    heading("the gradients of the first step")
    for name, left, right in zip(("w1", "w2"), hand_grads[0], auto_grads[0], strict=True):
        print(f"{name} by hand:\n{left}\n{name} by backward():\n{right}")

    heading("the loss")
    print("step   by hand                 by autograd")
    for step in [0, *range(steps // 5 - 1, steps, steps // 5)]:
        print(f"{step:4d}   {hand[step]:<22.16g}  {auto[step]:<22.16g}")
    print(f"\nafter {steps} steps\nw1 =\n{w1}\nw2 =\n{w2}")
    if plt := pyplot():
        draw(plt, hand, auto)

    gap = largest_gap(hand_grads, auto_grads)
    check(gap < 1e-12, f"all {steps} gradients agree, the largest gap is {gap:.1e}")
    if chosen.default_seed:
        recorded = np.loadtxt(RECORDED, delimiter=",", skiprows=1)[:steps, 1]
        for name, losses in (("by hand", hand), ("by autograd", auto)):
            off = furthest(losses, recorded)
            check(off < 1e-9, f"the {steps} recorded losses, {name}: furthest {off:.1e}, relative")


if __name__ == "__main__":
    main()
