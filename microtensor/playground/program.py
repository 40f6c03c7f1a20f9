"""The PyTorch program that does what a training of the playground does, step by step and number by number.

Its lines come from the tables and the calls that the training itself is made from (`data`, `network`), and
each knows which settings it depends on, so that the page can light it up.
"""

from __future__ import annotations

import inspect
from typing import NamedTuple

from . import data, network
from .choices import FEATURES
from .settings import Settings
from .trainer import trained_on

__all__ = ["Line", "lines", "program"]


class Line(NamedTuple):
    """A line of a program, and the names of the settings that it depends on."""

    text: str
    settings: tuple[str, ...] = ()


def program(settings: Settings, steps: int = 1000, package: str = "torch") -> str:
    """The whole program; with ``package="microtensor"``, one that needs no PyTorch.

    >>> print(program(Settings()).splitlines()[-1])
    print(f"step {step + 1}: loss {losses[-1]:.6f}, test loss {test_loss:.6f}")
    """
    return "\n".join(line.text for line in lines(settings, steps, package)) + "\n"


def lines(settings: Settings, steps: int = 1000, package: str = "torch") -> list[Line]:
    """The lines of the program, which makes so many steps, one at least.

    >>> [line.text for line in lines(Settings(lr=0.5)) if "lr" in line.settings]
    ['optimizer = torch.optim.Adam(model.parameters(), lr=0.5)']
    """
    first = "import torch" if package == "torch" else f"import {package} as torch"
    return [
        Line(first), Line(f"from {package} import nn"), Line(""),
        Line(f"torch.manual_seed({settings.seed})", ("seed",)), Line(""),
        *_drawing(settings), *_splitting(settings), Line(""), *_model(settings), Line(""),
        *_loop(settings, max(steps, 1)), Line(""), *_result(settings),
    ]  # fmt: skip


def _drawing(settings: Settings) -> list[Line]:
    if settings.data == "own":
        return _own(settings)
    name = settings.data
    source = inspect.getsource(data.FUNCTIONS[name]).rstrip().splitlines()
    call = Line(f"x, y = {name}({settings.points}, noise={settings.noise!r})", ("data", "points", "noise"))
    return [Line(""), *(Line(text, ("data",)) for text in source), Line(""), Line(""), call]


def _own(settings: Settings) -> list[Line]:
    points = [Line(f"    ({a!r}, {b!r}, {k}),", ("data", "own")) for a, b, k in settings.own]
    return [
        Line("points = [", ("data", "own")), *points, Line("]", ("data", "own")),
        Line("x = torch.tensor([point[:2] for point in points])", ("data",)),
        Line("y = torch.tensor([point[2] for point in points])", ("data",)),
    ]  # fmt: skip


def _splitting(settings: Settings) -> list[Line]:
    found = []
    if settings.features != ("x1", "x2")[: settings.inputs]:
        columns = ", ".join(FEATURES[name] for name in settings.features)
        found.append(Line(f"x = torch.stack([{columns}], 1)", ("features",)))
    if settings.loss != "CE":
        classes = settings.task == "classes"
        text = f"nn.functional.one_hot(y, {settings.classes}).float()" if classes else "y.float()[:, None]"
        found.append(Line(f"y = {text}", ("loss", "data")))
    count = trained_on(settings, _count(settings))
    cut = f"x, x_test, y, y_test = x[:{count}], x[{count}:], y[:{count}], y[{count}:]"
    return [*found, Line(cut, ("train", "points"))]


def _count(settings: Settings) -> int:
    return len(settings.own) if settings.data == "own" else settings.points


def _model(settings: Settings) -> list[Line]:
    rows = [", ".join(f"nn.{call}" for call in block) for block in network.blocks(settings)]
    about = [("layers", "features"), *[("layers",)] * (len(rows) - 1)]
    about[-1] = ("layers", "loss", "data")
    made = network.optimizer(settings).written("model.parameters()")
    return [
        Line("model = nn.Sequential(", ("layers",)),
        *(Line(f"    {row},", keys) for row, keys in zip(rows, about, strict=True)),
        Line(")"),
        Line(f"criterion = nn.{network.criterion(settings)}", ("loss",)),
        Line(f"optimizer = torch.optim.{made}", ("optimizer", "lr", *_decay(settings))),
    ]


def _decay(settings: Settings) -> tuple[str, ...]:
    return ("penalty", "rate") if settings.penalty == "L2" else ()


def _loop(settings: Settings, steps: int) -> list[Line]:
    changes = [change for change in settings.changes if change[0] < steps]
    return [
        *([Line(f"rates = {dict(changes)!r}", ("lr",))] if changes else []),
        Line("losses = []"),
        Line(f"for step in range({steps}):", ("step",)),
        *([Line("    if step in rates:", ("lr",))] if changes else []),
        *([Line('        optimizer.param_groups[0]["lr"] = rates[step]', ("lr",))] if changes else []),
        *_batch(settings),
        Line("    losses.append(loss.item())"),
        *_penalty(settings),
        Line("    optimizer.zero_grad()"), Line("    loss.backward()"), Line("    optimizer.step()"),
    ]  # fmt: skip


def _batch(settings: Settings) -> list[Line]:
    count = trained_on(settings, _count(settings))
    size = min(settings.batch, count)
    if size == count:
        return [Line("    loss = criterion(model(x), y)", ("batch", "loss"))]
    return [
        Line(f"    i = step % {count // size} * {size}", ("batch", "points", "train")),
        Line("    if i == 0:", ("batch",)),
        Line("        order = torch.randperm(len(x))", ("batch",)),
        Line(f"    chosen = order[i : i + {size}]", ("batch",)),
        Line("    loss = criterion(model(x[chosen]), y[chosen])", ("batch", "loss")),
    ]


def _penalty(settings: Settings) -> list[Line]:
    if settings.penalty != "L1":
        return []
    text = f"    loss = loss + {settings.rate!r} * sum(p.abs().sum() for p in model.parameters())"
    return [Line(text, ("penalty", "rate"))]


def _result(settings: Settings) -> list[Line]:
    return [
        Line("model.eval()"),
        Line("with torch.no_grad():"),
        Line("    test_loss = criterion(model(x_test), y_test).item()", ("train",)),
        Line('print(f"step {step + 1}: loss {losses[-1]:.6f}, test loss {test_loss:.6f}")'),
    ]
