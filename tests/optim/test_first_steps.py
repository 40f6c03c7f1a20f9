"""Every optimizer against its formula, worked out by hand on one element."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import optim

BASIC = [
    # optimizer, options, gradients in turn, values of a parameter that starts at 1
    ("SGD", {"lr": 0.1}, [2, 2], [0.8, 0.6]),
    ("SGD", {"lr": 0.1, "momentum": 0.9}, [2, 2], [0.8, 0.42]),  # velocities 2, 3.8
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}, [2, 2], [0.8, 0.52]),  # 2, 2.8
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, [2, 2], [0.62, 0.078]),  # 3.8, 5.42
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}, [2], [0.79]),
    ("SGD", {"lr": 0.1, "maximize": True}, [2], [1.2]),
    ("SGD", {"lr": 0.1, "maximize": True, "weight_decay": 0.1}, [2], [1.19]),
    # m = 0.2, 0.08 and v = 0.004, 0.004996; corrected 2, 0.421053 and 4, 2.499250
    ("Adam", {"lr": 0.1}, [2, -1], [0.9, 0.873366310]),
    ("Adam", {"lr": 0.1, "weight_decay": 1.0}, [-1], [1.0]),
    ("Adam", {"lr": 0.1, "eps": 2.0}, [2], [0.95]),
    # v would fall to 0.003996, and 0.004 / 0.001999 stays: 0.18 / 0.19 / sqrt(2.001001)
    ("Adam", {"lr": 0.1, "amsgrad": True}, [2, 0], [0.9, 0.833027687]),
    ("Adam", {"lr": 0.1, "maximize": True}, [2], [1.1]),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.5}, [2], [0.85]),
    ("Adam", {"lr": 0.1, "weight_decay": 0.5, "decoupled_weight_decay": True}, [2], [0.85]),
    ("RMSprop", {"lr": 0.01}, [2], [0.9]),
    ("RMSprop", {"lr": 0.01, "centered": True}, [2], [0.899496218]),  # 0.02 / sqrt(0.0396)
    # square_avg 0.04, 0.0796; buffer 10, 9 + 2 / sqrt(0.0796)
    ("RMSprop", {"lr": 0.01, "momentum": 0.9}, [2, 2], [0.9, 0.739111861]),
    ("Adagrad", {"lr": 0.1}, [2, 2], [0.9, 0.829289322]),  # 0.2 / sqrt(8)
    ("Adagrad", {"lr": 0.1, "lr_decay": 1.0}, [2, 2], [0.9, 0.864644661]),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 12.0}, [2], [0.95]),
    ("Adamax", {"lr": 0.1}, [2, 0], [0.9, 0.852584164]),  # 0.18 / 0.19 / 1.998
    ("RAdam", {"lr": 0.1}, [2, 2], [0.8, 0.6]),  # rho <= 5: plain momentum, corrected
    ("Adadelta", {"eps": 1.0, "rho": 0.5}, [2], [-0.154700538]),  # d = 2 / sqrt(3)
    ("Adadelta", {"eps": 1.0, "rho": 0.5, "lr": 0.1}, [2], [0.884529946]),
    ("ASGD", {"lr": 0.1, "lambd": 0.5}, [2], [0.75]),
    ("Rprop", {"lr": 0.1}, [2, 3, -1, -1], [0.9, 0.78, 0.78, 0.84]),  # 0.1, 0.12, rest, 0.06
    ("Rprop", {"lr": 0.1, "step_sizes": (0.05, 0.11)}, [2, 3], [0.9, 0.79]),
]


def values(name: str, options: dict[str, Any], gradients: list[float]) -> list[float]:
    """The values that one parameter takes under these gradients."""
    w = mt.tensor(1.0, dtype=mt.float64, requires_grad=True)
    optimizer = getattr(optim, name)([w], **options)
    found = []
    for gradient in gradients:
        w.grad = mt.tensor(float(gradient), dtype=mt.float64)
        optimizer.step()
        found.append(w.item())
    return found


@pytest.mark.parametrize(("name", "options", "gradients", "expected"), BASIC)
def test_steps(name: str, options: dict[str, Any], gradients: list[float], expected: list[float]) -> None:
    """The values are those of the paper's formula."""
    assert values(name, options, gradients) == pytest.approx(expected, rel=1e-7)


def test_nadam() -> None:
    """Two steps of NAdam, with the schedule of its momentum written out."""
    mu = [0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in (1, 2, 3)]
    m, v, product, x, expected = 0.0, 0.0, 1.0, 1.0, []
    for t, g in ((1, 2.0), (2, -1.0)):
        m, v, product = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, product * mu[t - 1]
        top = (1 - mu[t - 1]) * g / (1 - product) + mu[t] * m / (1 - product * mu[t])
        x -= 0.1 * top / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        expected.append(x)
    assert values("NAdam", {"lr": 0.1}, [2, -1]) == pytest.approx(expected, rel=1e-6)


def test_radam_divides_once_the_variance_is_known() -> None:
    """With beta2 = 0.9, rho_inf is 19; rho passes 5 at step 6."""
    m, v, x, expected = 0.0, 0.0, 1.0, []
    for t in range(1, 9):
        m, v = 0.9 * m + 0.1, 0.9 * v + 0.1
        rho = 19 - 2 * t * 0.9**t / (1 - 0.9**t)
        r = ((rho - 4) * (rho - 2) * 19 / (15 * 17 * rho)) ** 0.5 if rho > 5 else None
        adaptive = 1 if r is None else r / ((v / (1 - 0.9**t)) ** 0.5 + 1e-8)
        x -= 0.1 * m / (1 - 0.9**t) * adaptive
        expected.append(x)
    assert values("RAdam", {"lr": 0.1, "betas": (0.9, 0.9)}, [1] * 8) == pytest.approx(expected)


def test_asgd_averages() -> None:
    """More than t0 + 1 steps on, ``ax`` is a mean of the path and not its end."""
    w = mt.tensor([0.0], dtype=mt.float64, requires_grad=True)
    optimizer = optim.ASGD([w], lr=1.0, lambd=0.0, t0=1)
    path = []
    for _ in range(4):
        w.grad = mt.tensor([-1.0], dtype=mt.float64)
        optimizer.step()
        path.append(w.item())
    assert path == [1, 2, 3, 4]
    assert optimizer.state[w]["ax"].item() == 3.5  # halfway from 3 to 4
    assert optimizer.state[w]["mu"].item() == pytest.approx(1 / 3)
