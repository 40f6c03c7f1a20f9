"""How a conversion gives a parameter new memory, and tensors that change places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import microtensor as mt
from microtensor.nn.modules.utils import consume_prefix_in_state_dict_if_present


@pytest.fixture(autouse=True)
def switches_off() -> Iterator[None]:
    yield
    mt.__future__.set_overwrite_module_params_on_conversion(False)
    mt.__future__.set_swap_module_params_on_conversion(False)


def test_the_object_stays_unless_a_switch_says_otherwise() -> None:
    net = mt.nn.Linear(2, 1)
    net(mt.ones(1, 2)).sum().backward()
    before = net.weight
    assert net.double().weight is before
    mt.__future__.set_overwrite_module_params_on_conversion(True)
    assert mt.__future__.get_overwrite_module_params_on_conversion()
    assert net.float().weight is not before
    assert isinstance(net.weight, mt.nn.Parameter)
    assert net.weight.grad.dtype == mt.float32
    assert before.dtype == mt.float64


def test_swapping_keeps_the_object_and_its_attributes_move() -> None:
    net = mt.nn.Linear(2, 1)
    before = net.weight
    mt.__future__.set_swap_module_params_on_conversion(True)
    assert net.double().weight is before
    assert before.dtype == mt.float64


def test_two_tensors_change_places() -> None:
    a, b = mt.zeros(1), mt.nn.Parameter(mt.ones(2))
    a.note = "mine"
    mt.utils.swap_tensors(a, b)
    assert isinstance(a, mt.nn.Parameter)
    assert (a.tolist(), b.tolist(), b.note) == ([1.0, 1.0], [0.0], "mine")
    with pytest.raises(RuntimeError, match="a view, or that was computed, cannot be exchanged"):
        mt.utils.swap_tensors(mt.zeros(2)[0:1], mt.zeros(1))


def test_a_prefix_is_taken_from_the_names() -> None:
    wrapped = mt.nn.DataParallel(mt.nn.Linear(2, 1)).state_dict()
    consume_prefix_in_state_dict_if_present(wrapped, "module.")
    assert list(wrapped) == ["weight", "bias"]
    mt.nn.Linear(2, 1).load_state_dict(wrapped)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_cross_map_lrn_is_pytorchs(size: int) -> None:
    found = mt.nn.CrossMapLRN2d(size, alpha=0.3, beta=0.6, k=2)(mt.arange(1.0, 5.0).reshape(1, 4, 1, 1))
    expected = {
        1: [0.6067, 0.9432, 1.1422, 1.2340], 2: [0.6317, 1.0900, 1.4148, 1.6116],
        3: [0.5771, 0.9597, 1.1422, 1.6011],
    }  # fmt: skip
    assert found.flatten().round(decimals=4).tolist() == mt.tensor(expected[size]).tolist()


def test_cross_map_lrn_takes_images() -> None:
    with pytest.raises(ValueError, match="Expected input to be 4D, got 2D instead"):
        mt.nn.CrossMapLRN2d(2)(mt.ones(2, 2))
    assert str(mt.nn.CrossMapLRN2d(2)) == "CrossMapLRN2d(2, alpha=0.0001, beta=0.75, k=1)"
