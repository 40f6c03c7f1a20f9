"""What `_make_subclass` refuses."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt


def test_make_subclass_takes_a_tensor_and_no_memoryless_options() -> None:
    make: Any = mt.Tensor._make_subclass
    with pytest.raises(TypeError, match="data must be a tensor, not int"):
        make(mt.nn.Parameter, 3)
    with pytest.raises(RuntimeError, match="dispatch_sizes_strides_policy is not supported"):
        make(mt.nn.Parameter, mt.ones(1), dispatch_sizes_strides_policy="sizes")
    x = mt.ones(1)
    made = make(mt.nn.Parameter, x, True, device_for_backend_keys=None)
    assert type(made) is mt.nn.Parameter
    assert made.data_ptr() == x.data_ptr()
    assert made.requires_grad
