"""PyTorch's ``torch.utils.tensorboard``: values, pictures and texts in the files that TensorBoard reads.

The files are written by the package ``tensorboard`` (extra ``tensorboard``), which is looked for when one of
the names here is used; without it, that raises ``ImportError``.

| module | what is in it |
|---|---|
| `writer` | `SummaryWriter`: where a program logs to |
| `summary`, `hparams` | one function for each kind of value, which makes TensorBoard's record of it |
| `images` | arrays as pictures |
| `embedding` | the files of the embedding projector |
| `protos` | the records' classes, in the package ``tensorboard`` |
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "SummaryWriter"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.writer"), name)
