"""``python -m microtensor playground``: a recording, a server that ends by itself, and what is refused."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import microtensor
from microtensor import __main__, playground
from microtensor.playground import Settings, Trainer, command, record, save_recording
from microtensor.playground.page import live, recorded

ROOT = Path(microtensor.__file__).parents[1]


def test_a_recording_has_the_trainings_losses() -> None:
    settings = Settings.of({"data": "moons", "layers": "3-Tanh"})
    found, trainer = record(settings, 60), Trainer(settings)
    assert found["frames"][0]["step"] == 0
    assert len(found["frames"]) > 20
    assert found["command"] == "python -m microtensor playground data=moons layers=3-Tanh"
    for frame in found["frames"]:
        trainer.advance(frame["step"] - trainer.step)
        weight = trainer.blocks[0].weight.detach().numpy()
        assert frame["layers"][0]["weight"] == pytest.approx(weight, rel=1e-3, abs=1e-6)
    assert trainer.step == 60
    assert found["curve"]["step"][-1] == 60


def test_a_recording_ends_where_the_loss_does() -> None:
    found = record(Settings.of({"data": "plane", "layers": "", "optimizer": "SGD", "lr": 100}), 500)
    last = found["frames"][-1]
    assert last["facts"]["broken"]
    assert last["step"] < 100
    steps = [frame["step"] for frame in found["frames"]]
    assert steps == sorted(set(steps))
    assert last["alarms"][0].startswith("Step ")
    with pytest.raises(ValueError, match="steps: expected 1 or more, got 0"):
        record(Settings(), 0)


def test_a_recording_is_one_file_of_about_a_megabyte(tmp_path: Path) -> None:
    path = save_recording(tmp_path / "out.html", Settings())
    assert 5e5 < path.stat().st_size < 1.5e6
    with pytest.raises(ValueError, match="expected a name that ends in .html, got 'out.png'"):
        save_recording(tmp_path / "out.png", Settings())


def test_a_page_allows_its_own_script_and_style_and_loads_nothing() -> None:
    for page in (live(), recorded(record(Settings.of({"layers": "2-Tanh"}), 2), "<b>&title")):
        assert "<title><b>" not in page
        assert page.count("<script") == 2
        assert not re.findall(r'(?:src|href)="(?!data:,)', page)
        assert "default-src 'none'" in page
        data = re.search(r'id="given">(.*?)</script>', page, re.DOTALL)
        assert data
        assert "<" not in data[1]
        json.loads(data[1])
    assert "connect-src 'self'" in live()
    assert "connect-src 'none'" in page


def test_the_command_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.html"
    given = ["playground", "--record", str(out), "--steps", "5", "data=xor", "layers=2-Tanh"]
    assert __main__.main(given) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert '"data":"xor"' in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["data"], "expected name=value, got 'data'"),
        (["data=cats"], "data: expected one of"),
        (["--record", "out.png"], "ends in .html"),
        (["--record", "out.html", "--steps", "0"], "steps: expected 1 or more"),
        (["--record", "/no/such/folder/out.html", "--steps", "1"], "No such file"),
        (["--port", "70000"], "--port: expected 0 to 65535, got 70000"),
    ],
)
def test_what_the_command_refuses(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m microtensor playground: ")
    assert sentence in said


def started(*arguments: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-W", "error", "-m", "microtensor", "playground", "--no-browser", *arguments]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_server_prints_its_address_and_ends_with_ctrl_c() -> None:
    with started("data=spiral") as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", url)
        with urllib.request.urlopen(url) as answer:
            assert answer.read().startswith(b"<!DOCTYPE html>")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr
        assert process.stderr.read() == ""


def test_the_server_ends_when_no_page_has_come_or_all_have_gone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "FIRST", 0.3)
    opened: list[str] = []
    monkeypatch.setattr(command.webbrowser, "open", opened.append)
    assert command.main([]) == 0
    assert capsys.readouterr().out.startswith(opened[0])


def test_recording_needs_nothing_but_numpy(tmp_path: Path) -> None:
    """No module from outside is loaded on the way but NumPy."""
    code = f"""
import sys
from microtensor.__main__ import main
main(["playground", "--record", {str(tmp_path / "out.html")!r}, "--steps", "3"])
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    bare = "import sys, numpy.random; print(*{name.partition('.')[0] for name in sys.modules})"
    known = subprocess.run([sys.executable, "-c", bare], capture_output=True, text=True, check=True)
    allowed = set(sys.stdlib_module_names) | {"microtensor", "__mp_main__"} | set(known.stdout.split())
    assert set(out.stdout.splitlines()[-1].split()) - allowed == set()


# ------------------------------------------------------------ in a notebook


def test_a_notebook_shows_a_recording() -> None:
    shown = playground.show(live=False, steps=3, data="xor", height=500)
    html = shown._repr_html_()
    assert html.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert 'height="500"' in html
    assert html.count("<") == 2
    assert repr(shown) == "a recorded playground, for notebooks to display"
    shown.close()


def test_a_notebook_shows_a_process_of_its_own() -> None:
    shown = playground.show(data="spiral", layers="3-Tanh")
    try:
        assert shown.url.replace("&", "&amp;") in shown._repr_html_()
        with urllib.request.urlopen(shown.url) as answer:
            assert answer.status == 200
            assert "frame-ancestors 'self' http://localhost:*" in answer.headers["Content-Security-Policy"]
    finally:
        shown.close()
    shown.close()
    assert repr(shown).startswith("playground at http://127.0.0.1:")


def test_a_notebook_is_told_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="data: expected one of"):
        playground.show(data="cats")
