"""State dicts on the way out."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1, bias=False))


def test_keys_and_order() -> None:
    assert list(net().state_dict()) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
        "2.weight",
    ]


def test_names_of_deep_descendants() -> None:
    deep = nn.Sequential(nn.Sequential(nn.Identity(), nn.Sequential(nn.Linear(1, 1, bias=False))))
    assert list(deep.state_dict()) == ["0.1.0.weight"]
    assert list(deep.state_dict(prefix="net.")) == ["net.0.1.0.weight"]


def test_values_share_memory_and_carry_no_gradient() -> None:
    layer = nn.Linear(2, 1)
    state = layer.state_dict()
    layer.weight.data.fill_(7)
    assert state["weight"].tolist() == [[7, 7]]
    assert not state["weight"].requires_grad
    assert not isinstance(state["weight"], nn.Parameter)
    assert layer.state_dict(keep_vars=True)["weight"] is layer.weight


def test_prefix_and_destination() -> None:
    state: OrderedDict[str, Any] = OrderedDict(first=1)
    assert nn.Linear(1, 1).state_dict(destination=state, prefix="net.") is state
    assert list(state) == ["first", "net.weight", "net.bias"]


def test_absent_and_passing_things_are_left_out() -> None:
    module = nn.Module()
    module.register_parameter("none", None)
    module.register_buffer("fleeting", mt.ones(1), persistent=False)
    module.add_module("child", None)
    assert list(module.state_dict()) == []


def test_the_versions_of_the_classes_are_kept_beside_the_tensors() -> None:
    metadata = net().state_dict()._metadata
    assert metadata[""] == {"version": 1}
    assert metadata["1"] == {"version": 2}


def test_extra_state() -> None:
    class Counter(nn.Module):
        count = 3

        def get_extra_state(self) -> Any:
            return self.count

        def set_extra_state(self, state: Any) -> None:
            self.count = state

    state = nn.Sequential(Counter()).state_dict()
    assert state == {"0._extra_state": 3}
    twin = nn.Sequential(Counter())
    twin.load_state_dict({"0._extra_state": 5})
    assert twin[0].count == 5
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0._extra_state"'):
        twin.load_state_dict({})


def test_half_an_extra_state_is_refused() -> None:
    class Half(nn.Module):
        def get_extra_state(self) -> Any:
            return 1

    with pytest.raises(NotImplementedError, match="Half overrides get_extra_state but not set"):
        Half().load_state_dict({"_extra_state": 1})


def test_an_extension_may_save_something_else() -> None:
    class Rounded(nn.Linear):
        def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "size"] = mt.tensor(1)

    assert list(nn.Sequential(Rounded(1, 1)).state_dict()) == ["0.weight", "0.bias", "0.size"]


def test_hooks_run_around_the_saving_and_can_be_removed() -> None:
    layer, log = nn.Linear(1, 1), []
    pre = layer.register_state_dict_pre_hook(lambda *args: log.append(args[1:]))
    post = layer.register_state_dict_post_hook(lambda *args: log.append((list(args[1]), *args[2:])))
    nn.Sequential(layer).state_dict(keep_vars=True)
    assert log == [("0.", True), (["0.weight", "0.bias"], "0.", {"version": 1})]
    pre.remove()
    post.remove()
    layer.state_dict()
    assert len(log) == 2


def test_a_hook_that_returns_something_is_refused() -> None:
    layer = nn.Linear(1, 1)
    layer.register_state_dict_post_hook(lambda *args: 3)
    with pytest.raises(RuntimeError, match="post-hook must return None"):
        layer.state_dict()
