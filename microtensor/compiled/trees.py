"""Arguments and results as leaves and a shape: tuples, lists and dictionaries of tensors and plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["containers_in", "flatten", "text_of", "unflatten"]


def flatten(value: Any, leaves: list[Any]) -> Any:
    """Append the leaves of `value`, and return its shape, which compares and hashes.

    >>> from microtensor.compiled.trees import flatten, unflatten
    >>> leaves = []
    >>> shape = flatten((1, {"a": [2, 3]}), leaves)
    >>> leaves, unflatten(shape, iter(leaves))
    ([1, 2, 3], (1, {'a': [2, 3]}))
    """
    kind = type(value)
    if kind in (tuple, list) or (isinstance(value, tuple) and hasattr(kind, "_fields")):
        return (kind, tuple(flatten(item, leaves) for item in value))
    if kind is dict:
        return (dict, tuple(value), tuple(flatten(item, leaves) for item in value.values()))
    leaves.append(value)
    return None


def unflatten(shape: Any, leaves: Any) -> Any:
    """The value of a shape whose leaves are these."""
    if shape is None:
        return next(leaves)
    items = [unflatten(item, leaves) for item in shape[-1]]
    if shape[0] is dict:
        return dict(zip(shape[1], items, strict=True))
    return shape[0](*items) if hasattr(shape[0], "_fields") else shape[0](items)


def containers_in(value: Any) -> Iterator[Any]:
    """All tuples, lists and dictionaries in a value, and itself if it is one."""
    if isinstance(value, (tuple, list, dict)):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers_in(item)


def text_of(shape: Any, leaves: Any, names: dict[str, Any]) -> str:
    """A shape as Python, whose leaves are these texts; adds the names that it uses."""
    if shape is None:
        return str(next(leaves))
    items = [text_of(item, leaves, names) for item in shape[-1]]
    if shape[0] is dict:
        names.update({f"key{id(key)}": key for key in shape[1] if not isinstance(key, str)})
        keys = [repr(key) if isinstance(key, str) else f"key{id(key)}" for key in shape[1]]
        return "{" + ", ".join(f"{k}: {item}" for k, item in zip(keys, items, strict=True)) + "}"
    if shape[0] is list:
        return f"[{', '.join(items)}]"
    if shape[0] is tuple:
        return f"({''.join(f'{item}, ' for item in items)})"
    names[shape[0].__name__] = shape[0]
    return f"{shape[0].__name__}({', '.join(items)})"
