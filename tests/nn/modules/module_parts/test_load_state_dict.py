"""State dicts on the way in: what is copied, what is refused, and that refusing copies nothing."""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1, bias=False))


def values(module: nn.Module) -> dict[str, Any]:
    return {name: tensor.tolist() for name, tensor in module.state_dict().items()}


def test_round_trip() -> None:
    source, target = net(), net()
    source(mt.randn(5, 2))
    result = target.load_state_dict(source.state_dict())
    assert values(target) == values(source)
    assert repr(result) == "<All keys matched successfully>"
    assert result.missing_keys == []
    assert result.unexpected_keys == []


def test_loading_copies_into_the_same_parameters() -> None:
    layer, state = nn.Linear(2, 1), {"weight": mt.ones(1, 2), "bias": mt.ones(1)}
    before = layer.weight
    layer.load_state_dict(state)
    state["weight"].fill_(9)
    assert layer.weight is before
    assert layer.weight.tolist() == [[1, 1]]
    assert layer.weight.requires_grad
    assert layer.weight.is_leaf


def test_values_are_converted_to_the_modules_dtype() -> None:
    layer = nn.Linear(2, 1, bias=False)
    layer.load_state_dict({"weight": mt.ones(1, 2, dtype=mt.float64)})
    assert layer.weight.dtype == mt.float32


def test_arrays_are_taken() -> None:
    layer = nn.Linear(2, 1, bias=False)
    layer.load_state_dict({"weight": np.ones((1, 2))})
    assert layer.weight.tolist() == [[1, 1]]


def test_everything_that_is_wrong_is_in_one_error() -> None:
    module = net()
    state = module.state_dict()
    del state["0.bias"], state["1.running_var"]
    state.update({"x": mt.ones(1), "2.y.z": mt.ones(1), "2.weight": mt.ones(3)})
    state["1.bias"] = 3
    with pytest.raises(RuntimeError) as caught:
        module.load_state_dict(state)
    assert str(caught.value).split("\n\t") == [
        "Error(s) in loading state_dict for Sequential:",
        'Missing key(s) in state_dict: "0.bias", "1.running_var". ',
        'Unexpected key(s) in state_dict: "x", "2.y.z". ',
        'While copying the parameter named "1.bias", expected a tensor or an array from checkpoint '
        "but received <class 'int'>",
        "size mismatch for 2.weight: copying a param with shape (3,) from checkpoint, the shape in "
        "current model is (1, 3).",
        "Nothing was loaded.",
    ]


def without(key: str) -> dict[str, Any]:
    return {k: mt.ones_like(v) for k, v in net().state_dict().items() if k != key}


@pytest.mark.parametrize(
    "state",
    [without("2.weight"), without("") | {"x": 1}, without("") | {"2.weight": mt.ones(2)}],
    ids=["missing", "unexpected", "misshapen"],
)
@pytest.mark.parametrize("assign", [False, True])
def test_nothing_is_copied_when_loading_fails(state: dict[str, Any], assign: bool) -> None:
    module = net()
    before, objects = copy.deepcopy(values(module)), list(module.parameters())
    with pytest.raises(RuntimeError):
        module.load_state_dict(state, assign=assign)
    assert values(module) == before
    assert all(a is b for a, b in zip(module.parameters(), objects, strict=True))


