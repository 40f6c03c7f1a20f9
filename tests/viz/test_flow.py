"""The plot of gradients by layer."""

from __future__ import annotations

from itertools import pairwise

import pytest

import microtensor as mt
from microtensor import nn, viz
from microtensor.viz.flow import layers_of


def test_states_of_layers() -> None:
    tensors = {name: mt.ones(2, requires_grad=True) for name in ("fine", "gone", "bad", "unused")}
    for name, grad in (("fine", 1.0), ("gone", 0.0), ("bad", float("nan"))):
        tensors[name].grad = mt.full((2,), grad)
    found = layers_of(tensors)
    assert [layer.state for layer in found] == ["ok", "vanished", "not finite", "none"]
    assert layers_of(tensors.items()) == found


@pytest.mark.parametrize("wrong", [mt.ones(2), 3, "model"])
def test_what_has_no_parameters(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"^flow: expected a Module, or pairs of names and tensors, got"):
        viz.flow(wrong)


def test_the_plot(tmp_path: object) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    model[1].bias.requires_grad_(False)
    model(mt.ones(4, 2)).sum().backward()
    ax = viz.flow(model)
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
    ]
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["weight", "gradient", "none"]
    assert viz.flow(model, ax=ax) is ax
    ax.figure.savefig(f"{tmp_path}/flow.png")


def test_names_of_many_parameters_do_not_overlap() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    tensors = {f"encoder.layers.{i}.weight": mt.ones(2, requires_grad=True) for i in range(149)}
    for i, tensor in enumerate(tensors.values()):
        tensor.grad = mt.zeros(2) if i == 77 else mt.ones(2)
    ax = viz.flow(tensors)
    assert pyplot.get_fignums() == [ax.figure.number]
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert len(boxes) > 50
    assert all(b.x0 >= a.x0 + 0.7 * min(a.width, b.width) for a, b in pairwise(boxes))
    assert "encoder.layers.77.weight" in [label.get_text() for label in ax.get_xticklabels()]
