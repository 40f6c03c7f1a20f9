"""Calling, printing, copying and pickling modules."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.rest = nn.Sequential(nn.ReLU(), nn.BatchNorm1d(3))
        self.scale = nn.Parameter(mt.ones(1))

    def forward(self, x: Any) -> Any:
        return self.scale * self.rest(self.first(x))


class Restored(nn.Linear):
    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.restored = True


class Echo(nn.Module):
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return args, kwargs


@pytest.mark.parametrize("hooked", [False, True])
def test_calling_hands_all_arguments_to_forward(hooked: bool) -> None:
    echo = Echo()
    if hooked:
        echo.register_forward_hook(lambda *args: None)
    assert echo() == ((), {})
    assert echo(1) == ((1,), {})
    assert echo(None) == ((None,), {})
    assert echo(1, 2, a=3) == ((1, 2), {"a": 3})
    assert echo(1, input=2, self_=3) == ((1,), {"input": 2, "self_": 3})
    assert echo(a=3) == ((), {"a": 3})


def test_a_forward_that_is_replaced_on_the_instance_is_called() -> None:
    echo = Echo()
    echo.forward = lambda x: x + 1
    assert echo(1) == 2


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r'Module \[ModuleList\] is missing.*"forward"'):
        nn.ModuleList()(1)


def test_repr_of_nested_modules() -> None:
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (rest): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, "
        "track_running_stats=True)\n"
        "  )\n"
        ")"
    )


@pytest.mark.parametrize(
    ("extra", "child", "expected"),
    [
        ("", False, "M()"),
        ("a=1", False, "M(a=1)"),
        ("a=1\nb=2", False, "M(\n  a=1\n  b=2\n)"),
        ("", True, "M(\n  (c): Identity()\n)"),
        ("a=1", True, "M(\n  a=1\n  (c): Identity()\n)"),
    ],
)
def test_repr_with_extra_lines(extra: str, child: bool, expected: str) -> None:
    class M(nn.Module):
        def extra_repr(self) -> str:
            return extra

    module = M()
    if child:
        module.c = nn.Identity()
    assert repr(module) == expected


def test_an_absent_child_prints_as_none() -> None:
    module = nn.Module()
    module.add_module("c", None)
    assert repr(module) == "Module(\n  (c): None\n)"


def test_modules_are_compared_by_identity() -> None:
    a, b = nn.ReLU(), nn.ReLU()
    assert a != b
    assert len({a, b}) == 2


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))],
    ids=["deepcopy", "pickle"],
)
def test_duplicates_are_whole_and_independent(duplicate: Any) -> None:
    net = Net().double()
    net(mt.randn(4, 2, dtype=mt.float64)).sum().backward()
    twin = duplicate(net)
    x = mt.randn(4, 2, dtype=mt.float64)
    assert twin.eval()(x).tolist() == net.eval()(x).tolist()
    assert repr(twin) == repr(net)
    assert list(twin.state_dict()) == list(net.state_dict())
    twin.first.weight.data.zero_()
    twin.rest.append(nn.Tanh())
    assert net.first.weight.tolist() != twin.first.weight.tolist()
    assert len(net.rest) == 2


def test_duplicates_keep_tied_parameters_tied() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    twin = copy.deepcopy(net)
    assert twin[0].weight is twin[1].weight
    assert twin[0].weight is not net[0].weight


def test_duplicates_keep_hooks_and_their_own_handles() -> None:
    net = nn.Identity()
    net.handle = net.register_forward_hook(lambda m, args, out: out + 1)
    twin = copy.deepcopy(net)
    twin.handle.remove()
    assert twin(1) == 1
    assert net(1) == 2


def test_setstate_can_be_extended() -> None:
    assert pickle.loads(pickle.dumps(Restored(1, 1))).restored


def test_a_module_dies_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        net = Net()
        seen = weakref.ref(net.first)
        net(mt.ones(2, 2))
        dict(net._parameters)
        del net
        assert seen() is None
    finally:
        gc.enable()


def test_a_property_that_fails_leaves_its_name_free() -> None:
    class Curved(mt.nn.Module):
        """Has a property of what is not there yet."""

        @property
        def k(self) -> mt.Tensor:
            """Minus the other."""
            return -self.c

    curved = Curved()
    curved.k = mt.nn.Parameter(mt.ones(2))
    assert list(curved._parameters) == ["k"]
    curved.c = curved._parameters.pop("k")
    with pytest.raises(KeyError, match="attribute 'k' already exists in Curved"):
        curved.k = mt.nn.Parameter(mt.ones(2))
