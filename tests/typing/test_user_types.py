"""What a type checker tells a user about what users write: mypy reads this file, and pytest runs it.

``assert_type`` is about the checker and does nothing when it runs; that values are of these types is asserted
beside it by `is_really`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, TypeVar, assert_type

import numpy as np

import microtensor as mt
from microtensor import nn, optim
from microtensor.nn import functional as F

T = TypeVar("T")


def is_really(value: T, kind: type) -> T:
    """The value, which is of this kind when it runs."""
    assert isinstance(value, kind), type(value)
    return value


def test_making_tensors() -> None:
    for made in (mt.tensor([1.0]), mt.zeros(2), mt.ones(2, 3), mt.arange(3), mt.randn(2), mt.rand(2)):
        assert_type(is_really(made, mt.Tensor), mt.Tensor)
    for made in (mt.eye(2), mt.full((2,), 1.0), mt.linspace(0, 1, 3), mt.zeros_like(mt.ones(2))):
        assert_type(is_really(made, mt.Tensor), mt.Tensor)
    assert_type(is_really(mt.from_numpy(np.ones(2)), mt.Tensor), mt.Tensor)
    assert_type(mt.nn.Parameter(mt.ones(2)), nn.Parameter)


def test_operators() -> None:
    x, y = mt.ones(2, 2), mt.ones(2, 2)
    for result in (x + y, x - 1, 2 * x, x / y, x**2, -x, x @ y, 1 - x, 1 / x):
        assert_type(is_really(result, mt.Tensor), mt.Tensor)
    for result in (x > y, x <= 1, ~(x > 0), (x > 0) & (y > 0)):
        assert_type(is_really(result, mt.Tensor), mt.Tensor)
    assert_type(is_really(x[0], mt.Tensor), mt.Tensor)
    assert_type(is_really(x[:, None, 1], mt.Tensor), mt.Tensor)
    assert_type([row for row in x], list[mt.Tensor])  # noqa: C416 - what iterating gives
    assert_type(len(x), int)
    assert_type(float(x[0, 0]), float)
    assert_type(bool(x[0, 0]), bool)


def test_what_a_tensor_says_of_itself() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    assert_type(is_really(x.shape, mt.Size), mt.Size)
    assert_type(x.ndim, int)
    assert_type(x.dim(), int)
    assert_type(x.numel(), int)
    assert_type(x.requires_grad, bool)
    assert_type(x.is_leaf, bool)
    assert_type(x.is_contiguous(), bool)
    assert_type(x.is_floating_point(), bool)
    assert_type(x.device, mt.device)
    assert_type(x.grad, mt.Tensor | None)
    assert_type(is_really(x.detach(), mt.Tensor), mt.Tensor)
    assert_type(is_really(x.data, mt.Tensor), mt.Tensor)
    assert_type(is_really(x.requires_grad_(), mt.Tensor), mt.Tensor)
    assert is_really(x.detach().numpy(), np.ndarray).shape == (2, 3)


def test_a_training_loop() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    assert_type(model, nn.Sequential)
    assert_type(model.parameters(), Iterator[nn.Parameter])
    assert_type(model.named_parameters(), Iterator[tuple[str, nn.Parameter]])
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    assert_type(optimizer, optim.Adam)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
    assert_type(scheduler, optim.lr_scheduler.StepLR)
    for _ in range(2):
        optimizer.zero_grad()
        loss = F.mse_loss(model(mt.ones(4, 2)), mt.zeros(4, 1))
        loss.backward()
        optimizer.step()
        scheduler.step()
    assert_type(model.train(), nn.Sequential)
    assert_type(model.eval(), nn.Sequential)
    assert_type(model.state_dict(), OrderedDict[str, Any])
    assert_type(model.training, bool)


def test_layers() -> None:
    layer = nn.Linear(2, 1)
    assert_type(layer, nn.Linear)
    assert_type(layer.weight, nn.Parameter)
    assert_type(layer.bias, nn.Parameter | None)
    assert_type(layer.double(), nn.Linear)
    assert_type(layer.requires_grad_(False), nn.Linear)

    class Mine(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(2, 2)

        def forward(self, x: mt.Tensor) -> mt.Tensor:
            return x + 1

    assert_type(Mine().inner, nn.Linear)
    assert_type(Mine().to(mt.float64), Mine)
    assert_type(Mine().forward(mt.ones(1)), mt.Tensor)


def test_recording() -> None:
    with mt.no_grad():
        assert_type(mt.is_grad_enabled(), bool)

    @mt.no_grad()
    def plain(x: mt.Tensor) -> mt.Tensor:
        return x * 2

    assert_type(plain(mt.ones(2)), mt.Tensor)
    x = mt.ones(2, requires_grad=True)
    (gradient,) = mt.autograd.grad((x * x).sum(), x)
    assert is_really(gradient, mt.Tensor).tolist() == [2.0, 2.0]
    assert_type(mt.autograd.gradcheck(mt.sin, (x.double(),)), bool)


def test_functions_and_methods() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    for result in (mt.exp(x), mt.sqrt(x), mt.mul(x, 2), mt.sigmoid(x), mt.matmul(x, x.T), mt.relu(x)):
        assert_type(is_really(result, mt.Tensor), mt.Tensor)
    for result in (F.relu(x), F.softmax(x, 1), F.mse_loss(x, x * 2), F.linear(x, x), mt.linalg.pinv(x)):
        assert_type(is_really(result, mt.Tensor), mt.Tensor)
    for result in (x.exp(), x.sum(), x.sum(0), x.mean(dim=1), x.reshape(3, 2), x.view(-1), x.squeeze()):
        assert_type(is_really(result, mt.Tensor), mt.Tensor)
    for result in (x.float(), x.double(), x.clone(), x.masked_fill(x > 0, 0.0), x.norm(), x.to(mt.float64)):
        assert_type(is_really(result, mt.Tensor), mt.Tensor)
    assert_type(is_really(mt.zeros(2).add_(1).mul_(2), mt.Tensor), mt.Tensor)
    assert_type((x * x).sum().backward(), None)
    assert_type(x.equal(x), bool)
    loss = (x * x).sum()
    assert_type(loss.exp().sum(), mt.Tensor)
