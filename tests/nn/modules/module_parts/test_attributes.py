"""Which assignments register what, and the registries as live dictionaries."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

import microtensor as mt
from microtensor import nn


class Everything(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(mt.ones(2))
        self.child = nn.Identity()
        self.register_buffer("mean", mt.zeros(2))
        self.plain = 3


def test_assignment_registers_by_class() -> None:
    module = Everything()
    assert list(module._parameters) == ["weight"]
    assert list(module._modules) == ["child"]
    assert list(module._buffers) == ["mean"]
    assert module.plain == 3


def test_a_plain_tensor_is_an_ordinary_attribute() -> None:
    module = nn.Module()
    module.x = mt.ones(1)
    assert not module._parameters
    assert not module._buffers


def test_a_missing_attribute_is_named() -> None:
    with pytest.raises(AttributeError, match="'Everything' object has no attribute 'nothing'"):
        Everything().nothing  # noqa: B018
    with pytest.raises(AttributeError, match="nothing"):
        del Everything().nothing


def test_super_getattr_falls_through_to_a_users_own() -> None:
    class Wrapper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Everything()

        def __getattr__(self, name: str) -> object:
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    assert Wrapper().plain == 3


@pytest.mark.parametrize("value", [3, mt.ones(2), [1.0]])
def test_only_a_parameter_or_none_fits_a_parameters_name(value: object) -> None:
    module = Everything()
    before = module.weight
    with pytest.raises(TypeError, match=r"cannot assign '\w+' as parameter 'weight'"):
        module.weight = value
    assert module.weight is before
    module.weight = None
    assert module.weight is None
    assert "weight" in module._parameters


def test_the_error_says_what_to_do_with_a_tensor() -> None:
    with pytest.raises(TypeError, match=r"wrap it in nn\.Parameter"):
        Everything().weight = mt.ones(2)


def test_a_module_does_not_fit_a_parameters_name() -> None:
    with pytest.raises(TypeError, match="as parameter 'weight'"):
        Everything().weight = nn.Identity()


def test_only_a_module_or_none_fits_a_childs_name() -> None:
    module = Everything()
    with pytest.raises(TypeError, match="cannot assign 'int' as child module 'child'"):
        module.child = 3
    module.child = None
    assert list(module.children()) == []


def test_any_tensor_fits_a_buffers_name_and_stays_a_buffer() -> None:
    module = Everything()
    module.mean = mt.ones(3)
    assert module._buffers["mean"].tolist() == [1, 1, 1]
    with pytest.raises(TypeError, match="cannot assign 'int' as buffer 'mean'"):
        module.mean = 3
    module.mean = None
    assert module._buffers["mean"] is None


def test_a_parameter_takes_over_any_name() -> None:
    module = Everything()
    for name in ("child", "mean", "plain"):
        setattr(module, name, nn.Parameter(mt.ones(1)))
    assert list(module._parameters) == ["weight", "child", "mean", "plain"]
    assert not module._modules
    assert not module._buffers


def test_a_replaced_parameter_keeps_its_place() -> None:
    layer = nn.Linear(1, 1)
    layer.weight = nn.Parameter(mt.ones(1, 1))
    assert list(layer._parameters) == ["weight", "bias"]


def test_deleting_unregisters() -> None:
    module = Everything()
    for name in ("weight", "child", "mean", "plain"):
        delattr(module, name)
        assert not hasattr(module, name)
    assert not module._parameters
    assert not module._modules
    assert not module._buffers


@pytest.mark.parametrize("value", [nn.Parameter(mt.ones(1)), nn.Identity(), nn.Buffer(mt.ones(1))], ids=type)
def test_assigning_before_init_is_refused(value: object) -> None:
    class Hasty(nn.Module):
        def __init__(self) -> None:
            self.value = value

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call.*super"):
        Hasty()


@pytest.mark.parametrize("method", ["register_parameter", "register_buffer", "add_module"])
def test_registering_before_init_is_refused(method: str) -> None:
    class Hasty(nn.Module):
        def __init__(self) -> None:
            getattr(self, method)("x", None)

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Hasty()


def test_plain_values_may_be_assigned_before_init() -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.size = 3
            super().__init__()

    assert Early().size == 3


@pytest.mark.parametrize("method", ["register_parameter", "register_buffer", "add_module"])
@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("a.b", KeyError, "contain"),
        ("", KeyError, "be empty"),
        ("forward", KeyError, "already exists"),
        ("plain", KeyError, "already exists"),
        (3, TypeError, "should be a string. Got int"),
    ],
)
def test_names_that_cannot_be_registered(
    method: str, name: object, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        getattr(Everything(), method)(name, None)


def test_a_name_of_another_kind_is_taken() -> None:
    with pytest.raises(KeyError, match="already exists"):
        Everything().register_buffer("weight", mt.ones(1))


def test_assigning_a_parameter_over_a_method_changes_nothing() -> None:
    module = Everything()
    module.mean = None
    with pytest.raises(KeyError, match="already exists"):
        module.forward = nn.Parameter(mt.ones(1))
    assert "forward" not in vars(module)


def test_registering_the_wrong_class() -> None:
    module = nn.Module()
    with pytest.raises(TypeError, match="'Tensor' object to parameter 'x'"):
        module.register_parameter("x", mt.ones(1))
    with pytest.raises(TypeError, match="'int' object to buffer 'x'"):
        module.register_buffer("x", 3)
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        module.add_module("x", 3)
    assert not hasattr(module, "x")


def test_registering_again_replaces() -> None:
    module = Everything()
    module.register_parameter("weight", nn.Parameter(mt.zeros(1)))
    module.register_buffer("mean", mt.ones(1), persistent=False)
    assert module.weight.tolist() == [0]
    assert "mean" not in module.state_dict()


def test_a_computed_parameter_is_refused() -> None:
    parameter = nn.Parameter(mt.ones(2), requires_grad=False)
    parameter.mul_(mt.ones(2, requires_grad=True))
    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter 'x'"):
        nn.Module().register_parameter("x", parameter)


def test_none_keeps_a_name_for_an_absent_parameter() -> None:
    module = nn.Module()
    module.register_parameter("bias", None)
    assert module.bias is None
    assert list(module.parameters()) == []


def test_buffers_by_assignment() -> None:
    module = nn.Module()
    module.a = nn.Buffer(mt.ones(1))
    module.b = nn.Buffer(mt.ones(1), persistent=False)
    assert list(module._buffers) == ["a", "b"]
    assert list(module.state_dict()) == ["a"]


def test_the_registries_are_dictionaries_that_can_be_edited() -> None:
    module = Everything()
    module._parameters["weight"] = nn.Parameter(mt.zeros(1))
    assert module.weight.tolist() == [0]
    module._parameters["extra"] = nn.Parameter(mt.ones(1))
    assert [name for name, _ in module.named_parameters()] == ["weight", "extra"]
    del module._parameters["weight"]
    assert not hasattr(module, "weight")
    assert dict(module._parameters) == {"extra": module.extra}
    assert module._modules.pop("child") is not None
    assert not hasattr(module, "child")
    with pytest.raises(KeyError):
        module._parameters["mean"]


def test_a_plain_tensor_may_stand_in_a_registry() -> None:
    """As libraries do that compute a weight anew before each forward."""
    layer = nn.Linear(1, 1, bias=False)
    doubled = layer.weight * 2
    layer._parameters["weight"] = doubled
    assert layer.weight is doubled
    del layer._parameters["weight"]
    layer.weight = doubled
    assert layer.weight is doubled
    assert list(layer.parameters()) == []


def test_a_registry_can_be_replaced() -> None:
    module, parameter = Everything(), nn.Parameter(mt.zeros(1))
    module._parameters = {"other": parameter}
    assert not hasattr(module, "weight")
    assert module.other is parameter


def test_a_module_without_init_says_so() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            pass

    with pytest.raises(AttributeError, match=r"call super\(\).__init__\(\) first"):
        Forgetful()._parameters  # noqa: B018


def test_a_network_may_use_the_names_of_the_bookkeeping() -> None:
    class Cell(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self._forget = nn.Linear(1, 1)
            self._hooks = []
            self._register = self._names = self._own_state = 3

        def forward(self, x: object) -> object:
            return self._forget(x)

    cell = Cell()
    cell.extra = nn.Parameter(mt.ones(1))
    del cell.extra
    cell.load_state_dict(cell.state_dict())
    assert cell(mt.ones(1, 1)).shape == (1, 1)


def test_the_registries_can_be_inspected_on_the_class() -> None:
    assert "_parameters" in dict(inspect.getmembers(nn.Module))


def test_an_attribute_set_around_the_module_is_not_registered() -> None:
    module, teacher = nn.Module(), nn.Linear(1, 1)
    object.__setattr__(module, "teacher", teacher)
    assert module.teacher is teacher
    assert list(module.parameters()) == []


def test_editing_a_copy_leaves_the_original_alone() -> None:
    module = Everything()
    twin = copy.deepcopy(module)
    twin._parameters["weight"].data.fill_(7)
    twin.register_parameter("extra", None)
    assert module.weight.tolist() == [1, 1]
    assert "extra" not in module._parameters
    assert twin.weight.tolist() == [7, 7]


def test_registries_are_walked_backwards_as_dictionaries_are() -> None:
    layers = nn.Sequential(nn.ReLU(), nn.Tanh())
    first, last = layers
    assert list(reversed(layers._modules)) == list(reversed(layers._modules.keys())) == ["1", "0"]
    assert list(reversed(layers._modules.items())) == [("1", last), ("0", first)]
    assert list(reversed(layers._modules.values())) == [last, first]
    assert layers._modules.keys() == {"0", "1"}


def test_a_getattr_of_ones_own_is_asked_for_what_is_registered() -> None:
    read: list[str] = []

    class Watched(mt.nn.Module):
        def __getattr__(self, name: str) -> object:
            read.append(name)
            return super().__getattr__(name)  # type: ignore[misc]

    class Layer(Watched):
        size = 3

        def __init__(self) -> None:
            super().__init__()
            self.weight = mt.nn.Parameter(mt.ones(2))
            self.plain = 1

    layer = Layer()
    assert layer.weight.tolist() == [1, 1]
    assert (layer.plain, layer.size) == (1, 3)
    with pytest.raises(AttributeError, match="'Layer' object has no attribute 'missing'"):
        _ = layer.missing
    assert read == ["weight", "missing"]


class _Copies(mt.nn.Module):
    """A module as gpytorch's, which asks for its parameters by ``__getattr__``."""

    def __init__(self) -> None:
        super().__init__()
        self.raw = mt.nn.Parameter(mt.zeros(2))
        self._register_load_state_dict_pre_hook(self.rename)

    def set(self, name: str, value: float) -> None:
        self.__getattr__(name).data.fill_(value)  # type: ignore[operator]

    def rename(self, state: dict[str, object], prefix: str, *rest: object) -> None:
        state[f"{prefix}raw"] = state.pop(f"{prefix}old")


def test_a_module_that_calls_getattr_and_has_none_of_its_own() -> None:
    module = _Copies()
    module.set("raw", 3.0)
    assert module.raw.tolist() == [3.0, 3.0]
    with pytest.raises(AttributeError, match="has no attribute 'absent'"):
        module.set("absent", 3.0)


def test_a_hook_without_the_module_is_pickled() -> None:
    module = pickle.loads(pickle.dumps(_Copies()))
    module.load_state_dict({"old": mt.ones(2)})
    assert module.raw.tolist() == [1.0, 1.0]
