"""What is done to a network's parameters and gradients as a whole, under PyTorch's names."""

from typing import TYPE_CHECKING

from ..._lazy import publish

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = publish(__name__)
