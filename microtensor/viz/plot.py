"""Plots of training, by matplotlib: loss curves, decision regions, a function and its fit, histograms.

    viz.plot.losses(history)              # what train.fit returns, or lists of numbers
    viz.plot.regions(model, points, labels)
    viz.plot.fit(x, y, {"tanh": model})
    viz.plot.histograms(model)

Each draws into `ax` or into a new figure of pyplot's, which a notebook shows, and returns matplotlib's axes,
whose ``figure`` can be saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from ..errors import describe
from ..nn import Module
from ..train import History
from .decision import COLORS, heights_of, plain_array, probabilities_of, shade_with
from .figures import new_figure

PALE = ("#cfe0f0", "#fbe3c4", "#cfe8dc", "#f3d0cb", "#e0d6ec", "#e3e5e8")


def losses(history: Any, ax: Any = None, *, log: bool = False, xlabel: str = "epoch", **options: Any) -> Any:
    """Plot one or several curves over the epochs; returns the axes.

    history : what `train.fit` returned, of which the loss and the loss of validation are shown; a list or
        array of numbers; or a dict of those by their names.
    log : whether the axis of the losses is logarithmic.
    options : for matplotlib's ``plot``, such as ``linewidth``; they hold for every curve.

    Raises ``ImportError`` without matplotlib, ``TypeError`` for what holds no numbers, ``ValueError`` if
    there are none.

    >>> ax = mt.viz.plot.losses({"SGD": [0.9, 0.5], "Adam": [0.9, 0.1]}, log=True)
    >>> ax.get_ylabel(), len(ax.lines)
    ('loss', 2)
    """
    curves = [(name, y) for label, item in _named(history) for name, y in _columns(label, item)]
    if not curves:
        raise ValueError("losses: expected at least one curve, got an empty collection")
    ax = _axes(ax, "losses")
    for index, (name, y) in enumerate(curves):
        look = {"color": COLORS[index % len(COLORS)], **options}
        ax.plot(range(1, len(y) + 1), y, label=name or None, **look)
    ax.set(xlabel=xlabel, ylabel="loss", yscale="log" if log else "linear")
    ax.xaxis.get_major_locator().set_params(integer=True)
    if len(curves) > 1 or curves[0][0]:
        ax.legend(frameon=False)
    return _plain(ax)


def regions(
    model: Callable[[Tensor], Any], points: Any, labels: Any = None, ax: Any = None, *,
    threshold: float = 0.5, margin: float = 0.1, steps: int = 200, names: Sequence[str] | None = None,
    shade: bool = False,
) -> Any:  # fmt: skip
    """Plot what a network of two inputs decides over the plane, with the points; returns the axes.

    model : called once, without gradients and in ``eval()``, with a tensor of shape (steps * steps, 2).
        One column of outputs is cut at `threshold` (0.5 for a probability, 0 for a logit); of several the
        largest decides.
    points : of shape (n, 2).
    labels : the true classes, 0, 1, ..., of shape (n,) or (n, 1): the points' colours.
    margin : how much of the plane is shown around the points, as a share of their width.
    names : what to call the classes.
    shade : whether colours fade with the probability of each class, beside the border.  One column is a
        probability, or a logit if `threshold` is 0; several are logits, or probabilities if they add up to 1.

    Raises ``ImportError`` without matplotlib, ``ValueError`` for points or outputs of another shape.

    >>> ax = mt.viz.plot.regions(lambda x: x[:, :1], [[0.0, 0.0], [1.0, 1.0]], [0, 1], steps=8)
    >>> len(ax.collections) > 1
    True
    """
    where = plain_array(points)
    if where.ndim != 2 or where.shape[1] != 2:
        raise ValueError(f"regions: expected points of shape (n, 2), got {where.shape}")
    (left, bottom), (right, top) = where.min(0), where.max(0)
    dx, dy = margin * (right - left or 1), margin * (top - bottom or 1)
    x, y = np.linspace(left - dx, right + dx, steps), np.linspace(bottom - dy, top + dy, steps)
    grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
    output = _run(model, Tensor(grid))
    heights = heights_of(output, len(grid), threshold).reshape(-1, steps, steps)
    ax = _axes(ax, "regions")
    truth = None if labels is None else plain_array(labels).reshape(-1).astype(int)
    if shade:
        shade_with(ax, x, y, probabilities_of(output, len(grid), threshold).reshape(-1, steps, steps))
    for index, height in enumerate(heights):
        if shade:
            ax.contour(x, y, height, levels=[0], colors="#30343b", linewidths=1.0)
        else:
            ax.contourf(x, y, height, levels=[0, max(height.max(), 0) + 1], colors=PALE[index % len(PALE)])
    count = max(len(heights), 1 if truth is None else truth.max() + 1)
    for index in range(1 if truth is None else count):
        chosen = where if truth is None else where[truth == index]
        color = "#30343b" if truth is None else COLORS[index % len(COLORS)]
        label = None if truth is None else f"class {index}" if names is None else names[index]
        ax.scatter(*chosen.T, s=14, color=color, edgecolors="white", linewidths=0.4, label=label)
    if truth is not None:
        ax.legend(frameon=True, framealpha=0.85, edgecolor="none")
    ax.set(xlabel="first input", ylabel="second input")
    return ax


def fit(
    x: Any, y: Any, fits: Any, ax: Any = None, *, trained: tuple[float, float] | None = None,
    points: bool = False,
) -> Any:  # fmt: skip
    """Plot a function and what was fitted to it; returns the axes.

    x, y : the function's arguments and values, n numbers each, of any shape.
    fits : a model, or the values of one, or a dict of those by their names.  Models are called with `x`.
    trained : the interval that was trained on, which is shaded.
    points : whether `x` and `y` are measurements, to be shown as dots.

    Raises ``ImportError`` without matplotlib, ``ValueError`` for values of another number.

    >>> x = mt.linspace(0, 1, 5)
    >>> ax = mt.viz.plot.fit(x, x**2, {"linear": x}, trained=(0, 0.5))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['trained on', 'the function', 'linear']
    """
    across = plain_array(x).reshape(-1)
    curves = [("the function", _values(y, x, len(across)))]
    curves += [(name or "the fit", _values(item, x, len(across))) for name, item in _named(fits)]
    ax = _axes(ax, "fit")
    if trained is not None:
        ax.axvspan(*trained, color="#f1f4f7", label="trained on")
    order = np.argsort(across, kind="stable")
    for index, (name, values) in enumerate(curves):
        color = COLORS[(index - 1) % len(COLORS)]
        looks: dict[str, Any] = {"color": color, "linewidth": 1.7}
        if not index:
            looks = {"color": "#b9bec5", "linewidth": 5.0}
            if points:
                looks = {"color": "#8a8f98", "marker": ".", "linestyle": ""}
        ax.plot(across[order], values[order], label=name, **looks)
    ax.set(xlabel="x", ylabel="y")
    ax.legend(frameon=False)
    return _plain(ax)


def histograms(model: Any, *, grads: bool = True, bins: int = 40, figure: Any = None) -> Any:
    """Plot how the weights of each layer are distributed, and below them their gradients.

    model : a Module, or named tensors.
    grads : whether a second row shows the gradients; without any there is one row.
    figure : where to draw; a new one if None.

    Returns the array of axes, of shape (rows, layers).  Raises ``ImportError`` without matplotlib,
    ``TypeError`` for what has no parameters.

    >>> mt.viz.plot.histograms(mt.nn.Linear(2, 3)).shape
    (1, 2)
    """
    pairs = _tensors(model)
    rows = [("weight", COLORS[0], [plain_array(tensor) for _, tensor in pairs])]
    if grads and any(tensor.grad is not None for _, tensor in pairs):
        found = [np.zeros(0) if t.grad is None else plain_array(t.grad) for _, t in pairs]
        rows.append(("gradient", COLORS[1], found))
    figure = figure or _figure("histograms", (max(3.0, 1.7 * len(pairs)), 1.9 * len(rows)))
    panels = figure.subplots(len(rows), len(pairs), squeeze=False)
    for (what, color, arrays), row in zip(rows, panels, strict=True):
        row[0].set_ylabel(what)
        for array, axes in zip(arrays, row, strict=True):
            finite = array[np.isfinite(array)]
            axes.hist(finite.reshape(-1), bins=min(bins, max(finite.size, 1)), color=color)
            axes.tick_params(labelsize=7)
            axes.set_yticks([])
            axes.set_xlabel(f"value of the {what}", fontsize=7)
            axes.spines[["top", "right", "left"]].set_visible(False)
    for (name, tensor), axes in zip(pairs, panels[0], strict=True):
        axes.set_title(f"{name} {tuple(tensor.shape)}", fontsize=8, parse_math=False)
    return panels


# ------------------------------------------------------------ what was given


def _named(given: Any) -> list[tuple[str, Any]]:
    """Items by their names; one item alone has none."""
    if isinstance(given, Mapping):
        return [(str(name), item) for name, item in given.items()]
    return [("", given)]


def _columns(label: str, item: Any) -> list[tuple[str, Any]]:
    """The curves of one item: of a history the loss, and that of validation."""
    if not isinstance(item, History):
        return [(label, _numbers(item, label))]
    found = [(name, item[name]) for name in ("loss", "val_loss") if name in item]
    words = {"loss": "training", "val_loss": "validation"}
    return [(f"{label} {words[name]}".strip() if len(found) > 1 else label, y) for name, y in found]


def _numbers(item: Any, label: str) -> Any:
    try:
        found = plain_array(item).astype(float)
    except (TypeError, ValueError):
        found = None
    if found is None or found.ndim != 1 or isinstance(item, str):
        what = f"curve {label!r}" if label else "the curve"
        raise TypeError(f"losses: expected {what} to be numbers, got {describe(item)}")
    return found


def _values(item: Any, x: Any, count: int) -> Any:
    """The values of a curve, which may be a model that has to be asked."""
    plain = isinstance(item, (Tensor, np.ndarray, Sequence))
    found = plain_array(item if plain else _run(item, x if isinstance(x, Tensor) else Tensor(plain_array(x))))
    if found.size != count:
        raise ValueError(f"fit: expected {count} values, one for each x, got an array of shape {found.shape}")
    return found.reshape(-1)


def _run(model: Callable[[Any], Any], x: Any) -> Any:
    """What a model says in evaluation, without a trace of having been asked."""
    modes = [(m, m.training) for m in model.modules()] if isinstance(model, Module) else []
    for module, _ in modes:
        module.training = False
    try:
        with no_grad():
            return model(x)
    finally:
        for module, mode in modes:
            module.training = mode


def _tensors(model: Any) -> list[tuple[str, Tensor]]:
    pairs = model.named_parameters() if isinstance(model, Module) else model
    pairs = pairs.items() if isinstance(pairs, Mapping) else pairs
    if isinstance(pairs, (Tensor, str)) or not isinstance(pairs, Iterable):
        raise TypeError(
            f"histograms: expected a Module, or pairs of names and tensors, got {describe(model)}"
        )
    found = list(pairs)
    if not found:
        raise TypeError("histograms: expected a Module with parameters, and this one has none")
    return found


# ------------------------------------------------------------ matplotlib


def _figure(asked: str, size: tuple[float, float]) -> Any:
    return new_figure(f"viz.plot.{asked}", size)


def _axes(ax: Any, asked: str) -> Any:
    return _figure(asked, (6.0, 4.0)).add_subplot() if ax is None else ax


def _plain(ax: Any) -> Any:
    ax.grid(color="#e6e8eb", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
