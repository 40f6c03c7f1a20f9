"""Vanishing gradients: thirty sigmoid layers on top of each other, with and without a way around.

The slope of a sigmoid is a quarter at most, so each layer takes three quarters or more of the gradient away,
and the first layers of a deep network learn nothing. Add each layer's input to its output, and the
sum passes the gradient on as it came. The drawing of ten such layers shows it in colours and numbers,
the page all thirty, and the plot the sizes of their gradients.
"""

from __future__ import annotations

from common import check, heading, options, pyplot, save, save_drawing

import microtensor as torch
from microtensor import nn, optim, viz


class Layer(nn.Module):
    """A Linear layer and a sigmoid; with a way around them, if it is residual."""

    def __init__(self, width, residual):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.residual = residual

    def forward(self, x):
        y = torch.sigmoid(self.linear(x))
        return x + y - 0.5 if self.residual else y


def make_network(depth, residual, width=8):
    layers = [Layer(width, residual) for _ in range(depth)]
    return nn.Sequential(nn.Linear(2, width), *layers, nn.Linear(width, 1))


def sizes(model):
    """The largest gradient among the weights of each layer."""
    weights = [weight for name, weight in model.named_parameters() if "weight" in name]
    return [weight.grad.abs().max().item() for weight in weights]


def draw(model, x, y, title, name, **options):
    """Draw a loss with each layer as a box, and each edge as wide as the gradient on it."""
    with viz.watch():
        loss = nn.functional.mse_loss(model(x), y)
    drawing = viz.draw(loss, names={"x": x, "y": y}, flow=True, title=title, **options)
    save_drawing(drawing, name)
    return loss


def train(model, x, y, steps):
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main():
    chosen = options(__doc__, seed=0)
    depth, steps = (20, 60) if chosen.quick else (30, 400)
    torch.manual_seed(chosen.seed)
    x = torch.rand(64, 2) * 2 - 1
    y = (x[:, :1] * x[:, 1:]).sign()
    models = {"sigmoid": make_network(depth, False), "residual": make_network(depth, True)}
    found = {}
    for name, model in models.items():
        heading(f"{name}: {depth} layers")
        small, each = make_network(10, name == "residual"), {"depth": 1, "fold": False, "show": "op grads"}
        draw(small, x, y, f"10 layers, {name}", f"vanishing_{name}.svg", **each)
        draw(model, x, y, f"{depth} layers, {name}", f"vanishing_{name}.html").backward()
        found[name] = sizes(model)
        print("gradients of the weights, from the first layer to the last")
        print("  ".join(f"{size:.0e}" for size in found[name][:: max(depth // 10, 1)]))
    if plt := pyplot():
        figure, axes = plt.subplots(2, 1, figsize=(8, 5.4), sharey=True)
        for ax, (name, model) in zip(axes, models.items(), strict=True):
            weights = [(f"{i}", w) for i, (n, w) in enumerate(model.named_parameters()) if "weight" in n]
            viz.flow(weights, ax).set(title=f"{depth} layers, {name}")
            ax.set_xticks(range(0, depth + 2, 5), range(0, depth + 2, 5))
            ax.tick_params(axis="x", rotation=0)
            ax.set_xlabel("layer")
        save(figure, "vanishing.png")

    heading(f"{steps} steps of training")
    losses = {name: train(model, x, y, steps) for name, model in models.items()}
    for name, values in losses.items():
        print(f"{name}: loss from {values[0]:.4f} to {values[-1]:.4f}")
    if plt:
        figure, ax = plt.subplots()
        viz.plot.losses(losses, ax, xlabel="step").set(title="The sign of a product", ylabel="squared error")
        save(figure, "vanishing_training.png")

    left = {name: size[1] / size[-2] for name, size in found.items()}
    check(left["sigmoid"] < 1e-8, f"without a way around, {left['sigmoid']:.0e} of the gradient is left")
    check(left["residual"] > 0.1, f"with one, {left['residual']:.2f} of it")
    check(losses["residual"][-1] < losses["sigmoid"][-1], "and only the residual network learns")


if __name__ == "__main__":
    main()
