"""The state of a module in two forms: PyTorch's, of dicts of parameters, buffers and modules, and ours.

Here a parameter is an ordinary attribute, and a table says what it is; a file has PyTorch's form.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

__all__ = ["from_torch", "to_torch"]

_TABLES = {
    "_registered_parameters": "_parameters",
    "_registered_buffers": "_buffers",
    "_registered_modules": "_modules",
}
_HOOKS = (
    "_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
    "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
)  # fmt: skip


def to_torch(state: dict[str, Any]) -> dict[str, Any]:
    """The state of a module of ours as PyTorch writes it, without hooks."""
    tables = {theirs: {name: state[name] for name in state[ours]} for ours, theirs in _TABLES.items()}
    inside = {name for table in tables.values() for name in table}.union(_TABLES, _TABLES.values())
    rest = {name: value for name, value in state.items() if name not in inside}
    return {**rest, **{name: OrderedDict() for name in _HOOKS}, **tables}


def from_torch(state: dict[str, Any]) -> dict[str, Any]:
    """A state as PyTorch writes it, in the form of modules here, without hooks; warns if it has some."""
    tables = {ours: dict.fromkeys(state[theirs]) for ours, theirs in _TABLES.items()}
    values = {name: value for theirs in _TABLES.values() for name, value in state[theirs].items()}
    rest = {name: value for name, value in state.items() if name not in _TABLES.values()}
    hooks = {name for name in rest if name.startswith("_") and "_hook" in name}
    if any(rest[name] for name in hooks):
        warnings.warn("the hooks of a module in the file are left out: register them anew", stacklevel=2)
    return {**{name: value for name, value in rest.items() if name not in hooks}, **tables, **values}
