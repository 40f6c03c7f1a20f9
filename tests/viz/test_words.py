"""`explain`: a worked example, with the formulas' own words."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import nn, viz
from microtensor.viz.array_summary import summary
from microtensor.viz.notation import brief
from microtensor.viz.record import Excerpt

TEXTBOOK = """\
Forward
  d  = a * b   = 2 * (-3)    = -6
  e  = d + c   = (-6) + 10   = 4
  %6 = e ** 2  = 4 ** 2      = 16
  %7 = sin(a)  = sin(2)      = 0.9093
  %9 = 1 - %7  = 1 - 0.9093  = 0.0907
  L  = %6 / %9 = 16 / 0.0907 = 176.4

Backward, from L with g = 1
  L = %6 / %9  g = 1      to %6: g / %9            = 1 / 0.0907                = 11.03
                          to %9: -g * %6 / %9 / %9 = -1 * 16 / 0.0907 / 0.0907 = -1945
  %9 = 1 - %7  g = -1945  to %7: -g = -(-1945) = 1945
  %7 = sin(a)  g = 1945   to a: g * cos(a) = 1945 * cos(2) = -809.3
  %6 = e ** 2  g = 11.03  to e: g * 2 * e ** (2 - 1) = 11.03 * 2 * 4 ** (2 - 1) = 88.2
  e = d + c    g = 88.2   to d: g = 88.2
                          to c: g = 88.2
  c            gradient 88.2
  d = a * b    g = 88.2   to a: g * b = 88.2 * (-3) = -264.6
                          to b: g * a = 88.2 * 2    = 176.4
  a            gradient -809.3 + (-264.6) = -1074
  b            gradient 176.4
"""
NARROW = """\
Backward, from L with g = 1
  L = %6 / %9  g = 1
      to %6: g / %9            = 1 / 0.0907                = 11.03
      to %9: -g * %6 / %9 / %9 = -1 * 16 / 0.0907 / 0.0907 = -1945
  %9 = 1 - %7  g = -1945
      to %7: -g = -(-1945) = 1945
"""


def scalar(value: float, name: str) -> mt.Tensor:
    x = mt.tensor(value, requires_grad=True)
    x.name = name
    return x


def expression() -> mt.Tensor:
    a, b, c = scalar(2.0, "a"), scalar(-3.0, "b"), scalar(10.0, "c")
    d = a * b
    e = d + c
    result = e**2 / (1 - a.sin())
    d.name, e.name, result.name = "d", "e", "L"
    return result


def test_ten_nodes_read_like_a_textbook() -> None:
    with viz.watch():
        told = expression().explain().text(100)
    assert told == TEXTBOOK.rstrip()


def test_lines_end_where_the_terminal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with viz.watch():
        result = expression()
    told = str(result.explain())
    assert NARROW in told
    assert max(map(len, told.splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(len, str(result.explain()).splitlines())) <= 50
    monkeypatch.setenv("COLUMNS", "100")
    assert str(result.explain()) == TEXTBOOK.rstrip()


def test_numbers_that_nothing_keeps() -> None:
    told = str(((scalar(2.0, "a") * 3 + 1).exp()).explain())
    assert "%3 = %2 + ? " in told
    assert told.endswith(
        "(? is a number that no formula keeps: computed inside `with viz.watch():`, it is\nknown)"
    )


def test_a_function_is_run() -> None:
    told = str(viz.explain(lambda a: (1 - a * 3).relu(), scalar(2.0, "a")))
    assert "1 - %2 = 1 - 6 = -5" in " ".join(told.split())
    assert "?" not in told


def test_arrays_by_shape_and_norm() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    told = str(viz.explain(model, mt.ones(4, 2), names={"row": model[0].bias}))
    assert "%4 = tanh(%3)" in told
    assert "linear(%0, 0.weight, row)" in told
    assert "(4, 3) norm " in told
    assert "gradient (3, 2) norm " in told


def test_long_graphs_are_bounded() -> None:
    x = y = scalar(1.0, "x")
    for _ in range(1000):
        y = (y + x).sin()
    told = str(y.explain())
    assert len(told.splitlines()) < 150
    assert "... and 1,960 more: explain(..., limit=None) shows all" in told
    assert len(str(y.explain(limit=None)).splitlines()) > 4000
    assert str(y.explain(limit=1)).count("more: explain") == 2
    with pytest.raises(
        ValueError, match=r"^limit: expected a number of lines from 1 on, or None for all, got 0"
    ):
        y.explain(limit=0)


def test_after_backward() -> None:
    y = scalar(2.0, "x").exp()
    y.backward()
    told = str(y.explain())
    assert told.startswith("Forward\n")
    assert "Backward, from" not in told
    assert "backward() has freed this graph" in told


def test_what_is_no_tensor() -> None:
    with pytest.raises(TypeError, match=r"^record: expected tensors"):
        viz.explain([1.0])


def test_in_a_notebook() -> None:
    y = scalar(2.0, "<b>").exp()
    bundle = y.explain()._repr_mimebundle_()
    assert bundle["text/plain"] == repr(y.explain())
    assert "&lt;b&gt;" in bundle["text/html"]
    assert "monospace" in bundle["text/html"]
    assert "white-space:pre" in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]


def test_words_of_single_values() -> None:
    assert brief(Excerpt(summary([1.0, float("nan"), 1.0]))) == "(3,) norm 1.414 1 nan"
    assert brief(None) == "?"


def test_arrays_are_given_and_short_ones_written_out() -> None:
    x, m = mt.tensor([1.0, -2.0], requires_grad=True), mt.eye(2).requires_grad_()
    x.name, m.name = "x", "m"
    assert str((m @ x).explain()).splitlines()[1:4] == [
        "  m  = (2, 2) norm 1.414",
        "  x  = [1, -2]",
        "  %2 = m @ x = [1, -2]",
    ]


def test_a_name_that_would_break_the_lines_is_one_word() -> None:
    x = mt.tensor(1.0, requires_grad=True)
    x.name = "two\nlines \x1b[31m" + "long" * 50
    y = x.exp()
    y.name = "y" * 99
    told = str(y.explain())
    assert told.isascii()
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) <= 80
    assert len(told.splitlines()) == 10


def test_all_roots_are_where_a_pass_begins() -> None:
    x = mt.tensor(2.0, requires_grad=True)
    y = x * 3
    assert "Backward, from %4 with g = 1, %3 with g = 1" in str(viz.explain(y.exp(), y.sin()))
    assert "Backward, from %3 with g = 1" in str(viz.explain(y, y.exp()))


def test_a_note_is_said_once() -> None:
    x = mt.tensor(2.0, requires_grad=True)
    y = x.exp()
    y.backward()
    assert str(y.explain()).count("freed this graph") == 1


def test_a_write_into_a_view_says_where_the_gradient_goes() -> None:
    x, y = mt.tensor([1.0, 2.0, 3.0], requires_grad=True), mt.zeros(3)
    y[:2] = x[1:]
    told = str(y.sum().explain())
    assert "to %2: g where it was written = [1, 1]" in told
    z = x * 2
    z[0] = x[2]
    told = str(z.sum().explain())
    assert "0 where it was written, else g = [0, 1, 1]" in told
    assert "g where it was written" in told
