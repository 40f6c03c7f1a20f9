"""Optimizers that know of other processes, where PyTorch has them: ``torch.distributed.optim``."""

from typing import TYPE_CHECKING

from ..._lazy import publish

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = publish(__name__)
