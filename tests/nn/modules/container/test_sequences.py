"""Sequential and ModuleList: everything that lists can do, and the names of the children."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


def row(*names: str) -> list[nn.Module]:
    return [getattr(nn, name)() for name in names]


def content(container: Any) -> dict[str, str]:
    return {name: type(child).__name__ for name, child in container._modules.items()}


def kinds(container: Any) -> list[str]:
    return list(content(container).values())


def test_sequential_calls_in_order() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = mt.randn(4, 2)
    assert net(x).tolist() == net[2](net[1](net[0](x))).tolist()
    assert nn.Sequential()(5) == 5


def test_hooks_on_members_run() -> None:
    net = nn.Sequential(nn.Identity())
    net[0].register_forward_hook(lambda m, args, out: out + 1)
    assert net(1) == 2


def test_sequential_from_named_modules() -> None:
    net = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
    assert net.a is net[0]
    assert list(dict(net.named_children())) == ["a", "b"]


def test_only_modules_are_taken() -> None:
    with pytest.raises(TypeError, match="list is not a Module subclass"):
        nn.Sequential(row("ReLU"))
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        nn.ModuleList([3])


@pytest.fixture(params=["Sequential", "ModuleList"])
def three(request: pytest.FixtureRequest) -> Any:
    modules = row("ReLU", "Tanh", "GELU")
    return nn.Sequential(*modules) if request.param == "Sequential" else nn.ModuleList(modules)


def test_indexing(three: Any) -> None:
    assert type(three[0]).__name__ == "ReLU"
    assert three[-1] is three[2]
    assert len(three) == 3
    assert [type(m).__name__ for m in three] == ["ReLU", "Tanh", "GELU"]
    assert three[1] in three
    for index in (3, -4):
        with pytest.raises(IndexError, match="out of range"):
            three[index]
    with pytest.raises(TypeError):
        three["0"]


def test_slices() -> None:
    modules = row("ReLU", "Tanh", "GELU")
    assert content(nn.Sequential(*modules)[1:]) == {"1": "Tanh", "2": "GELU"}
    assert content(nn.ModuleList(modules)[1:]) == {"0": "Tanh", "1": "GELU"}
    assert nn.ModuleList(modules)[::-1][0] is modules[2]


def test_replacing(three: Any) -> None:
    three[-1] = nn.SiLU()
    assert kinds(three) == ["ReLU", "Tanh", "SiLU"]
    with pytest.raises(IndexError):
        three[3] = nn.SiLU()
    with pytest.raises(TypeError, match="as child module '0'"):
        three[0] = 3


def test_deleting_renumbers(three: Any) -> None:
    del three[0]
    assert content(three) == {"0": "Tanh", "1": "GELU"}
    with pytest.raises(IndexError):
        del three[2]
    del three[:]
    assert len(three) == 0


def test_deleting_from_named_modules_numbers_them() -> None:
    net = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.GELU()))
    del net[1]
    assert content(net) == {"0": "ReLU", "1": "GELU"}
    assert not hasattr(net, "a")


def test_growing(three: Any) -> None:
    assert three.append(nn.SiLU()) is three
    assert three.extend(row("ReLU", "ReLU")) is three
    assert content(three) == dict(
        zip("012345", ["ReLU", "Tanh", "GELU", "SiLU", "ReLU", "ReLU"], strict=True)
    )
    assert three.extend(three) is three
    assert len(three) == 12


def test_growing_by_what_is_no_module_changes_nothing(three: Any) -> None:
    for grow in (
        lambda: three.append(3),
        lambda: three.extend([nn.ReLU(), 3]),
        lambda: three.extend(3),
        lambda: three.insert(0, 3),
    ):
        with pytest.raises(TypeError):
            grow()
    assert kinds(three) == ["ReLU", "Tanh", "GELU"]


def test_inserting(three: Any) -> None:
    three.insert(1, nn.SiLU())
    three.insert(-1, nn.Mish())
    three.insert(5, nn.CELU())
    assert kinds(three) == ["ReLU", "SiLU", "Tanh", "Mish", "GELU", "CELU"]
    assert list(content(three)) == list("012345")
    with pytest.raises(IndexError, match="Index out of range: 9"):
        three.insert(9, nn.ReLU())


def test_popping(three: Any) -> None:
    assert type(three.pop(0)).__name__ == "ReLU"
    assert type(three.pop(-1)).__name__ == "GELU"
    assert content(three) == {"0": "Tanh"}
    with pytest.raises(IndexError):
        three.pop(5)


def test_joining() -> None:
    first, second = nn.Sequential(*row("ReLU")), nn.Sequential(*row("Tanh"))
    assert kinds(first + second) == ["ReLU", "Tanh"]
    assert len(first) == 1
    first += second
    assert kinds(first) == ["ReLU", "Tanh"]
    with pytest.raises(ValueError, match="only a Sequential"):
        first + [nn.ReLU()]  # noqa: RUF005
    modules = nn.ModuleList(row("ReLU"))
    assert kinds(modules + row("Tanh")) == ["ReLU", "Tanh"]
    modules += row("Tanh")
    assert kinds(modules) == ["ReLU", "Tanh"]


def test_repeating() -> None:
    net = nn.Sequential(*row("ReLU", "Tanh"))
    assert kinds(net * 2) == kinds(2 * net) == ["ReLU", "Tanh"] * 2
    assert (net * 2)[2] is net[0]
    net *= 3
    assert len(net) == 6
    with pytest.raises(ValueError, match="not 0 times"):
        net * 0
    with pytest.raises(TypeError, match=r"1\.5"):
        net * 1.5


def test_repr_folds_neighbours_that_are_alike() -> None:
    modules = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1)])
    assert repr(modules) == (
        "ModuleList(\n"
        "  (0-1): 2 x Linear(in_features=1, out_features=1, bias=True)\n"
        "  (2): ReLU()\n"
        "  (3): Linear(in_features=1, out_features=1, bias=True)\n"
        ")"
    )
    assert repr(nn.ModuleList()) == "ModuleList()"
    nested = nn.ModuleList([nn.Sequential(nn.ReLU()), nn.Sequential(nn.ReLU())])
    assert repr(nested) == "ModuleList(\n  (0-1): 2 x Sequential(\n    (0): ReLU()\n  )\n)"


def test_parameters_of_members_are_registered() -> None:
    layers = nn.ModuleList(nn.Linear(1, 1, bias=False) for _ in range(2))
    assert [name for name, _ in layers.named_parameters()] == ["0.weight", "1.weight"]
