"""The page: one file, self-contained, in which nothing of the user's is ever markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from programs import PROGRAMS, Tower, long_chain, repeated, shared

import microtensor as mt
from microtensor import nn, viz
from microtensor.viz.render.page import SCRIPTS, page_of

NASTY = [
    "<script>alert(1)</script>",
    '"',
    "</script>",
    "javascript:alert(1)",
    "<!--",
    "{{data}}",
    "&lt;",
    "]]>",
]


def parts(text: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", text, re.DOTALL)


def data_of(drawing: viz.Drawing) -> dict[str, Any]:
    return json.loads(parts(page_of(drawing), "script")[0])


def scalar(value: float, name: str) -> mt.Tensor:
    x = mt.tensor(value, requires_grad=True)
    x.name = name
    return x


class Outside(HTMLParser):
    """Collects what would load something, or run something that is not the page's script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, Any]] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if tag in ("link", "img", "iframe", "object", "embed", "base", "form"):
            self.found.append((tag, attrs))
        self.found += [(tag, a) for a in attrs if a[0] in ("src", "href", "style") or a[0].startswith("on")]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_drawing_has_a_page(program: Any, tmp_path: Path) -> None:
    path = tmp_path / "graph.HTML"
    program().save(path)
    text = path.read_text(encoding="utf-8")
    outside = Outside()
    outside.feed(text)
    assert outside.found == []
    assert outside.scripts == 2
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(", text)
    data = json.loads(parts(text, "script")[0])
    ids = [node["id"] for node in data["nodes"]]
    assert ids == list(range(len(ids)))
    assert {end for edge in data["edges"] for end in (edge["s"], edge["t"])} <= set(ids)
    assert {s["node"] for s in data["steps"]} | {t["to"] for s in data["steps"] for t in s["sent"]} <= set(
        ids
    )
    assert data["steps"] or data["why"]


def test_the_policy_names_the_style_and_the_script() -> None:
    text = page_of(shared())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';")
    for tag, part in (("style", parts(text, "style")[0]), ("script", parts(text, "script")[1])):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("name", NASTY)
def test_names_stay_text(name: str) -> None:
    clean, nasty = (page_of(scalar(2.0, word).exp().draw(title=word)) for word in ("x", name))
    outside = Outside()
    outside.feed(nasty)
    assert outside.found == []
    assert nasty.count("<") == clean.count("<")
    assert nasty.count(">") == clean.count(">")
    data = json.loads(parts(nasty, "script")[0])
    assert data["nodes"][0]["name"] == data["title"] == name


def test_the_script_makes_text_and_never_markup() -> None:
    script = "\n".join(files("microtensor.viz.render.page").joinpath(name).read_text() for name in SCRIPTS)
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "import",
    ):
        assert word not in script


def test_what_a_node_knows() -> None:
    x = mt.tensor([[1.0, 2.0]], requires_grad=True)
    x.name = "x"
    with viz.watch():
        y = (x * x).sum()
    leaf, product, _ = data_of(viz.draw(y))["nodes"]
    assert (leaf["shape"], leaf["dtype"], leaf["value"]["rows"]) == ("(1, 2)", "float32", [[1.0, 2.0]])
    assert leaf["grad"]["rows"] == [[2.0, 4.0]]
    assert dict(leaf["value"]["stats"])["mean"] == "1.5000 ± 0.5000"
    assert product["saved"] == [["x", "(1, 2) float32, 8 B"], ["x", "(1, 2) float32, 8 B"]]
    assert product["formulas"] == [["x", "g * x"], ["x", "g * x"]]
    assert product["line"].endswith("y = (x * x).sum()")


