"""Models and optimizers as a notebook shows them."""

from __future__ import annotations

import re

from microtensor import nn, optim


def cells(table: str) -> list[list[str]]:
    rows = re.findall("<tr>(.*?)</tr>", table)
    return [re.findall("<t[dh]>(.*?)</t[dh]>", row) for row in rows]


def test_a_model_is_a_table_of_its_modules() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 1)))
    model[0].bias.requires_grad_(False)
    shown = model._repr_html_()
    head, whole, first, *_, inner = cells(shown)
    assert head == ["module", "kind", "parameters", "shapes"]
    assert whole == [".", "Sequential()", "13", ""]
    assert first[1:] == [
        "Linear(in_features=2, out_features=3, bias=True)", "9", "weight (3, 2), bias (3,)",
    ]  # fmt: skip
    assert inner[0].count("\N{NO-BREAK SPACE}") == 8
    assert "Sequential: 13 parameters, 3 of them frozen, training" in shown


def test_what_a_model_says_of_itself_is_text() -> None:
    class Odd(nn.Module):
        def extra_repr(self) -> str:
            return "<script>"

    assert "<script>" not in Odd()._repr_html_()
    assert "(?)" in nn.LazyLinear(2)._repr_html_()


def test_large_models_are_bounded() -> None:
    model = nn.Sequential(*(nn.Linear(1, 1) for _ in range(300)))
    assert len(cells(model._repr_html_())) == 201
    assert "101 modules more" in model._repr_html_()


def test_an_optimizer_is_a_table_of_its_options() -> None:
    a, b = nn.Linear(2, 1), nn.Linear(3, 1)
    one = optim.SGD(a.parameters(), lr=0.5)
    assert ["lr", "0.5"] in cells(one._repr_html_())
    several = optim.Adam([{"params": a.parameters()}, {"params": b.parameters(), "lr": 0.25}], lr=0.5)
    assert cells(several._repr_html_())[0] == ["option", "group 0", "group 1"]
    assert ["lr", "0.5", "0.25"] in cells(several._repr_html_())
    assert ["parameters", "3 in 2", "4 in 2"] in cells(several._repr_html_())
