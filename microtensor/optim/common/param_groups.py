"""The parameters that an optimizer is given, in all their forms, checked and brought into one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...engine.tensor import Tensor

Group = dict[str, Any]
ParamsT = Iterable[Tensor] | Iterable[Group] | Iterable[tuple[str, Tensor]]


class _Required:
    """The default of an option that has none."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def as_groups(params: ParamsT) -> list[Any]:
    """A list of dictionaries, one for each group; ``ValueError`` if there is nothing."""
    groups = list(params)
    if not groups:
        raise ValueError(
            "optimizer got an empty parameter list: did the model register its parameters, and "
            "was an iterator over them used up before?"
        )
    return groups if isinstance(groups[0], dict) else [{"params": groups}]


def named(params: Any) -> Group:
    """The parameters as a list, with their names in a list of its own where they have any."""
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs: please use a list instead"
        )
    items = [params] if isinstance(params, Tensor) else list(params)
    names = [item[0] for item in items if isinstance(item, tuple)]
    if names and len(names) != len(items):
        raise ValueError(
            "all optimizer params should be with/without names, and some param names are missing: "
            f"{len(names)} of {len(items)} are there"
        )
    if not names:
        return {"params": items}
    return {"params": [item[1] for item in items], "param_names": names}


def require_leaf(p: Any, computed: bool = False) -> None:
    """Raise ``TypeError`` for what is no tensor, and ``ValueError`` for what was computed and must not be."""
    if not isinstance(p, Tensor):
        raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p)}")
    if not (computed or p.is_leaf or p.retains_grad):
        raise ValueError(
            f"can't optimize a non-leaf Tensor: this one, of shape {tuple(p.shape)}, was computed "
            "from others; pass those, or p.detach().requires_grad_()"
        )
