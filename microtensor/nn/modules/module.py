"""The base class of every layer and every network.

A module has parameters, buffers and children, can be called, and can be saved.  Each of these is
a part of its own (`module_attributes`, `module_tree`, `module_casting`, `module_saving`,
`module_loading`, `module_hooks`); what is here puts them together and makes calling fast.
"""

from __future__ import annotations

from typing import Any

from .module_parts.attributes import show_registries
from .module_parts.casting import Casting
from .module_parts.global_hooks import (
    register_module_backward_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from .module_parts.hooks import Hooks, call
from .module_parts.load_state_dict import IncompatibleKeys, Loading
from .module_parts.pickled_state import from_torch
from .module_parts.state_dict import EXTRA_STATE

_NOTHING: Any = object()
_EXTRA_STATE_KEY_SUFFIX = EXTRA_STATE  # the name by which libraries that load weights ask for it
_IncompatibleKeys = IncompatibleKeys


class Module(Hooks, Loading, Casting):
    """A part of a network: subclass it, call ``super().__init__()``, and define ``forward``.

    Parameters, buffers and modules that are assigned to attributes are registered: optimizers,
    state dicts and conversions find them.  Call the module, not its ``forward``, so that hooks
    run.

    Raises ``AttributeError`` for an assignment before ``super().__init__()``, and ``TypeError``
    for assigning something that does not fit to the name of a parameter, child or buffer.

    >>> class Scale(mt.nn.Module):
    ...     def __init__(self, factor):
    ...         super().__init__()
    ...         self.factor = mt.nn.Parameter(mt.tensor(factor))
    ...
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> double = Scale(2.0)
    >>> double(mt.ones(2)).detach()
    tensor([2., 2.])
    >>> list(double.state_dict())
    ['factor']
    """

    def __call__(self, input: Any = _NOTHING, other: Any = _NOTHING, /, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, and the hooks around it."""
        # No hooks and one or two positional arguments, a layer's or a loss's, is nearly every
        # call; handing these on by name costs 110 ns more than forward itself, *args 180.
        if args or kwargs or self._call_hooks is not None or input is _NOTHING:
            given = tuple(value for value in (input, other) if value is not _NOTHING)
            return call(self, (*given, *args), kwargs)
        return self.forward(input) if other is _NOTHING else self.forward(input, other)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What calling the module computes: to be defined by every subclass that is called.

        >>> mt.nn.Module()(1)
        Traceback (most recent call last):
        NotImplementedError: Module [Module] is missing the required "forward" function
        """
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def extra_repr(self) -> str:
        """What stands between the parentheses of the repr, before the children: to be overridden.

        >>> mt.nn.Linear(2, 3).extra_repr()
        'in_features=2, out_features=3, bias=True'
        """
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): {child!r}" for name, child in self._modules.items()]
        return format_module(self._get_name(), extra, children)

    def _repr_html_(self) -> str:
        """What a notebook shows: a table with a row for each module."""
        from ...viz.tables import model_table

        return model_table(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        theirs = "_parameters" in state and "_registered_parameters" not in state
        vars(self).update(from_torch(state) if theirs else state)
        show_registries(self)


def format_module(name: str, extra: str, children: list[str]) -> str:
    """``name(extra)`` on one line, or, with children, one indented line for each part."""
    lines = [*(extra.split("\n") if extra else ()), *children]
    if not children and len(lines) <= 1:
        return f"{name}({extra})"
    indented = "\n".join(lines).replace("\n", "\n  ")
    return f"{name}(\n  {indented}\n)"


__all__ = [
    "Module", "register_module_backward_hook", "register_module_forward_hook",
    "register_module_forward_pre_hook", "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]  # fmt: skip
