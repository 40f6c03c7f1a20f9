"""Predators and prey: the four parameters of an ODE, fitted by gradient through its solver.

Lotka and Volterra's system, x' = a x - b x y for the prey and y' = d x y - c y for the predators, is
solved by Runge and Kutta's method of fourth order. `backward()` through the solver keeps each of its
steps; the adjoint method keeps none, but solves a second ODE backward in time (Chen and others, Neural
Ordinary Differential Equations, 2018). The two differ by the solver's error: half the step, a sixteenth.
"""

from __future__ import annotations

import numpy as np
from common import GREEN, GREY, PALETTE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import optim

TRUTH, GUESS = torch.tensor([[1.1, 0.4, 0.4, 0.1], [0.8, 0.6, 0.6, 0.2]], dtype=torch.float64)
START = torch.tensor([5.0, 3.0], dtype=torch.float64)
GAP = 0.5


def rates(state, parameters):
    (x, y), (a, b, c, d) = state, parameters
    return torch.stack([a * x - b * x * y, d * x * y - c * y])


def runge_kutta(field, state, h):
    k1 = field(state)
    k2 = field(state + h / 2 * k1)
    k3 = field(state + h / 2 * k2)
    k4 = field(state + h * k3)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def solve(parameters, count, steps, gap=GAP):
    """Return the states at `count` times, `gap` apart, with `steps` steps from one to the next."""
    state, states = START, [START]
    for step in range(1, (count - 1) * steps + 1):
        state = runge_kutta(lambda s: rates(s, parameters), state, gap / steps)
        if step % steps == 0:
            states.append(state)
    return torch.stack(states)


class Adjoint(torch.autograd.Function):
    """`solve`, whose backward pass is the solution of another ODE."""

    @staticmethod
    def forward(ctx, parameters, count, steps):
        states = solve(parameters, count, steps)
        ctx.save_for_backward(parameters, states)
        ctx.steps = steps
        return states

    @staticmethod
    def backward(ctx, grad):
        parameters, states = ctx.saved_tensors

        def field(augmented):
            """Of the state, of the gradient that has come back to it, and of that of the parameters."""
            with torch.enable_grad():
                state, p = augmented[:2].detach().requires_grad_(), parameters.detach().requires_grad_()
                change = rates(state, p)
                pulled = torch.autograd.grad(change, (state, p), augmented[2:4])
            return torch.cat([change.detach(), -pulled[0], -pulled[1]])

        augmented = torch.cat([states[-1], torch.zeros(6, dtype=torch.float64)])
        for i in reversed(range(1, len(states))):
            augmented = torch.cat([states[i], augmented[2:4] + grad[i], augmented[4:]])
            for _ in range(ctx.steps):
                augmented = runge_kutta(field, augmented, -GAP / ctx.steps)
        return augmented[4:], None, None


def gradient(solver, data, steps):
    p = GUESS.clone().requires_grad_()
    (solver(p, len(data), steps) - data).pow(2).mean().backward()
    return p.grad


def fit(solver, data, iterations):
    logs = GUESS.log().requires_grad_()  # so that each parameter stays above 0
    optimizer = optim.LBFGS([logs], max_iter=1, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = (solver(logs.exp(), len(data), 4).log() - data.log()).pow(2).mean()
        loss.backward()
        return loss

    losses, path = [], []
    for _ in range(iterations):
        path.append(logs.detach().exp().numpy())
        losses.append(optimizer.step(closure).item())
    return losses, np.array(path)


def draw(plt, data, runs):
    figure, (phase, loss, values) = plt.subplots(1, 3, figsize=(11, 3.8))
    path = runs["through the solver"][1]
    guessed, fitted = (solve(torch.tensor(p), 8 * len(data) - 7, 1, GAP / 8) for p in (path[0], path[-1]))
    phase.plot(*guessed.T, ":", color=GREY, label="first guess")
    phase.plot(*fitted.T, color=GREEN, label="fitted")
    phase.scatter(*data.T, s=14, color="#30343b", label="observed")
    for (name, (losses, _)), style in zip(runs.items(), ("-", "--"), strict=True):
        loss.semilogy(losses, style, label=name)
    values.plot(path, label=list("abcd"))
    values.hlines(TRUTH, 0, len(path) - 1, colors=PALETTE[:4], linestyles=":", linewidth=1)
    phase.set(title="Phase portrait", xlabel="prey", ylabel="predators", ylim=(0, 4.6))
    loss.set(title="The loss, with either gradient", xlabel="iteration", ylabel="squared error of logarithms")
    values.set(title="The parameters; dotted: the true ones", xlabel="iteration", ylabel="value")
    for axes in (phase, loss, values):
        axes.legend()
    save(figure, "lotka_volterra.png")


def main():
    chosen = options(__doc__, seed=0)
    count, iterations = (10, 9) if chosen.quick else (25, 25)
    noise = np.random.default_rng(chosen.seed).normal(0, 0.03, (count, 2))
    data = solve(TRUTH, count, 20) * torch.from_numpy(np.exp(noise))
    heading("one gradient, twice: at the first guess")
    runs, gaps = {}, []
    for steps in (2, 4, 8):
        direct, adjoint = (gradient(solver, data, steps) for solver in (solve, Adjoint.apply))
        gaps.append((direct - adjoint).abs().max().item())
        print(f"{steps} steps: largest gap {gaps[-1]:.2e}; gradient {direct.numpy().round(6)}")
    for name, solver in ("through the solver", solve), ("by the adjoint", Adjoint.apply):
        heading(f"{iterations} iterations of L-BFGS, gradient {name}")
        losses, path = runs[name] = fit(solver, data, iterations)
        for i in range(0, iterations, 4):
            print(f"iteration {i:2d}  loss {losses[i]:.6f}  a, b, c, d {path[i].round(4)}")
    if plt := pyplot():
        draw(plt, data, runs)

    exact = torch.autograd.gradcheck(lambda p: solve(p, 4, 2), GUESS.clone().requires_grad_())
    check(exact, "the gradient through the solver is that of finite differences")
    claim = f"half the step, a sixteenth of the gap: {gaps[0] / gaps[1]:.1f}, {gaps[1] / gaps[2]:.1f}"
    check(12 < gaps[0] / gaps[1] < 20 and 12 < gaps[1] / gaps[2] < 20, claim)
    first, second = (path[-1] for _, path in runs.values())
    check(losses[-1] < 0.01 * losses[0], f"the loss falls from {losses[0]:.4f} to {losses[-1]:.4f}")
    if not chosen.quick:
        worst = np.abs(first / TRUTH.numpy() - 1).max()
        check(worst < 0.02, f"the four parameters are found within {worst:.1%}")
    check(np.abs(first / second - 1).max() < 1e-3, "by the adjoint they are the same")


if __name__ == "__main__":
    main()
