"""Whole programs that need more than a first derivative, with answers known in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn, optim
from microtensor.func import functional_call, jacrev, vmap
from microtensor.testing import assert_close, numerical_gradient


def test_the_gradient_penalty_of_a_linear_critic() -> None:
    """D(x) = w.x has gradient w everywhere, so the penalty (|w| - 1)^2 has slope 2 (|w| - 1) w / |w|."""
    critic = nn.Linear(3, 1, bias=False).double()
    points = mt.randn(5, 3, dtype=mt.float64, requires_grad=True)
    score = critic(points)
    (slope,) = mt.autograd.grad(score.sum(), points, create_graph=True)
    penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
    penalty.backward()
    w = critic.weight.detach()
    norm = w.norm()
    assert_close(critic.weight.grad, 2 * (norm - 1) * w / norm, rtol=1e-12)


def critic_loss(w1: Any, w2: Any, real: Any, fake: Any, mix: Any) -> Any:
    """A Wasserstein critic's loss with gradient penalty, for a network of one hidden layer."""

    def score(x: Any) -> Any:
        return mt.tanh(x @ w1) @ w2

    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    (slope,) = mt.autograd.grad(score(points).sum(), points, create_graph=True)
    penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
    return score(fake).mean() - score(real).mean() + 10 * penalty


def test_a_step_of_a_gan_with_gradient_penalty() -> None:
    draw = [mt.randn(*shape, dtype=mt.float64) for shape in [(2, 4), (4, 1), (6, 2), (6, 2)]]
    mix = mt.rand(6, 1, dtype=mt.float64)
    weights, data = [w.requires_grad_() for w in draw[:2]], [*draw[2:], mix]
    critic_loss(*weights, *data).backward()
    for k, w in enumerate(weights):

        def loss(value: Any, k: int = k) -> float:
            moved = [mt.from_numpy(value) if i == k else v.detach() for i, v in enumerate(weights)]
            return float(critic_loss(*[m.requires_grad_() for m in moved], *data))

        assert_close(w.grad, numerical_gradient(loss, w.detach().array), rtol=1e-5, atol=1e-7)
    before = [w.detach().clone() for w in weights]
    optim.SGD(weights, lr=0.1).step()
    for w, old in zip(weights, before, strict=True):
        assert_close(w.detach(), old - 0.1 * w.grad)


def test_a_maml_step_differentiates_through_the_inner_update() -> None:
    """With losses (w - a)^2 / 2 the meta-gradient is (1 - alpha) (w' - b), w' = w - alpha (w - a)."""
    alpha, a, b = 0.3, 2.0, 5.0
    w = mt.tensor(1.0, dtype=mt.float64, requires_grad=True)
    inner = 0.5 * (w - a) ** 2
    (slope,) = mt.autograd.grad(inner, w, create_graph=True)
    adapted = w - alpha * slope
    (0.5 * (adapted - b) ** 2).backward()
    expected = (1 - alpha) * (1.0 - alpha * (1.0 - a) - b)
    assert w.grad is not None
    assert w.grad.item() == pytest.approx(expected, rel=1e-14)


def test_maml_of_a_network_through_functional_call() -> None:
    model = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    x, y = mt.randn(5, 1, dtype=mt.float64), mt.randn(5, 1, dtype=mt.float64)

    def meta_loss(params: dict[str, Any]) -> Any:
        inner = nn.functional.mse_loss(functional_call(model, params, x), y)
        slopes = mt.autograd.grad(inner, list(params.values()), create_graph=True)
        adapted = {k: p - 0.1 * s for (k, p), s in zip(params.items(), slopes, strict=True)}
        return nn.functional.mse_loss(functional_call(model, adapted, 2 * x), y)

    params = dict(model.named_parameters())
    meta_loss(params).backward()
    for name, parameter in params.items():

        def loss(value: Any, name: str = name) -> float:
            held = {k: p.detach().clone().requires_grad_() for k, p in params.items()}
            return float(meta_loss({**held, name: mt.from_numpy(value).requires_grad_()}))

        assert_close(parameter.grad, numerical_gradient(loss, parameter.detach().array), rtol=1e-5, atol=1e-8)


def test_a_physics_informed_loss_with_a_third_derivative() -> None:
    """u = tanh(w t) has u''' = w^3 (6 T^2 - 2 - ... ), checked in closed form, and its slope in w."""
    w = mt.tensor(0.7, dtype=mt.float64, requires_grad=True)
    t = mt.linspace(-1, 1, 7, dtype=mt.float64).requires_grad_()
    u = mt.tanh(w * t)
    for _ in range(3):
        (u,) = mt.autograd.grad(u.sum(), t, create_graph=True)
    s = np.tanh(0.7 * t.detach().array)
    assert_close(u.detach(), 0.7**3 * (1 - s**2) * (6 * s**2 - 2), rtol=1e-12, check_dtype=False)
    residual = (u + 1).square().mean()
    residual.backward()

    def loss(value: Any) -> float:
        s = np.tanh(value * t.detach().array)
        return float(np.mean((value**3 * (1 - s**2) * (6 * s**2 - 2) + 1) ** 2))

    assert_close(w.grad, numerical_gradient(loss, np.array(0.7)), rtol=1e-8)


def test_a_network_learns_an_equation_of_third_order() -> None:
    """Trained on u''' = u' + 2 with its residual alone, the residual falls by a factor of ten."""
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        t = mt.linspace(0, 1, 16).view(-1, 1).requires_grad_()
        orders = [model(t)]
        for _ in range(3):
            orders += mt.autograd.grad(orders[-1].sum(), t, create_graph=True)
        loss = (orders[3] - orders[1] - 2).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10


def test_the_neural_tangent_kernel_of_a_small_network() -> None:
    """f(x) = a . tanh(w x): K(x, y) = sum_j tanh(w_j x) tanh(w_j y) + a_j^2 x y sech^2 sech^2."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.out = nn.Linear(1, 5, bias=False), nn.Linear(5, 1, bias=False)

        def forward(self, x: Any) -> Any:
            return self.out(mt.tanh(self.hidden(x))).squeeze(-1)

    net = Net().double()
    params = {k: p.detach() for k, p in net.named_parameters()}
    x, y = mt.randn(4, 1, dtype=mt.float64), mt.randn(3, 1, dtype=mt.float64)

    def jacobians(points: Any) -> Any:
        return vmap(jacrev(lambda p, point: functional_call(net, p, point)), (None, 0))(params, points)

    one, two = jacobians(x), jacobians(y)
    kernel = sum(
        one[k].reshape(4, -1) @ two[k].reshape(3, -1).T for k in params
    )  # fmt: skip
    w, a = params["hidden.weight"].array.ravel(), params["out.weight"].array.ravel()
    tx, ty = np.tanh(x.array * w), np.tanh(y.array * w)
    expected = tx @ ty.T + (a * x.array * (1 - tx**2)) @ (a * y.array * (1 - ty**2)).T
    assert_close(kernel, expected, rtol=1e-12)
