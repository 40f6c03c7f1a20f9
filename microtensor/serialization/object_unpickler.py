"""Loading whatever a pickle describes, modules and all: for trusted files, since it runs what they name."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

from ..engine.attributes.dtype_objects import BY_NAME
from .allowlist import BUILDERS, StorageType
from .errors import FileFormatError
from .object_names import found
from .unpickler import Machine

__all__ = ["ObjectMachine"]


class ObjectMachine:
    """What `Machine` is for files of tensors, with all that Python's own unpickler does."""

    def __init__(
        self, source: Any, find: Any, persist: Callable[[Any], Any], start: int = 0, size: int = 0
    ) -> None:
        self._file = io.BytesIO(source)
        self._file.seek(start)
        self._unpickler = _Unpickler(self._file)
        self._unpickler.persist = persist

    @property
    def at(self) -> int:
        """Where the pickle ended."""
        return self._file.tell()

    def run(self) -> Any:
        """The object that the pickle describes; what its classes raise goes on as it is."""
        return self._unpickler.load()


class _Unpickler(pickle.Unpickler):
    persist: Callable[[Any], Any]

    def persistent_load(self, pid: Any) -> Any:
        if type(pid) is tuple and pid and pid[0] == "module":  # a class and its source, before PyTorch 1.6
            return pid[1]
        return self.persist(pid)

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "torch":
            return super().find_class(module, name)
        if module in ("torch", "torch.cuda", "torch.storage") and name.endswith("Storage"):
            return StorageType(name)
        if module == "torch" and name in BY_NAME:
            return BY_NAME[name]
        if f"{module}.{name}" == "torch._tensor._rebuild_from_type_v2":
            return _of_type
        build = BUILDERS.get(f"{module}.{name}")
        return found(module, name) if build is None else partial(build, _FREE)


class _Free(Machine):
    """A machine without a budget, and for which anything may be a key."""

    def spend(self, count: int) -> None:
        pass

    def hashable(self, value: Any) -> Any:
        return value


def _nothing(*args: Any) -> Any:
    raise FileFormatError("nothing is read here")


_FREE = _Free(b"", _nothing, _nothing)


def _of_type(function: Any, kind: Any, args: Any, state: Any) -> Any:
    """A tensor of a class of the file's, with attributes."""
    tensor = function(*args)
    tensor = tensor if type(tensor) is kind else tensor.as_subclass(kind)
    vars(tensor).update(state)
    return tensor
