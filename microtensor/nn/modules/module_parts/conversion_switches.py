"""How ``Module.to`` and its kin give a parameter its new memory: the switches of ``torch.__future__``.

By default the memory of a parameter is exchanged and the object stays; a switch makes a new Parameter
instead, and another lets the old object take over everything of the new one.  An optimizer that holds the old
object notices nothing in the first and the last case.
"""

from __future__ import annotations

_switches = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether a conversion makes new Parameters.

    >>> net = mt.nn.Linear(1, 1)
    >>> before = net.weight
    >>> mt.__future__.set_overwrite_module_params_on_conversion(True)
    >>> net.double().weight is before
    False
    >>> mt.__future__.set_overwrite_module_params_on_conversion(False)
    """
    _switches["overwrite"] = value


def get_overwrite_module_params_on_conversion() -> bool:
    """Whether a conversion makes new Parameters.

    >>> mt.__future__.get_overwrite_module_params_on_conversion()
    False
    """
    return _switches["overwrite"]


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether a conversion exchanges all that a Parameter is with a new one (`utils.swap_tensors`).

    >>> mt.__future__.set_swap_module_params_on_conversion(False)
    """
    _switches["swap"] = value


def get_swap_module_params_on_conversion() -> bool:
    """Whether a conversion exchanges Parameters.

    >>> mt.__future__.get_swap_module_params_on_conversion()
    False
    """
    return _switches["swap"]


__all__ = [
    "get_overwrite_module_params_on_conversion", "get_swap_module_params_on_conversion",
    "set_overwrite_module_params_on_conversion", "set_swap_module_params_on_conversion",
]  # fmt: skip
