"""What `export` gives: the program, its ModelProto, and ways to save and to run it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..func.pytree import flatten
from .graph import Graph
from .model_proto import library, model_proto

__all__ = ["ONNXProgram"]


class ONNXProgram:
    """An exported program, as ``torch.onnx.ONNXProgram``.

    `graph` is the program as plain data, `model_proto` what the onnx package knows.  Calling it runs it with
    onnx's reference evaluator, on tensors or arrays in the order of the inputs, and gives a tuple of tensors.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.model_proto = model_proto(graph)

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        """Run with onnx's reference evaluator."""
        arrays = [np.asarray(getattr(x, "array", x)) for x in flatten((args, kwargs))[0]]
        names = [info.name for info in self.graph.inputs]
        feeds = dict(zip(names, arrays, strict=True))
        found = library().reference.ReferenceEvaluator(self.model_proto).run(None, feeds)
        return tuple(Tensor._of(np.asarray(x)) for x in found)

    def check(self) -> None:
        """Raise onnx's own error unless the model passes its checker, shapes included."""
        library().checker.check_model(self.model_proto, full_check=True)

    def save(self, destination: str | os.PathLike[str] | Any, *, external_data: bool | None = None) -> None:
        """Write the model; initial values go to a file beside it if asked, or if larger than 1.5 GiB."""
        large = sum(a.nbytes for a in self.graph.initializers.values()) > 3 * 2**29
        if external_data if external_data is not None else large:
            name = os.path.basename(os.fspath(destination)) + ".data"
            library().save(self.model_proto, destination, save_as_external_data=True, location=name)
        else:
            library().save(self.model_proto, destination)

    def __repr__(self) -> str:
        lines = [f"ONNXProgram({self.graph.name}, opset {self.graph.opset})"]
        for node in self.graph.nodes:
            lines.append(f"  {', '.join(node.outputs)} = {node.op}({', '.join(node.inputs)})")
        return "\n".join(lines)
