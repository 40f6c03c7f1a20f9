"""Cross-entropy or squared error: the same network under both, and why the first one learns.

A sigmoid that is sure and wrong has next to no slope. The gradient of the squared error at the logit
is 2 (p - t) p (1 - p), so it vanishes exactly where the answer is worst; the one of cross-entropy is
p - t, so it is largest there. The same network learns two half moons under both losses, once from its
ordinary first weights, once from an output bias that makes it sure of the same answer for every point.
"""

from __future__ import annotations

import numpy as np
from common import BLUE, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim


def squared_error(logit, target):
    return nn.functional.mse_loss(torch.sigmoid(logit), target)


def probability_first(logit, target):
    """Cross-entropy of a probability that has been rounded before its logarithm is taken."""
    return nn.functional.binary_cross_entropy(torch.sigmoid(logit), target)


LOSSES = {"cross-entropy": nn.functional.binary_cross_entropy_with_logits, "squared error": squared_error}


def half_moons(count, random):
    """Points on two half circles, blurred, and which of the two each of them is from."""
    angle, label = random.uniform(0, np.pi, count), np.arange(count) % 2
    x = np.where(label, 1 - np.cos(angle), np.cos(angle))
    y = np.where(label, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack([x, y], 1) + random.normal(0, 0.12, (count, 2))
    return torch.from_numpy(points.astype(np.float32)), torch.from_numpy(label[:, None].astype(np.float32))


def make_network(seed, bias):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    if bias is not None:
        nn.init.constant_(model[-1].bias, bias)
    return model


def train(model, criterion, x, y, epochs):
    """Return after each epoch the share of right answers."""
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    right = []
    for _ in range(epochs):
        optimizer.zero_grad()
        output = model(x)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        right.append(((output > 0) == (y > 0.5)).float().mean().item())
    return right


def slopes(criterion, logits, target=1.0):
    """The gradient at each of the logits, where the answer ought to be 1."""
    z = torch.tensor(logits, requires_grad=True)
    sum(criterion(one, torch.full_like(one, target)) for one in z).backward()
    return z.grad.numpy()


def draw(plt, logits, found, curves):
    figure, panels = plt.subplots(1, 3, figsize=(10.4, 3.6))
    for (name, gradient), colour in zip(found.items(), (BLUE, ORANGE), strict=True):
        panels[0].plot(logits, gradient, color=colour, label=name)
    panels[0].set(title="The gradient where the answer is 1", xlabel="logit", ylabel="gradient at the logit")
    panels[0].annotate(
        "sure and wrong", (-8, -0.02), (-8, -0.42), ha="center", arrowprops={"arrowstyle": "->"}
    )
    for axes, (start, runs) in zip(panels[1:], curves.items(), strict=True):
        for (name, right), colour in zip(runs.items(), (BLUE, ORANGE), strict=True):
            axes.plot(right, color=colour, label=name)
        axes.set(title=start, xlabel="epoch", ylabel="share of right answers", ylim=(0.45, 1.02))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, "cross_entropy_or_mse.png")


def main():
    chosen = options(__doc__, seed=0)
    epochs = 300 if chosen.quick else 1500
    x, y = half_moons(400, np.random.default_rng(chosen.seed))

    heading("the gradient at the logit z, where the answer ought to be 1")
    logits = np.linspace(-12, 12, 49)
    found = {name: slopes(criterion, logits) for name, criterion in LOSSES.items()}
    p = 1 / (1 + np.exp(-logits))
    by_hand = {"cross-entropy": p - 1, "squared error": 2 * (p - 1) * p * (1 - p)}
    for i in range(0, 49, 8):
        pair = "   ".join(f"{name} {gradient[i]:10.6f}" for name, gradient in found.items())
        print(f"z = {logits[i]:5.1f}   {pair}")
    far = np.array([-200.0], dtype=np.float32)
    kept, lost = slopes(LOSSES["cross-entropy"], far)[0], slopes(probability_first, far)[0]
    print(f"at z = -200 in float32: from the logit {kept:.1f}, from its rounded sigmoid {lost + 0:.1f}")

    curves = {}
    for start, bias in (("From ordinary weights", None), ("From a bias of 8: sure of one answer", 8.0)):
        heading(f"{start}, {epochs} epochs")
        runs = {name: train(make_network(chosen.seed, bias), f, x, y, epochs) for name, f in LOSSES.items()}
        for name, right in runs.items():
            shares = f"{right[0]:.1%} at first, {right[epochs // 10]:.1%} after {epochs // 10} epochs"
            print(f"{name:13} right: {shares}, {right[-1]:.1%} at last")
        curves[start] = runs
    if plt := pyplot():
        draw(plt, logits, found, curves)

    gap = max(np.abs(found[name] - by_hand[name]).max() for name in LOSSES)
    check(gap < 1e-15, "the gradients are p - t and 2 (p - t) p (1 - p), as by hand")
    pulls = found["cross-entropy"][0] < -0.999 and abs(found["squared error"][0]) < 1e-4
    check(pulls, "sure and wrong, cross-entropy pulls with all its force, the squared error does not")
    check(kept == -1 and lost == 0, "a saturated probability has lost the gradient that its logit has")
    ordinary, sure = ({n: right[epochs // 10] for n, right in runs.items()} for runs in curves.values())
    check(min(ordinary.values()) > 0.7, "from ordinary weights both losses learn")
    check(
        sure["cross-entropy"] > 0.8,
        f"sure and wrong, cross-entropy soon recovers: {sure['cross-entropy']:.1%}",
    )
    check(sure["squared error"] == 0.5, "and the squared error has not moved one answer by then")


if __name__ == "__main__":
    main()
