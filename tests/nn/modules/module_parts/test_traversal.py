"""Walking over children, parameters and buffers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

import microtensor as mt
from microtensor import nn


def names(pairs: Iterable[tuple[str, object]]) -> list[str]:
    return [name for name, _ in pairs]


def tree() -> nn.Module:
    return nn.Sequential(
        nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3), nn.ReLU()), nn.Linear(3, 1, bias=False)
    )


def test_named_modules_parents_first() -> None:
    assert names(tree().named_modules()) == ["", "0", "1", "1.0", "1.1", "2"]
    assert names(tree().named_modules(prefix="net"))[:2] == ["net", "net.0"]
    assert len(list(tree().modules())) == 6


def test_children_are_the_immediate_ones() -> None:
    assert names(tree().named_children()) == ["0", "1", "2"]
    assert [type(child).__name__ for child in tree().children()] == [
        "Linear",
        "Sequential",
        "Linear",
    ]


def test_named_parameters_and_buffers() -> None:
    net = tree()
    assert names(net.named_parameters()) == [
        "0.weight",
        "0.bias",
        "1.0.weight",
        "1.0.bias",
        "2.weight",
    ]
    assert names(net.named_parameters(prefix="net", recurse=False)) == []
    assert names(net[0].named_parameters(prefix="x", recurse=False)) == ["x.weight", "x.bias"]
    assert names(net.named_buffers()) == [
        "1.0.running_mean",
        "1.0.running_var",
        "1.0.num_batches_tracked",
    ]
    assert len(list(net.buffers())) == 3
    assert len(list(net.parameters())) == 5


def test_what_is_shared_is_named_once_unless_asked() -> None:
    layer = nn.Linear(2, 2)
    net = nn.Sequential(layer, layer)
    assert names(net.named_parameters()) == ["0.weight", "0.bias"]
    assert names(net.named_parameters(remove_duplicate=False)) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
    ]
    assert names(net.named_modules()) == ["", "0"]
    assert names(net.named_modules(remove_duplicate=False)) == ["", "0", "1"]
    assert len(list(net.modules(remove_duplicate=False))) == 3
    assert names(net.named_children()) == ["0"]


def test_tied_parameters_are_named_once() -> None:
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    assert names(net.named_parameters()) == ["0.weight"]


def test_absent_children_are_skipped() -> None:
    module = nn.Module()
    module.add_module("nothing", None)
    assert list(module.children()) == []
    assert names(module.named_modules()) == [""]


def test_children_may_be_replaced_while_walking() -> None:
    net = tree()
    for name, child in net.named_children():
        if isinstance(child, nn.Linear):
            setattr(net, name, nn.Identity())
    assert [type(m).__name__ for m in net] == ["Identity", "Sequential", "Identity"]


def test_get_submodule_parameter_and_buffer() -> None:
    net = tree()
    assert net.get_submodule("") is net
    assert net.get_submodule("1.0") is net[1][0]
    assert net.get_parameter("0.weight") is net[0].weight
    assert net.get_buffer("1.0.running_var") is net[1][0].running_var


@pytest.mark.parametrize(
    ("method", "target", "words"),
    [
        ("get_submodule", "5", "Sequential has no attribute `5`"),
        ("get_submodule", "0.weight", "`weight` is not an nn.Module"),
        ("get_submodule", "0.weight.x", "`weight` is not an nn.Module"),
        ("get_parameter", "0.nothing", "Linear has no attribute `nothing`"),
        ("get_parameter", "1.0.running_var", "`running_var` is not an nn.Parameter"),
        ("get_buffer", "0.weight", "`weight` is not a buffer"),
        ("get_buffer", "0.in_features", "`in_features` is not a buffer"),
    ],
)
def test_dotted_names_that_lead_nowhere(method: str, target: str, words: str) -> None:
    with pytest.raises(AttributeError, match=words):
        getattr(tree(), method)(target)


def test_set_submodule() -> None:
    net = tree()
    net.set_submodule("1.1", nn.Tanh())
    assert isinstance(net[1][1], nn.Tanh)
    net.set_submodule("1.new", nn.Tanh())
    assert isinstance(net[1].new, nn.Tanh)
    with pytest.raises(AttributeError, match="has no attribute `other`"):
        net.set_submodule("1.other", nn.Tanh(), strict=True)
    with pytest.raises(ValueError, match="without a target name"):
        net.set_submodule("", nn.Tanh())


def test_apply_visits_children_first_and_returns_the_module() -> None:
    net, seen = tree(), []
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Linear", "BatchNorm1d", "ReLU", "Sequential", "Linear", "Sequential"]


def test_train_and_eval_reach_everything() -> None:
    net = tree()
    assert net.training
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    assert net.train() is net
    assert all(m.training for m in net.modules())
    with pytest.raises(ValueError, match="expected to be boolean"):
        net.train(1)


def test_an_overridden_train_is_respected() -> None:
    class Frozen(nn.BatchNorm1d):
        def train(self, mode: bool = True) -> Frozen:
            return super().train(False)

    net = nn.Sequential(Frozen(2)).train()
    assert net.training
    assert not net[0].training


def test_requires_grad_() -> None:
    net = tree()
    assert net.requires_grad_(False) is net
    assert not any(p.requires_grad for p in net.parameters())


def test_zero_grad_forgets_or_fills() -> None:
    net = nn.Sequential(nn.Linear(2, 1))
    net(mt.ones(1, 2)).sum().backward()
    held = net[0].weight.grad
    net.zero_grad(set_to_none=False)
    assert net[0].weight.grad is not None
    assert net[0].weight.grad.tolist() == [[0, 0]]
    assert held.tolist() == [[0, 0]]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert net[0].weight.grad is None


def test_members_of_a_kind_of_ones_own() -> None:
    layer = mt.nn.Sequential(mt.nn.Linear(1, 1), mt.nn.Linear(1, 1))
    layer[1].weight = layer[0].weight
    found = [name for name, _ in layer._named_members(lambda module: module._parameters.items())]
    assert found == ["0.weight", "0.bias", "1.bias"]
    assert list(layer._named_members(lambda module: module._parameters.items(), recurse=False)) == []
