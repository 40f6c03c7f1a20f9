"""PyTorch's ``torch._vmap_internals``, the older place of `vmap`, which libraries of its time still name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .vmap import vmap

__all__ = ["vmap"]


def _vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, allow_none_pass_through: bool = False
) -> Callable[..., Any]:
    """`vmap`, whose function may give None in the place of a result if that may pass through.

    >>> from microtensor.func.older_vmap import _vmap
    >>> _vmap(lambda x: x.sum())(mt.ones(2, 3))
    tensor([3., 3.])
    """
    if not allow_none_pass_through:
        return vmap(func, in_dims, out_dims)

    def call(*args: Any) -> Any:
        where: list[bool] = []

        def without_none(*given: Any) -> tuple[Any, ...]:
            found = func(*given)
            several = found if isinstance(found, tuple) else (found,)
            where[:] = [one is None for one in several]
            return tuple(one for one in several if one is not None)

        found = iter(vmap(without_none, in_dims, out_dims)(*args))
        results = tuple(None if missing else next(found) for missing in where)
        return results if len(results) > 1 else results[0]

    return call
