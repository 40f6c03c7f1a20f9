"""ModuleDict."""

from __future__ import annotations

from typing import Any

import pytest

from microtensor import nn


def test_a_dictionary_of_modules_in_order_of_insertion() -> None:
    modules = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Tanh()})
    assert list(modules) == list(modules.keys()) == ["b", "a"]
    assert len(modules) == 2
    assert "a" in modules
    assert "z" not in modules
    assert modules["b"] is modules.b is next(iter(modules.values()))
    assert dict(modules.items()) == {"b": modules.b, "a": modules.a}
    modules["c"] = nn.Linear(1, 1)
    del modules["b"]
    assert [name for name, _ in modules.named_parameters()] == ["c.weight", "c.bias"]
    assert isinstance(modules.pop("a"), nn.Tanh)
    assert list(modules) == ["c"]
    modules.clear()
    assert len(modules) == 0


def test_a_missing_key() -> None:
    for ask in (lambda m: m["x"], lambda m: m.pop("x")):
        with pytest.raises(KeyError, match="x"):
            ask(nn.ModuleDict())


def test_updating_from_mappings_pairs_and_module_dicts() -> None:
    modules = nn.ModuleDict([("a", nn.ReLU())])
    modules.update({"b": nn.ReLU()})
    modules.update(nn.ModuleDict({"c": nn.ReLU(), "a": nn.Tanh()}))
    assert list(modules) == ["a", "b", "c"]
    assert isinstance(modules.a, nn.Tanh)


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (3, TypeError, "ModuleDict.update should be called with an iterable.*got int"),
        ([3], TypeError, "element #0 should be Iterable; is int"),
        ([("a", nn.ReLU()), ("b",)], ValueError, "element #1 has length 1; 2 is required"),
        ({"a": 3}, TypeError, "int is not a Module subclass"),
        ({3: nn.ReLU()}, TypeError, "name should be a string. Got int"),
        ({"keys": nn.ReLU()}, KeyError, "'keys' already exists"),
        ({"a.b": nn.ReLU()}, KeyError, "contain"),
    ],
)
def test_what_cannot_be_put_in(given: Any, kind: type[Exception], words: str) -> None:
    modules = nn.ModuleDict()
    with pytest.raises(kind, match=words):
        modules.update(given)
    assert len(modules) == 0


def test_repr() -> None:
    assert repr(nn.ModuleDict({"a": nn.ReLU()})) == "ModuleDict(\n  (a): ReLU()\n)"
