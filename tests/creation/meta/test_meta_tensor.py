"""Tensors on "meta": what they are, and that they never have numbers."""

from __future__ import annotations

import io
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.creation.meta import reserved_memory
from microtensor.creation.meta.meta_tensor import MetaTensor, NoDataError
from microtensor.serialization.allowlist import _without_data
from microtensor.serialization.errors import FileFormatError


def test_a_large_model_takes_no_memory() -> None:
    code = (
        "import resource, microtensor as mt\n"
        "most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = most()  # not nothing: a child begins with what its parent has had\n"
        "layers = [mt.nn.Linear(20_000, 20_000, device='meta') for _ in range(20)]\n"
        "x = mt.empty(64, 20_000, device='meta')\n"
        "for layer in layers:\n    x = layer(x).relu()\n"
        "assert x.shape == (64, 20_000)\n"
        "print(most() - before)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 300_000  # KiB; the weights alone would be 32 GB


@pytest.mark.parametrize(
    "ask", [lambda x: x.array, lambda x: x._data, lambda x: x.tolist(), lambda x: x.cpu(), mt.unique]
)
def test_numbers_are_refused(ask: Any) -> None:
    with pytest.raises(NotImplementedError, match="no data"):
        ask(mt.empty(3, device="meta"))


def test_numbers_are_not_put_there_either() -> None:
    x = mt.empty(2, device="meta")
    with pytest.raises(NoDataError, match="no data"):
        x._data = np.ones(2)
    with pytest.raises(RuntimeError, match="incompatible tensor type"):
        x.data = mt.ones(2)
    x.data = mt.empty(3, device="meta")
    assert x.shape == (3,)
    x.grad = mt.empty(3, device="meta")
    assert x.grad.is_meta


def test_memory_that_is_reserved_can_not_be_written_to() -> None:
    array = reserved_memory.reserved((2, 3), np.float32)
    assert not array.flags.writeable
    assert reserved_memory.is_reserved(array[1:])
    assert not reserved_memory.is_reserved(np.ones(2))
    assert reserved_memory.reserved((0, 3), np.float64).shape == (0, 3)


def test_where_a_system_reserves_nothing_the_shape_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserved_memory, "_held", [])
    monkeypatch.setattr(reserved_memory.mmap, "mmap", _refuse)
    x = mt.empty(10**9, 10**9, device="meta")
    assert (x.shape, x[0].shape) == ((10**9, 10**9), (10**9,))


def _refuse(*args: Any) -> Any:
    raise OSError("Cannot allocate memory")


def test_shapes_that_do_not_follow_from_smaller_ones_are_computed() -> None:
    x = mt.empty(1, 4, 301, 301, device="meta")
    assert mt.nn.functional.max_pool2d(x, 3, 2).shape == (1, 4, 150, 150)


def test_what_is_computed_from_a_parameter_requires_a_gradient() -> None:
    weight = mt.nn.Parameter(mt.empty(1000, 1000, device="meta"))
    assert (weight @ weight).requires_grad
    with mt.no_grad():
        assert not (weight @ weight).requires_grad


def test_a_parameters_class_makes_parameters() -> None:
    weight = mt.nn.Parameter(mt.empty(2, device="meta"))
    made = type(weight)(mt.ones(2), requires_grad=False)
    assert type(made) is mt.nn.Parameter
    assert not made.requires_grad
    assert isinstance(mt.nn.Buffer(mt.empty(2, device="meta")), mt.nn.Buffer)
    assert f"{mt.empty(2, device='meta')}" == "tensor(..., device='meta', size=(2,))"


def test_a_failed_load_leaves_a_module_on_meta() -> None:
    layer = mt.nn.Linear(2, 2, device="meta")
    with pytest.raises(RuntimeError, match="size mismatch"):
        layer.load_state_dict({"weight": mt.ones(3, 3), "bias": mt.ones(2)}, assign=True)
    assert isinstance(layer.weight, MetaTensor)


def test_the_module_of_a_device() -> None:
    assert mt.get_device_module("cpu") is mt.cpu
    with pytest.raises(RuntimeError, match="does not have a corresponding module"):
        mt.get_device_module("vulkan")


