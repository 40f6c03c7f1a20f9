"""The page in a browser: each control, the keyboard, phone and desktop, and nothing from outside."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microtensor.playground import Layer, Session, Settings, Trainer, program, save_recording, show
from microtensor.playground.server import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL = {"layers": "3-Tanh,2-ReLU", "points": 60}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright.expect.set_options(timeout=20_000)
    with playwright.sync_playwright() as started:
        options = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium
        chromium.close()


class Live:
    """A page, and the session that it shows."""

    def __init__(self, page: Any, session: Session, server: Server) -> None:
        self.page, self.session, self.server = page, session, server

    @property
    def settings(self) -> Settings:
        return self.session.trainer.settings

    def eventually(self, met: Callable[[], object]) -> None:
        """Wait for what a click brings about in the session or on the page."""
        end = time.monotonic() + 20
        while not met():
            assert time.monotonic() < end, "it did not happen"
            self.page.wait_for_timeout(15)

    def shows(self, step: int) -> None:
        playwright.expect(self.page.locator("#count b")).to_have_text(f"{step:,}")

    def steps(self, count: int) -> None:
        self.session.ask({"do": "step", "steps": count})
        self.shows(self.session.trainer.step)

    def set(self, **settings: Any) -> None:
        self.session.ask({"do": "set", "whole": True, "settings": settings})
        expected = Settings.of(settings)
        columns = [len(expected.features), *(layer.units for layer in expected.layers), expected.outputs]
        self.eventually(lambda: self.units() == columns)

    def units(self) -> list[int]:
        """How many units each column has."""
        return self.page.evaluate("[...document.querySelectorAll('.units')].map((e) => e.children.length)")

    def text(self, selector: str) -> str:
        return " ".join(self.page.locator(selector).inner_text().split())

    def focused(self) -> str:
        return self.page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
        )

    def wires(self, what: str) -> list[str]:
        one = "what === 'lit' ? e.classList.contains('lit') : e.getAttribute(what) || e.dataset[what]"
        return self.page.evaluate(
            f"(what) => [...document.querySelectorAll('.wire')].map((e) => {one})", what
        )

    def pixels(self, selector: str) -> str:
        return self.page.locator(selector).first.evaluate("(canvas) => canvas.toDataURL()")


def watch(page: Any, wrong: list[str], home: str) -> None:
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda asked: None if asked.url.startswith((home, "blob:")) else wrong.append(asked.url)
    )


@pytest.fixture
def wrong() -> Iterator[list[str]]:
    """What goes wrong in any page, or is asked for outside: a test takes out what it has meant to provoke."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def opened(browser: Any, wrong: list[str]) -> Iterator[Callable[..., Live]]:
    """Starts a session and opens its page."""
    with ExitStack() as stack:

        def open_page(settings: dict[str, Any] | None = None, where: str = "", **options: Any) -> Live:
            session = stack.enter_context(Session(Settings.of(SMALL if settings is None else settings)))
            server = stack.enter_context(Server(session))
            context = browser.new_context(**{"viewport": {"width": 1300, "height": 850}, **options})
            stack.callback(context.close)
            page = context.new_page()
            watch(page, wrong, f"http://127.0.0.1:{server.port}/")
            page.goto(server.url + where)
            page.wait_for_selector(".unit")
            return Live(page, session, server)

        yield open_page


@pytest.fixture
def live(opened: Callable[..., Live]) -> Live:
    return opened()


# ------------------------------------------------------------ training


def test_the_buttons_train(live: Live) -> None:
    page = live.page
    assert live.text("#count") == "0 steps, 0 epochs"
    assert page.locator("#back").is_disabled()
    page.click("#step")
    live.shows(1)
    page.click("#epoch")
    live.shows(1 + live.session.trainer.steps_an_epoch)
    page.click("#back")
    live.shows(live.session.trainer.steps_an_epoch)
    page.click("#play")
    playwright.expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    live.eventually(lambda: live.session.trainer.step > 100)
    page.click("#play")
    playwright.expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    live.eventually(lambda: not live.session.playing)
    live.shows(live.session.trainer.step)
    page.click("#reset")
    live.shows(0)


def test_what_is_shown_is_the_sessions_state(live: Live) -> None:
    before = live.pixels("#map"), live.pixels(".unit canvas >> nth=3"), live.wires("d")
    live.steps(300)
    frame = json.loads(live.session.latest.frame)
    rows = live.text("#measures tbody").replace("\t", " ")
    assert f"{frame['train']['accuracy']:.1%}".replace("%", " %") in rows
    assert f"{float(f'''{frame['train']['loss']:.4g}'''):g}" in rows
    assert live.pixels("#map") != before[0]
    assert live.pixels(".unit canvas >> nth=3") != before[1]
    assert live.wires("d") == before[2]
    weights = np.concatenate([np.ravel(layer["weight"]) for layer in frame["layers"]])
    assert live.wires("sign") == ["minus" if w < 0 else "plus" for w in weights]
    widths = np.array(live.wires("stroke-width"), float)
    assert widths.argmax() == abs(weights).argmax()
    assert np.array_equal(np.argsort(abs(weights))[-3:], np.argsort(widths, kind="stable")[-3:])


