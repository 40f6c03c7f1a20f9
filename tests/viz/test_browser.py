"""The page in a browser: it opens without an error, finds, folds, plays, and obeys the keyboard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import PROGRAMS, Tower, scalar

import microtensor as mt
from microtensor import nn, viz

TIMES = "\N{MULTIPLICATION SIGN}"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        options = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Saves and opens a drawing; at the end, nothing may have gone wrong in any of the pages."""
    wrong: list[str] = []
    asked: list[str] = []
    pages = []

    def open_page(drawing: viz.Drawing, **options: Any) -> Any:
        path = tmp_path / f"{len(pages)}.html"
        drawing.save(path)
        page = browser.new_page(viewport={"width": 1300, "height": 800}, **options)
        pages.append(page)
        page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url.split(":")[0]))
        page.goto(path.as_uri())
        page.wait_for_selector(".box", state="attached")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert wrong == []
    assert set(asked) <= {"file", "blob"}


def expression() -> viz.Drawing:
    a, b, c = scalar(2.0, "a"), scalar(-3.0, "b"), scalar(10.0, "c")
    d = a * b
    d.name = "d"
    result = (d + c) * a
    result.name = "L"
    return result.draw()


def texts(page: Any, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(selector).all_inner_texts()]


NAMED = """(what) => [...document.querySelectorAll(".box")].map((box) => [
  box.querySelector(".name").textContent,
  what === "top" ? box.getBoundingClientRect().top : box.lastChild.textContent,
])"""


def boxes(page: Any) -> list[str]:
    return [name for name, _ in page.evaluate(NAMED, "last")]


GEOMETRY = """() => {
  const shapes = (selector) => [...document.querySelectorAll(selector)].map((e) => e.getBoundingClientRect());
  const beside = (a, b) => a.right <= b.left + 1 || a.left >= b.right - 1;
  const apart = (a, b) => beside(a, b) || a.bottom <= b.top + 1 || a.top >= b.bottom - 1;
  const within = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1;
  const inside = (a, b) => within(a, b) && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const found = shapes(".box > rect"), frames = shapes(".frame");
  const overlaps = found.flatMap((a, i) => found.slice(i + 1).filter((b) => !apart(a, b)));
  const cross = (f, b) => !apart(b, f) && !inside(b, f) && !inside(f, b);
  const crossed = frames.flatMap((f) => [...found, ...frames].filter((b) => cross(f, b)));
  return [found.length, overlaps.length, crossed.length];
}"""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_page_opens_and_nothing_overlaps(program: Any, opened: Any) -> None:
    page = opened(program())
    count, overlaps, crossed = page.evaluate(GEOMETRY)
    assert count > 2
    assert (overlaps, crossed) == (0, 0)
    page.keyboard.press("o")
    page.keyboard.press("d")
    assert page.evaluate(GEOMETRY)[1:] == [0, 0]


def test_values_flow_downwards(opened: Any) -> None:
    page = opened(expression())
    tops = dict(page.evaluate(NAMED, "top"))
    assert tops["a"] < tops["d = mul"] < tops["%4 = add"] < tops["L = mul"]
    ends = "(w) => [w.getPointAtLength(0).y, w.getPointAtLength(1e9).y]"
    lines = page.evaluate(f"[...document.querySelectorAll('.wire')].map({ends})")
    assert len(lines) == 6
    assert all(first < last for first, last in lines)


def test_a_chain_is_straight_and_leaves_stand_beside_it(opened: Any) -> None:
    x, w = scalar(2.0, "x"), scalar(3.0, "w")
    page = opened(((x.exp().sin() * w).tanh() + w).log().draw())
    rows = page.locator(".box:not(.input) > rect").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect()).map((r) => (r.left + r.right) / 2)"
    )
    assert len(rows) == 6
    assert max(rows) - min(rows) < 40


def test_folding_leaves_the_module_where_it_was(opened: Any) -> None:
    page = opened(viz.draw(Tower(2), mt.ones(3, 2)))
    heading = page.locator(".heading", has_text="blocks.1: Residual")
    before = heading.locator("rect").bounding_box()
    heading.dispatch_event("click")
    after = page.locator(".box.module", has_text="blocks.1: Residual").locator("rect").bounding_box()
    assert (after["x"], after["y"]) == pytest.approx((before["x"], before["y"]), abs=8)


