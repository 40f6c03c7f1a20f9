"""Numbers as tuples: one for all dimensions, or one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any


def _ntuple(count: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """What makes a tuple of `count` equal numbers, and leaves what can be iterated as it is.

    >>> _ntuple(2)(3), _ntuple(2)([1, 2])
    ((3, 3), (1, 2))
    """

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, count))

    parse.__name__ = name
    return parse


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take `prefix` from the front of the names in a state dict, in place, as ``DataParallel`` puts it there.

    >>> state = {"module.weight": 1, "bias": 2}
    >>> consume_prefix_in_state_dict_if_present(state, "module.")
    >>> state
    {'weight': 1, 'bias': 2}
    """
    for holder in (state_dict, getattr(state_dict, "_metadata", None)):
        for key in list(holder or ()):
            new = key.removeprefix(prefix)
            if holder is not state_dict and key == prefix.removesuffix("."):
                new = ""
            holder[new] = holder.pop(key)  # type: ignore[index, union-attr]  # in their old order


_single, _pair, _triple, _quadruple = map(_ntuple, (1, 2, 3, 4))
