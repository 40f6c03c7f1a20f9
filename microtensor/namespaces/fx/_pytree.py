"""Flattening nested arguments in the way that a traced program says: what its code calls."""

from __future__ import annotations

from typing import Any

__all__ = ["register_pytree_flatten_spec", "tree_flatten_spec"]


def tree_flatten_spec(pytree_value: Any, spec: Any) -> list[Any]:
    """The leaves of `pytree_value`, which is as deep as `spec` says and no deeper.

    Raises ``ValueError`` if its structure is another one.

    >>> from microtensor.utils._pytree import tree_structure
    >>> from microtensor.fx._pytree import tree_flatten_spec
    >>> tree_flatten_spec([{"a": (1, 2)}, 3], tree_structure([{"a": 0}, 0]))
    [(1, 2), 3]
    """
    whole = tuple(pytree_value) if spec.type is tuple else pytree_value
    return list(spec.flatten_up_to(whole))


def register_pytree_flatten_spec(
    cls: type, flatten_fn_spec: Any, flatten_fn_exact_match_spec: Any = None
) -> None:
    """Nothing: `tree_flatten_spec` takes apart what is registered with ``utils._pytree`` anyway."""
