"""Inside or outside of a circle: four ReLU units draw a polygon around it.

10,000 points of a square are labelled 0 inside the unit circle and 1 outside; a tenth of them is
held out. The network ends in a ReLU, and a ReLU can die: if the first weights make the sum before
it negative for every point, then its output is 0, its slope is 0, and no gradient ever reaches a
weight. So the default seed is no accident: it is the first one, counting from 0, that reaches
95 %, and the full run says how many of its neighbours die or fall short.
"""

from __future__ import annotations

import numpy as np
from common import BLUE, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim, viz

SURVEYED = 20


class Circle(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 4)
        self.output = nn.Linear(4, 1)

    def forward(self, x):
        return torch.relu(self.output(torch.relu(self.hidden(x))))


def accumulation():
    """Gradients add up until somebody sets them to zero: why each loop calls zero_grad()."""
    heading("gradients accumulate")
    x = torch.tensor(np.array([-10.0, 5.0]), requires_grad=True)
    print(x, "gradient:", x.grad)
    seen = []
    for time in ("first", "second"):
        torch.sum(x**2).backward()
        seen.append(x.grad.tolist())
        print(f"after the {time} backward(): {x.grad}")
    return seen


def make_points(count=10_000):
    """The same points for every seed, so that only the first weights differ between runs."""
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (count, 2)).astype(np.float32)
    labels = (np.square(points).sum(1, keepdims=True) > 1).astype(np.float32)
    points, labels = torch.from_numpy(points), torch.from_numpy(labels)
    tenth = count // 10
    return points[tenth:], labels[tenth:], points[:tenth], labels[:tenth]


def train(seed, points, labels, epochs, verbose=False):
    torch.manual_seed(seed)
    model, criterion = Circle(), nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    losses = []
    model.train()
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = criterion(model(points), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if verbose and (epoch + 1) % 100 == 0:
            print(f"epoch {epoch + 1:4d}  loss {losses[-1]:.4f}")
    return model, losses


def test(model, points, labels):
    """Return the loss and the share of correct answers."""
    model.eval()
    with torch.no_grad():
        output = model(points)
        loss = nn.functional.mse_loss(output, labels).item()
        accuracy = ((output > 0.5) == (labels > 0.5)).float().mean().item()
    return loss, accuracy


def survey(points, labels, test_points, test_labels, epochs):
    """Train from the first seeds; return the fate of each."""
    fates = {"dead from the start": [], "alive, below 95 %": [], "95 % and more": []}
    for seed in range(SURVEYED):
        torch.manual_seed(seed)
        with torch.no_grad():
            dead = not Circle()(points).any()
        model, _ = train(seed, points, labels, 1 if dead else epochs)
        good = test(model, test_points, test_labels)[1] >= 0.95
        fates[list(fates)[0 if dead else 1 + good]].append(seed)
    return fates


def draw(plt, model, losses, test_points, test_labels):
    angle = np.linspace(0, 2 * np.pi, 200)
    ring = np.cos(angle), np.sin(angle)
    with torch.no_grad():
        outside = model(test_points).numpy().ravel() > 0.5
    x, y = test_points.numpy().T
    figure, axes = plt.subplots(figsize=(5.2, 5.4))
    for chosen, colour, name in ((~outside, BLUE, "inside"), (outside, ORANGE, "outside")):
        axes.scatter(x[chosen], y[chosen], s=7, color=colour, label=f"predicted {name}")
    axes.plot(*ring, color="#30343b", linewidth=1.2, label="the circle")
    axes.set(title="Held-out points", xlabel="x", ylabel="y", aspect="equal")
    figure.legend(loc="outside lower center", ncols=3)
    save(figure, "circle_points.png")
    figure, axes = plt.subplots()
    viz.plot.losses(losses, axes).set(title="Training", ylabel="mean squared error", ylim=(0, None))
    save(figure, "circle_loss.png")
    figure, axes = plt.subplots(figsize=(5.2, 5.4))
    names = ("inside", "outside")
    viz.plot.regions(model, test_points, test_labels, axes, margin=0.25, names=names).get_legend().remove()
    axes.plot(*ring, color="#30343b", linewidth=1.2, label="the circle")
    axes.add_patch(plt.Rectangle((-1, -1), 2, 2, fill=False, linestyle=":", label="training data"))
    axes.set(title="Decision regions", xlabel="x", ylabel="y", aspect="equal")
    axes.grid(False)
    figure.legend(loc="outside lower center", ncols=2)
    save(figure, "circle_regions.png")


def main():
    chosen = options(__doc__, seed=1)
    seen = accumulation()
    epochs = 200 if chosen.quick else 2000
    points, labels, test_points, test_labels = make_points()
    heading(f"{len(points)} points, {epochs} epochs, seed {chosen.seed}")
    model, losses = train(chosen.seed, points, labels, epochs, verbose=True)
    loss, accuracy = test(model, test_points, test_labels)
    print(f"held-out tenth: loss {loss:.4f}, accuracy {accuracy:.2%}")
    if plt := pyplot():
        draw(plt, model, losses, test_points, test_labels)
    if not chosen.quick:
        heading(f"the first {SURVEYED} seeds")
        for fate, seeds in survey(points, labels, test_points, test_labels, epochs).items():
            print(f"{fate}: {len(seeds)} {seeds}")
    check(seen == [[-20.0, 10.0], [-40.0, 20.0]], "the second backward() adds to the first")
    check(losses[-1] < losses[0], f"the loss fell from {losses[0]:.4f} to {losses[-1]:.4f}")
    if not chosen.quick:
        check(accuracy >= 0.95, f"95 % of the held-out tenth at least are right: {accuracy:.2%}")


if __name__ == "__main__":
    main()
