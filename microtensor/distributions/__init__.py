"""Probability distributions: PyTorch's ``torch.distributions``.

Each has samples, densities, entropies and expectations, all differentiable in the parameters; where
`has_rsample` is True a gradient passes through the samples as well.  Samples from one seed are
PyTorch's.
"""

from typing import TYPE_CHECKING

from .. import _lazy

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
