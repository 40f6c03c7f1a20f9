"""Every change of a place that C looks at is noticed, and what it can't look at is left to Python."""

from __future__ import annotations

import gc
import sys
import weakref
from collections import OrderedDict

import pytest

import microtensor as mt
from microtensor.compiled.c import c_guards
from microtensor.compiled.c.c_guards import checker
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.guards import MISSING, Test
from microtensor.compiled.program import Unavailable

try:
    compiler()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)
if not c_guards.known():
    pytest.skip("objects of this Python lie elsewhere", allow_module_level=True)


class Slotted:
    __slots__ = ("__dict__", "value")

    def __init__(self, value):
        self.value = value


class Derived(Slotted):
    __slots__ = ("other",)


def cell_of(value):
    def inner():
        return value

    return inner.__closure__[0]


def places():
    """For each kind of place: its test, a change, and what undoes it."""
    d, items, k, s = {"a": "old"}, [object(), object()], {"x": 1, "y": 2}, Derived("old")
    c, t, old = cell_of("old"), mt.tensor([1.0]), object()
    s.other = old
    empty: list[object] = []
    return {
        "item": (Test("item", d, "a", ""), lambda: d.update(a="new"), lambda: d.update(a=test_old)),
        "item gone": (Test("item", d, "a", ""), lambda: d.pop("a"), lambda: d.update(a=test_old)),
        "no item": (Test("item", d, "b", ""), lambda: d.update(b=1), lambda: d.pop("b")),
        "cell": (
            Test("cell", c, None, ""),
            lambda: setattr(c, "cell_contents", 1),
            lambda: setattr(c, "cell_contents", "old"),
        ),
        "empty cell": (
            Test("cell", c, None, ""),
            lambda: delattr(c, "cell_contents"),
            lambda: setattr(c, "cell_contents", "old"),
        ),
        "slot": (
            Test("attr", s, "value", ""),
            lambda: setattr(s, "value", 1),
            lambda: setattr(s, "value", "old"),
        ),
        "derived slot": (
            Test("attr", s, "other", ""),
            lambda: delattr(s, "other"),
            lambda: setattr(s, "other", old),
        ),
        "tensor": (Test("attr", t, "_rg", ""), t.requires_grad_, lambda: t.requires_grad_(False)),
        "given": (
            Test("given", t, "_grad", "", False),
            lambda: setattr(t, "grad", mt.ones(1)),
            lambda: setattr(t, "grad", None),
        ),
        "list": (Test("items", items, None, ""), lambda: items.reverse(), lambda: items.reverse()),
        "longer list": (Test("items", items, None, ""), lambda: items.append(1), lambda: items.pop()),
        "empty list": (Test("items", empty, None, ""), lambda: empty.append(1), lambda: empty.pop()),
        "keys": (Test("keys", k, None, ""), lambda: k.update(z=3), lambda: k.pop("z")),
        "fewer keys": (Test("keys", k, None, ""), lambda: k.pop("y"), lambda: k.update(y=2)),
    }


test_old = "old"


@pytest.mark.parametrize("kind", list(places()))
def test_a_change_is_noticed(kind):
    everything = places()
    test, change, undo = everything[kind]
    others = [t for t, *_ in everything.values()]
    alone, together = checker([test]), checker(others)
    assert not alone.rest
    assert not together.rest
    assert (alone(), together()) == (1, 1)
    change()
    assert (alone(), together()) == (0, 0)
    undo()
    assert (alone(), together()) == (1, 1)


def test_a_list_that_moved_is_looked_at_where_it_is():
    items = [object()]
    check = checker([Test("items", items, None, "")])
    items.extend(range(1000))
    assert check() == 0
    del items[1:]
    assert check() == 1


def test_a_reference_more_than_usual_is_noticed():
    one, two, three = object(), object(), object()
    more = [two]
    check = checker([], [(one, 0), (two, 0), (three, 2)])
    assert check() == 1
    check.note()
    assert check() == 1
    kept = [one]
    assert check() == 1, "of its group another one has as many"
    kept.append(one)
    assert check() == 2
    kept.clear()
    assert check() == 1
    kept.append(three)
    assert check() == 2
    check.note()
    assert check() == 1
    assert more == [two]


def test_places_that_are_not_known_are_left_to_python():
    class Mapping(dict):
        def __getitem__(self, key):
            return "computed"

    class Computed:
        @property
        def value(self):
            return self

    tests = [
        Test("item", OrderedDict(a=1), "a", ""),
        Test("item", Mapping(a=1), "a", ""),
        Test("attr", Computed(), "value", ""),
        Test("attr", Slotted(1), "absent", ""),
        Test("items", (1, 2), None, ""),
    ]
    check = checker([*tests, Test("item", {}, "a", "")])
    assert check.rest == tests
    assert check() == 1


def test_what_is_not_there_now_is_not_expected_by_c():
    cell = cell_of(1)
    test = Test("cell", cell, None, "", expected=2)
    assert checker([test]).rest == [test]
    assert Test("item", {}, "a", "").expected is MISSING


def test_nothing_is_owned():
    class Held:
        pass

    held = Held()
    d = {"a": held}
    check = checker([Test("item", d, "a", "")], [(held, 0)])
    gone, count = weakref.ref(held), sys.getrefcount(d)
    for _ in range(100):
        check()
    assert sys.getrefcount(d) == count
    gc.disable()
    try:
        del d, held, check
        assert gone() is None
    finally:
        gc.enable()


def test_without_a_compiler_python_tests_all(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert checker([Test("item", {}, "a", "")]) is None


@pytest.mark.parametrize("change", ["name", "byteorder"])
def test_on_another_python_python_tests_all(monkeypatch, change):
    if change == "name":
        monkeypatch.setattr(c_guards.sys.implementation, "name", "pypy")
    else:
        monkeypatch.setattr(c_guards.sys, "byteorder", "big")
    assert checker([Test("item", {}, "a", "")]) is None
