"""An optimizer's state as plain data, and back.

A parameter cannot be a key in a file, so its position among all parameters stands for it. This is
PyTorch's format, to the key.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from typing import Any

from ...engine.tensor import Tensor

Group = dict[str, Any]


def pack(state: Mapping[Any, Any], groups: list[Group]) -> dict[str, Any]:
    """The state dictionary of an optimizer; the tensors in it are not copied."""
    positions: dict[int, int] = {}
    for place, p in enumerate(_parameters(groups)):
        positions.setdefault(id(p), place)
    return {
        "state": {positions.get(id(key), key): value for key, value in state.items()},
        "param_groups": [
            {key: value for key, value in group.items() if key != "params"}
            | {"params": [positions[id(p)] for p in group["params"]]}
            for group in groups
        ],
    }


def unpack(saved: Mapping[str, Any], groups: list[Group]) -> dict[str, Any]:
    """The state and the groups that a state dictionary describes, for the parameters of `groups`.

    Floating-point state takes the dtype of its parameter, but for the step count. Raises
    ``ValueError`` if the groups differ in number or size.
    """
    _check_sizes(saved["param_groups"], groups)
    owner = dict(zip(_parameters(saved["param_groups"]), _parameters(groups), strict=True))
    state: defaultdict[Any, Any] = defaultdict(dict)
    for key, value in saved["state"].items():
        state[owner.get(key, key)] = _fitted(value, owner[key]) if key in owner else value
    return {
        "state": state,
        "param_groups": [
            _renewed(group, new) for group, new in zip(groups, saved["param_groups"], strict=True)
        ],
    }


def _parameters(groups: list[Group]) -> chain[Any]:
    return chain.from_iterable(group["params"] for group in groups)


def _check_sizes(saved: list[Group], groups: list[Group]) -> None:
    sizes, expected = ([len(g["params"]) for g in part] for part in (saved, groups))
    if len(sizes) != len(expected):
        raise ValueError(
            "loaded state dict has a different number of parameter groups: "
            f"{len(sizes)}, and the optimizer has {len(expected)}"
        )
    if sizes != expected:
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of "
            f"optimizer's group: sizes {sizes}, and the optimizer has {expected}"
        )


def _fitted(value: Any, p: Tensor, key: Any = None) -> Any:
    """A deep copy of `value`, its tensors in the dtype of `p`."""
    if isinstance(value, Tensor):
        keep = key == "step" or not p.is_floating_point()
        return value.detach().clone() if keep else value.detach().clone().to(p.dtype)
    if isinstance(value, dict):
        return {name: _fitted(part, p, name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_fitted(part, p) for part in value)
    return copy.deepcopy(value)


def _renewed(group: Group, saved: Group) -> Group:
    """The saved options with the parameters of `group`, and its names unless others were saved."""
    new = copy.deepcopy({key: value for key, value in saved.items() if key != "params"})
    if "param_names" in group:
        new.setdefault("param_names", group["param_names"])
    return new | {"params": group["params"]}
