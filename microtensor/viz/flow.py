"""``viz.flow(model)``: where the gradient dies, layer by layer, as a plot.

For each parameter the size (root mean square) of its gradient and of its values, on a logarithmic scale,
in the order of the layers.  A gradient that is a millionth of its neighbours' is seen at a glance; one that
is zero, missing, or not finite is marked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.tensor import Tensor
from ..errors import describe
from ..nn import Module
from .array_summary import summary
from .figures import new_figure
from .model import Summary
from .render.style import RED, VANISHED, VIOLET


@dataclass(frozen=True)
class Layer:
    """One parameter: its name, and its values and gradient in a few numbers."""

    name: str
    weight: Summary
    grad: Summary | None

    @property
    def state(self) -> str:
        """``ok``, or what is wrong with the gradient: ``none``, ``not finite``, ``vanished``."""
        if self.grad is None:
            return "none"
        if self.grad.nans or self.grad.infinities:
            return "not finite"
        return "ok" if self.grad.rms and self.grad.rms > VANISHED else "vanished"


def layers_of(model: Module | Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]) -> list[Layer]:
    """The parameters of a model (or named tensors) with the gradients that they have now.

    Raises ``TypeError`` for anything else.

    >>> layer = mt.nn.Linear(1, 1)
    >>> layer(mt.ones(1, 1)).backward()
    >>> [(found.name, found.state) for found in layers_of(layer)]
    [('weight', 'ok'), ('bias', 'ok')]
    """
    if isinstance(model, Module):
        model = model.named_parameters()
    if isinstance(model, (Tensor, str)) or not isinstance(model, Iterable):
        raise TypeError(
            f"flow: expected a Module, or pairs of names and tensors, got {describe(model)}; "
            "to draw the graph of a tensor use draw(tensor, flow=True)"
        )
    pairs = model.items() if isinstance(model, Mapping) else model
    return [_layer(name, tensor) for name, tensor in pairs]


def _layer(name: str, tensor: Tensor) -> Layer:
    grad = tensor.grad
    return Layer(name, summary(tensor.array), None if grad is None else summary(grad.detach().array))


def flow(model: Any, ax: Any = None) -> Any:
    """Plot the sizes of gradients and weights, layer by layer; returns matplotlib's axes.

    Call it after ``backward()`` and before ``zero_grad()``.  `ax` is where to draw; a new figure of
    pyplot's if None, which a notebook shows.  Raises ``ImportError`` if matplotlib is missing, and
    ``TypeError`` for what has no parameters.
    """
    layers = layers_of(model)
    if ax is None:
        ax = _axes(len(layers))
    places = range(len(layers))
    _line(ax, places, [_size(layer.weight) for layer in layers], "#9aa5b1", "s", "weight")
    sound = [_size(layer.grad) if layer.state == "ok" else float("nan") for layer in layers]
    _line(ax, places, sound, "#1f6699", "o", "gradient")
    for state, color in (("not finite", RED), ("vanished", VIOLET), ("none", "#616e7c")):
        _mark(ax, [i for i in places if layers[i].state == state], color, state)
    ax.set_yscale("log")
    _label(ax, layers)
    ax.set(xlabel="parameter, from the input to the output", ylabel="root mean square")
    ax.grid(axis="y", color="#e4eaf0")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8)
    return ax


def _axes(count: int) -> Any:
    return new_figure("viz.flow", (max(5.0, min(1.5 + 0.28 * count, 20.0)), 3.6)).add_subplot()


def _label(ax: Any, layers: list[Layer]) -> None:
    """Names below the layers: smaller where they are many, and only some where they would overlap."""
    room = 72 * ax.figure.get_figwidth() * 0.9 / max(len(layers), 1)
    size, every = min(8.0, max(5.0, room)), max(1, math.ceil(6.0 / room))
    shown = [i for i, layer in enumerate(layers) if i % every == 0 or layer.state not in ("ok", "none")]
    shown = [i for n, i in enumerate(shown) if n == 0 or i - shown[n - 1] >= every or every == 1]
    names = [layers[i].name for i in shown]
    turned = {"rotation": 60, "ha": "right", "rotation_mode": "anchor"} if room > 15 else {"rotation": 90}
    ax.set_xticks(shown, names, fontsize=size, **turned)
    for label in ax.get_xticklabels():
        label.set_parse_math(False)


def _size(found: Summary | None) -> float:
    return float("nan") if found is None or not found.rms else found.rms


def _line(ax: Any, places: Iterable[int], sizes: list[float], color: str, marker: str, label: str) -> None:
    ax.plot(list(places), sizes, color=color, marker=marker, markersize=4, linewidth=1.2, label=label)


def _mark(ax: Any, places: list[int], color: str, label: str) -> None:
    """A cross at the foot of the plot, for what has no size that a logarithm knows."""
    if places:
        across = ax.get_xaxis_transform()
        ax.plot(places, [0.03] * len(places), "x", color=color, markersize=7, transform=across, label=label)