def test_nothing_of_it_is_imported_before_it_is_named() -> None:
    code = (
        "import sys, microtensor as mt; mt.ones(2).to('cpu'); "
        "print('microtensor.creation.meta' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_functions_that_refuse_zeros_get_other_numbers() -> None:
    """Divisors, matrices to invert and probabilities must not be zero; shapes are known all the same."""
    square = mt.empty(3, 3, device="meta", requires_grad=True)
    assert mt.linalg.inv(square).grad_fn is not None
    assert mt.linalg.cholesky(square).shape == mt.linalg.solve(square, square).shape == (3, 3)
    assert (square.detach().long() // square.detach().long()).dtype == mt.int64
    drawn = mt.multinomial(mt.empty(4, 6, device="meta"), 3)
    assert drawn.shape == (4, 3)
    assert drawn.is_meta
    assert drawn.dtype == mt.int64
    with pytest.raises(RuntimeError, match="must be batches of square matrices|square"):
        mt.linalg.inv(mt.empty(2, 3, device="meta"))


def test_batch_norm_trains_there() -> None:
    for layer in (
        mt.nn.BatchNorm2d(3, device="meta"),
        mt.nn.InstanceNorm2d(3, affine=True, track_running_stats=True, device="meta"),
    ):
        assert layer.num_batches_tracked.is_meta
        out = layer(mt.empty(2, 3, 4, 4, device="meta"))
        assert out.is_meta
        assert out.shape == (2, 3, 4, 4)
        assert layer.running_mean.is_meta
        out.sum().backward()
        assert layer.weight.grad.is_meta


def test_what_would_be_written_in_place_is_a_result() -> None:
    x = mt.empty(2, 3, device="meta", requires_grad=True)
    out = mt.nn.ReLU(inplace=True)(x * 2)
    assert out.is_meta
    assert out.grad_fn is not None


def test_a_tensor_made_of_one_is_there_too() -> None:
    x = mt.empty(2, 3, device="meta")
    assert mt.tensor(x).is_meta
    assert mt.as_tensor(x) is x
    assert mt.as_tensor(mt.ones(2), device="meta").is_meta
    for make in (mt.tensor, mt.as_tensor):
        with pytest.raises(NotImplementedError, match="no data"):
            make(x, device="cpu")
    with pytest.raises(RuntimeError, match=r"item\(\) cannot be called"):
        assert 3 in x


def test_a_memory_format_gives_strides() -> None:
    x = mt.empty(2, 3, 4, 4, device="meta", memory_format=mt.channels_last)
    assert x.stride() == (48, 1, 12, 3)
    assert x.is_contiguous(memory_format=mt.channels_last)


def test_files_hold_the_description() -> None:
    x, w = mt.empty(2, 3, device="meta").T, mt.nn.Parameter(mt.empty(2, device="meta", dtype=mt.float64))
    file = io.BytesIO()
    mt.save({"x": x, "w": w, "alone": mt.empty(1, device="meta", requires_grad=True)}, file)
    found = mt.load(io.BytesIO(file.getvalue()))
    assert found["x"].is_meta
    assert found["x"].shape == (3, 2)
    assert found["x"].stride() == (1, 3)
    assert isinstance(found["w"], mt.nn.Parameter)
    assert found["w"].requires_grad
    assert found["w"].dtype == mt.float64
    assert found["alone"].requires_grad
    assert not found["x"].requires_grad


@pytest.mark.parametrize(
    "facts", [(3, (2,), (1,)), (mt.float32, (2,), (1, 1)), (mt.float32, (-2,), (1,)), (mt.float32, [2], (1,))]
)
def test_a_false_description_in_a_file_is_refused(facts: Any) -> None:
    machine: Any = SimpleNamespace(spend=lambda cost: None)
    with pytest.raises(FileFormatError, match="without data"):
        _without_data(machine, *facts, False)


def test_impossible_sizes_in_a_file_are_refused() -> None:
    machine: Any = SimpleNamespace(spend=lambda cost: None)
    with pytest.raises(FileFormatError, match="impossible sizes"):
        _without_data(machine, mt.float32, (2**62, 2**62), (2**62, 1), False)


@pytest.mark.parametrize(
    "make",
    [
        lambda: mt.randperm(4, device="meta"), lambda: mt.normal(0.0, 1.0, (4,), device="meta"),
        lambda: mt.randint(9, (4,), device="meta"), lambda: mt.rand_like(mt.ones(4), device="meta"),
    ],
)  # fmt: skip
def test_random_streams_do_not_move(make: Any) -> None:
    before = mt.get_rng_state()
    assert make().shape == (4,)
    assert mt.equal(mt.get_rng_state(), before)
