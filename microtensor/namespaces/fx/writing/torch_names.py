"""Under which names PyTorch's functions stand in a graph and in its code.

Many of PyTorch's functions are compiled, and say of themselves that they live in ``torch._C``: what a
program calls ``F.linear`` is written ``torch._C._nn.linear`` in the code of its graph.  Here they are all
Python's, and these are the tables of those that differ.  A compiled function is recorded with its arguments
as they were written; one of PyTorch's Python functions with everything that is optional by name.
"""

from __future__ import annotations

import builtins
import inspect
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import microtensor
from microtensor.engine.tensor import Tensor

__all__ = ["TorchName", "is_from_torch", "known", "qualified_name"]

_IN_FUNCTIONAL = frozenset(
    [
        "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors",
        "cartesian_prod", "cdist", "chain_matmul", "einsum", "lu", "meshgrid", "norm", "split", "stft",
        "tensordot", "unique", "unique_consecutive", "unravel_index",
    ]
)  # fmt: skip
"""Functions of ``torch`` that PyTorch writes in Python, in ``torch.functional``."""

_COMPILED_NN = frozenset(
    [
        "avg_pool2d", "avg_pool3d", "elu_", "gelu", "hardtanh_", "leaky_relu_", "linear", "logsigmoid",
        "one_hot", "scaled_dot_product_attention", "softplus", "softshrink",
    ]
)  # fmt: skip
"""Functions of ``torch.nn.functional`` that are compiled."""

_OWN_NAMES = {"logsigmoid": "log_sigmoid", "threshold": "_threshold"}
_METHODS = frozenset({"sigmoid", "tanh"})
"""Functions of ``torch.nn.functional`` that call the method of their name."""

_COMPILED_PLACES = {"linalg": "linalg_", "special": "special_", "fft": "fft_"}
"""Packages whose functions are compiled under a longer name."""


class TorchName:
    """What a function is called in a graph, and how its calls are recorded."""

    def __init__(self, module: str, name: str, compiled: bool, method: bool = False) -> None:
        self.module, self.name, self.compiled, self.method = module, name, compiled, method


def known(function: Any, owner: Any = None, given: Any = None) -> TorchName | None:
    """The name of one of this package's functions; None for any other.

    Where PyTorch has two functions for one of ours, `owner`, the module in which the program found it, says
    which is meant, or else the names of the arguments `given`.

    >>> from microtensor.fx.writing.torch_names import known
    >>> found = known(mt.nn.functional.linear)
    >>> found.module, found.name
    ('torch._C._nn', 'linear')
    """
    try:
        places = _places(function)
    except TypeError:  # not hashable
        return None
    if not places:
        return None
    here = "" if owner is None else str(owner.__name__)
    place, name = next((p for p in places if p[0] and here.endswith(f".{p[0]}")), places[0])
    if name not in _METHODS and name not in _DISTINCT and place == "nn.functional":
        place, name = places[0]
    elif name in _DISTINCT and (here in ("torch", "microtensor") or not _fits(name, given)):
        place = ""
    return _named(place, name)


def _fits(name: str, given: Any) -> bool:
    return given is None or _DISTINCT[name] in given


@cache
def _places(function: Any) -> list[tuple[str, str]]:
    """Where the function is public: the package and its name there, the likeliest one first."""
    if not str(getattr(function, "__module__", "")).startswith("microtensor"):
        return []
    name = getattr(function, "__name__", "")
    found = [(place, word) for place in _PLACES for word in _names_in(place, name, function)]
    if name in _DISTINCT:
        found.sort(key=lambda pair: pair[0] != "nn.functional")
    return found


_PLACES = ("", "nn.functional", "linalg", "special", "fft", "functional")
_DISTINCT = dict.fromkeys(("celu", "selu"), "inplace") | dict.fromkeys(
    ("log_softmax", "softmax"), "_stacklevel"
)
_DISTINCT |= dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), "return_indices")
"""One function here, two in PyTorch, of which that of ``nn.functional`` is recorded with this argument."""


def _names_in(place: str, name: str, function: Any) -> list[str]:
    package: Any = microtensor
    for part in filter(None, place.split(".")):
        package = getattr(package, part)
    words = [name, name.removeprefix(f"{place}_"), name.lstrip("_"), _SPECIAL.get(name, name)]
    return [word for word in words if getattr(package, word, None) is function][:1]


_SPECIAL = {
    "sigmoid": "expit",
    "digamma": "psi",
    "lgamma": "gammaln",
    "igamma": "gammainc",
    "igammac": "gammaincc",
}
"""Names in ``torch.special`` of functions that are called otherwise elsewhere."""


def _named(place: str, name: str) -> TorchName:
    if place in _COMPILED_PLACES:
        return TorchName(f"torch._C._{place}", _COMPILED_PLACES[place] + name, compiled=True)
    if place == "nn.functional":
        if name in _METHODS:
            return TorchName("torch", name, compiled=True, method=True)
        compiled = name in _COMPILED_NN
        module = "torch._C._nn" if compiled else "torch.nn.functional"
        return TorchName(module, _OWN_NAMES.get(name, name), compiled)
    if name in _IN_FUNCTIONAL:
        return TorchName("torch.functional", name, compiled=False)
    return TorchName("torch", name, compiled=True)


def is_from_torch(obj: Any) -> bool:
    """Whether the code of a graph reaches `obj` from the module ``torch``.

    >>> from microtensor.fx.writing.torch_names import is_from_torch
    >>> is_from_torch(mt.relu), is_from_torch(len)
    (True, False)
    """
    if isinstance(obj, ModuleType) or not hasattr(obj, "__name__"):
        return False
    return qualified_name(obj).startswith("torch.")


def qualified_name(obj: Any, name: str | None = None, given: Any = None) -> str:
    """The name under which `obj` is reached, with its module; of what is Python's own the name alone.

    `given` are the names of the arguments in a call of it.  Raises ``RuntimeError`` for a lambda whose source
    is not to be had.

    >>> from microtensor.fx.writing.torch_names import qualified_name
    >>> qualified_name(len), qualified_name(mt.relu)
    ('len', 'torch.relu')
    """
    name = name or obj.__name__
    if getattr(builtins, name, None) is obj:
        return name
    found = known(obj, given=given)
    if found is not None:
        return f"{found.module}.{found.name}"
    if isinstance(obj, FunctionType) and vars(Tensor).get(name) is obj:
        return f"torch.Tensor.{name}"
    if name == "<lambda>":
        name = _assigned_name(obj)
    return f"{_module(obj, name)}.{name}"


def _module(obj: Any, name: str) -> str:
    module = str(getattr(obj, "__module__", None) or "torch")
    if not module.startswith("microtensor"):
        return module
    if getattr(microtensor, name, None) is obj:
        return "torch"
    return "torch" + module.removeprefix("microtensor")


def _assigned_name(function: Any) -> str:
    try:
        return inspect.getsource(function).split("=")[0].strip()
    except (OSError, TypeError) as error:
        raise RuntimeError("a lambda has no name by which code could call it: write it with def") from error
