"""Sizes and devices: values that say where a tensor is, and of what shape."""

from __future__ import annotations

import pickle

import pytest

import microtensor as mt


def test_a_size_is_a_tuple_that_stays_a_size() -> None:
    size = mt.Size([2, 3])
    assert (size, size.numel(), size[0]) == ((2, 3), 6, 2)
    for made in (size[1:], size.__add__((4,)), size.__radd__((1,)), pickle.loads(pickle.dumps(size))):
        assert type(made) is mt.Size
    assert repr(size.__radd__((1,))) == "Size([1, 2, 3])"
    assert mt.Size([]).numel() == 1


def test_devices_are_named() -> None:
    gpu = mt.device("cuda", 1)
    assert (gpu.type, gpu.index, repr(gpu)) == ("cuda", 1, "device(type='cuda', index=1)")
    assert mt.device("cpu").index is None
    assert mt.device("cpu") == "cpu"
    with pytest.raises(RuntimeError, match=r"Expected one of cpu, cuda.*: tpu"):
        mt.device("tpu")
    with pytest.raises(RuntimeError, match="computes on the CPU only"):
        mt.zeros(1, device=gpu)


def test_a_device_is_a_context() -> None:
    with mt.device("cpu") as device:
        assert mt.zeros(1).device == device
    with pytest.raises(RuntimeError, match="the CPU only"), mt.device("cuda"):
        pytest.fail("a device that is not here was entered")
