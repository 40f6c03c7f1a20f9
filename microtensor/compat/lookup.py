"""PyTorch's names, looked up here: where each is, or which ones come close."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from .. import ABSENT

__all__ = [
    "EXTRAS",
    "OTHERS",
    "ROOTS",
    "VERSION",
    "Version",
    "absent_package",
    "closest",
    "explain",
    "look_up",
    "real_module",
]


class Version(str):
    """A version that compares by its numbers, as PyTorch's does: ``"2.13.0" > "2.4"``."""

    __slots__ = ()
    __hash__ = str.__hash__

    def _numbers(self, other: object = None) -> tuple[int, ...]:
        text = str(self if other is None else other).partition("+")[0]
        if isinstance(other, tuple):
            return tuple(int(part) for part in other)
        numbers = [int("".join(filter(str.isdigit, part)) or 0) for part in text.split(".")]
        while len(numbers) > 1 and not numbers[-1]:
            numbers.pop()
        return tuple(numbers)

    def __lt__(self, other: object) -> bool:
        return self._numbers() < self._numbers(other)

    def __le__(self, other: object) -> bool:
        return self._numbers() <= self._numbers(other)

    def __gt__(self, other: object) -> bool:
        return self._numbers() > self._numbers(other)

    def __ge__(self, other: object) -> bool:
        return self._numbers() >= self._numbers(other)


VERSION = "2.13.0"
"""PyTorch's version whose names and results are here."""

EXTRAS: dict[str, Any] = {"__version__": Version(f"{VERSION}+microtensor")}
"""What a program sees as ``torch.<name>`` and this package calls otherwise."""

OTHERS = {
    "torchvision": "Its data sets and transforms can be replaced by arrays and microtensor.datasets",
    "torchaudio": "Read the sound with a library that gives arrays, and use torch.from_numpy",
    "torchtext": "Split the text in Python, and use microtensor.datasets for an example",
}
"""Packages that are compiled against PyTorch itself, and what to do instead."""


ROOTS = ("torch", "functorch")
"""The packages of PyTorch's distribution whose names are looked up here."""


def absent_package(name: str, where: str = "") -> str:
    """Why one of `OTHERS` is not here, and what to do instead; "" if it is installed: its Python may run."""
    if PathFinder.find_spec(name) is not None:
        return ""
    return f"{name} needs PyTorch itself{where}. {OTHERS[name]}"


_ALIASES = {
    "functorch": "microtensor.functorch",
    "torch._functorch.apis": "microtensor.func",
    "torch._functorch.eager_transforms": "microtensor.func",
    "torch._ops": "microtensor.library.operators",
    "torch.ops": "microtensor.library.ops",
    "torch.autograd.profiler": "microtensor.profiler.autograd_profiler",
    "torch.autograd.profiler_util": "microtensor.profiler.events",
    "torch._utils": "microtensor.utils.flat_tensors",
    "torch._vmap_internals": "microtensor.func.older_vmap",
    "torch.autograd.variable": "microtensor.autograd",
    "torch.cpu.amp": "microtensor.amp.of_cpu",
    "torch.cuda.amp": "microtensor.amp.of_cuda",
    "torch.cuda.nvtx": "microtensor.devices.nvtx",
    "torch.cuda.random": "microtensor.devices.random",
    "torch.functional": "microtensor",
    "torch.distributed.elastic": "microtensor.distributed.elastic",
    "torch.distributed.elastic.multiprocessing": "microtensor.distributed.elastic",
    "torch.distributed.elastic.multiprocessing.errors": "microtensor.distributed.elastic",
    "torch.nn.quantized": "microtensor.ao.quantized_layers",
    "torch.quantization": "microtensor.ao.quantization",
    "torch.quantization.observer": "microtensor.ao.quantization",
    "torch.quantization.qconfig": "microtensor.ao.quantization",
    "torch.profiler.profiler": "microtensor.profiler.session",
    "torch.utils.data.distributed": "microtensor.utils.data",
}
_STARTER = "`python -m microtensor launch -n 4 --as-torch train.py` starts a program in several processes"
_SENTENCES = {
    "torch.distributed.launch": _STARTER,
    "torch.distributed.run": _STARTER,
    "torch.onnx": "Save model.state_dict() instead",
}


def real_module(name: str) -> ModuleType:
    """The module of this package that stands for the module `name` of PyTorch.

    Raises ``ModuleNotFoundError`` with the closest names.
    """
    ours = _ALIASES.get(name) or f"microtensor.{name}".replace(".torch", "", 1)
    try:
        return import_module(ours)
    except ModuleNotFoundError as error:
        if not ours.startswith(str(error.name)):
            raise
        raise ModuleNotFoundError(explain(name)) from None


def look_up(name: str) -> Any:
    """What ``torch.a.b`` is here; ``AttributeError`` or ``ModuleNotFoundError`` if it is nothing."""
    found: Any = real_module("torch")
    path = "torch"
    for part in name.split(".")[1:]:
        if not isinstance(found, (ModuleType, type)):
            return found
        path = f"{path}.{part}"
        found = _attribute(found, path, part)
    return found


def _attribute(owner: Any, path: str, name: str) -> Any:
    if path.removeprefix("torch.") in EXTRAS:
        return EXTRAS[name]
    value = getattr(owner, name, None)
    if value is not None or hasattr(owner, name):
        return value
    if isinstance(owner, ModuleType):
        return real_module(path)
    raise AttributeError(explain(path))


def explain(name: str) -> str:
    """That a name of PyTorch is not here, and what comes close."""
    sentence = _SENTENCES.get(name)
    if sentence is not None:
        return f"{name} is not in microtensor. {sentence}"
    why = ABSENT.get(name.removeprefix("torch."))
    if why is not None:
        return f"{name} is not in microtensor: {why}"
    near = closest(name)
    return f"{name} is not in microtensor" + (f"; what comes close: {', '.join(near)}" if near else "")


def closest(name: str, count: int = 3) -> list[str]:
    """Names of this package under PyTorch's paths: the same name elsewhere, then similar ones."""
    path, _, last = name.rpartition(".")
    places = _index()
    elsewhere = [f"{place}.{last}" for place, names in places.items() if last in names]
    here = places.get(path) or places["torch"]
    similar = [f"{path if path in places else 'torch'}.{near}" for near in _similar(last, here)]
    return list(dict.fromkeys([*elsewhere, *similar]))[:count]


def _similar(name: str, names: set[str]) -> list[str]:
    by_lower = {candidate.lower(): candidate for candidate in sorted(names)}
    return [by_lower[near] for near in difflib.get_close_matches(name.lower(), by_lower, 3, 0.7)]


_PLACES = (
    "torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.optim",
    "torch.optim.lr_scheduler", "torch.utils.data", "torch.autograd", "torch.linalg", "torch.special",
    "torch.func", "torch.cuda", "torch.amp", "torch.distributions", "torch.Tensor",
)  # fmt: skip


@cache
def _index() -> dict[str, set[str]]:
    """The public names of the places where programs look."""
    found = {place: _place(place) for place in _PLACES}
    return {place: _names(owner) for place, owner in found.items() if owner}


def _names(owner: Any) -> set[str]:
    """Public names: what a module publishes, not what it imports, and of a class what has no underscore."""
    return {n for n in getattr(owner, "__all__", None) or dir(owner) if not n.startswith("_")}


def _place(path: str) -> Any:
    owner: Any = import_module("microtensor")
    for part in path.split(".")[1:]:
        owner = getattr(owner, part, None)
    return owner
