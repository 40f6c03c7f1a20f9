"""A bar of percentages, where tqdm is not installed."""

from __future__ import annotations

import sys

import pytest

from microtensor import hub
from microtensor.utils import model_zoo
from microtensor.utils.progress import Percentage, tqdm


def test_percentages(capsys: pytest.CaptureFixture[str]) -> None:
    with Percentage(total=8, unit="B") as bar:
        bar.set_description("loading")
        bar.update(2)
        bar.update(6)
    assert capsys.readouterr().err == "\r25.0%\r100.0%\n"
    assert list(Percentage("ab")) == ["a", "b"]
    assert capsys.readouterr().err == "\r1\r2\n"
    assert list(Percentage([3], disable=True)) == [3]
    assert capsys.readouterr().err == ""


def test_tqdm_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub.tqdm is model_zoo.tqdm is tqdm
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert isinstance(tqdm([1, 2]), Percentage)
    monkeypatch.undo()
    package = pytest.importorskip("tqdm")
    assert isinstance(tqdm([1, 2], disable=True), package.tqdm)
