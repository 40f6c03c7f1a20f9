"""The plot of gradients by layer."""

from __future__ import annotations

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
