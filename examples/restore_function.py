"""Restoring a function from its values: a line, a sine, and what lies outside.

A network of two Linear layers restores a line in a hundred steps, and never a sine: a linear map
after a linear map is a linear map. One activation between the two makes the difference. How well
it does is a matter of width, activation and epochs, and only where there were data: outside of
them the network goes on as its activation does.
"""

from __future__ import annotations

import numpy as np
from common import check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim, viz
from microtensor.train import fit

X = torch.linspace(-3, 3, 1000).view(-1, 1)
COST = nn.MSELoss()


def make_network(width, *activation):
    """Two Linear layers with weights from NumPy's normal stream and no biases to begin with."""
    model = nn.Sequential(nn.Linear(1, width), *activation, nn.Linear(width, 1))
    for layer in (model[0], model[-1]):
        weight = np.random.randn(*layer.weight.shape).astype(np.float32)
        layer.weight.data = torch.from_numpy(weight)
        nn.init.zeros_(layer.bias)
    return model


def train_on_slices(model, y, steps, batch):
    """Minibatches that are contiguous slices at a random start."""
    optimizer = optim.SGD(model.parameters(), lr=1e-2)
    for _ in range(steps):
        start = np.random.randint(0, len(X) - batch + 1)
        inputs, targets = X[start : start + batch], y[start : start + batch]
        optimizer.zero_grad()
        COST(model(inputs), targets).backward()
        optimizer.step()


def values(model, x=X):
    with torch.no_grad():
        return model(x)


def line(width):
    heading(f"y = 2x + 3, two Linear layers, {width} hidden neurons, 100 steps of batch 1")
    y, model = 2 * X + 3, make_network(width)
    before = values(model)
    train_on_slices(model, y, steps=100, batch=1)
    errors = COST(before, y).item(), COST(values(model), y).item()
    print(f"mean squared error before {errors[0]:.4f}, after {errors[1]:.2e}")
    return y, {"before": before, "after": values(model)}, errors


def curve(width, steps):
    heading(f"y = 2 sin(x) + 5, {width} hidden neurons, {steps} steps of batch 20")
    y = 2 * torch.sin(X) + 5
    slope, offset = np.polyfit(X.numpy().ravel(), y.numpy().ravel(), 1).tolist()
    best = COST(slope * X + offset, y).item()
    linear, curved = make_network(width), make_network(width, nn.Tanh())
    for model in (linear, curved):
        train_on_slices(model, y, steps=steps, batch=20)
    errors = COST(values(linear), y).item(), COST(values(curved), y).item()
    print(f"no activation: mean squared error {errors[0]:.4f} (the best line: {best:.4f})")
    print(f"with Tanh:     mean squared error {errors[1]:.4f}")
    return y, {"no activation": values(linear), "with Tanh": values(curved)}, (best, *errors)


def worst(model, low, high):
    x = torch.linspace(low, high, 301).view(-1, 1)
    return (values(model, x) - torch.sin(x)).abs().max().item()


def accuracy(seed, widths, ends):
    heading("sin(x) on [-3, 3]: the largest error, by activation, width and epochs (Adam)")
    x = torch.linspace(-3, 3, 200).view(-1, 1)
    print("activation width " + "".join(f"{end:>10} " for end in (*ends, "in [3, 6]", "in [6, 9]")))
    models, errors = {}, {}
    for activation in (nn.Sigmoid, nn.Tanh, nn.ReLU):
        for width in widths:
            torch.manual_seed(seed)
            model = nn.Sequential(nn.Linear(1, width), activation(), nn.Linear(width, 1))
            optimizer = optim.Adam(model.parameters(), lr=0.01)
            row = []
            for epochs in np.diff((0, *ends)):
                fit(model, COST, optimizer, (x, torch.sin(x)), epochs=epochs)
                row.append(worst(model, -3, 3))
            name, row = activation.__name__, [*row, worst(model, 3, 6), worst(model, 6, 9)]
            models[name], errors[name, width] = model, row
            print(f"{name:10} {width:5} " + "".join(f"{error:10.4f} " for error in row))
    return models, errors


def trainer(seed, width, epochs):
    heading("a trainer: network, cost, optimizer and batch size in, mean errors out")
    torch.manual_seed(seed)
    model = make_network(width, nn.Tanh())
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def report(epoch, means):
        if (epoch + 1) % (epochs // 4) == 0:
            print(f"epoch {epoch + 1:4d}  mean error {means['loss']:.4f}")

    data = X, 2 * torch.sin(X) + 5
    return fit(model, COST, optimizer, data, epochs=epochs, batch_size=20, callback=report)


def draw(plt, name, title, x, y, curves):
    figure, axes = plt.subplots()
    viz.plot.fit(x, y, curves, axes, trained=(-3, 3)).get_legend().remove()
    axes.set(title=title, ylim=(y.min().item() - 2, y.max().item() + 2))
    axes.set_xticks(np.linspace(x[0].item(), x[-1].item(), 7))
    figure.legend(loc="outside lower center", ncols=5)
    save(figure, name)


def main():
    chosen = options(__doc__, seed=4321)
    np.random.seed(chosen.seed)
    steps, epochs = (1000, 8) if chosen.quick else (20_000, 200)
    widths, ends = ((4, 16), (30, 300)) if chosen.quick else ((2, 4, 8, 16, 32), (100, 1000, 3000))
    straight, lines, (before, after) = line(8)
    bent, curves, (best, linear, curved) = curve(8, steps)
    models, errors = accuracy(0, widths, ends)
    history = trainer(0, 8, epochs)
    if plt := pyplot():
        draw(plt, "restore_line.png", "A line from two linear layers", X, straight, lines)
        draw(plt, "restore_sine.png", "A sine needs an activation", X, bent, curves)
        x = torch.linspace(-9, 9, 601).view(-1, 1)
        outside = {name: values(model, x) for name, model in models.items()}
        draw(plt, "restore_outside.png", "Outside of the data", x, torch.sin(x), outside)

    narrow, wide, inside = errors["Tanh", widths[0]], errors["Tanh", widths[-1]], -3
    check(after < 0.01 < before, f"the line is restored: mean squared error {after:.1e}")
    check(linear > 0.99 * best > 4 * curved, "the sine is not, but with an activation it is")
    check(wide[inside] < wide[0], "the error of sin falls with the epochs")
    check(wide[inside] < narrow[inside], "the error of sin falls with the width")
    check(wide[-1] > 2 * wide[inside], "it is larger outside of the training interval")
    check(history["loss"][-1] < history["loss"][0], "the trainer's mean error falls")


if __name__ == "__main__":
    main()