def test_edges_show_weights_gradients_or_updates(live: Live) -> None:
    page = live.page
    page.click("#edges [data-value=grad]")
    assert live.text("#readout") == "no gradients yet: make a step"
    live.steps(5)
    for what in ("grad", "update", "weight"):
        page.click(f"#edges [data-value={what}]")
        assert page.locator(f"#edges [data-value={what}]").get_attribute("aria-checked") == "true"
        frame = json.loads(live.session.latest.frame)
        values = np.concatenate([np.ravel(layer[what]) for layer in frame["layers"]])
        assert live.wires("sign") == ["minus" if value < 0 else "plus" for value in values]


def test_speeds(live: Live) -> None:
    live.page.select_option("#speed", "5")
    live.eventually(lambda: live.session.speed == 5)
    live.page.select_option("#speed", "0")
    live.eventually(lambda: live.session.speed == 0)


# ------------------------------------------------------------ settings


def test_each_choice_at_the_top(live: Live) -> None:
    choices = {"loss": "CE", "optimizer": "RMSprop", "lr": 0.3, "batch": 500, "penalty": "L2"}
    for name, value in choices.items():
        live.page.select_option(f"[data-setting={name}]", str(value))
        live.eventually(lambda name=name, value=value: getattr(live.settings, name) == value)
        playwright.expect(live.page.locator(f"[data-setting={name}]")).to_have_value(str(value))
    live.eventually(lambda: all(getattr(live.settings, name) == value for name, value in choices.items()))


def test_a_penalty_has_a_rate(live: Live) -> None:
    rate = live.page.locator("[data-setting=rate]")
    assert rate.is_disabled()
    live.page.select_option("[data-setting=penalty]", "L1")
    playwright.expect(rate).to_be_enabled()
    rate.select_option("0.1")
    live.eventually(lambda: live.settings.rate == 0.1)


def test_each_number_of_the_data(live: Live) -> None:
    for name, value in {"noise": 0.5, "points": 300, "train": 80, "seed": 7}.items():
        box = live.page.locator(f"[data-setting={name}]")
        box.fill(str(value))
        box.blur()
        live.eventually(lambda name=name, value=value: getattr(live.settings, name) == value)


def test_every_data_set(live: Live) -> None:
    losses = {}
    for button in live.page.locator("#sets button").all():
        name = button.get_attribute("data-value")
        button.click()
        live.eventually(lambda name=name: live.settings.data == name)
        playwright.expect(button).to_have_attribute("aria-checked", "true")
        losses[name] = live.page.locator("[data-setting=loss]").input_value()
        live.steps(2)
    assert (losses["circle"], losses["three"], losses["sine"], losses["own"]) == ("BCE", "CE", "MSE", "BCE")


def test_features(live: Live) -> None:
    page = live.page
    page.click("[data-feature=x1x2]")
    live.eventually(lambda: live.settings.features == ("x1", "x2", "x1x2"))
    playwright.expect(page.locator("[data-feature=x1x2]")).to_have_attribute("aria-pressed", "true")
    assert page.locator(".column").first.locator(".unit").count() == 3
    page.click("[data-feature=x1]")
    live.eventually(lambda: live.settings.features == ("x2", "x1x2"))
    assert page.evaluate("document.activeElement.dataset.feature") == "x1"


def test_layers_are_built_and_taken_away(live: Live) -> None:
    page = live.page
    page.click("[aria-label='One unit more in hidden layer 1']")
    live.eventually(lambda: live.settings.layers[0] == Layer(4, "Tanh"))
    assert live.focused() == "One unit more in hidden layer 1"
    page.click("[aria-label='One unit less in hidden layer 2']")
    live.eventually(lambda: live.settings.layers[1].units == 1)
    playwright.expect(page.locator("[aria-label='One unit less in hidden layer 2']")).to_be_disabled()
    page.select_option("[aria-label='Activation of hidden layer 2']", "GELU")
    live.eventually(lambda: live.settings.layers[1].activation == "GELU")
    page.check("[aria-label='BatchNorm in hidden layer 1']")
    live.eventually(lambda: live.settings.layers[0].norm)
    page.select_option("[aria-label='Dropout of hidden layer 1']", "0.3")
    live.eventually(lambda: live.settings.layers[0] == Layer(4, "Tanh", norm=True, dropout=0.3))
    page.click("#add")
    live.eventually(lambda: live.settings.layers[2:] == (Layer(1, "GELU"),))
    page.click("[aria-label='Remove hidden layer 2']")
    page.click("[aria-label='Remove hidden layer 2']")
    page.click("[aria-label='Remove hidden layer 1']")
    live.eventually(lambda: live.settings.layers == ())
    for count in range(1, 7):
        page.click("#add")
        live.eventually(lambda count=count: len(live.settings.layers) == count)
    playwright.expect(page.locator("#add")).to_be_disabled()
    live.steps(3)


