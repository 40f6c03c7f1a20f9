"""`Operand`: a node as the functions of `expressions` see it, with its operands as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..onnx.graph import Node
from .text import Text

if TYPE_CHECKING:
    from .writer import Writer

__all__ = ["Operand"]


class Operand:
    """One node as the functions of `expressions` see it."""

    def __init__(self, writer: Writer, node: Node) -> None:
        self.writer, self.node, self.op = writer, node, node.op
        self.texts = [writer.text(name) for name in node.inputs]

    def __getitem__(self, i: int) -> Text:
        return self.texts[i]

    def attribute(self, name: str, *otherwise: Any) -> Any:
        """An attribute, or what counts if there is none."""
        return self.node.attributes.get(name, *otherwise) if otherwise else self.node.attributes[name]

    def dtype(self, i: int) -> Any:
        """The dtype of operand `i`."""
        return self.writer.dtypes[self.node.inputs[i]]

    def shape(self, i: int) -> Any:
        """The shape of operand `i` in all that is known."""
        return self.writer.shape(self.node.inputs[i])

    def ndim(self, i: int) -> int:
        """The number of dimensions of operand `i`."""
        return len(self.shape(i))
