"""Parameter and Buffer: what they share, print, copy and refuse."""

from __future__ import annotations

import copy
import pickle

import pytest

import microtensor as mt
from microtensor import nn


def test_a_parameter_shares_memory_and_requires_a_gradient() -> None:
    data = mt.zeros(2)
    parameter = nn.Parameter(data)
    data.fill_(3)
    assert parameter.tolist() == [3, 3]
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert not data.requires_grad
    assert not nn.Parameter(data, requires_grad=False).requires_grad


def test_a_parameter_forgets_the_history_of_its_data() -> None:
    x = mt.ones(2, requires_grad=True)
    assert nn.Parameter(x * 2).is_leaf


def test_arithmetic_on_a_parameter_gives_a_plain_tensor() -> None:
    parameter = nn.Parameter(mt.ones(2))
    for result in (parameter * 2, parameter.detach(), parameter.data):
        assert not isinstance(result, nn.Parameter)


def test_repr() -> None:
    expected = "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    assert repr(nn.Parameter(mt.tensor([1.0, 2.0]))) == expected
    assert repr(nn.Parameter()) == "Parameter containing:\ntensor([], requires_grad=True)"


def test_integers_can_be_parameters_only_without_a_gradient() -> None:
    with pytest.raises(RuntimeError):
        nn.Parameter(mt.tensor([1, 2]))
    assert nn.Parameter(mt.tensor([1, 2]), requires_grad=False).tolist() == [1, 2]


def test_what_is_no_tensor_is_refused_with_the_remedy() -> None:
    with pytest.raises(TypeError, match=r"Parameter takes a tensor.*list.*Parameter\(mt.tensor"):
        nn.Parameter([1.0])
    with pytest.raises(TypeError, match="Buffer takes a tensor"):
        nn.Buffer(1.0)


def test_a_deepcopy_has_its_own_memory_and_no_gradient() -> None:
    parameter = nn.Parameter(mt.ones(2), requires_grad=False)
    parameter.requires_grad_()
    (parameter * 2).sum().backward()
    twin = copy.deepcopy(parameter)
    parameter.data.fill_(5)
    assert isinstance(twin, nn.Parameter)
    assert twin.tolist() == [1, 1]
    assert twin.requires_grad
    assert twin.grad is None


def test_two_references_to_a_parameter_are_one_in_a_deepcopy() -> None:
    parameter = nn.Parameter(mt.ones(2))
    first, second = copy.deepcopy([parameter, parameter])
    assert first is second


def test_pickle_keeps_class_and_values() -> None:
    twin = pickle.loads(pickle.dumps(nn.Parameter(mt.ones(2))))
    assert isinstance(twin, nn.Parameter)
    assert twin.requires_grad
    assert twin.tolist() == [1, 1]


def test_a_buffer_shares_memory_and_knows_whether_it_persists() -> None:
    data = mt.zeros(2)
    buffer = nn.Buffer(data)
    data.fill_(3)
    assert buffer.tolist() == [3, 3]
    assert buffer.persistent
    assert not buffer.requires_grad
    assert not nn.Buffer(data, persistent=False).persistent
    assert not isinstance(buffer, nn.Parameter)
