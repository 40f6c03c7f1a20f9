"""The error function, an op of its own file since GELU needs it at every start."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.tensor import install
from ..inplace.methods import _inplace
from .erf_rational import erf_array


@op(x=lambda g, x: g * (2 / math.sqrt(math.pi) * np.exp(-x * x)), elementwise=True,
    floating=True, method=True, reference=np.vectorize(math.erf, otypes=[float]))  # fmt: skip
def erf(x: Any, /) -> Any:
    """The error function, by W. J. Cody's rational approximations (see `erf_rational`).

    >>> mt.erf(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """
    return erf_array(x)


install(erf_=_inplace("erf_", erf))
