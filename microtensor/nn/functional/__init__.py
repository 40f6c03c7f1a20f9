"""The functions of layers: activations, losses, normalisation, dropout, embedding.

Most are defined with the ops (`ops.activation`, `ops.class_losses`, `ops.product`) and gathered here under
PyTorch's names; those that need randomness or several ops are below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import _lazy
from ...engine.tensor import Tensor
from ...ops.activations.smooth import relu as _relu

if TYPE_CHECKING:
    from ._public import *


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(x, 0)``, in place if asked; the derivative at 0 is 0.

    >>> mt.nn.functional.relu(mt.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return input.relu_() if inplace else _relu(input)


# --------------------------------------------------------------- normalisation


__getattr__, __dir__ = _lazy.publish(__name__)  # the functions that stand elsewhere
