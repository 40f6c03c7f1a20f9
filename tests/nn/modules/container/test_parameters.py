"""ParameterList and ParameterDict."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


def names(module: nn.Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


def test_a_list_makes_parameters_of_tensors() -> None:
    parameters = nn.ParameterList([mt.ones(2), nn.Parameter(mt.zeros(1)), 3])
    assert isinstance(parameters[0], nn.Parameter)
    assert parameters[2] == parameters[-1] == 3
    assert names(parameters) == ["0", "1"]
    assert len(parameters) == 3
    assert list(parameters)[1] is parameters[1]


def test_a_list_grows_and_its_elements_can_be_replaced() -> None:
    parameters = nn.ParameterList()
    assert parameters.append(mt.ones(1)) is parameters
    parameters += [mt.ones(2)]
    parameters.extend(parameters)
    assert [p.numel() for p in parameters] == [1, 2, 1, 2]
    parameters[-1] = mt.ones(5)
    assert [p.numel() for p in parameters] == [1, 2, 1, 5]
    assert [p.numel() for p in parameters[1:3]] == [2, 1]


@pytest.mark.parametrize("index", [2, -3])
def test_a_list_has_ends(index: int) -> None:
    parameters = nn.ParameterList([mt.ones(1), mt.ones(1)])
    with pytest.raises(IndexError, match="out of range"):
        parameters[index]
    with pytest.raises(IndexError):
        parameters[index] = 3


@pytest.mark.parametrize("given", [3, mt.ones(2)])
def test_a_list_is_made_from_an_iterable(given: Any) -> None:
    with pytest.raises(TypeError, match=r"ParameterList\.extend should be called with an iterable"):
        nn.ParameterList(given)


def test_integer_tensors_cannot_be_learned() -> None:
    with pytest.raises(RuntimeError):
        nn.ParameterList([mt.tensor([1])])


def test_repr_of_both() -> None:
    assert repr(nn.ParameterList([mt.ones(2, 3), 3])) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [torch.float32 of size 2x3]\n"
        "    (1): Object of type: int\n"
        ")"
    )
    assert repr(nn.ParameterDict([("a", mt.ones(2))])) == (
        "ParameterDict(  (a): Parameter containing: [torch.FloatTensor of size 2])"
    )


def test_neither_can_be_called() -> None:
    for container in (nn.ParameterList(), nn.ParameterDict()):
        with pytest.raises(RuntimeError, match=f"{type(container).__name__} should not be called"):
            container(1)


def test_a_dict_makes_parameters_of_tensors() -> None:
    parameters = nn.ParameterDict([("b", mt.ones(2)), ("a", mt.zeros(1)), ("x", 3)])
    assert isinstance(parameters["b"], nn.Parameter)
    assert parameters["x"] == 3
    assert list(parameters) == ["b", "a", "x"]
    assert list(reversed(parameters)) == ["x", "a", "b"]
    assert names(parameters) == ["b", "a"]
    assert list(parameters.state_dict()) == ["b", "a"]
    assert "x" in parameters
    assert len(parameters) == 3
    assert dict(parameters.items()) == dict(zip(parameters.keys(), parameters.values(), strict=True))


def test_plain_mappings_are_sorted_and_ordered_ones_are_not() -> None:
    assert list(nn.ParameterDict({"b": mt.ones(1), "a": mt.ones(1)})) == ["a", "b"]
    ordered = OrderedDict(b=mt.ones(1), a=mt.ones(1))
    assert (
        list(nn.ParameterDict(ordered))
        == list(nn.ParameterDict(nn.ParameterDict(ordered)))
        == [
            "b",
            "a",
        ]
    )


def test_taking_out() -> None:
    parameters = nn.ParameterDict([("a", mt.ones(1)), ("b", 2), ("c", 3), ("d", 4)])
    assert parameters.pop("b") == 2
    assert parameters.popitem() == ("d", 4)
    del parameters["c"]
    assert names(parameters) == ["a"] == list(parameters)
    parameters.clear()
    assert len(parameters) == 0
    assert names(parameters) == []
    for take in (parameters.popitem, lambda: parameters.pop("a"), lambda: parameters["a"]):
        with pytest.raises(KeyError):
            take()


def test_defaults() -> None:
    parameters = nn.ParameterDict({"a": mt.ones(1)})
    assert parameters.get("z") is None
    assert parameters.get("z", 5) == 5
    assert parameters.get("a") is parameters["a"] is parameters.setdefault("a")
    assert isinstance(parameters.setdefault("z", mt.ones(1)), nn.Parameter)
    assert list(parameters.fromkeys(["q", "p"], 1)) == ["q", "p"]


def test_joining() -> None:
    left, right = nn.ParameterDict({"a": mt.ones(1)}), {"a": mt.zeros(2), "b": mt.zeros(1)}
    assert [v.numel() for v in (left | right).values()] == [2, 1]
    assert len(left) == 1
    assert list(right | left) == ["a", "b"]
    assert left.copy()["a"] is left["a"]
    left |= right
    assert left["a"].numel() == 2
    assert len(left) == 2


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (3, TypeError, "ParameterDict.update should be called with an iterable.*got int"),
        ([3], TypeError, "element #0 should be Iterable; is int"),
        ([(1, 2, 3)], ValueError, "element #0 has length 3; 2 is required"),
        ({3: 3}, TypeError, "keys are strings, and 3 is int"),
        ({"keys": 3}, KeyError, "'keys' already exists"),
        ({"a.b": mt.ones(1)}, KeyError, "contain"),
    ],
)
def test_what_cannot_be_put_in(given: Any, kind: type[Exception], words: str) -> None:
    parameters = nn.ParameterDict()
    with pytest.raises(kind, match=words):
        parameters.update(given)
    assert len(parameters) == 0


def test_deepcopy() -> None:
    for container in (nn.ParameterList([mt.ones(1)]), nn.ParameterDict({"0": mt.ones(1)})):
        twin = copy.deepcopy(container)
        next(twin.parameters()).data.fill_(5)
        assert len(twin) == 1
        assert next(container.parameters()).tolist() == [1]