def test_the_steps_of_the_player() -> None:
    a, b = scalar(2.0, "a"), scalar(-3.0, "b")
    y = a * b + a
    y.name = "y"
    steps = data_of(viz.draw(y))["steps"]
    assert [step["title"] for step in steps] == ["y = %2 + a", "%2 = a * b", "a", "b"]
    first, second = steps[1]["sent"]
    assert (first["name"], first["formula"], first["numbers"]) == ("a", "g * b", "1 * (-3)")
    assert (second["found"]["number"], first["last"], steps[0]["sent"][1]["last"]) == ("2", True, False)
    assert steps[2]["arrived"][0]["brief"] == "-2"


def test_not_a_number_is_no_json() -> None:
    x = mt.tensor([0.0, float("inf"), 1.0], requires_grad=True)
    node = data_of(viz.draw((x * 2.0).sum()))["nodes"][0]
    assert node["value"]["rows"] == [[0.0, "Infinity", 1.0]]
    assert data_of(viz.draw(scalar(float("nan"), "x") * 2.0))["nodes"][0]["value"]["number"] == "nan"


def test_modules_are_folded_until_it_can_be_read() -> None:
    data = data_of(viz.draw(Tower(12), mt.ones(3, 2)))
    assert len(data["nodes"]) > 100
    titles = [data["scopes"][id]["title"] for id in data["folded"]]
    assert "blocks.11: Residual" in titles
    assert "Tower" not in titles
    assert data_of(viz.draw(Tower(1), mt.ones(3, 2)))["folded"] == []
    deep = data_of(viz.draw(Tower(2), mt.ones(3, 2), depth=1))
    assert [deep["scopes"][id]["title"] for id in deep["folded"]] == [
        "first: Linear", "blocks.0: Residual", "blocks.1: Residual",
    ]  # fmt: skip


def test_what_is_folded_before_has_its_steps_too() -> None:
    data = data_of(repeated())
    assert len(data["nodes"]) < 20
    assert len(data["steps"]) > 100
    assert "nodes are shown as" in data["notes"][0]
    chain = data_of(long_chain())
    assert len(chain["nodes"]) == 601
    assert len(chain["folded"]) == 24
    assert chain["why"].startswith("This drawing was made from a graph")


def test_after_backward_the_page_says_why_there_is_no_film() -> None:
    y = scalar(2.0, "x").exp()
    y.backward()
    data = data_of(y.draw())
    assert data["steps"] == []
    assert data["why"].startswith("backward() has freed this graph")


def test_drawing_runs_no_pass_but_the_page_does(monkeypatch: pytest.MonkeyPatch) -> None:
    x = scalar(2.0, "x")
    ran = []
    x.register_hook(lambda g: ran.append(g.item()))
    drawing = x.exp().draw()
    assert ran == []
    assert drawing.html()
    assert len(ran) == 1
    assert x.grad is None


def test_models_keep_their_names() -> None:
    data = data_of(viz.draw(nn.Sequential(nn.Linear(2, 1)), mt.ones(1, 2)))
    assert [node["label"] for node in data["nodes"]] == ["input", "weight", "bias", "%3 = linear"]
    assert [sent["name"] for sent in data["steps"][0]["sent"]] == ["0.weight", "0.bias"]


def test_a_page_of_thousands_of_nodes_can_be_opened_up() -> None:
    layers = [layer for _ in range(180) for layer in (nn.Linear(1, 1), nn.Tanh())]
    drawing = viz.draw(nn.Sequential(*layers), mt.ones(1, 1))
    assert len(drawing.graph.nodes) < 300 < 700 < len(drawing.whole.nodes)
    data = data_of(drawing)
    assert len(data["nodes"]) == len(drawing.whole.nodes)
    assert data["folded"]


def test_a_chain_of_operations_can_be_opened_up_too() -> None:
    x = mt.ones(1, requires_grad=True)
    for _ in range(1500):
        x = x.sin()
    data = data_of(x.draw())
    assert len(data["nodes"]) == 1501
    assert len(data["folded"]) == len(data["scopes"]) == 30
    assert [scope["title"] for scope in data["scopes"][:2]] == ["operations 1 to 50", "operations 51 to 100"]
