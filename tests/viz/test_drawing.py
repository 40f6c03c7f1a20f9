"""A drawing is shown, saved and described; and says what to install when nothing is there to draw with."""

from __future__ import annotations

import builtins
import html
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn, viz
from microtensor.viz import drawing
from microtensor.viz.render import graphviz as render
from microtensor.viz.render import labels, style
from microtensor.viz.wording import ascii_of, shortened

FORMATS = [".svg", ".png", ".dot", ".gv", ".txt"]
needs_program = pytest.mark.skipif(
    render.program() is None, reason="neither dot nor graphviz-pure is installed"
)


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "program", lambda: None)


def small() -> viz.Drawing:
    return viz.draw(mt.ones(2, requires_grad=True).exp().sum())


# ------------------------------------------------------------ saving and showing


@needs_program
@pytest.mark.parametrize("suffix", FORMATS)
def test_save(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph{suffix.upper()}"
    small().save(path)
    starts = {
        ".svg": b"<?xml",
        ".png": b"\x89PNG",
        ".dot": b"digraph",
        ".gv": b"digraph",
        ".txt": b"%1 = exp",
    }
    assert path.read_bytes().startswith(starts[suffix])


def test_an_unknown_ending_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"^save: expected a name that ends in \.svg, .*, got '.*graph\.jpeg2'$"
    ):
        small().save(tmp_path / "graph.jpeg2")
    assert list(tmp_path.iterdir()) == []


def test_a_writer_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(drawing.WRITERS, ".count", lambda d: str(len(d.graph.nodes)))
    small().save(tmp_path / "graph.count")
    assert (tmp_path / "graph.count").read_text() == "3"


@needs_program
def test_a_notebook_gets_svg() -> None:
    bundle = small()._repr_mimebundle_()
    assert ET.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")
    assert bundle["text/plain"] == "<Drawing: 3 nodes, 2 edges>"


def test_tensors_draw_themselves() -> None:
    x = mt.ones(2, requires_grad=True)
    assert x.exp().draw(show="op").source == viz.draw(x.exp(), show="op").source


def test_a_model_is_run() -> None:
    text = viz.draw(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), mt.ones(1, 2)).text()
    expected = ["Sequential", "  0: Linear", "    %3 = linear(input, 0.weight, 0.bias)  (1, 3)"]
    assert text.splitlines() == [*expected, "  1: ReLU", "    %4 = relu(%3)  (1, 3)"]


@needs_program
def test_raster_images_are_bounded(tmp_path: Path) -> None:
    x = mt.ones(1, requires_grad=True)
    y = x
    for _ in range(280):
        y = y.sin()
    data = viz.draw(y, size=(4, 4)).png()
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    assert max(width, height) <= 4 * 96 + 2


def test_ten_thousand_operations_fold() -> None:
    x = mt.ones(1, requires_grad=True)
    y = x
    for _ in range(5000):
        y = (y + x).sin()
    found = viz.draw(y)
    assert len(found.graph.nodes) <= 300
    assert found.graph.folded_from == 10_001
    assert "10001 nodes are shown as" in found.source
    assert "fold=False shows all" in found.source


@needs_program
def test_a_thousand_operations_unfolded() -> None:
    x = mt.ones(1, requires_grad=True)
    y = x
    for _ in range(500):
        y = (y + x).sin()
    assert viz.draw(y, fold=False).svg().count('class="node"') == 1501


