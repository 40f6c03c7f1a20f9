"""DLPack and the array API: shared memory, refusals, and the standard's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.interop import array_api
from microtensor.interop import dlpack as exchange
from microtensor.utils import dlpack


def test_memory_is_shared_both_ways() -> None:
    array = np.zeros(3)
    mt.from_dlpack(array)[1] = 5
    tensor = mt.zeros(2, 2)
    theirs = np.from_dlpack(tensor)  # NumPy 2.0 has no leave to write to it
    tensor[0, 1] = 7
    mt.from_dlpack(tensor.t())[0, 0] = 1
    assert theirs.tolist() == [[1, 7], [0, 0]]
    assert array.tolist() == [0, 5, 0]
    assert tensor.tolist() == [[1, 7], [0, 0]]
    assert tensor.__dlpack_device__() == (1, 0)


def test_a_bare_capsule_is_read_once() -> None:
    tensor = mt.arange(3)
    capsule = dlpack.to_dlpack(tensor)
    dlpack.from_dlpack(capsule)[0] = 9
    assert tensor[0] == 9
    with pytest.raises((BufferError, ValueError)):
        mt.from_dlpack(capsule)
    assert mt.utils.dlpack is dlpack
    assert exchange._Capsule(capsule).__dlpack_device__() == (1, 0)  # which only old NumPys ask


def test_a_copy_shares_no_memory() -> None:
    array = np.zeros(3)
    mt.from_dlpack(array, device="cpu", copy=True)[0] = 1
    mt.from_dlpack(array, copy=False)[1] = 1
    assert array.tolist() == [0, 1, 0]
    with pytest.raises(RuntimeError, match="device 'cuda' is not here"):
        mt.from_dlpack(array, device="cuda")


def test_a_gradient_is_not_lost() -> None:
    with pytest.raises(BufferError, match=r"require gradient, use tensor\.detach\(\)"):
        np.from_dlpack(mt.ones(1, requires_grad=True))
    assert np.from_dlpack(mt.ones(1, requires_grad=True).detach()) == 1


def test_what_is_no_array() -> None:
    with pytest.raises(TypeError, match="takes an array with __dlpack__, not list"):
        mt.from_dlpack([1.0])


def test_from_numpy_of_memory_that_does_not_suit() -> None:
    array = np.arange(3.0)
    with pytest.raises(ValueError, match=r"stride of the array is negative: \(-8,\).*array\.copy\(\)"):
        mt.from_numpy(array[::-1])
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        mt.from_numpy(array)


# ---------------------------------------------------------------- the array API

xp: Any = mt.ones(1).__array_namespace__()
X = np.array([[3.0, -1.0, 2.0], [0.5, 2.0, -4.0]])


def test_the_namespace_and_its_versions() -> None:
    assert xp is array_api
    assert mt.ones(1).__array_namespace__(api_version="2022.12") is xp
    with pytest.raises(ValueError, match=r"array API version '1999\.1' is not here"):
        mt.ones(1).__array_namespace__(api_version="1999.1")


def test_all_names_are_here() -> None:
    assert len(xp.NAMES) == 146
    assert xp.NAMES - set(dir(xp)) == set()
    assert all(getattr(xp, name, xp) is not xp for name in dir(xp))
    with pytest.raises(AttributeError, match="no attribute 'relu'"):
        _ = xp.relu


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "zeros": lambda p, x: p.zeros(shape=(2, 3), dtype=p.int8),
    "ones": lambda p, x: p.ones((), dtype=p.float64),
    "empty": lambda p, x: p.empty(shape=(0,), dtype=p.float64),
    "full": lambda p, x: p.full((2,), 7),
    "arange": lambda p, x: p.arange(1, stop=7, step=2),
    "arange to": lambda p, x: p.arange(3),
    "linspace": lambda p, x: p.linspace(0, 1, num=5, dtype=p.float64),
    "linspace without its end": lambda p, x: p.linspace(0, 1, 5, endpoint=False, dtype=p.float64),
    "equal": lambda p, x: p.equal(x, p.abs(x)),
    "sum": lambda p, x: p.sum(x, axis=(0, 1)),
    "sum of all": lambda p, x: p.sum(x),
    "sum keepdims": lambda p, x: p.sum(x, axis=1, keepdims=True),
    "mean": lambda p, x: p.mean(x, axis=0),
    "prod": lambda p, x: p.prod(x),
    "prod of axes": lambda p, x: p.prod(x, axis=(0, -1), keepdims=True),
    "prod of a number": lambda p, x: p.prod(p.asarray(3, dtype=p.int8)),
    "prod of one": lambda p, x: p.prod(x, axis=-1),
    "max": lambda p, x: p.max(x, axis=1),
    "max of all": lambda p, x: p.max(x),
    "min": lambda p, x: p.min(x, axis=0, keepdims=True),
    "std": lambda p, x: p.std(x, axis=1),
    "var": lambda p, x: p.var(x, correction=1.0),
    "all": lambda p, x: p.all(x > 0, axis=1),
    "any": lambda p, x: p.any(x > 0),
    "argmax": lambda p, x: p.argmax(x),
    "argmax of axis": lambda p, x: p.argmax(x, axis=1, keepdims=True),
    "argmin": lambda p, x: p.argmin(x, axis=0),
    "sort": lambda p, x: p.sort(x, axis=0),
    "sort descending": lambda p, x: p.sort(x, descending=True) if p is xp else np.sort(x)[..., ::-1],
    "argsort": lambda p, x: p.argsort(x, axis=1),
    "cumulative_sum": lambda p, x: p.cumulative_sum(x, axis=1, include_initial=True),
    "cumulative_sum flat": lambda p, x: p.cumulative_sum(p.reshape(x, (-1,)), dtype=p.float32),
    "cumulative_sum of none": lambda p, x: p.cumulative_sum(x[:0], axis=0, include_initial=True),
    "concat": lambda p, x: p.concat([x, x], axis=1),
    "concat flat": lambda p, x: p.concat([x, x[0]], axis=None),
    "stack": lambda p, x: p.stack((x, x), axis=2),
    "unstack": lambda p, x: p.unstack(x, axis=1)[2],
    "expand_dims": lambda p, x: p.expand_dims(x, axis=-1),
    "squeeze": lambda p, x: p.squeeze(x[:1, :, None], (0, 2)),
    "squeeze one": lambda p, x: p.squeeze(x[:1], 0),
    "flip": lambda p, x: p.flip(x),
    "flip axis": lambda p, x: p.flip(x, axis=1),
    "permute_dims": lambda p, x: p.permute_dims(x, (1, 0)),
    "moveaxis": lambda p, x: p.moveaxis(x, 0, -1),
    "reshape": lambda p, x: p.reshape(x, (3, 2), copy=True),
    "broadcast_arrays": lambda p, x: p.broadcast_arrays(x, x[0])[1],
    "roll": lambda p, x: p.roll(x, 2),
    "roll axes": lambda p, x: p.roll(x, (1, 2), axis=(0, 1)),
    "roll axis": lambda p, x: p.roll(x, -1, axis=1),
    "repeat": lambda p, x: p.repeat(x, 2),
    "repeat axis": lambda p, x: p.repeat(x, p.asarray([1, 3]), axis=0),
    "take": lambda p, x: p.take(x, p.asarray([2, 0]), axis=1),
    "matrix_transpose": lambda p, x: p.matrix_transpose(x),
    "vecdot": lambda p, x: p.vecdot(x, x, axis=1),
    "tensordot": lambda p, x: p.tensordot(x, x, axes=((1,), (1,))),
    "tensordot of none": lambda p, x: p.tensordot(x, x, axes=0),
    "tensordot of all": lambda p, x: p.tensordot(x, x, axes=2),
    "meshgrid": lambda p, x: p.meshgrid(x[0], x[1])[1],
    "tril": lambda p, x: p.tril(x, k=-1),
    "triu": lambda p, x: p.triu(x, k=1),
    "eye": lambda p, x: p.eye(2, 3, k=1, dtype=p.float64),
    "clip": lambda p, x: p.clip(x, 0, 1),
    "clip by nothing": lambda p, x: p.clip(x),
    "positive": lambda p, x: p.positive(x),
    "imag": lambda p, x: p.imag(x),
    "signbit": lambda p, x: p.signbit(x),
    "copysign": lambda p, x: p.copysign(x, -x),
    "shift": lambda p, x: p.bitwise_left_shift(p.asarray([1, 2]), p.asarray([3, 1])),
    "nonzero": lambda p, x: p.nonzero(x > 0)[1],
    "searchsorted": lambda p, x: p.searchsorted(p.asarray([0.0, 1.0, 2.0]), p.asarray([0.5, 5.0])),
    "searchsorted by": lambda p, x: p.searchsorted(
        p.asarray([2.0, 0.0]), p.asarray([1.0]), side="right", sorter=p.asarray([1, 0])
    ),
    "unique_values": lambda p, x: p.unique_values(x),
    "unique_inverse": lambda p, x: p.unique_inverse(x).inverse_indices,
    "unique_counts": lambda p, x: p.unique_counts(x).counts,
    "astype": lambda p, x: p.astype(x, p.float32),
    "astype the same": lambda p, x: p.astype(x, p.float64),
    "finfo": lambda p, x: p.finfo(p.float32).eps,
    "iinfo": lambda p, x: p.iinfo(p.int8).max,
    "isdtype": lambda p, x: p.isdtype(p.float32, "real floating"),
    "can_cast": lambda p, x: p.can_cast(p.int8, p.int16),
    "where": lambda p, x: p.where(x > 0, x, -x),
    "pow": lambda p, x: p.pow(x, 2),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_agree_with_numpys(name: str) -> None:
    modern = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
    if not modern and any(word in name for word in ("cumulative", "unstack", "reshape", "clip by")):
        pytest.skip("NumPy 2.1 has it")
    ours, theirs = CALLS[name](xp, mt.tensor(X)), CALLS[name](np, X)
    np.testing.assert_allclose(np.asarray(ours), theirs)
    if isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype


def test_gradients_pass_through() -> None:
    x = mt.tensor(X, requires_grad=True)
    xp.sum(xp.copysign(xp.roll(x, 1), x) * xp.repeat(x, 1, axis=0)).backward()
    assert x.grad is not None
    with pytest.raises(ValueError, match="not all of length 1"):
        xp.squeeze(x, 1)


def test_dtypes_of_several() -> None:
    x = mt.tensor([1, 2], dtype=mt.int8)
    assert xp.result_type(x) == mt.int8
    assert xp.result_type(xp.int16, x, mt.ones(1)) == mt.float32


def test_a_shape_that_needs_a_copy() -> None:
    x = mt.tensor(X)
    assert np.shares_memory(xp.reshape(x, (6,), copy=False).array, x.array)
    with pytest.raises(ValueError, match=r"strides \(1, 3\) of shape \(3, 2\) need a copy"):
        xp.reshape(x.t(), (6,), copy=False)


def test_what_the_namespace_says_of_itself() -> None:
    info = xp.__array_namespace_info__()
    assert info.capabilities()["boolean indexing"]
    assert info.devices() == [info.default_device()]
    assert info.default_dtypes()["integral"] == mt.int64
    assert set(info.dtypes(kind="real floating")) == {"float32", "float64"}
    assert "bool" in info.dtypes()