def test_quick_clicks_all_count(live: Live) -> None:
    more = "[aria-label='One unit more in hidden layer 1']"
    live.page.evaluate(
        "(more) => { for (let i = 0; i < 3; i++) document.querySelector(more).click(); }", more
    )
    live.eventually(lambda: live.settings.layers[0].units == 6)
    live.page.evaluate(
        "for (const name of ['x1x1', 'x2x2']) document.querySelector(`[data-feature=${name}]`).click()"
    )
    live.eventually(lambda: live.settings.features == ("x1", "x2", "x1x1", "x2x2"))
    live.page.evaluate("for (let i = 0; i < 3; i++) document.getElementById('play').click()")
    live.eventually(lambda: live.session.playing)
    live.page.click("#play")
    live.eventually(lambda: not live.session.playing)


def test_commands_come_in_the_order_in_which_they_were_given(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is held up on its way; those after it wait."""
    ask, seen, held = live.session.ask, [], []

    def slowly(command: Any) -> Any:
        held.append(command)
        time.sleep(0.3 * (len(held) == 1))
        seen.append(command["do"])
        return ask(command)

    monkeypatch.setattr(live.session, "ask", slowly)
    live.page.evaluate("for (const id of ['step', 'epoch', 'reset']) document.getElementById(id).click()")
    live.eventually(lambda: len(seen) == 3)
    assert seen == ["step", "epoch", "reset"]


def test_a_learning_rate_changes_on_the_way_and_the_program_says_so(live: Live) -> None:
    live.steps(12)
    live.page.select_option("[data-setting=lr]", "0.1")
    live.eventually(lambda: live.settings.changes == ((12, 0.1),))
    playwright.expect(live.page.locator("#program code")).to_contain_text("rates = {12: 0.1}")
    live.shows(12)
    live.page.keyboard.press("Escape")
    live.page.click("#reset")
    live.eventually(lambda: (live.settings.lr, live.settings.changes) == (0.1, ()))


def test_what_does_not_go_together_is_refused_and_the_control_goes_back(live: Live, wrong: list[str]) -> None:
    page = live.page
    page.select_option("[data-setting=batch]", "1")
    live.eventually(lambda: live.settings.batch == 1)
    page.click("[aria-label='BatchNorm in hidden layer 1']")
    playwright.expect(page.locator("#message")).to_contain_text("BatchNorm has no variance to divide by")
    playwright.expect(page.locator("[aria-label='BatchNorm in hidden layer 1']")).not_to_be_checked()
    assert not live.settings.layers[0].norm
    (said,) = wrong
    assert "400" in said
    wrong.clear()


# ------------------------------------------------------------ own points


def test_own_points_are_clicked(live: Live) -> None:
    page = live.page
    assert not page.locator("#own").is_visible()
    page.click("#sets [data-value=own]")
    live.eventually(lambda: live.settings.data == "own")
    count = len(live.settings.own)
    assert count == 60
    page.click("#brush [data-value='2']")
    box = page.locator("#map").bounding_box()
    page.locator("#map").click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    live.eventually(lambda: len(live.settings.own) == count + 1)
    x, y, label = live.settings.own[-1]
    assert (x, y, label) == (pytest.approx(0, abs=0.03), pytest.approx(1.5, abs=0.03), 2)
    assert live.settings.loss == "CE"
    playwright.expect(page.locator("#legend")).to_contain_text("class 2")
    page.click("#undo")
    live.eventually(lambda: len(live.settings.own) == count)


def test_own_points_are_pasted_or_come_from_a_file(live: Live, tmp_path: Path) -> None:
    page = live.page
    page.click("#sets [data-value=own]")
    page.fill("#csv", "x1,x2,class\n1,2,cat\n-1;0.5;dog\n0\t0\tcat\n2 2 dog\n")
    page.click("#use")
    live.eventually(lambda: len(live.settings.own) == 4)
    assert live.settings.own == ((1, 2, 0), (-1, 0.5, 1), (0, 0, 0), (2, 2, 1))
    (tmp_path / "points.csv").write_text("0,100,b\n10,300,a\n5,200,c\n1,120,a\n2,150,b\n")
    page.set_input_files("#file", tmp_path / "points.csv")
    live.eventually(lambda: len(live.settings.own) == 5)
    assert [point[2] for point in live.settings.own] == [0, 1, 2, 1, 0]
    assert max(abs(point[1]) for point in live.settings.own) <= 3


WRONG_ROWS = {
    "": "There are no rows of x1, x2, class.",
    "1,2\n": "Row 1 is not x1, x2, class: 1, 2",
    "1,2,a\n1,b,a\n": "Row 2 is not x1, x2, class: 1, b, a",
    "1,2,a\n1,2,b\n1,2,c\n1,2,d\n": "There are 4 classes, and three at most can be learned here.",
    "<img src=x onerror=alert(1)>,1,1\n1,<b>,2": "Row 1 is not x1, x2, class: 1, <b>, 2",
}


def test_what_is_pasted_wrong_is_said(live: Live) -> None:
    live.page.click("#sets [data-value=own]")
    for text, sentence in WRONG_ROWS.items():
        live.page.fill("#csv", text)
        live.page.click("#use")
        playwright.expect(live.page.locator("#message")).to_have_text(sentence)


# ------------------------------------------------------------ what comes out


def test_the_chart_tells_the_loss_at_the_cursor(live: Live) -> None:
    for _ in range(4):
        live.steps(50)
    curve = live.session.curve.columns()
    assert live.text("#cursor").endswith("step 200")
    live.page.focus("#chart")
    live.page.keyboard.press("ArrowLeft")
    at = live.text("#cursor")
    assert at.endswith(f"step {curve['step'][-2]}")
    assert f"training {float(f'''{curve['train'][-2]:.4g}'''):g}" in at
    box = live.page.locator("#chart").bounding_box()
    live.page.mouse.move(box["x"] + 48, box["y"] + 40)
    assert live.text("#cursor").endswith("step 0")
    before = live.pixels("#chart")
    live.page.check("#log")
    assert live.pixels("#chart") != before


def test_gradients_by_layer_and_alarms(live: Live) -> None:
    assert live.text("#sizes").count("none yet") == 3
    live.set(layers="4-Sigmoid,4-Sigmoid,4-Sigmoid,4-Sigmoid,4-Sigmoid", optimizer="SGD")
    live.steps(3)
    assert live.page.locator(".size").count() == 6
    playwright.expect(live.page.locator("#alarms")).to_contain_text("The gradient vanishes on its way back")
    widths = [box["width"] for box in (e.bounding_box() for e in live.page.locator(".bar-of div").all())]
    assert widths == sorted(widths)
    live.set(data="plane", layers="", optimizer="SGD", lr=100)
    live.page.click("#play")
    playwright.expect(live.page.locator("#alarms .bad")).to_contain_text("The learning rate is 100")
    playwright.expect(live.page.locator("#play")).to_have_attribute("aria-label", "Play")
    playwright.expect(live.page.locator("#measures")).to_contain_text("NaN")


def test_hovering_shows_what_a_unit_says(live: Live) -> None:
    live.steps(100)
    before = live.pixels("#map")
    live.page.hover(".unit[data-layer='0'][data-unit='1']")
    assert live.text("#shown") == "What hidden 1, neuron 2 says"
    assert live.pixels("#map") != before
    assert live.text("#readout").startswith("hidden 1, neuron 2: bias ")
    live.page.mouse.move(5, 5)
    assert live.text("#shown") == "What the network says"
    assert live.pixels("#map") == before
    live.page.locator(".hit").first.dispatch_event("pointerenter")
    assert live.text("#readout").startswith("x₁ → hidden 1, neuron 1: weight ")


def test_one_coordinate_is_drawn_as_a_curve(live: Live) -> None:
    live.set(data="sine", layers="4-Tanh")
    live.steps(200)
    before = live.pixels("#map")
    live.steps(200)
    assert live.pixels("#map") != before
    assert live.units() == [1, 4, 1]


# ------------------------------------------------------------ program, weights, address


def test_the_program_is_the_one_that_is_exported(live: Live) -> None:
    live.steps(40)
    page, settings = live.page, live.settings
    shown = page.locator("#program code").text_content()
    assert shown == program(settings, 40)
    page.check("#ours")
    shown = page.locator("#program code").text_content()
    assert shown == program(settings, 40, "microtensor")
    with page.expect_download() as download:
        page.click("#save-program")
    assert Path(download.value.path()).read_text() == shown
    scope: dict[str, Any] = {}
    exec(compile(shown, "page", "exec"), scope)
    trainer = Trainer(settings)
    trainer.advance(40)
    assert scope["losses"][-1] == trainer.loss
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#copy")
    playwright.expect(page.locator("#copied")).to_have_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == shown


LIT = {
    "[data-setting=lr]": "optimizer = torch.optim.Adam",
    "[data-setting=batch]": "order = torch.randperm",
    "[data-setting=seed]": "torch.manual_seed(0)",
    "[data-setting=train]": "x_test",
    "[data-control=activation0]": "nn.Tanh()",
    "#sets [aria-checked=true]": "def circle",
}


def test_the_lines_that_a_control_changes_light_up(live: Live) -> None:
    for control, line in LIT.items():
        live.page.focus(control)
        lit = live.page.locator("#program .line.lit").all_text_contents()
        assert any(line in text for text in lit), control
        assert len(lit) < live.page.locator("#program .line").count()


def test_the_weights_are_saved(live: Live) -> None:
    live.steps(9)
    live.page.click("#weights")
    with live.page.expect_download() as download:
        live.page.click("[data-file='weights.npz']")
    assert download.value.suggested_filename == "weights.npz"
    found = np.load(io.BytesIO(Path(download.value.path()).read_bytes()))
    for name, value in live.session.trainer.model.state_dict().items():
        assert np.array_equal(found[name], value.numpy())


def test_the_address_is_the_state(opened: Callable[..., Live]) -> None:
    first = opened({})
    first.page.select_option("[data-setting=optimizer]", "momentum")
    first.page.click("[data-feature=x1x1]")
    first.eventually(lambda: len(first.settings.features) == 3)
    first.steps(30)
    first.page.select_option("[data-setting=lr]", "0.3")
    first.eventually(lambda: first.settings.changes == ((30, 0.3),))
    first.steps(14)
    first.eventually(lambda: "step=44" in first.page.url and "changes=30" in first.page.url)
    fragment = first.page.url.partition("#")[2]
    assert first.server.token not in fragment
    second = opened({"data": "spiral"}, f"#{fragment}")
    second.shows(44)
    second.eventually(lambda: second.settings == first.settings)
    assert second.session.trainer.loss == first.session.trainer.loss
    first.page.click("#link")
    playwright.expect(first.page.locator("#message")).to_contain_text(f"#{fragment}")


def test_an_address_that_can_not_be_is_said(opened: Callable[..., Live], wrong: list[str]) -> None:
    live = opened(None, "#data=cats&step=3")
    playwright.expect(live.page.locator("#message")).to_contain_text("data: expected one of circle")
    assert (live.settings.data, live.session.trainer.step) == ("circle", 0)
    assert [text for text in wrong if "400" not in text] == []
    wrong.clear()


# ------------------------------------------------------------ why


def test_why_walks_forward_and_back_and_is_checked(live: Live) -> None:
    live.steps(20)
    page = live.page
    page.focus(".unit[data-layer='0'][data-unit='1']")
    page.keyboard.press("w")
    playwright.expect(page.locator("#walk")).to_be_visible()
    weights = json.loads(live.session.latest.frame)["layers"][0]["weight"][1]
    source = int(np.argmax(np.abs(weights)))
    found = live.session.ask({"do": "why", "layer": 0, "unit": 1, "source": source, "sample": 0})
    assert page.locator("#walk").text_content() == "".join(f"{line['text']}\n" for line in found["lines"])
    seen = [live.text("#at")]
    while True:
        page.keyboard.press(".")
        if live.text("#at") == seen[-1] and page.locator("#walk .line.now").text_content().startswith("  w "):
            break
        seen.append(live.text("#at"))
    names = list(dict.fromkeys(seen))
    assert names[0] == "hidden 1, neuron 2, forward"
    assert names[-1] == "hidden 1, neuron 2, backward"
    assert "output, forward" in names
    node = {key: values[1] for key, values in found["nodes"][0].items()}
    upstream, local, product = (float(f"{node[key]:.4g}") for key in ("upstream", "local", "product"))
    assert live.text("#local") == f"upstream {short(upstream)} \u00d7 local {short(local)} = {short(product)}"
    assert page.locator(".unit.now").get_attribute("data-unit") == "1"
    assert sum(map(bool, live.wires("lit"))) == 1 + 2 + 2
    assert live.text("#why section >> nth=0").startswith("2 paths to the loss")
    page.locator(".path").first.focus()
    assert sum(map(bool, live.wires("lit"))) == 3
    page.click("#check")
    checked = live.session.ask({"do": "check", "layer": 0, "unit": 1, "source": source, "sample": 0})
    playwright.expect(page.locator("#checked")).to_contain_text(f"= {short(checked['difference'])}")
    assert "The last update (Adam)" in live.text("#why")
    page.keyboard.press("Escape")
    assert page.locator("#walk").count() == 0
    assert not any(live.wires("lit"))


def short(x: float) -> str:
    """As the page writes a number."""
    if x == 0:
        return "0"
    if abs(x) >= 1e-3:
        return f"{float(f'{x:.4g}'):g}"
    mantissa, exponent = f"{x:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def test_why_follows_another_point_and_another_edge(live: Live) -> None:
    live.steps(5)
    page = live.page
    page.locator(".hit").nth(3).dispatch_event("click")
    playwright.expect(page.locator("#why")).to_contain_text("x₂ → hidden 1, neuron 2 is")
    page.select_option("#why-sample", "4")
    playwright.expect(page.locator("#why")).to_contain_text("Point 4 at")
    page.select_option("#why-source", "0")
    playwright.expect(page.locator("#why")).to_contain_text("x₁ → hidden 1, neuron 2 is")
    live.steps(1)
    playwright.expect(page.locator("#stale")).to_be_visible()
    page.click("#again")
    playwright.expect(page.locator("#stale")).to_be_hidden()
    page.click("[aria-label='Remove hidden layer 2']")
    live.eventually(lambda: len(live.settings.layers) == 1)
    page.click("[aria-label='Remove hidden layer 1']")
    playwright.expect(page.locator("#why")).to_contain_text("Choose an edge of the network")


# ------------------------------------------------------------ lessons


def test_a_lesson_from_card_to_card(live: Live) -> None:
    page = live.page
    page.click("#tab-lessons")
    assert page.locator(".lesson").count() == 5
    page.click(".lesson >> nth=0")
    live.eventually(lambda: live.settings.data == "xor" and not live.settings.layers)
    assert page.locator("#card-on").is_disabled()
    page.click("#solve")
    playwright.expect(page.locator("#goal")).to_contain_text("✓ Reached")
    live.eventually(lambda: not live.session.playing)
    page.click("#card-on")
    playwright.expect(page.locator("#goal")).to_have_text("Goal: a hidden layer")
    page.click("#add")
    playwright.expect(page.locator("#goal")).to_contain_text("✓ Reached")
    for _ in range(4):
        page.click("#card-on")
        if page.locator("#solve").count():
            page.click("#solve")
            playwright.expect(page.locator("#goal")).to_contain_text("✓ Reached", timeout=20_000)
    assert live.text("#card-on") == "Done"
    page.click("#card-on")
    assert page.locator(".lesson").count() == 5


# ------------------------------------------------------------ keyboard and screen reader


def test_the_keyboard_alone(live: Live) -> None:
    page = live.page
    page.keyboard.press("n")
    live.shows(1)
    page.keyboard.press("e")
    live.shows(1 + live.session.trainer.steps_an_epoch)
    page.keyboard.press("b")
    live.shows(live.session.trainer.steps_an_epoch)
    page.keyboard.press("Space")
    live.eventually(lambda: live.session.playing)
    page.keyboard.press("Space")
    live.eventually(lambda: not live.session.playing)
    page.keyboard.press("r")
    live.shows(0)
    for key, tab in (("?", "keys"), ("l", "lessons"), ("c", "program"), ("w", "why")):
        page.keyboard.press(key)
        playwright.expect(page.locator(f"#tab-{tab}")).to_have_attribute("aria-selected", "true")
        assert page.locator(f"#{tab}").is_visible()
    for what in ("grad", "update", "weight"):
        page.keyboard.press("g")
        assert page.locator(f"#edges [data-value={what}]").get_attribute("aria-checked") == "true"


def test_arrows_go_from_unit_to_unit(live: Live) -> None:
    page = live.page
    assert page.locator(".unit[tabindex='0']").count() == 1
    page.focus(".unit[tabindex='0']")
    seen = [live.focused()]
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(f"{key}")
        seen.append(live.focused().partition(",")[0] if "bias" not in live.focused() else live.focused())
    names = [text.rpartition(", bias")[0] or text for text in seen]
    assert names == [
        "hidden 1, neuron 1", "hidden 1, neuron 2", "hidden 2, neuron 2", "output", "hidden 2, neuron 1",
        "hidden 2, neuron 1", "hidden 1, neuron 1", "feature x₁",
    ]  # fmt: skip
    assert page.locator(".unit[tabindex='0']").count() == 1


def test_letters_that_are_typed_are_not_commands(live: Live) -> None:
    page = live.page
    page.click("#sets [data-value=own]")
    page.click("#csv")
    page.keyboard.type("nbr 1")
    assert page.locator("#csv").input_value() == "nbr 1"
    assert live.session.trainer.step == 0
    page.focus("#tab-lessons")
    page.keyboard.press("Space")
    assert page.locator("#tab-lessons").get_attribute("aria-selected") == "true"
    assert not live.session.playing


def test_radio_groups_and_tabs_by_arrows(live: Live) -> None:
    page = live.page
    page.focus("#sets [aria-checked=true]")
    page.keyboard.press("ArrowRight")
    live.eventually(lambda: live.settings.data == "xor")
    page.focus("#tab-program")
    page.keyboard.press("ArrowRight")
    assert live.focused() == "tab-why"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert live.focused() == "tab-keys"


NAMELESS = """() => [...document.querySelectorAll("button, select, input, textarea, canvas[role]")]
    .filter((e) => e.checkVisibility())
    .filter((e) => ![e.ariaLabel, e.textContent, e.labels?.[0]?.textContent].some((x) => x?.trim()))
    .map((e) => e.outerHTML)"""


def test_everything_that_is_pressed_has_a_name(live: Live) -> None:
    page = live.page
    live.page.click("#sets [data-value=own]")
    for tab in ("why", "lessons", "keys", "program"):
        page.click(f"#tab-{tab}")
        nameless = page.evaluate(NAMELESS)
        assert nameless == []


def test_a_live_region_tells_the_loss_when_training_rests(live: Live) -> None:
    live.steps(10)
    frame = json.loads(live.session.latest.frame)
    live.page.wait_for_function("document.getElementById('live').textContent.startsWith('Step 10: loss ')")
    assert (
        f"loss {short(frame['train']['loss'])}, test loss {short(frame['test']['loss'])}"
        in live.page.locator("#live").text_content()
    )


def test_negative_is_told_by_dashes_too(live: Live) -> None:
    one = "[e.dataset.sign, getComputedStyle(e).strokeDasharray]"
    dashes = live.page.evaluate(f"[...document.querySelectorAll('.wire')].map((e) => {one})")
    assert {sign for sign, _ in dashes} == {"plus", "minus"}
    assert all((sign == "minus") == (dash != "none") for sign, dash in dashes)


def test_reduced_motion(opened: Callable[..., Live]) -> None:
    live = opened(reduced_motion="reduce")
    live.page.select_option("[data-setting=optimizer]", "SGD")
    fresh = live.page.locator("#program .line.fresh").first
    fresh.wait_for()
    assert fresh.evaluate("(e) => getComputedStyle(e).animationName") == "none"


# ------------------------------------------------------------ sizes and themes

OVER = "[document.body.scrollWidth - innerWidth, document.body.scrollHeight - innerHeight]"
CUT = """() => [...document.querySelectorAll("header :is(button, select), #data button, canvas, .size")]
    .filter((e) => !e.closest("#stage") && e.checkVisibility())
    .map((e) => [e.id || e.textContent, e.getBoundingClientRect()])
    .filter(([, r]) => r.left < -1 || r.right > innerWidth + 1).map(([name]) => name)"""


def test_a_desktop_shows_all_of_the_network(opened: Callable[..., Live]) -> None:
    live = opened({})
    for width, height in ((1920, 1080), (1440, 900), (1280, 720), (1024, 768)):
        live.page.set_viewport_size({"width": width, "height": height})
        live.page.wait_for_timeout(50)
        assert live.page.evaluate(OVER) == [0, 0]
        assert live.page.evaluate(CUT) == []
        stage, columns = (live.page.locator(s).bounding_box() for s in ("#stage", "#columns"))
        assert columns["width"] <= stage["width"] + 1
        assert columns["height"] <= stage["height"] + 1
        assert not live.page.locator("#places").is_visible()
        assert live.page.locator("#panel").bounding_box()["height"] > 150


def test_a_phone_has_tabs(opened: Callable[..., Live]) -> None:
    live = opened(None, **PHONE)
    live.steps(20)
    page = live.page
    for width, height in ((390, 844), (320, 640), (430, 932)):
        page.set_viewport_size({"width": width, "height": height})
        for tab in ("data", "net", "outcome", "panel"):
            page.locator(f"#places [data-tab={tab}]").tap()
            shown = [n for n in ("data", "net", "outcome", "panel") if page.locator(f"#{n}").is_visible()]
            assert shown == [tab]
            assert page.evaluate(OVER) == [0, 0]
            assert page.evaluate(CUT) == []
    page.locator("#places [data-tab=net]").tap()
    page.locator(".unit[data-layer='1']").first.tap()
    assert live.text("#readout").startswith("hidden 2, neuron 1: bias")
    page.locator("#play").tap()
    live.eventually(lambda: live.session.trainer.step > 100)
    page.locator("#play").tap()
    page.keyboard.press("w")
    playwright.expect(page.locator("#walk")).to_be_visible()
    assert page.locator("#places [data-tab=panel]").get_attribute("aria-pressed") == "true"


def test_light_and_dark(opened: Callable[..., Live]) -> None:
    live = opened(color_scheme="dark")
    color = "getComputedStyle(document.body).backgroundColor"
    dark, map_then = live.page.evaluate(color), live.pixels("#map")
    assert dark == "rgb(18, 24, 31)"
    live.page.click("#theme")
    assert live.page.evaluate(color) == "rgb(255, 255, 255)"
    assert live.pixels("#map") != map_then
    live.page.keyboard.press("t")
    assert live.page.evaluate(color) == dark


# ------------------------------------------------------------ several pages, and none


def test_a_hidden_page_is_sent_nothing(live: Live) -> None:
    live.page.click("#play")
    live.eventually(lambda: live.session.trainer.step > 10)
    hide = """(value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    live.page.evaluate(hide, True)
    live.eventually(lambda: live.session._visible == 0)
    live.page.wait_for_timeout(100)
    at = live.session.trainer.step
    live.page.wait_for_timeout(150)
    assert live.session.trainer.step == at
    live.page.evaluate(hide, False)
    live.eventually(lambda: live.session.trainer.step > at)
    live.page.click("#play")


def test_two_pages_show_the_same_session(live: Live, wrong: list[str]) -> None:
    other = live.page.context.new_page()
    watch(other, wrong, f"http://127.0.0.1:{live.server.port}/")
    other.goto(live.server.url)
    other.wait_for_selector(".unit")
    live.page.click("#step")
    playwright.expect(other.locator("#count b")).to_have_text("1")
    other.click("#sets [data-value=moons]")
    playwright.expect(live.page.locator("#sets [data-value=moons]")).to_have_attribute("aria-checked", "true")


def test_the_end_of_the_server_is_said(live: Live, wrong: list[str]) -> None:
    live.server._http.shutdown()
    live.server.closed = True
    live.server._http.server_close()
    playwright.expect(live.page.locator("#notice")).to_contain_text(
        "python -m microtensor playground starts it"
    )
    live.eventually(lambda: wrong)
    wrong.clear()
    live.server._http = type("Closed", (), {"shutdown": lambda _: None, "server_close": lambda _: None})()


# ------------------------------------------------------------ recorded


@pytest.fixture
def recording(browser: Any, tmp_path: Path, wrong: list[str]) -> Iterator[Any]:
    path = save_recording(tmp_path / "out.html", Settings.of({**SMALL, "data": "moons"}), 80)
    context = browser.new_context(viewport={"width": 1300, "height": 850}, offline=True)
    page = context.new_page()
    watch(page, wrong, path.as_uri())
    page.goto(path.as_uri())
    page.wait_for_selector(".unit")
    yield page
    context.close()


def test_a_recording_plays_without_a_network(recording: Any) -> None:
    page, count = recording, recording.locator("#count b")
    assert count.inner_text() == "0"
    page.click("#step")
    assert count.inner_text() != "0"
    page.keyboard.press("b")
    assert count.inner_text() == "0"
    before = page.locator("#map").evaluate("(canvas) => canvas.toDataURL()")
    page.locator("#seek").fill(page.locator("#seek").get_attribute("max"))
    assert count.inner_text() == "80"
    assert page.locator("#map").evaluate("(canvas) => canvas.toDataURL()") != before
    page.keyboard.press("r")
    page.keyboard.press("Space")
    playwright.expect(count).to_have_text("80", timeout=20_000)
    playwright.expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    page.keyboard.press("g")
    page.hover(".unit[data-layer='0'][data-unit='1']")
    assert "def moons" in page.locator("#program code").text_content()
    assert "range(80)" in page.locator("#program code").text_content()


def test_in_a_recording_what_needs_an_engine_is_grey_and_says_how_to_start_one(recording: Any) -> None:
    page = recording
    command = "python -m microtensor playground data=moons points=60 layers=3-Tanh,2-ReLU"
    assert command in page.locator("#notice").inner_text()
    enabled = (
        "header select, #data :is(input, button), .head :is(button, select, input), #add, #weights, .lesson"
    )
    found = page.locator(enabled)
    assert found.count() > 30
    assert not page.locator("#own").is_visible()
    assert [e.get_attribute("id") for e in found.all() if e.is_visible() and not e.is_disabled()] == []
    page.keyboard.press("w")
    assert command in page.locator("#why").inner_text()
    page.keyboard.press("l")
    assert command in page.locator("#lessons").inner_text()


def test_a_notebooks_output_is_a_frame_in_which_a_recording_plays(browser: Any, wrong: list[str]) -> None:
    page = browser.new_page()
    watch(page, wrong, "about:")
    page.set_content(show(live=False, steps=20, data="three")._repr_html_())
    frame = page.frame_locator("iframe")
    playwright.expect(frame.locator(".unit")).to_have_count(2 + 8 + 8 + 3)
    frame.locator("#step").click()
    playwright.expect(frame.locator("#count b")).to_have_text("1")
    page.close()