# ------------------------------------------------------------ options


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"show": "op sizes"}, r"^show: expected some of op, shape, .*, got sizes$"),
        ({"direction": "up"}, r"^direction: expected TB, LR, BT or RL, got 'up'$"),
        ({"depth": -1}, r"^depth: expected 0, 1, 2, \.\.\. or None, got -1$"),
    ],
)
def test_options_that_do_not_exist(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        viz.draw(mt.ones(1), **options)


def test_everything_can_be_shown() -> None:
    layer = nn.Linear(3, 2)
    with viz.watch(time=True, values=True):
        y = layer(mt.ones(1, 3)).softmax(1).sum()
    source = viz.draw(y, show=labels.SHOWS).source
    for words in ("data", "grad", "float32", "saves 8 B (out)", " ms", "dim = 1", "test_drawing.py"):
        assert words in source


def test_what_is_not_finite_is_counted() -> None:
    x = mt.tensor([1.0, float("nan"), float("inf")], requires_grad=True)
    assert "1 nan 1 inf" in x.draw(show="values").source


def test_second_order_has_colours_of_its_own() -> None:
    x = mt.tensor(2.0, requires_grad=True)
    (g,) = mt.autograd.grad(x**3, x, create_graph=True)
    assert "recorded by the backward pass of order 1" in viz.draw(g).source


# ------------------------------------------------------------ gradient flow


def flow_source(y: mt.Tensor) -> str:
    return viz.draw(y, flow=True, show="op").source


def test_flow_colours() -> None:
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    dead = mt.tensor(-1.0, requires_grad=True)
    source = flow_source((x * mt.ones(2)).sum() * 100 + dead.relu())
    assert source.count("#8e44ec") == 4  # the dead leaf, its edge, and the legend's border and fill
    assert 'style="dashed"' in source
    assert "gradient (root mean square)" in source


def test_flow_of_what_is_not_finite_is_red() -> None:
    x = mt.tensor(0.0, requires_grad=True)
    import numpy as np

    with np.errstate(all="ignore"):
        assert flow_source((x * x).sqrt()).count("#d7263d") >= 4


def test_flow_after_a_backward_shows_leaves_and_says_what_to_do() -> None:
    x = mt.tensor(1.0, requires_grad=True)
    y = (x * 3).exp()
    y.backward()
    assert "watch(grads=True)" in flow_source(y)


# ------------------------------------------------------------ what a user writes is text

AWKWARD = [
    "<b>",
    "a|b",
    '"',
    "\\N",
    "{x}",
    "javascript:alert(1)",
    "\\",
    "&amp;",
    "<a&b>",
    "\\\\",
    "]];",
    "\x00\x1b",
]


@needs_program
@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("show", ["op", "op values"])
def test_a_name_comes_out_as_text(name: str, show: str) -> None:
    x = mt.tensor(1.0, requires_grad=True)
    x.name = name
    svg = ET.fromstring(viz.draw(x * 1.5, show=show, title=name).svg())
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    texts = ["".join(e.itertext()).replace("\xa0", " ") for e in svg.iter() if e.tag.endswith("text")]
    assert texts.count(shown) == 2
    links = [v for e in svg.iter() for k, v in e.attrib.items() if k.endswith("href")]
    assert links == []
    titles = [v for e in svg.iter() for k, v in e.attrib.items() if k.endswith("title")]
    assert any(v.startswith(f"#0 {shown}\n") for v in titles)


@needs_program
def test_a_modules_name_comes_out_as_text() -> None:
    model = nn.Module()
    model.add_module('<i>"|\\G', nn.Linear(1, 1))
    with viz.watch():
        y = nn.Sequential(model.get_submodule('<i>"|\\G'))(mt.ones(1, 1))
    weird = type('Evil"<b>\\N', (nn.Linear,), {})(1, 1)
    assert 'Evil"<b>\\N' in "".join(ET.fromstring(viz.draw(weird, mt.ones(1, 1)).svg()).itertext())
    assert viz.graph(y).scopes[0].kind == "Sequential"


def test_labels_are_ascii() -> None:
    assert ascii_of("βΩé日") == "betaOmegae\\u65e5"
    assert shortened("x" * 100) == "x" * 18 + "..." + "x" * 18


# ------------------------------------------------------------ what is missing


def test_without_a_program(no_program: None, tmp_path: Path) -> None:
    for call in (small().svg, small().png, small().pdf, lambda: small().save(tmp_path / "g.svg")):
        with pytest.raises(viz.RenderError) as caught:
            call()
        assert str(caught.value) == f"no program to draw with: {render.INSTALL}."
    assert list(tmp_path.iterdir()) == []
    small().save(tmp_path / "g.dot")


def test_a_notebook_never_fails(no_program: None) -> None:
    shown = small()._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "%1 = exp(%0)" in shown["text/plain"]
    assert 'pip install "microtensor[viz]"' in shown["text/plain"]
    assert "digraph" in shown["text/plain"]


def test_dot_comes_before_graphviz_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"dot": "/bin/dot", "graphviz-pure": "/bin/graphviz-pure"}
    monkeypatch.setattr(shutil, "which", lambda name, path=None: known.get(name))
    assert render.program() == "/bin/dot"
    known.pop("dot")
    assert render.program() == "/bin/graphviz-pure"


def test_the_folder_of_scripts_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None if path is None else f"{path}/{name}")
    assert re.fullmatch(r".*(bin|Scripts)[/\\]graphviz-pure", render.program() or "")


def test_neither_program_nor_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise render.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(render.metadata, "distribution", missing)
    assert render.program() is None


def test_no_pdf_from_graphviz_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "program", lambda: "/bin/graphviz-pure")
    with pytest.raises(viz.RenderError, match=r"^graphviz-pure writes no PDF: save SVG or PNG, or install"):
        small().pdf()


def test_a_program_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "program", lambda: sys.executable)
    with pytest.raises(viz.RenderError, match=r" failed: .*"):
        small().svg()


def test_a_program_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **options: Any) -> Any:
        raise subprocess.TimeoutExpired("dot", 1)

    monkeypatch.setattr(render, "program", lambda: "/bin/dot")
    monkeypatch.setattr(subprocess, "run", slow)
    with pytest.raises(viz.RenderError, match=r"^/bin/dot took more than 120 s .* fold it, with depth=1"):
        small().svg()


def forbid(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)


def test_without_the_graphviz_package(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch, "graphviz")
    with pytest.raises(
        ImportError, match=r"^to_graphviz\(\) needs the graphviz package: install it with `pip"
    ):
        small().to_graphviz()
    assert small().source.startswith("digraph")


