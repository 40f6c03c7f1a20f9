"""What the activation functions have in common as layers.

Each is a function of `nn.functional` with its options as fields: as dataclasses the layers get
PyTorch's constructors and reprs without writing them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from ....engine.tensor import Tensor
from ..module import Module


@dataclass(eq=False, repr=False)
class Activation(Module):
    """A layer without parameters, whose fields are the options of a function."""

    def __post_init__(self) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """Apply it to `input`, of any shape."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        """The options; of ``inplace``, PyTorch shows only that it is on."""
        shown = {f.name: getattr(self, f.name) for f in fields(self) if f.repr}
        return ", ".join(f"{k}={v!r}" for k, v in shown.items() if k != "inplace" or v)
