"""Ten points, three layers: a network that is trained for long and learns next to nothing.

The first five points are labelled 1, the others 0. Three layers of sigmoids, plain descent with
a rate of 0.001: after 10,000 epochs every prediction is still close to 0.5, and the loss close
to ln 2, which is what somebody pays who answers 0.5 to everything. Each sigmoid shrinks the
gradient to a quarter or less, so three of them and a small rate leave little to move by. The
same network under Adam learns the ten points by heart, so the network is not to blame.
"""

from __future__ import annotations

from math import log

import numpy as np
from common import BLUE, GREY, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim

POINTS = torch.tensor([
    (0.1, 0.1), (0.3, 0.4), (0.1, 0.5), (0.6, 0.9), (0.4, 0.2),
    (0.6, 0.3), (0.5, 0.6), (0.9, 0.2), (0.4, 0.4), (0.7, 0.6),
])  # fmt: skip
LABELS = torch.tensor([1.0] * 5 + [0.0] * 5).view(-1, 1)


def make_model(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid()
    )


def train(model, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        model.zero_grad()
        loss = criterion(model(POINTS), LABELS)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def right(model):
    with torch.no_grad():
        return int(((model(POINTS) > 0.5) == (LABELS > 0.5)).sum())


def draw(plt, slow, fast):
    figure, (left, beside) = plt.subplots(1, 2, figsize=(7, 4))
    left.plot(slow, color=BLUE)
    left.axhline(log(2), color=GREY, linestyle=":", label="ln 2")
    left.set(title="SGD, rate 0.001", xlabel="epoch", ylabel="binary cross-entropy")
    left.legend()
    beside.semilogy(fast, color=ORANGE)
    beside.set(title="Adam, rate 0.03", xlabel="epoch", ylabel="binary cross-entropy")
    for axes, losses in ((left, slow), (beside, fast)):
        axes.set_xticks([0, len(losses) // 2, len(losses)])
    save(figure, "ten_points_loss.png")


def draw_answers(plt, models):
    ticks = np.linspace(0, 1, 101, dtype=np.float32)
    grid = torch.from_numpy(np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2))
    figure, panels = plt.subplots(1, 2, sharey=True, figsize=(6.4, 3.6))
    for axes, (name, model) in zip(panels, models.items(), strict=True):
        with torch.no_grad():
            height = model(grid).view(101, 101).numpy()
        image = axes.imshow(
            height, origin="lower", extent=(0, 1, 0, 1), vmin=0, vmax=1, cmap="PuOr", alpha=0.8
        )
        for label, marker in ((1, "o"), (0, "s")):
            x, y = POINTS[LABELS.flatten() == label].numpy().T
            axes.scatter(
                x, y, marker=marker, s=28, color="#30343b", edgecolor="white", label=f"labelled {label}"
            )
        axes.set(title=name, xlabel="first input")
        axes.grid(False)
    panels[0].set_ylabel("second input")
    figure.colorbar(image, ax=panels, label="answer", shrink=0.85)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, "ten_points_answers.png")


def main():
    chosen = options(__doc__, seed=0)
    epochs = 500 if chosen.quick else 10_000
    model = make_model(chosen.seed)
    size = sum(p.numel() for p in model.parameters())
    heading(f"SGD, rate 0.001, {epochs} epochs, {size} parameters")
    losses = train(model, optim.SGD(model.parameters(), lr=1e-3), epochs)
    prediction = model(torch.tensor([[0.7, 0.2]]))
    print(
        f"loss {losses[0]:.4f} -> {losses[-1]:.4f} (ln 2 = {log(2):.4f}), {right(model)} of 10 points right"
    )
    print(f"prediction at (0.7, 0.2): {prediction}")

    heading(f"the same network under Adam, rate 0.03, {epochs // 5} epochs")
    other = make_model(chosen.seed)
    fast = train(other, optim.Adam(other.parameters(), lr=0.03), epochs // 5)
    print(f"loss {fast[0]:.4f} -> {fast[-1]:.4f}, {right(other)} of 10 points right")
    print(f"prediction at (0.7, 0.2): {other(torch.tensor([[0.7, 0.2]]))}")
    if plt := pyplot():
        draw(plt, losses, fast)
        draw_answers(plt, {"SGD": model, "Adam": other})

    check(size == 23, "the network has 23 parameters")
    check(losses[-1] < losses[0], f"the loss fell, from {losses[0]:.4f} to {losses[-1]:.4f}")
    check(0.4 < prediction.item() < 0.6, "the prediction at (0.7, 0.2) is near 0.5")
    if not chosen.quick:
        check(abs(losses[-1] - log(2)) < 0.01, "after 10,000 epochs the loss is near ln 2")
        check(right(other) == 10, "under Adam all ten points are right")


if __name__ == "__main__":
    main()
