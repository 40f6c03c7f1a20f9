"""Dispatch keys as values, and the one layer that a guard leaves out."""

from __future__ import annotations

import pytest
from microtensor._C import DispatchKey, DispatchKeySet, _ExcludeDispatchKeyGuard

import microtensor as mt


def test_a_set_of_keys() -> None:
    cpu, autocast = DispatchKeySet(DispatchKey.CPU), DispatchKeySet(DispatchKey.AutocastCPU)
    both = cpu | autocast
    assert both == autocast.add(DispatchKey.CPU)
    assert hash(both) == hash(autocast | cpu)
    assert both.has(DispatchKey.CPU)
    assert not cpu.has(DispatchKey.AutocastCPU)
    assert both - cpu == both.remove(DispatchKey.CPU) == autocast
    assert both & cpu == cpu
    assert repr(both) == "DispatchKeySet(AutocastCPU, CPU)"
    assert cpu != "CPU"


def test_the_guard_leaves_autocast_out() -> None:
    keys = DispatchKeySet(DispatchKey.AutocastCPU, DispatchKey.AutocastCUDA)
    x = mt.ones(2, 2)
    with mt.autocast("cpu", dtype=mt.float16):
        assert (x @ x).dtype == mt.float16
        with _ExcludeDispatchKeyGuard(keys):
            assert (x @ x).dtype == mt.float32
        assert (x @ x).dtype == mt.float16
    with pytest.raises(NotImplementedError, match="do not go through a layer AutogradCPU here"):
        _ExcludeDispatchKeyGuard(keys.add(DispatchKey.AutogradCPU))


def test_the_names_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    assert {key.name for key in DispatchKey} < set(torch._C.DispatchKey.__members__)
