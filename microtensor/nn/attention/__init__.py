"""PyTorch's ``torch.nn.attention``: which kernel computes scaled dot products, here always the same."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["WARN_FOR_UNFUSED_KERNELS", "SDPBackend", "sdpa_kernel"]

WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(enum.Enum):
    """The kernels by their names; what is computed does not depend on them."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(
    backends: list[SDPBackend] | SDPBackend, set_priority: bool = False
) -> Iterator[dict[str, object]]:
    """The length of a ``with`` in which these kernels may be used: without effect, there is one.

    Raises ``AssertionError`` for what is no `SDPBackend` nor a list of them.

    >>> from microtensor.nn.attention import SDPBackend, sdpa_kernel
    >>> q = mt.ones(1, 2, 4)
    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     mt.nn.functional.scaled_dot_product_attention(q, q, q).shape
    torch.Size([1, 2, 4])
    """
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(
            "Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
            f"{type(backends).__name__}"
        )
    yield {}
