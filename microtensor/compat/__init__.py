"""Running programs that say ``import torch`` as they are: `as_torch`, and ``python -m microtensor run``.

A program's ``torch`` becomes a facade (`facade`) in front of this package: the same classes and functions
under the same names, and for a name that is not here, at the place where it is used, the closest ones that
are.  `check` reads a program and tells before running it.
"""

from .install import as_torch
from .torch_modules import MissingError

__all__ = ["MissingError", "as_torch"]
