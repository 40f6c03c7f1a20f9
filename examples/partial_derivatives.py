"""Partial derivatives of f(x(t), y(t)): by hand, by finite differences, and by autograd both ways.

f(x, y) = x^2 y^3 with x = sin t and y = e^t, to the third order. By hand that takes seven partial
derivatives and a chain rule of seven terms. Differences over a step h need nothing but f, but their
error has the shape of a U: a large step cuts the curve short, a small one is lost in rounding, and
the best error there is gets worse by orders of magnitude with each order. Autograd, in reverse by
`grad` of `grad` and forward by `jvp` of `jvp`, is exact to rounding in each of them.
"""

from __future__ import annotations

import numpy as np
from common import BLUE, GREEN, GREY, ORANGE, PALETTE, check, heading, options, pyplot, save

import microtensor as torch

EPSILON = np.finfo(float).eps
ORDERS = 1, 2, 3


def f(x, y):
    return x**2 * y**3


def along(t):
    return f(torch.sin(t), torch.exp(t))


def partials_by_hand(x, y):
    return {
        "x": 2 * x * y**3, "y": 3 * x**2 * y**2,
        "xx": 2 * y**3, "xy": 6 * x * y**2, "yy": 6 * x**2 * y,
        "xxx": 0 * x, "xxy": 6 * y**2, "xyy": 12 * x * y, "yyy": 6 * x**2,
    }  # fmt: skip


def partials_by_autograd(x, y):
    """Each name is one derivative of a shorter name: "xxy" is the derivative of "xx" for y."""
    inputs = {"x": torch.tensor(x, requires_grad=True), "y": torch.tensor(y, requires_grad=True)}
    found = {"": f(inputs["x"], inputs["y"])}
    for name in partials_by_hand(x, y):
        shorter, variable = found[name[:-1]], inputs[name[-1]]
        (found[name],) = torch.autograd.grad(shorter, variable, create_graph=True, materialize_grads=True)
    return {name: value.item() for name, value in found.items() if name}


def by_hand(t):
    """The chain rule for one, two and three derivatives; x = sin t, y = e^t."""
    s, c, e = np.sin(t), np.cos(t), np.exp(t)
    d = partials_by_hand(s, e)
    first = d["x"] * c + d["y"] * e
    second = d["xx"] * c**2 + 2 * d["xy"] * c * e + d["yy"] * e**2 - d["x"] * s + d["y"] * e
    third = d["xxx"] * c**3 + 3 * d["xxy"] * c**2 * e + 3 * d["xyy"] * c * e**2 + d["yyy"] * e**3
    third += 3 * (-d["xx"] * c * s + d["xy"] * (c * e - s * e) + d["yy"] * e**2)
    return first, second, third - d["x"] * c + d["y"] * e


def reverse(t):
    """grad of grad of grad: each backward pass is itself recorded."""
    t = torch.tensor(t, requires_grad=True)
    values, derivative = [], along(t).sum()
    for _ in ORDERS:
        (derivative,) = torch.autograd.grad(derivative.sum(), t, create_graph=True)
        values.append(derivative.detach().numpy())
    return values


def forward(t):
    """jvp of jvp of jvp: each pass carries the derivative along with the value."""

    def differentiated(function):
        return lambda t: torch.func.jvp(function, (t,), (torch.ones_like(t),))[1]

    values, function, t = [], along, torch.tensor(t)
    for _ in ORDERS:
        function = differentiated(function)
        values.append(function(t).numpy())
    return values


def differences(t, h):
    """Central differences of the first three orders; each errs by a multiple of h^2."""
    a, b, c, d, e = (along(torch.tensor(t + k * h)).numpy() for k in (-2, -1, 0, 1, 2))
    return (d - b) / (2 * h), (d - 2 * c + b) / h**2, (e - 2 * d + 2 * b - a) / (2 * h**3)


def draw_errors(plt, steps, errors, exact):
    figure, axes = plt.subplots(figsize=(6.4, 4.4))
    for order, colour in zip(ORDERS, (BLUE, ORANGE, GREEN), strict=True):
        axes.loglog(steps, errors[:, order - 1], color=colour, label=f"differences, order {order}")
        axes.axvline(EPSILON ** (1 / (order + 2)), color=colour, linestyle=":", linewidth=1)
    axes.axhline(exact, color="#30343b", linestyle="--", linewidth=1.1, label="autograd, all orders")
    axes.plot([], color=GREY, linestyle=":", label="the step that theory wants")
    axes.set(title="The U of finite differences", xlabel="step h", ylabel="relative error", ylim=(1e-17, 1e6))
    figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    save(figure, "partial_derivatives.png")


def draw_curves(plt, low, high):
    t = np.linspace(low, high, 301)
    figure, panels = plt.subplots(2, 2, figsize=(7.2, 5), sharex=True)
    curves = [along(torch.tensor(t)).numpy(), *reverse(t)]
    for order, (axes, curve) in enumerate(zip(panels.flat, curves, strict=True)):
        axes.plot(t, curve, color=PALETTE[order])
        axes.set(title=f"derivative of order {order}" if order else "f(sin t, e^t)", ylabel="f" + "'" * order)
        if order > 1:
            axes.set_xlabel("t")
    save(figure, "partial_derivatives_curves.png")


def main():
    chosen = options(__doc__, seed=0)
    t = np.random.default_rng(chosen.seed).uniform(-1, 1, 3 if chosen.quick else 50)
    steps = np.logspace(-9, 0, 28 if chosen.quick else 181)
    x, y = np.sin(t[0]), np.exp(t[0])
    heading(f"partial derivatives of x^2 y^3 at x = {x:.4f}, y = {y:.4f}")
    hand, auto = partials_by_hand(x, y), partials_by_autograd(x, y)
    for name, value in hand.items():
        print(f"f_{name:4} by hand {value:12.8f}   by autograd {auto[name]:12.8f}")

    heading(f"derivatives along t, at {len(t)} points: the largest relative error")
    truth = by_hand(t)
    size = [np.abs(value).max() for value in truth]

    def error(values):
        return [np.abs(value - right).max() / s for value, right, s in zip(values, truth, size, strict=True)]

    back, ahead = error(reverse(t)), error(forward(t))
    errors = np.array([error(differences(t, h)) for h in steps])
    for order in ORDERS:
        i = errors[:, order - 1].argmin()
        print(f"order {order}: reverse {back[order - 1]:.0e}, forward {ahead[order - 1]:.0e}, ", end="")
        print(f"differences {errors[i, order - 1]:.0e} at best, with a step of {steps[i]:.0e}")
    if plt := pyplot():
        draw_errors(plt, steps, errors, max(back + ahead))
        draw_curves(plt, 0, 3.3)

    gap = max(abs(value - auto[name]) for name, value in hand.items())
    check(gap < 1e-13, "all nine partial derivatives are those by hand")
    check(max(back + ahead) < 1e-14, "reverse and forward are exact to rounding in all three orders")
    best = errors.min(0)
    claim = f"differences lose digits with each order: {best[0]:.0e}, {best[1]:.0e}, {best[2]:.0e} at best"
    check(1e-13 < best[0] < best[1] < best[2], claim)
    ends = np.minimum(errors[0], errors[-1])
    check((ends > 1e3 * best).all(), "at both ends of the U the error is 1000 times as large and more")


if __name__ == "__main__":
    main()