def test_nothing_is_copied_when_a_users_hook_fails() -> None:
    module = net()
    before = values(module)
    module[2].register_load_state_dict_post_hook(lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        module.load_state_dict(without(""))
    assert values(module) == before


def test_not_strict_loads_what_fits_and_reports_the_rest() -> None:
    layer = nn.Linear(2, 1)
    result = layer.load_state_dict({"weight": mt.ones(1, 2), "x": mt.ones(1)}, strict=False)
    assert result.missing_keys == ["bias"]
    assert result.unexpected_keys == ["x"]
    assert "missing_keys=['bias']" in repr(result)
    assert layer.weight.tolist() == [[1, 1]]


def test_not_strict_still_refuses_a_wrong_shape() -> None:
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        nn.Linear(2, 1).load_state_dict({"weight": mt.ones(3)}, strict=False)


def test_a_state_dict_must_be_a_mapping() -> None:
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got <class 'list'>"):
        net().load_state_dict([])


def test_assign_puts_the_given_tensors_in_place() -> None:
    layer = nn.Linear(2, 1, bias=False).requires_grad_(False)
    weight = mt.ones(1, 2, dtype=mt.float64)
    layer.load_state_dict({"weight": weight}, assign=True)
    assert isinstance(layer.weight, nn.Parameter)
    assert layer.weight.dtype == mt.float64
    assert not layer.weight.requires_grad
    weight.fill_(3)
    assert layer.weight.tolist() == [[3, 3]]


def test_assign_takes_parameters_and_buffers_as_they_are() -> None:
    module = nn.BatchNorm1d(2)
    state = {k: v.clone() for k, v in module.state_dict().items()}
    state["weight"] = nn.Parameter(mt.zeros(2))
    module.requires_grad_(False)
    module.load_state_dict(state, assign=True)
    assert not module.weight.requires_grad
    assert module.weight is state["weight"]
    assert module.running_mean is state["running_mean"]
    assert list(module._buffers) == ["running_mean", "running_var", "num_batches_tracked"]


def test_the_given_dict_is_not_changed() -> None:
    state = nn.BatchNorm1d(2).state_dict()
    del state["num_batches_tracked"], state._metadata
    keys = list(state)
    nn.BatchNorm1d(2).load_state_dict(state)
    assert list(state) == keys


def test_an_older_version_is_converted_by_its_module() -> None:
    class Renamed(nn.Module):
        _version = 2

        def __init__(self) -> None:
            super().__init__()
            self.new = nn.Parameter(mt.zeros(1))

        def _load_from_state_dict(self, state: Any, prefix: str, metadata: Any, *rest: Any) -> None:
            if metadata.get("version", 1) < 2:
                state[prefix + "new"] = state.pop(prefix + "old")
            super()._load_from_state_dict(state, prefix, metadata, *rest)

    model = nn.Sequential(Renamed())
    old: Any = OrderedDict({"0.old": mt.ones(1)})
    old._metadata = {"0": {"version": 1}}
    model.load_state_dict(old)
    assert model[0].new.tolist() == [1]
    model.load_state_dict(model.state_dict())


def test_pre_hooks_may_change_the_dict_and_post_hooks_the_lists() -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False))

    def rename(module: Any, state: Any, prefix: str, *rest: Any) -> None:
        state[prefix + "weight"] = state.pop(prefix + "w")

    def forgive(module: Any, keys: Any) -> None:
        keys.missing_keys.clear()

    pre = model[0].register_load_state_dict_pre_hook(rename)
    model.load_state_dict({"0.w": mt.ones(1, 1)})
    assert model[0].weight.tolist() == [[1]]
    pre.remove()
    model.register_load_state_dict_post_hook(forgive)
    model.load_state_dict({})


def test_post_hooks_must_return_none() -> None:
    layer = nn.Linear(1, 1)
    layer.register_load_state_dict_post_hook(lambda *args: 3)
    with pytest.raises(AssertionError, match="not expected to return new values"):
        layer.load_state_dict(layer.state_dict())


def test_tied_parameters_load() -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    model.load_state_dict({"0.weight": mt.zeros(2, 2), "1.weight": mt.ones(2, 2)})
    assert model[0].weight.tolist() == [[1, 1], [1, 1]]


def test_the_message_says_nothing_was_loaded_only_once() -> None:
    with pytest.raises(RuntimeError) as caught:
        net().load_state_dict({})
    assert len(re.findall("Nothing was loaded", str(caught.value))) == 1


def test_the_repr_of_what_did_not_fit_is_pytorchs() -> None:
    keys = nn.Linear(2, 2).load_state_dict({"weight": mt.zeros(2, 2), "scale": mt.zeros(1)}, strict=False)
    assert repr(keys) == "_IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['scale'])"


def test_a_number_may_come_as_a_row_of_one() -> None:
    layer = mt.nn.BatchNorm1d(1)
    layer.load_state_dict({**layer.state_dict(), "num_batches_tracked": mt.tensor([7])})
    assert layer.num_batches_tracked.shape == ()
    assert layer.num_batches_tracked.item() == 7
