"""Plots: what they show, what they refuse, and what they say when matplotlib is missing."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn, viz
from microtensor.train import History

plot = viz.plot
CALLS = {
    "losses": lambda: plot.losses([1.0, 0.5]),
    "regions": lambda: plot.regions(lambda x: x[:, 0], [[0.0, 0.0], [1.0, 1.0]], steps=4),
    "fit": lambda: plot.fit([0.0, 1.0], [0.0, 1.0], [0.0, 0.5]),
    "histograms": lambda: plot.histograms(nn.Linear(1, 1)),
}


@pytest.mark.parametrize("name", CALLS)
def test_without_matplotlib(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(module: str, *args: Any, **kwargs: Any) -> Any:
        if module.split(".")[0] == "matplotlib":
            raise ImportError(module)
        return real(module, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    sentence = rf'^viz\.plot\.{name} needs matplotlib: install it with `pip install "microtensor\[plot\]"`\.$'
    with pytest.raises(ImportError, match=sentence):
        CALLS[name]()


@pytest.fixture
def matplotlib() -> Any:
    return pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def curves(ax: Any) -> dict[str, list[float]]:
    return {line.get_label(): list(map(float, line.get_ydata())) for line in ax.lines}


@pytest.mark.parametrize("name", CALLS)
def test_a_new_figure_can_be_saved(name: str, matplotlib: Any, tmp_path: Any) -> None:
    ax = np.ravel(CALLS[name]())[0]
    ax.figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 3_000


def test_losses(matplotlib: Any) -> None:
    history = History()
    history.append({"loss": 0.5, "val_loss": 0.75})
    history.append({"loss": 0.25, "val_loss": 0.5})
    assert curves(plot.losses(history)) == {"training": [0.5, 0.25], "validation": [0.75, 0.5]}
    assert list(curves(plot.losses([3, 2]))) != ["training"]
    ax = plot.losses({"a": mt.tensor([1.0, 2.0]), "b": history}, log=True, linewidth=3)
    assert list(curves(ax)) == ["a", "b training", "b validation"]
    assert ax.get_yscale() == "log"
    assert {line.get_linewidth() for line in ax.lines} == {3}
    assert list(ax.lines[0].get_xdata()) == [1, 2]
    assert plot.losses([1.0], ax) is ax


@pytest.mark.parametrize("wrong", ["abc", 3, [[1.0]], {"x": object()}])
def test_losses_that_are_none(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^losses: expected (the curve|curve 'x') to be numbers, got"):
        plot.losses(wrong)


def test_no_losses() -> None:
    with pytest.raises(ValueError, match=r"^losses: expected at least one curve"):
        plot.losses({})


def test_regions(matplotlib: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout())
    model[1].eval()
    points = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]
    ax = plot.regions(model, points, [0, 1, 2], names=["x", "y", "z"], steps=10)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y", "z"]
    assert (model.training, model[1].training) == (True, False)
    assert model[0].weight.grad is None
    assert ax.get_xlim() == pytest.approx((-0.1, 1.1))
    alone = plot.regions(lambda x: x[:, 0], points, steps=10)
    assert alone.get_legend() is None
    assert plot.regions(model, points, ax=ax, steps=10) is ax


def test_where_the_border_is(matplotlib: Any) -> None:
    ax = plot.regions(lambda x: x[:, 0], [[0.0, 0.0], [1.0, 1.0]], threshold=0.25, margin=0.0, steps=101)
    edges = [max(v[:, 0].max() for v in c.get_paths()[0].to_polygons()) for c in ax.collections[:2]]
    assert edges == pytest.approx([0.25, 1.0])


def test_regions_of_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"^regions: expected points of shape \(n, 2\), got \(3,\)"):
        plot.regions(lambda x: x, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"^regions: expected a model that maps \(16, 2\) to .*shape \(3,\)"):
        plot.regions(lambda x: mt.ones(3), [[0.0, 0.0], [1.0, 1.0]], steps=4)


def test_fit(matplotlib: Any) -> None:
    x = mt.tensor([[2.0], [1.0]])
    ax = plot.fit(x, x * 2, {"model": nn.Identity(), "array": np.array([5.0, 6.0])}, trained=(0, 1))
    assert curves(ax) == {"the function": [2.0, 4.0], "model": [1.0, 2.0], "array": [6.0, 5.0]}
    assert curves(plot.fit([0.0], [1.0], [2.0], points=True)) == {"the function": [1.0], "the fit": [2.0]}
    with pytest.raises(
        ValueError, match=r"^fit: expected 2 values, one for each x, got an array of shape \(3,\)"
    ):
        plot.fit(x, x, [1.0, 2.0, 3.0])


def test_histograms(matplotlib: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    assert plot.histograms(model).shape == (1, 4)
    model(mt.ones(4, 2)).sum().backward()
    model[1].bias.grad = mt.tensor([float("nan")])
    panels = plot.histograms(model)
    assert panels.shape == (2, 4)
    assert [ax.get_title() for ax in panels[0]][:2] == ["0.weight (3, 2)", "0.bias (3,)"]
    assert sum(patch.get_height() for patch in panels[1][0].patches) == 6
    assert plot.histograms({"w_1$": mt.ones(2)}, grads=False).shape == (1, 1)


@pytest.mark.parametrize("wrong", [nn.Tanh(), 3, mt.ones(2), "model"])
def test_what_has_no_weights(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^histograms: expected a Module"):
        plot.histograms(wrong)


@pytest.mark.parametrize("name", CALLS)
def test_a_notebook_shows_the_figure(name: str, matplotlib: Any) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    ax = np.ravel(CALLS[name]())[0]
    assert pyplot.get_fignums() == [ax.figure.number]
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_shades_are_probabilities(matplotlib: Any) -> None:
    def shaded(model: Any, **more: Any) -> Any:
        ax = plot.regions(model, [[0.0, 0.0], [1.0, 1.0]], steps=11, margin=0, shade=True, **more)
        return ax.images[0].get_array()

    blue, orange = np.array([0x2F, 0x6F, 0xAD]) / 255, np.array([0xE0, 0x82, 0x14]) / 255
    left, middle, right = shaded(lambda x: x[:, :1] * 40 - 20, threshold=0)[5, [0, 5, 10]]
    assert np.allclose(left, 1 - 0.55 * (1 - blue), atol=1e-6)
    assert np.allclose(right, 1 - 0.55 * (1 - orange), atol=1e-6)
    assert np.allclose(middle, (left + right) / 2, atol=1e-6)
    several = shaded(lambda x: mt.stack([x[:, 0], x[:, 1], x[:, 0] * 0], 1))
    assert several.shape == (11, 11, 3)
    sure = shaded(lambda x: mt.stack([x[:, 0], 1 - x[:, 0]], 1))
    assert np.allclose(sure[0, 0], 1 - 0.55 * (1 - orange), atol=1e-6)
