"""The last update of one weight, in the optimizer's own formula and with its real numbers."""

from __future__ import annotations

from typing import Any

from ..layers import gradient
from ..packing import number
from ..trainer import Trainer

__all__ = ["update_of"]

Row = tuple[str, str, float]


def update_of(trainer: Trainer, layer: int, unit: int, source: int) -> dict[str, Any] | None:
    """What the last step did to a weight: before, after, and rows of a formula, its numbers and its value.

    The gradient is that of the whole batch, with the penalty if there is one.  None before the first step.

    >>> from microtensor.playground import Settings
    >>> trainer = Trainer(Settings.of({"optimizer": "SGD", "lr": 0.5}))
    >>> trainer.advance()
    >>> [row["formula"] for row in update_of(trainer, 0, 0, 0)["rows"]]
    ['w - lr * g']
    """
    if trainer.updates is None:
        return None
    parameter = trainer.blocks[layer].weight
    place = next(i for i, p in enumerate(trainer.parameters) if p is parameter)
    after, change = (float(a[unit, source]) for a in (parameter.array, trainer.updates[place]))
    group = trainer.optimizer.param_groups[0]
    state = {
        name: float(value if value.ndim == 0 else value[unit, source])
        for name, value in trainer.optimizer.state[parameter].items()
        if value is not None
    }
    g = float(gradient(parameter)[unit, source])
    rows = _RULES[trainer.settings.optimizer](after - change, g, group, state)
    return {
        "before": after - change, "after": after, "gradient": number(g), "rate": number(group["lr"]),
        "rows": [{"formula": f, "numbers": n, "value": number(v)} for f, n, v in rows],
    }  # fmt: skip


def _s(value: float) -> str:
    text = f"{value:.4g}"
    return f"({text})" if value < 0 else text


def _decayed(w: float, g: float, group: dict[str, Any]) -> tuple[float, list[Row]]:
    """The gradient with the weight decay that is added to it."""
    decay = group["weight_decay"]
    if not decay:
        return g, []
    return g + decay * w, [("g = g + decay * w", f"{_s(g)} + {decay:g} * {_s(w)}", g + decay * w)]


def _sgd(w: float, g: float, group: dict[str, Any], state: dict[str, float]) -> list[Row]:
    g, rows = _decayed(w, g, group)
    lr = group["lr"]
    return [*rows, ("w - lr * g", f"{_s(w)} - {lr:g} * {_s(g)}", w - lr * g)]


def _momentum(w: float, g: float, group: dict[str, Any], state: dict[str, float]) -> list[Row]:
    g, rows = _decayed(w, g, group)
    lr, mu, v = group["lr"], group["momentum"], state["momentum_buffer"]
    before = (v - g) / mu
    return [
        *rows,
        ("v = momentum * v + g", f"{mu:g} * {_s(before)} + {_s(g)}", v),
        ("w - lr * v", f"{_s(w)} - {lr:g} * {_s(v)}", w - lr * v),
    ]


def _rmsprop(w: float, g: float, group: dict[str, Any], state: dict[str, float]) -> list[Row]:
    g, rows = _decayed(w, g, group)
    lr, alpha, eps, v = group["lr"], group["alpha"], group["eps"], state["square_avg"]
    before = (v - (1 - alpha) * g * g) / alpha
    squares = f"{alpha:g} * {_s(before)} + {1 - alpha:.2g} * {_s(g)}**2"
    new = w - lr * g / (v**0.5 + eps)
    return [
        *rows,
        ("v = alpha * v + (1 - alpha) * g**2", squares, v),
        ("w - lr * g / (sqrt(v) + eps)", f"{_s(w)} - {lr:g} * {_s(g)} / (sqrt({_s(v)}) + {eps:g})", new),
    ]


def _adam(w: float, g: float, group: dict[str, Any], state: dict[str, float]) -> list[Row]:
    g, rows = _decayed(w, g, group)
    return [*rows, *_moments(w, g, group, state)]


def _adamw(w: float, g: float, group: dict[str, Any], state: dict[str, float]) -> list[Row]:
    lr, decay = group["lr"], group["weight_decay"]
    if not decay:
        return _moments(w, g, group, state)
    less = w * (1 - lr * decay)
    row = ("w = w * (1 - lr * decay)", f"{_s(w)} * (1 - {lr:g} * {decay:g})", less)
    return [row, *_moments(less, g, group, state)]


def _moments(w: float, g: float, group: dict[str, Any], state: dict[str, float]) -> list[Row]:
    lr, (b1, b2), eps, t = group["lr"], group["betas"], group["eps"], state["step"]
    m, v = state["exp_avg"], state["exp_avg_sq"]
    up, down = m / (1 - b1**t), v / (1 - b2**t)
    first, second = (m - (1 - b1) * g) / b1, (v - (1 - b2) * g * g) / b2
    new = w - lr * up / (down**0.5 + eps)
    return [
        ("m = beta1 * m + (1 - beta1) * g", f"{b1:g} * {_s(first)} + {1 - b1:.2g} * {_s(g)}", m),
        ("v = beta2 * v + (1 - beta2) * g**2", f"{b2:g} * {_s(second)} + {1 - b2:.2g} * {_s(g)}**2", v),
        ("m^ = m / (1 - beta1**t)", f"{_s(m)} / (1 - {b1:g}**{t:g})", up),
        ("v^ = v / (1 - beta2**t)", f"{_s(v)} / (1 - {b2:g}**{t:g})", down),
        (
            "w - lr * m^ / (sqrt(v^) + eps)",
            f"{_s(w)} - {lr:g} * {_s(up)} / (sqrt({_s(down)}) + {eps:g})",
            new,
        ),
    ]


_RULES = {"SGD": _sgd, "momentum": _momentum, "RMSprop": _rmsprop, "Adam": _adam, "AdamW": _adamw}
