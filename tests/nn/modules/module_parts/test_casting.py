"""Converting a whole model to another dtype, and the devices that are not there."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn


def dtypes_of(module: nn.Module) -> dict[str, object]:
    return {name: tensor.dtype for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize(
    ("convert", "dtype"),
    [
        (lambda m: m.double(), mt.float64),
        (lambda m: m.half(), mt.float16),
        (lambda m: m.double().float(), mt.float32),
        (lambda m: m.to(mt.float64), mt.float64),
        (lambda m: m.to(dtype=mt.float64), mt.float64),
        (lambda m: m.to("cpu", mt.float64), mt.float64),
        (lambda m: m.to("cpu", dtype=mt.float64), mt.float64),
        (lambda m: m.to(mt.float64, non_blocking=True), mt.float64),
        (lambda m: m.to(mt.zeros(1, dtype=mt.float64)), mt.float64),
        (lambda m: m.to("cpu"), mt.float32),
        (lambda m: m.to(device="cpu"), mt.float32),
        (lambda m: m.to(), mt.float32),
        (lambda m: m.cpu(), mt.float32),
    ],
)
def test_floating_tensors_are_converted_and_integers_are_not(convert, dtype: object) -> None:
    module = nn.BatchNorm1d(2)
    assert convert(module) is module
    assert dtypes_of(module) == {
        "weight": dtype,
        "bias": dtype,
        "running_mean": dtype,
        "running_var": dtype,
        "num_batches_tracked": mt.int64,
    }


def test_parameters_stay_the_same_objects() -> None:
    """An optimizer that was made before goes on holding the right ones."""
    layer = nn.Linear(2, 1)
    before = list(layer.parameters())
    layer.double()
    assert all(a is b for a, b in zip(layer.parameters(), before, strict=True))


def test_gradients_are_converted_with_their_parameters() -> None:
    layer = nn.Linear(2, 1)
    layer(mt.ones(1, 2)).sum().backward()
    layer.double()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == mt.float64
    layer(mt.ones(1, 2, dtype=mt.float64)).sum().backward()
    assert layer.weight.grad.tolist() == [[2, 2]]


@pytest.mark.parametrize("dtype", ["int64", "bool"])
def test_only_floating_dtypes(dtype: str) -> None:
    module = nn.Linear(1, 1)
    with pytest.raises(TypeError, match="only accepts floating point"):
        module.to(getattr(mt, dtype))
    assert module.weight.dtype == mt.float32


@pytest.mark.parametrize("ask", [lambda m: m.cuda(), lambda m: m.to("cuda:0"), lambda m: m.to(device="mps")])
def test_other_devices_are_refused(ask) -> None:
    with pytest.raises(RuntimeError, match="is not here"):
        ask(nn.Identity())


def test_a_string_names_a_device_not_a_dtype() -> None:
    with pytest.raises(RuntimeError, match="float64"):
        nn.Linear(1, 1).to("float64")


def test_type_converts_everything() -> None:
    norm = nn.BatchNorm1d(2).type(mt.float64)
    assert {t.dtype for t in norm.state_dict().values()} == {mt.float64}


def test_to_empty_gives_new_memory_of_the_same_shapes() -> None:
    layer = nn.Linear(2, 3)
    weight, old = layer.weight, layer.weight.data
    assert layer.to_empty(device="cpu") is layer
    assert layer.weight is weight
    assert layer.weight.shape == (3, 2)
    assert not np.shares_memory(layer.weight.detach().numpy(), old.numpy())
    with pytest.raises(RuntimeError, match="cuda"):
        layer.to_empty(device="cuda")
    assert layer.share_memory() is layer
