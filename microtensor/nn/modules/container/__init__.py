"""Containers: modules and parameters in order, or by name.

| module | what is in it |
|---|---|
| `sequences` | Sequential, ModuleList |
| `module_dict` | ModuleDict |
| `parameters` | ParameterList, ParameterDict |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(__name__, "sequences", "module_dict", "parameters")
