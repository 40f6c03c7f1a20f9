"""Accuracy control: how wide, how deep, how long, and with which activation, for a wanted error.

A network is asked for a function to within a wanted error, measured on a grid ten times as fine as its
data. What that takes depends on the function: a smooth one is cheap for a smooth activation, a kinked one
for ReLU. Outside of the data none of it holds: there each network goes on as its activation does.
"""

from __future__ import annotations

from itertools import pairwise, product

from common import BLUE, GREY, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim

LOW, HIGH = -3.0, 3.0


def kinked(x):
    """A wave of straight lines, with kinks at -2, 0 and 2 between -3 and 3."""
    return (x.remainder(4.0) - 2).abs() - 1


FUNCTIONS = {"sin": torch.sin, "kinked": kinked}
ACTIVATIONS = {"Tanh": nn.Tanh, "ReLU": nn.ReLU}
NAMES = "function", "activation", "width", "depth", "epochs"


def make_network(width, depth, activation):
    sizes = [1, *[width] * depth]
    hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), activation())]
    return nn.Sequential(*hidden, nn.Linear(width, 1))


def largest_error(model, function, low=LOW, high=HIGH):
    x = torch.linspace(low, high, 2001).view(-1, 1)
    with torch.no_grad():
        return (model(x) - function(x)).abs().max().item()


def train(model, function, epochs):
    x = torch.linspace(LOW, HIGH, 200).view(-1, 1)
    y, criterion = function(x), nn.MSELoss()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
    return largest_error(model, function)


def survey(seed, widths, depths, lengths):
    """Train every network; return its model and error by function, activation, width, depth and epochs."""
    found = {}
    for key in product(FUNCTIONS, ACTIVATIONS, widths, depths, lengths):
        function, activation, width, depth, epochs = key
        torch.manual_seed(seed)
        model = make_network(width, depth, ACTIVATIONS[activation])
        found[key] = model, train(model, FUNCTIONS[function], epochs)
    return found


def best(found, **wanted):
    """Return the error and the model of the best network among those that are as wanted."""
    keys = [key for key in found if wanted.items() <= dict(zip(NAMES, key, strict=True)).items()]
    model, error = min((found[key] for key in keys), key=lambda pair: pair[1])
    return error, model


def cheapest(found, function, activation, wanted):
    """The network that reaches the wanted error with the fewest weights times epochs."""
    good = [key for key in found if key[:2] == (function, activation) and found[key][1] <= wanted]
    size = {key: sum(p.numel() for p in found[key][0].parameters()) for key in good}
    return min(good, key=lambda key: size[key] * key[-1], default=None)


def draw_errors(plt, found, widths, depths, lengths):
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 6.4), sharey=True)
    for row, function in zip(panels, FUNCTIONS, strict=True):
        for activation, depth in product(ACTIVATIONS, depths):
            color, style = BLUE if activation == "Tanh" else ORANGE, "-o" if depth == 1 else "--o"
            for axes, name, values in (row[0], "width", widths), (row[1], "epochs", lengths):
                among = {"function": function, "activation": activation, "depth": depth}
                errors = [best(found, **among, **{name: value})[0] for value in values]
                axes.loglog(values, errors, style, color=color, label=f"{activation}, hidden layers: {depth}")
                axes.set(title=f"{function}: the error by {name}", xlabel=name, ylabel="largest error")
                axes.set_xticks(values, values, minor=False)
                axes.xaxis.set_minor_locator(plt.NullLocator())
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, "accuracy_control.png")


def draw_fits(plt, found):
    figure, panels = plt.subplots(2, 1, figsize=(7.6, 6), sharex=True)
    x = torch.linspace(-9, 9, 901).view(-1, 1)
    for axes, (name, function) in zip(panels, FUNCTIONS.items(), strict=True):
        axes.axvspan(LOW, HIGH, color="#e6e8eb", label="training data")
        axes.plot(x, function(x), color=GREY, linewidth=4, alpha=0.5, label="function")
        for activation, color in zip(ACTIVATIONS, (BLUE, ORANGE), strict=True):
            _, model = best(found, function=name, activation=activation)
            axes.plot(x, model(x).detach(), color=color, linewidth=1.3, label=f"best with {activation}")
        axes.set(title=name, ylabel="y", ylim=(-3, 3))
    panels[1].set_xlabel("x")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    save(figure, "accuracy_control_outside.png")


def main():
    chosen = options(__doc__, seed=0)
    widths, depths, lengths = (2, 4, 8, 16, 32), (1, 2), (300, 1000, 3000)
    if chosen.quick:
        widths, depths, lengths = (4, 16), (1,), (200, 600)
    found = survey(chosen.seed, widths, depths, lengths)
    heading(f"the cheapest of {len(found) // 4} networks for a wanted error")
    for function, activation, wanted in product(FUNCTIONS, ACTIVATIONS, (0.1, 0.03, 0.01)):
        key, answer = cheapest(found, function, activation, wanted), "none of them"
        if key is not None:
            answer = "width {:2d}, {} hidden, {:4d} epochs".format(*key[2:]) + f": {found[key][1]:.4f}"
        print(f"{function:6} with {activation} to {wanted:<4}   {answer}")
    heading("the largest error inside of [-3, 3], and outside, in [3, 6]")
    inside, outside = {}, {}
    for pair in product(FUNCTIONS, ACTIVATIONS):
        inside[pair], model = best(found, function=pair[0], activation=pair[1])
        outside[pair] = largest_error(model, FUNCTIONS[pair[0]], HIGH, 6.0)
        print(f"{pair[0]:6} with {pair[1]}: {inside[pair]:.4f} inside, {outside[pair]:.4f} outside")
    if plt := pyplot():
        draw_errors(plt, found, widths, depths, lengths)
        draw_fits(plt, found)

    for name in FUNCTIONS:
        narrow, wide = (best(found, function=name, width=w)[0] for w in (widths[0], widths[-1]))
        check(wide < narrow, f"{name}: width pays, {narrow:.4f} to {wide:.4f}")
        short, long = (best(found, function=name, epochs=n)[0] for n in (lengths[0], lengths[-1]))
        check(long < short, f"{name}: epochs pay, {short:.4f} to {long:.4f}")
    check(inside["kinked", "ReLU"] < inside["kinked", "Tanh"], "the kinked function is for ReLU")
    check(all(outside[pair] > 2 * inside[pair] for pair in inside), "none of it holds outside")
    if not chosen.quick:
        check(inside["sin", "Tanh"] < inside["sin", "ReLU"], "the smooth one is for Tanh")
        check(inside["sin", "Tanh"] < 0.01, "sin is approximated to 0.01")


if __name__ == "__main__":
    main()