def test_the_player_reaches_the_leaves(opened: Any) -> None:
    page = opened(expression())
    assert "Before the backward pass. It starts at L = %4 * a" in texts(page, "#card")[0]
    seen = []
    for _ in range(6):
        page.click("#step")
        seen.append(texts(page, "#card .what b")[0])
    assert seen == ["L = %4 * a", "%4 = d + c", "c", "d = a * b", "a", "b"]
    assert texts(page, "#count") == ["6 / 6"]
    grads = {name: text.removeprefix("grad ") for name, text in page.evaluate(NAMED, "last")}
    assert grads == {"a": "-2", "b": "4", "d = mul": "2", "c": "2", "%4 = add": "2", "L = mul": "1"}
    assert page.locator(".edge.flown").count() == page.locator(".edge").count()


def test_the_formula_and_the_sum_on_the_way(opened: Any) -> None:
    page = opened(expression())
    page.click("#step")
    assert texts(page, ".sent") == [
        f"%4 ← g * a = upstream 1 {TIMES} local a = 2 = 2",
        f"a ← g * %4 = upstream 1 {TIMES} local %4 = 4 = 4",
    ]
    assert "grad 4 + …" in page.locator(".box.target").nth(0).text_content()
    assert page.locator(".box.now .name").text_content() == "L = mul"
    page.click("#back")
    assert texts(page, "#count") == ["0 / 6"]


def test_slider_play_and_pause(opened: Any) -> None:
    page = opened(expression())
    page.locator("#slider").fill("4")
    assert texts(page, "#card .what b")[0] == "d = a * b"
    page.locator("#speed").fill("3")
    page.click("#play")
    playwright.expect(page.locator("#count")).to_have_text("6 / 6")
    page.locator("#speed").fill("0")
    page.click("#play")
    playwright.expect(page.locator("#count")).to_have_text("1 / 6")
    page.click("#play")
    assert page.locator("#play").get_attribute("aria-label") == "Play"
    at = texts(page, "#count")
    page.wait_for_timeout(400)
    assert texts(page, "#count") == at
    page.click("#first")
    assert texts(page, "#count") == ["0 / 6"]


def test_arrays_as_tables(opened: Any) -> None:
    x = mt.tensor([[1.0, -2.0]], requires_grad=True)
    page = opened((x * x).sum().draw())
    page.keyboard.press("End")
    assert texts(page, "#card td") == ["2", "-4"]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("weight", 7),
        ("RELU", 3),
        ("blocks.1.fc.bias", 1),
        ("(3, 4)", 19),
        ("3x4", 19),
        ("nothing like it", 0),
    ],
)
def test_search(words: str, count: int, opened: Any) -> None:
    page = opened(viz.draw(Tower(3), mt.ones(3, 2)))
    page.keyboard.press("/")
    page.keyboard.type(words)
    assert texts(page, "#found") == [str(count) if count else "nothing"]


def test_search_unfolds_and_centres(opened: Any) -> None:
    page = opened(viz.draw(Tower(3), mt.ones(3, 2)))
    page.keyboard.press("c")
    folded = len(boxes(page))
    page.keyboard.press("/")
    page.keyboard.type("blocks.1.fc.weight")
    assert page.locator(".box.match").count() == 1
    page.keyboard.press("Enter")
    assert texts(page, "#found") == ["1 of 1"]
    assert len(boxes(page)) > folded
    place, stage = page.locator(".box.found").bounding_box(), page.locator("#drawing").bounding_box()
    assert place["x"] + place["width"] / 2 == pytest.approx(stage["x"] + stage["width"] / 2, abs=2)
    assert texts(page, "#details h2") == ["weight"]


def test_folding(opened: Any) -> None:
    page = opened(viz.draw(Tower(1), mt.ones(3, 2)))
    everything = boxes(page)
    page.locator(".heading", has_text="blocks.0: Residual").dispatch_event("click")
    assert "▸ blocks.0: Residual" in boxes(page)
    assert len(boxes(page)) < len(everything)
    page.locator(".box.module").dispatch_event("dblclick")
    assert sorted(boxes(page)) == sorted(everything)
    page.click("#fold")
    assert sorted(boxes(page)) == ["input", "▸ blocks.0: Residual", "▸ first: Linear"]
    page.click("#unfold")
    assert sorted(boxes(page)) == sorted(everything)


