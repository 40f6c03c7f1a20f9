"""Sizes and devices: values that say where a tensor is, and of what shape."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import microtensor as mt


def test_a_size_is_a_tuple_that_stays_a_size() -> None:
    size = mt.Size([2, 3])
    assert (size, size.numel(), size[0], hash(size)) == ((2, 3), 6, 2, hash((2, 3)))
    for made in (size[1:], size.__add__((4,)), size.__radd__((1,)), size * 2, 2 * size, copy.deepcopy(size)):
        assert type(made) is mt.Size
    assert type(pickle.loads(pickle.dumps(size))) is mt.Size
    assert repr(size.__radd__((1,))) == "torch.Size([1, 2, 3])"
    assert mt.Size([]).numel() == 1


def test_devices_are_named() -> None:
    gpu = mt.device("cuda", 1)
    assert (gpu.type, gpu.index, repr(gpu)) == ("cuda", 1, "device(type='cuda', index=1)")
    assert (str(gpu), mt.device("cuda:1"), mt.device(gpu)) == ("cuda:1", gpu, gpu)
    assert mt.device("cpu").index is None
    assert mt.device("cpu") != "cpu"
    assert {gpu: 1}[mt.device("cuda:1")] == 1
    assert copy.deepcopy(gpu) == pickle.loads(pickle.dumps(gpu)) == gpu
    with pytest.raises(RuntimeError, match="computes on the CPU only"):
        mt.zeros(1, device=gpu)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tpu",), "Expected one of cpu, cuda.*: tpu"),
        (("cuda:1", 1), "must not include an index"),
        (("cpu:-1",), "Invalid device string: 'cpu:-1'"),
        (("cpu:01",), "Invalid device string: 'cpu:01'"),
        (("cpu:",), "Invalid device string: 'cpu:'"),
    ],
)
def test_a_device_that_is_misspelt_is_refused(arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        mt.device(*arguments)


def test_a_device_is_a_context() -> None:
    with mt.device("cpu") as device:
        assert mt.zeros(1).device == device
    with pytest.raises(RuntimeError, match="the CPU only"), mt.device("cuda"):
        pytest.fail("a device that is not here was entered")
