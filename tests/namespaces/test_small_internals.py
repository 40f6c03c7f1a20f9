"""Pieces of PyTorch's inside that libraries import: flat tensors, reductions as numbers, and so on."""

from collections import OrderedDict, namedtuple
from importlib import import_module
from typing import Any

import pytest

import microtensor as mt
from microtensor.func import older_vmap
from microtensor.nn import _reduction
from microtensor.utils import _pytree, flat_tensors


def test_flat_and_back() -> None:
    tensors = [mt.arange(4.0).view(2, 2), mt.tensor(5.0), mt.tensor([])]
    flat = flat_tensors._flatten_dense_tensors(tensors)
    assert flat.tolist() == [0, 1, 2, 3, 5]
    back = flat_tensors._unflatten_dense_tensors(flat, tensors)
    assert [part.tolist() for part in back] == [[[0, 1], [2, 3]], 5, []]


def test_tensors_in_lists_of_one_dtype_and_so_many_bytes() -> None:
    tensors = [mt.zeros(3), mt.zeros(2, dtype=mt.int64), mt.zeros(1), mt.zeros(2)]
    found = [[len(t) for t in part] for part in flat_tensors._take_tensors(tensors, 16)]
    assert found == [[3, 1], [2], [2]]


def test_reductions_as_numbers() -> None:
    assert [_reduction.get_enum(word) for word in ("none", "mean", "sum")] == [0, 1, 2]
    with pytest.raises(ValueError, match="most is not a valid value for reduction"):
        _reduction.get_enum("most")
    with pytest.warns(UserWarning, match="please use reduction='none' instead"):
        assert _reduction.legacy_get_enum(True, False) == 0
    assert _reduction.legacy_get_string(None, None, emit_warning=False) == "mean"


def test_vmap_lets_none_pass() -> None:
    def double(x: Any) -> Any:
        return x * 2, None

    found, nothing = older_vmap._vmap(double, allow_none_pass_through=True)(mt.ones(2))
    assert found.tolist() == [2, 2]
    assert nothing is None


def test_named_tuples_come_apart() -> None:
    pair = namedtuple("pair", "a b")
    children, context = _pytree._namedtuple_flatten(pair(1, 2))
    assert list(children) == [1, 2]
    assert _pytree._namedtuple_unflatten([3, 4], context) == pair(3, 4)


def test_the_random_state_of_devices_by_its_older_place() -> None:
    mt.cuda.random.manual_seed(3)
    assert mt.cuda.random.get_rng_state_all() == []
    assert not mt._C._is_tracing()


def test_ranges_for_a_profiler_of_gpus_are_refused() -> None:
    with pytest.raises(RuntimeError, match="there is no GPU"):
        mt.cuda.nvtx.range_push("step")


def test_a_state_dict_is_replaced_by_what_a_hook_returns() -> None:
    layer = mt.nn.Linear(1, 1)
    handle = layer._register_state_dict_hook(lambda *args: OrderedDict(only=args[1]["weight"]))
    assert list(layer.state_dict()) == ["only"]
    handle.remove()
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_a_transform_may_be_a_module() -> None:
    class Scale(mt.distributions.Transform, mt.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(cache_size=1)
            self.layer = mt.nn.Linear(1, 1)

    assert len(list(Scale().parameters())) == 2


def test_tensors_by_their_identity_and_operators_of_sparse_ones() -> None:
    x = mt.ones(2)
    assert x._cdata == x.contiguous()._cdata != x.data._cdata
    aten = import_module("microtensor.library.operators").namespace("aten")
    with pytest.raises(RuntimeError, match="ask cuda.is_available"):
        aten._pin_memory.default(x)
    with pytest.raises(RuntimeError, match=r"call torch\.sparse\.addmm"):
        aten._sparse_addmm.default(x, x, x)


def test_types_of_sizes() -> None:
    types = import_module("microtensor.nn.common_types")
    assert types._size_2_t == int | tuple[int, int]
    assert types._size_2_opt_t == int | None | tuple[int | None, int | None]
