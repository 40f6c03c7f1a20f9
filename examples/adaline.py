"""Adaline, perceptron and a multilayer network: three units to learn with, and where each fails.

An Adaline is one linear unit that learns by the delta rule: it moves its weights by the error times
the input, which is the gradient of half the squared error. A perceptron is the same unit, but learns
from its mistakes only. Of four sets of points, all three part the blobs. Far points mislead the
Adaline, which pays for answers that are right by too much. Where classes overlap, the perceptron
never comes to rest, and a multilayer network learns the noise by heart. Only that one parts a ring.
"""

from __future__ import annotations

import numpy as np
from common import BLUE, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim


def make_points(seed):
    """Return for each set its points and their targets, -1 and 1."""
    random = np.random.default_rng(seed)

    def blob(count, x, y, spread):
        return random.normal((x, y), spread, (count, 2))

    angle, radius = random.uniform(0, 2 * np.pi, 160), np.repeat([0.5, 1.6], 80)
    ring = (radius * [np.cos(angle), np.sin(angle)] + random.normal(0, 0.15, (2, 160))).T
    near_and_far = np.vstack([blob(60, 0.6, 0, 0.15), blob(20, 8, 0, 0.3)])
    classes = {
        "blobs": (blob(80, -1, -0.6, 0.35), blob(80, 1, 0.6, 0.35)),
        "far points": (blob(80, -0.5, 0, 0.15), near_and_far),
        "overlap": (blob(80, -0.6, -0.4, 0.8), blob(80, 0.6, 0.4, 0.8)),
        "ring": (ring[:80], ring[80:]),
    }
    sets, targets = {}, np.repeat([[-1.0], [1.0]], 80, axis=0)
    for name, pair in classes.items():
        order = random.permutation(160)
        sets[name] = torch.from_numpy(np.vstack(pair)[order]), torch.from_numpy(targets[order])
    return sets


def unit():
    return nn.Linear(2, 1).double()


def multilayer(width=32):
    hidden = nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh()
    return nn.Sequential(*hidden, nn.Linear(width, 1)).double()


def half_squared_error(output, target):
    return 0.5 * (output - target).pow(2).mean()


def perceptron_loss(output, target):
    return torch.relu(-target * output).mean()


def train(model, criterion, optimizer, x, y, epochs, batch=8):
    """Return how many of the points are right, after each epoch."""
    right = []
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss = criterion(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        right.append(accuracy(model, x, y))
    return right


def accuracy(model, x, y):
    with torch.no_grad():
        return ((model(x) > 0) == (y > 0)).float().mean().item()


def delta_rule(seed, x, y, rate=0.01):
    """One epoch, a point at a time: by the delta rule on paper, and by backward()."""
    torch.manual_seed(seed)
    model = unit()
    weight, bias = model.weight.detach().numpy().copy(), model.bias.item()
    optimizer = optim.SGD(model.parameters(), lr=rate)
    for point, target in zip(x, y, strict=True):
        error = target.item() - (weight @ point.numpy()).item() - bias
        weight, bias = weight + rate * error * point.numpy(), bias + rate * error
        optimizer.zero_grad()
        half_squared_error(model(point), target).backward()
        optimizer.step()
    return np.abs(model.weight.detach().numpy() - weight).max()


def draw(plt, sets, results):
    figure, panels = plt.subplots(3, 4, figsize=(10.4, 7.6))
    for ((data, name), (model, seen, held, _)), axes in zip(results.items(), panels.T.flat, strict=True):
        x, y = (part.numpy() for part in sets[data])
        low, high = x.min(0) - (0.4, 0.8), x.max(0) + 0.4
        across, up = np.meshgrid(np.linspace(low[0], high[0], 161), np.linspace(low[1], high[1], 161))
        with torch.no_grad():
            height = model(torch.from_numpy(np.stack([across, up], -1))).numpy()
        axes.contourf(across, up, height[..., 0], levels=[-1e9, 0, 1e9], colors=[BLUE, ORANGE], alpha=0.25)
        for target, colour in ((-1, BLUE), (1, ORANGE)):
            axes.scatter(*x[y[:, 0] == target].T, s=9, color=colour, edgecolor="white", linewidth=0.3)
        axes.set(title=f"{name}, {data}", xlabel="first input", ylabel="second input")
        right = f"right: {seen:.0%} seen, {held:.0%} held out"
        axes.set_title(right, loc="center", y=0.01, fontsize=8, weight="normal")
        axes.grid(False)
    save(figure, "adaline.png")


def main():
    chosen = options(__doc__, seed=0)
    epochs = 60 if chosen.quick else 400
    sets, results = make_points(chosen.seed), {}
    gap = delta_rule(chosen.seed, *sets["overlap"])
    kinds = {
        "Adaline": (unit, half_squared_error, lambda p: optim.SGD(p, lr=0.01)),
        "perceptron": (unit, perceptron_loss, lambda p: optim.SGD(p, lr=0.01)),
        "multilayer": (multilayer, half_squared_error, lambda p: optim.Adam(p, lr=0.01)),
    }
    for data, (x, y) in sets.items():
        half = len(x) // 2
        heading(f"{data}: {half} points to learn from, {half} held out, {epochs} epochs")
        for name, (kind, criterion, optimizer) in kinds.items():
            torch.manual_seed(chosen.seed)
            model = kind()
            right = train(model, criterion, optimizer(model.parameters()), x[:half], y[:half], epochs)
            held, scores = accuracy(model, x[half:], y[half:]), len(set(right[epochs // 2 :]))
            results[data, name] = model, right[-1], held, scores
            print(f"{name:10} right: {right[-1]:.1%} seen, {held:.1%} held out; ", end="")
            print(f"{scores} different scores in the last {epochs // 2} epochs")
    if plt := pyplot():
        draw(plt, sets, results)

    seen = {key: result[1] for key, result in results.items()}
    check(gap < 1e-12, "the delta rule is a step down the gradient of half the squared error")
    check(min(seen["blobs", name] for name in kinds) == 1, "each of the three parts the blobs")
    far = seen["far points", "Adaline"]
    check(far < 0.9 and seen["far points", "perceptron"] > 0.98, f"far points mislead the Adaline: {far:.1%}")
    check(results["overlap", "perceptron"][3] > 2, "where classes overlap, the perceptron does not rest")
    check(max(seen["ring", "Adaline"], seen["ring", "perceptron"]) < 0.9, "no straight line parts the ring")
    if not chosen.quick:
        check(seen["ring", "multilayer"] == 1, "the multilayer network does")
        learned, adaline = results["overlap", "multilayer"], results["overlap", "Adaline"]
        claim = f"it learns the overlap by heart: {learned[1]:.1%} seen, {learned[2]:.1%} held out"
        check(learned[1] > adaline[1] and learned[2] < adaline[2], claim)


if __name__ == "__main__":
    main()