def test_with_the_graphviz_package() -> None:
    pytest.importorskip("graphviz", reason="the graphviz package is not installed")
    assert small().to_graphviz().source == small().source


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch, "matplotlib")
    with pytest.raises(ImportError, match=r"^viz\.flow needs matplotlib: install it with `pip install"):
        viz.flow(nn.Linear(1, 1))


def test_a_long_title_and_a_note_make_no_picture_wide() -> None:
    x = mt.ones(3, requires_grad=True)
    y = x.exp().sum()
    y.backward()
    source = y.draw(title="a word " * 100, flow=True).source
    caption = re.search(r'labeljust="l" label="(.*?)" tooltip', source)[1]
    assert max(map(len, caption.split("\\l"))) <= 64
    assert "backward() has freed this graph" in caption


def test_the_only_size_in_a_legend_can_be_read() -> None:
    source = mt.ones(1, requires_grad=True).exp().draw(flow=True).source
    assert 'fillcolor="#153e75" fontcolor="#ffffff"' in source


def test_the_text_of_hostile_names_is_one_line_each() -> None:
    x = mt.tensor(1.0, requires_grad=True)
    x.name = "two\nlines\x1b[31m" + "long" * 100
    told = (x * 2).draw(show="op values").text()
    assert len(told.splitlines()) == 3
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) < 80


def test_slices_say_which_part() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    titles = [node.op for node in viz.graph(x[1:], x[0], x[:, 1], x[[0, 1]]).nodes if not node.is_leaf]
    assert titles == ["slice", "select", "select", "index"]
    source = viz.draw(x[1:], x[0], x[:, 1], x[[0, 1]]).source
    for words in ("slice [1:]", "select [0]", "select [:, 1]", "index [torch.int64 (2,)]"):
        assert f'label="{words}\\n' in source


@needs_program
def test_a_png_grows_so_that_its_text_can_be_read() -> None:
    y = mt.ones(1, requires_grad=True)
    for _ in range(59):
        y = y.sin()
    data = viz.draw(y).png()
    assert int.from_bytes(data[20:24], "big") > 60 * 40


@needs_program
def test_a_png_that_would_be_too_large_is_shrunk_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_SIDE", 2000)
    y = mt.ones(1, requires_grad=True)
    for _ in range(80):
        y = y.sin()
    with pytest.warns(
        UserWarning, match=r"^png: 81 nodes make .* dots, shrunk to 3\d %, which makes"
    ) as seen:
        data = viz.draw(y).png()
    assert seen[0].filename == __file__
    assert 1900 < int.from_bytes(data[20:24], "big") <= 2002


def test_a_model_says_what_it_wants() -> None:
    sentence = r"^draw: a model is drawn by running it: expected draw\(model, input\) with the inputs of "
    with pytest.raises(TypeError, match=sentence):
        viz.draw(nn.Linear(2, 2))

    class Without(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(mt.ones(2))

        def forward(self, *, scale: float = 1.0) -> mt.Tensor:
            return self.w * scale

    assert len(viz.draw(Without()).graph.nodes) >= 2


@needs_program
def test_a_broken_dot_is_replaced_by_graphviz_pure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if render._pure() is None:
        pytest.skip("graphviz-pure is not installed")
    broken = tmp_path / "dot"
    for content, mode in (("#!/bin/sh\necho no plugin >&2\nexit 1\n", 0o755), ("no program at all", 0o755)):
        broken.write_text(content)
        broken.chmod(mode)
        monkeypatch.setattr(render, "program", lambda: str(broken))
        assert small().svg().startswith("<?xml")
    monkeypatch.setattr(render, "_pure", lambda: None)
    with pytest.raises(viz.RenderError, match=r"dot cannot be run: .*; to draw pictures, install"):
        small().svg()


def test_the_page_can_be_shown_in_a_notebook() -> None:
    x = mt.ones(1, requires_grad=True)
    x.name = '"quoted" <b>'
    shown = (x * 2).draw().show(height=400)
    frame = shown._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts allow-downloads"')
    assert "height:400px" in frame
    assert frame.count("<") == 2
    assert html.unescape(re.search('srcdoc="([^"]*)"', frame)[1]) == (x * 2).draw().html()


def test_the_legend_of_gradients_is_small_and_readable() -> None:
    x = mt.ones(2, requires_grad=True)
    y = (x * mt.tensor([1.0, 4.0], requires_grad=True)).exp().sum()
    across, down = (viz.draw(y, flow=True, direction=d).source for d in ("LR", "TB"))
    assert len(re.findall(r"legend\d \[label", across)) == 3
    assert len(re.findall(r"legend\d \[label", down)) == 5
    assert "vanished" not in across
    assert "no gradient" not in across
    entries = re.findall(
        r'legend\d \[label="[^"]*" color="[^"]*" .*fillcolor="(#\w+)" fontcolor="(#\w+)"', down
    )
    assert len(entries) == 5
    for fill, ink in entries:
        dark, light = sorted(style.light_of(color) + 0.05 for color in (fill, ink))
        assert light / dark >= 4.5
