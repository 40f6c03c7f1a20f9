"""Networks: modules, layers, losses and initial weights, under PyTorch's names.

Everything that is meant to be used is named here.  The same computations without modules are in
`nn.functional`.
"""

from typing import TYPE_CHECKING

from .. import _lazy
from . import functional, init, parameter, utils
from .modules import linear, module

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
