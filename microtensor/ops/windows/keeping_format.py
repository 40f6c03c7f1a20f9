"""Images in, images out, in one memory format, as PyTorch's convolutions, pools and norms keep it.

An elementwise op needs nothing for this: NumPy lays its result out as its operands are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from ...engine.arrays import memory_format as formats
from ...engine.tensor import Tensor, array_of

F = TypeVar("F", bound=Callable[..., Any])


def keeping_format(function: F) -> F:
    """`function` of images, whose result lies in the memory format of these, or of the weight after them.

    >>> x = mt.rand(1, 2, 4, 4).to(memory_format=mt.channels_last)
    >>> mt.max_pool2d(x, 2).stride()
    (8, 1, 4, 2)
    """

    @wraps(function)
    def call(input: Any, *args: Any, **named: Any) -> Any:
        result = function(input, *args, **named)
        for x in (input, *args[:1]):
            data = array_of(x) if isinstance(x, Tensor) else None
            if data is not None and not data.flags.c_contiguous:
                _lay_out(result, formats.suggested(data))
        return result

    return cast(F, call)


def _lay_out(result: Any, name: str) -> None:
    for part in result if isinstance(result, tuple) else (result,):
        if not isinstance(part, Tensor) or array_of(part) is None:
            continue
        if part.ndim == len(formats.ORDERS.get(name, part.shape)) and not formats.is_in(part.array, name):
            part._data, part._view = formats.converted(part.array, name), None
