"""The overloads of programs of 2016 to 2020 that put a number before a tensor: ``p.add_(-0.1, grad)``.

PyTorch takes them still, with a warning: ``add(input, alpha, other)``, ``addcdiv(input, value, a, b)``, and
``addmm(beta, input, alpha, a, b)``, of which ``alpha`` may be left out.  Functions take more positional
arguments than they have, and ask `reordered` for the call that was meant.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor
from .users_line import users_level

TENSORS = {
    "add": ("other",), "sub": ("other",),
    "addcmul": ("tensor1", "tensor2"), "addcdiv": ("tensor1", "tensor2"),
    "addbmm": ("batch1", "batch2"), "addmm": ("mat1", "mat2"), "addmv": ("mat", "vec"),
    "addr": ("vec1", "vec2"), "baddbmm": ("batch1", "batch2"),
}  # fmt: skip
"""The functions that have such overloads, and the tensors that they take after `input`."""

ONE_NUMBER = {"add": "alpha", "sub": "alpha", "addcmul": "value", "addcdiv": "value"}
"""The argument that stood second; the others, ``beta * input + alpha * product``, have two."""


def reordered(by: str, args: Sequence[Any], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments in today's order, after a warning; ``TypeError`` if they are in no order.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     mt.addcdiv(mt.tensor([1.0]), 2, mt.tensor([3.0]), mt.tensor([4.0]))
    tensor([2.5000])
    """
    name = by.rstrip("_")
    found = _one_number(name, args) if name in ONE_NUMBER else _two_numbers(args)
    if found is None or set(found[1]) & set(named):
        raise TypeError(
            f"{by}() received an invalid combination of arguments - got "
            f"({', '.join(type(a).__name__ for a in [*args, *named.values()])}): give the numbers by name"
        )
    warnings.warn(
        f"This overload of {by} is deprecated:\n\t{_old_form(by, found[1])}\nConsider using one of the "
        f"following signatures instead:\n\t{_new_form(by)}",
        UserWarning, stacklevel=users_level(),
    )  # fmt: skip
    return found[0], {**found[1], **named}


def _one_number(name: str, args: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    key, count = ONE_NUMBER[name], 2 + len(TENSORS[name])
    if len(args) != count or not _is_number(args[1]):
        return None
    return (args[0], *args[2:]), {key: args[1]}


def _two_numbers(args: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Also of the method, which has the tensor itself first: ``x.addmm(beta, alpha, a, b)``."""
    if len(args) not in (4, 5):
        return None
    first, second, *numbers = args[:-2]
    beta, input = (second, first) if isinstance(first, Tensor) else (first, second)
    if not isinstance(input, Tensor) or not all(map(_is_number, [beta, *numbers])):
        return None
    return (input, *args[-2:]), {"beta": beta, **({"alpha": numbers[0]} if numbers else {})}


def _old_form(by: str, numbers: dict[str, Any]) -> str:
    """The overload that was called, as PyTorch writes it."""
    method, tensors = by.endswith("_"), [f"Tensor {t}" for t in TENSORS[by.rstrip("_")]]
    words = [f"Number {number}" for number in numbers]
    if not method:
        words.insert("beta" in numbers, "Tensor input")
    return f"{by}({', '.join([*words, *tensors])}{'' if method else ', *, Tensor out = None'})"


def _new_form(by: str) -> str:
    name = by.rstrip("_")
    method, tensors = by != name, [f"Tensor {t}" for t in TENSORS[name]]
    numbers = [f"Number {n} = 1" for n in ([ONE_NUMBER[name]] if name in ONE_NUMBER else ["beta", "alpha"])]
    words = [*(["Tensor input"] * (not method)), *tensors, "*", *numbers]
    return f"{by}({', '.join(words + ['Tensor out = None'] * (not method))})"


def _is_number(x: Any) -> bool:
    return not isinstance(x, Tensor) or x.ndim == 0


__all__ = ["TENSORS", "reordered"]
