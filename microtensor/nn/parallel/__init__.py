"""A model on several processes, each with its share of the batch; and the name for several GPUs."""

from typing import TYPE_CHECKING

from ..._lazy import publish

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = publish(__name__)
