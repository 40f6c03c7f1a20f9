"""The page at hand: sizes of windows, both films, links, files, heat maps, large graphs, readable text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from programs import Tower, scalar
from test_browser import GEOMETRY, TIMES, boxes, browser, expression, opened, playwright, pytestmark, texts

import microtensor as mt
from microtensor import nn, viz

__all__ = ["browser", "opened", "pytestmark"]


def drawn(page: Any) -> tuple[float, float]:
    size = page.locator("#drawing").bounding_box()
    return size["width"], size["height"]


@pytest.mark.parametrize(("width", "height", "least"), [(390, 844, 480), (360, 640, 300), (844, 390, 200)])
def test_a_phone_gives_most_of_itself_to_the_drawing(
    width: int, height: int, least: int, opened: Any
) -> None:
    page = opened(expression())
    page.set_viewport_size({"width": width, "height": height})
    page.click("#step")
    assert drawn(page)[1] >= least
    assert drawn(page)[0] == width
    assert not page.locator("#details").is_visible()
    page.locator(".box", has_text="d = mul").dispatch_event("click")
    assert page.locator("#details").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_forward_film(opened: Any) -> None:
    page = opened(expression())
    page.click("#film")
    assert "Before the forward computation" in texts(page, "#card")[0]
    hidden = "(all) => all.filter((e) => getComputedStyle(e).opacity === '0').length"
    assert page.locator(".box.op .value").evaluate_all(hidden) == 3
    seen = []
    for _ in range(3):
        page.keyboard.press(".")
        seen.append(texts(page, "#card .what")[0])
    assert seen == ["d = a * b = 2 * (-3) = -6", "%4 = d + c = (-6) + 10 = 4", "L = %4 * a = 4 * 2 = 8"]
    assert page.locator(".box.op .value").evaluate_all(hidden) == 0
    assert sorted(page.locator(".box.target .name").all_text_contents()) == ["%4 = add", "a"]
    page.keyboard.press("w")
    assert texts(page, "#count") == ["0 / 6"]


def test_the_forward_film_goes_on_backward(opened: Any) -> None:
    page = opened(expression())
    page.click("#film")
    page.locator("#speed").fill("3")
    page.click("#play")
    playwright.expect(page.locator("#count")).to_have_text("6 / 6")
    assert page.locator("#film").inner_text().startswith("Backward")


def test_upstream_and_local_are_told_apart(opened: Any) -> None:
    x = scalar(2.0, "x")
    page = opened(((x * 3).exp().sin()).draw())
    page.keyboard.press(".")
    page.keyboard.press(".")
    [row] = texts(page, ".sent")
    assert row.startswith("%2 ← g * %3 = upstream ")
    assert f"{TIMES} local %3 = 403.4 = " in row
    assert texts(page, ".chip.upstream i") == ["upstream"]
    matrix = mt.ones(2, 2, requires_grad=True)
    assert texts(opened((matrix @ matrix).sum().draw()), ".chip") == []


def test_the_details_follow_the_step(opened: Any) -> None:
    page = opened(expression())
    page.keyboard.press(".")
    assert texts(page, "#details h2") == ["L = mul"]
    page.keyboard.press(".")
    assert texts(page, "#details h2") == ["%4 = add"]
    page.locator(".box", has_text="d = mul").dispatch_event("click")
    page.keyboard.press(".")
    assert texts(page, "#details h2") == ["d = mul"]


def test_the_address_holds_what_is_shown(opened: Any) -> None:
    page = opened(viz.draw(Tower(2), mt.ones(3, 2)))
    page.keyboard.press("c")
    page.keyboard.press("d")
    page.keyboard.press("t")
    page.keyboard.press("End")
    page.locator(".box.module").first.dispatch_event("click")
    page.wait_for_timeout(400)
    before = boxes(page), texts(page, "#count"), texts(page, "#details h2"), page.evaluate(PLACE)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(".box")
    assert (
        boxes(page),
        texts(page, "#count"),
        texts(page, "#details h2"),
        page.evaluate(PLACE),
    ) == before
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto("about:blank")
    page.goto(address.split("#")[0] + "#step=forward.99999&node=nothing&at=x,1,2&fold=77.x&theme=pink")
    page.wait_for_selector(".box")
    [at, count] = texts(page, "#count")[0].split(" / ")
    assert at == count


PLACE = """document.querySelector('#drawing > g').getAttribute('transform').match(/[\\d.-]+/g).map(
  (x) => Math.round(Number(x)))"""
TRANSFORM = "document.querySelector('#drawing > g').getAttribute('transform')"


def test_the_drawing_is_saved_as_svg_and_png(opened: Any, tmp_path: Path) -> None:
    page = opened(expression())
    with page.expect_download() as waiting:
        page.click("#svg")
    assert waiting.value.suggested_filename == "Computation_of_L.svg"
    waiting.value.save_as(tmp_path / "saved.svg")
    root = ET.parse(tmp_path / "saved.svg").getroot()
    words = "".join(root.itertext())
    assert root.tag.endswith("svg")
    assert "d = mul" in words
    assert "--paper" in words
    with page.expect_download() as waiting:
        page.click("#png")
    waiting.value.save_as(tmp_path / "saved.png")
    data = (tmp_path / "saved.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == 2 * int(root.get("width"))


def test_matrices_are_heat_maps(opened: Any) -> None:
    x = mt.tensor(np.linspace(-1, 1, 16 * 12, dtype=np.float32).reshape(16, 12), requires_grad=True)
    x.name = "x"
    page = opened((x * x).sum().draw())
    page.locator(".box", has_text="x").first.dispatch_event("click")
    assert page.locator("#details canvas.heat").count() == 2
    corners = """(canvas) => {
      const { width, height } = canvas, all = canvas.getContext("2d").getImageData(0, 0, width, height).data;
      const color = (x, y) => [...all.slice(4 * (y * width + x), 4 * (y * width + x) + 4)];
      return [color(1, 1), color(width - 3, height - 3)];
    }"""
    first, last = page.locator("#details canvas.heat").first.evaluate(corners)
    assert first[0] > first[2]
    assert last[2] > last[0]
    assert "largest size is 1" in page.locator("#details canvas.heat").first.get_attribute("aria-label")


def test_a_screen_reader_hears_the_gradient(opened: Any) -> None:
    page = opened(expression())
    label = page.locator(".box", has_text="c").first
    assert label.get_attribute("aria-label") == "c, value 10, a leaf that requires a gradient"
    page.keyboard.press("End")
    assert label.get_attribute("aria-label").endswith(", gradient 2")


def test_gradients_that_are_not_finite_are_marked(opened: Any) -> None:
    x = mt.tensor([0.0, 0.0], requires_grad=True)
    x.name = "x"
    with np.errstate(all="ignore"):
        page = opened(((x * 0).sqrt() * 0).sum().draw())
    assert page.locator(".box.bad .name").all_text_contents() == ["x", "%2 = mul"]
    assert page.locator(".edge.bad").count() == 2
    page.keyboard.press("g")
    assert page.locator('.edge[data-size="bad"]').count() == 2
    page.locator(".box.bad").first.dispatch_event("click")
    assert "Its gradient is not finite" in texts(page, "#details")[0]


def test_unfolding_leaves_what_has_the_focus_where_it_was(opened: Any) -> None:
    page = opened(viz.draw(Tower(8), mt.ones(3, 2)))
    page.keyboard.press("c")
    page.locator(".box", has_text="blocks.5: Residual").dispatch_event("click")
    middle = "(e) => { const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }"
    before = page.locator(".box.focus").evaluate(middle)
    page.keyboard.press("o")
    after = page.locator(".box.focus").evaluate(middle)
    assert after == pytest.approx(before, abs=2)
    assert page.locator(".box").count() > 50


def test_the_map_shows_where_one_is(opened: Any) -> None:
    page = opened(viz.draw(Tower(12), mt.ones(3, 2)))
    page.click("#fit")
    assert not page.locator("#map").is_visible()
    page.keyboard.press("o")
    assert page.locator("#map").is_visible()
    before = page.evaluate(TRANSFORM)
    page.locator("#map").click(position={"x": 10, "y": 10})
    assert page.evaluate(TRANSFORM) != before
    assert page.locator("#map").evaluate("(c) => c.toDataURL().length") > 400


def regularised(layers: int) -> viz.Drawing:
    """A chain whose every weight is used again at the end: links as long as the chain."""
    weights = [mt.ones(2, 2, requires_grad=True) for _ in range(layers)]
    y, penalty = mt.ones(1, 2), mt.zeros(())
    for w in weights:
        y = (y @ w).tanh()
    for w in weights:
        penalty = penalty + w.sum()
    return viz.draw(y.sum() + penalty, fold=False)


def test_long_links_do_not_bend_in_every_layer(opened: Any) -> None:
    page = opened(regularised(220))
    lengths = page.evaluate(
        "[...document.querySelectorAll('.wire')].map((w) => w.getAttribute('d').match(/[CL]/g).length)"
    )
    assert len(lengths) > 1000
    assert sum(lengths) < 40000
    assert page.evaluate(GEOMETRY)[1] == 0


def test_of_a_large_drawing_only_what_is_seen_is_laid_out(opened: Any) -> None:
    page = opened(regularised(140))
    count = "document.querySelectorAll('#drawing g[display=none] .box').length"
    assert page.evaluate(count) > 200
    page.click("#fit")
    assert page.evaluate(count) == 0
    assert page.locator("#drawing.far").count() == 1
    with page.expect_download() as waiting:
        page.keyboard.press("s")
    assert 'display="none"' not in Path(waiting.value.path()).read_text(encoding="utf-8")


CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(scheme: str, opened: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3))
    with np.errstate(all="ignore"):
        y = (
            nn.functional.cross_entropy(model(mt.ones(2, 2)), mt.tensor([0, 1]))
            + (mt.tensor(0.0, requires_grad=True) * 0).sqrt()
        )
    x = scalar(2.0, "x")
    (slope,) = mt.autograd.grad(x**3, x, create_graph=True)
    for drawing in (viz.draw(y), viz.draw(model, mt.ones(1, 2), depth=1), viz.draw(slope * x)):
        page = opened(drawing, color_scheme=scheme)
        page.click("#legend summary")
        page.keyboard.press("?")
        for key in (".", "End", "w", "."):
            page.keyboard.press(key)
            assert page.evaluate(CONTRAST) == []
        page.locator(".box").last.dispatch_event("click")
        assert page.evaluate(CONTRAST) == []
