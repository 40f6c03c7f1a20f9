"""What is done to a network's parameters and gradients as a whole, under PyTorch's names."""

from typing import TYPE_CHECKING

from ... import _lazy

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