def test_the_player_in_a_folded_graph(opened: Any) -> None:
    page = opened(viz.draw(Tower(3), mt.ones(3, 2), depth=1))
    page.keyboard.press(".")
    assert page.locator(".box.now .name").text_content() == "▸ blocks.2: Residual"
    page.keyboard.press("End")
    assert page.locator(".box.now .name").text_content() == "▸ first: Linear"


def test_lineage(opened: Any) -> None:
    page = opened(expression())
    page.locator(".box", has_text="d = mul").dispatch_event("click")
    assert sorted(page.locator(".box.before .name").all_text_contents()) == ["a", "b", "d = mul"]
    assert sorted(page.locator(".box.after .name").all_text_contents()) == ["%4 = add", "L = mul", "d = mul"]
    page.keyboard.press("Escape")
    assert page.locator(".box.before").count() == 0


def test_hover(opened: Any) -> None:
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    with viz.watch():
        y = (x * x).sum()
    page = opened(y.draw())
    page.locator(".box", has_text="mul").hover()
    said = " ".join(texts(page, "#details"))
    for words in (
        "shape (2,)",
        "dtype float32",
        "mean 2.5000 ± 1.5000",
        "g * %0",
        "(2,) float32, 8 B",
        "test_browser.py",
    ):
        assert words in said
    assert texts(page, "#details td") == ["1", "4", "1", "1"]


def test_the_keyboard_alone(opened: Any) -> None:
    page = opened(viz.draw(nn.Sequential(nn.Linear(2, 2), nn.Tanh()), mt.ones(1, 2)))
    page.locator("#drawing").focus()
    seen = []
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
        seen.append(page.locator(".box.focus .name").text_content())
    assert seen == ["input", "%3 = linear", "%4 = tanh", "%3 = linear"]
    page.keyboard.press("Enter")
    assert page.locator(".box.selected").count() == 1
    page.keyboard.press("f")
    assert page.locator(".box.focus .name").text_content() == "▸ 0: Linear"
    page.keyboard.press("Space")
    playwright.expect(page.locator("#count")).to_have_text("1 / 4")
    page.keyboard.press("Space")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("g")
    assert page.locator("#sizes").get_attribute("aria-pressed") == "true"
    assert page.locator(".edge[data-size]").count() > 0


def test_pan_and_zoom(opened: Any) -> None:
    page = opened(expression())
    world = page.locator("#drawing > g")
    before = world.get_attribute("transform")
    page.mouse.move(500, 400)
    page.mouse.wheel(0, -300)
    zoomed = world.get_attribute("transform")
    assert zoomed != before
    page.mouse.move(40, 120)
    page.mouse.down()
    page.mouse.move(90, 150, steps=3)
    page.mouse.up()
    assert world.get_attribute("transform") not in (before, zoomed)
    page.click("#fit")
    assert world.get_attribute("transform") == before


def test_light_and_dark(opened: Any) -> None:
    page = opened(expression(), color_scheme="dark")
    color = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(color)
    page.click("#theme")
    assert page.evaluate(color) == "rgb(255, 255, 255)"
    page.click("#theme")
    assert page.evaluate(color) == dark == "rgb(18, 24, 31)"


def test_what_users_write_is_text(opened: Any) -> None:
    names = [
        "<script>alert(1)</script>",
        '"',
        "</script>",
        "javascript:alert(1)",
        "<img src=x onerror=alert(1)>",
    ]
    total = scalar(0.0, "x")
    for name in names:
        total = total * scalar(2.0, name)
        total.name = f"{name} so far"
    page = opened(total.draw(title="<img src=x onerror=alert(2)>"))
    assert page.locator("h1").inner_text() == "<img src=x onerror=alert(2)>"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert set(names) < set(boxes(page))
    for _ in names:
        page.keyboard.press(".")
    page.locator(".box").first.dispatch_event("click")
    assert page.locator("img").count() == 0


def test_after_backward(opened: Any) -> None:
    y = scalar(2.0, "x").exp()
    y.backward()
    page = opened(y.draw())
    assert "backward() has freed this graph" in texts(page, "#card")[0]
    assert not page.locator("#play").is_visible()
    page.keyboard.press("Space")


def test_a_leaf_alone(opened: Any) -> None:
    assert boxes(opened(scalar(2.0, "x").draw())) == ["x"]
