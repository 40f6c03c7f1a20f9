"""Calling a module with other parameters: `functional_call`.  Tied weights are swapped together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: dict[str, Any] | None = None,
    *, tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """Call a module with other parameters and buffers, by name; the module is as before afterwards.

    Several dictionaries count as one.  A tied weight may be given under any of its names.  Under
    `strict` there must be a value for every name and no other, else ``RuntimeError``; otherwise unknown
    names are ignored, as in PyTorch.  Raises ``ValueError`` for a name in two dictionaries, and for
    different values of one tied weight.

    >>> layer = mt.nn.Linear(2, 1)
    >>> w = {"weight": mt.ones(1, 2), "bias": mt.zeros(1)}
    >>> mt.func.functional_call(layer, w, mt.tensor([1.0, 2.0]))
    tensor([3.])
    """
    values = _merged(parameter_and_buffer_dicts)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with swapped(module, values, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def _merged(given: Any) -> dict[str, Any]:
    """Several dictionaries as one."""
    parts = [given] if isinstance(given, dict) else given
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, dict) for part in parts):
        raise ValueError(
            "functional_call: Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, "
            f"but got {type(given)}"
        )
    names = [name for part in parts for name in part]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"functional_call: {repeated} appeared in multiple dictionaries; which one counts is ambiguous"
        )
    return {name: value for part in parts for name, value in part.items()}


def _tied(values: dict[str, Any], slots: dict[str, tuple[Any, str, Any]]) -> dict[str, Any]:
    """`values` with every name of a tied weight that is given under one of its names."""
    by_id: dict[int, Any] = {}
    for name, value in values.items():
        held = slots[name][2]
        if held is not None and by_id.setdefault(id(held), value) is not value:
            names = sorted(n for n in values if slots[n][2] is held)
            raise ValueError(
                f"functional_call got multiple values for keys {names}, which are tied. Consider using "
                "tie_weights=False"
            )
    ties = {n: by_id[id(held)] for n, (_, _, held) in slots.items() if held is not None and id(held) in by_id}
    return ties | values


def _slots(module: Any) -> dict[str, tuple[Any, str, Any]]:
    """Every parameter and buffer by its full name: its owner, its name there, and itself."""
    found = {}
    for prefix, owner in module.named_modules(remove_duplicate=False):
        held = {**owner._parameters, **owner._buffers}
        found.update({f"{prefix}.{k}" if prefix else k: (owner, k, v) for k, v in held.items()})
    return found


@contextmanager
def swapped(module: Any, values: dict[str, Any], tie: bool, strict: bool) -> Iterator[None]:
    """The length of a ``with`` in which a module has other parameters and buffers: see `functional_call`."""
    slots = _slots(module)
    unknown = sorted(set(values) - set(slots))
    values = {name: value for name, value in values.items() if name in slots}
    values = _tied(values, slots) if tie else values
    missing = sorted(name for name in set(slots) - set(values) if slots[name][2] is not None)
    if strict and (unknown or missing):
        raise RuntimeError(
            f"Error(s) in reparametrizing for {type(module).__name__}: unexpected keys {unknown}, "
            f"missing keys {missing}"
        )
    try:
        for name, value in values.items():
            _place(*slots[name][:2], value)
        yield
    finally:
        for name in values:
            _place(*slots[name])


def _place(owner: Any, name: str, value: Any) -> None:
    """Put a tensor where the module finds its parameter or buffer, whatever its class."""
    table = owner._parameters if name in owner._parameters else owner._buffers
    table[name] = value
    if name in owner.__dict__:
        owner.__dict__[name] = value
