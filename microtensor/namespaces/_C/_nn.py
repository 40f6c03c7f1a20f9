"""The pieces of ``torch._C._nn`` that libraries name."""

from __future__ import annotations

from typing import Any

from microtensor import Tensor, device, dtype
from microtensor.nn.functional import (
    avg_pool2d,
    avg_pool3d,
    elu_,
    gelu,
    hardtanh_,
    leaky_relu_,
    linear,
    one_hot,
    scaled_dot_product_attention,
    softplus,
    softshrink,
)
from microtensor.nn.functional import (
    logsigmoid as log_sigmoid,
)

__all__ = [
    "_parse_to", "avg_pool2d", "avg_pool3d", "elu_", "gelu", "hardtanh_", "leaky_relu_", "linear",
    "log_sigmoid", "one_hot", "scaled_dot_product_attention", "softplus", "softshrink",
]  # fmt: skip


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool, Any]:
    """The device, the dtype, whether to wait, and the format that a call of ``Tensor.to`` asks for.

    >>> from microtensor._C import _nn
    >>> _nn._parse_to("cpu", mt.float64)[0]
    device(type='cpu')
    """
    found = {"device": None, "dtype": None, "non_blocking": False, "memory_format": None} | kwargs
    found.pop("copy", None)
    for value in args:
        if isinstance(value, Tensor):
            found["device"], found["dtype"] = value.device, value.dtype
        elif isinstance(value, bool):
            found["non_blocking"] = value
        else:
            found["dtype" if isinstance(value, dtype) else "device"] = value
    if found["device"] is not None:
        found["device"] = device(found["device"])
    return found["device"], found["dtype"], found["non_blocking"], found["memory_format"]
