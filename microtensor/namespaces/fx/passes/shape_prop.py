"""Running a graph on an example, to see the shape and dtype of each result."""

from __future__ import annotations

from typing import Any, NamedTuple

import microtensor
from microtensor import Tensor

from ..interpreter import Interpreter
from ..node import Node, map_aggregate

__all__ = ["ShapeProp", "TensorMetadata"]


class TensorMetadata(NamedTuple):
    """What is known of a tensor besides its values."""

    shape: Any
    dtype: Any
    requires_grad: bool
    stride: tuple[int, ...]
    memory_format: Any
    is_quantized: bool
    qparams: dict[str, Any]


def _extract_tensor_metadata(result: Tensor, include_contiguity: bool = True) -> TensorMetadata:
    """What is known of `result` besides its values."""
    formats = [microtensor.contiguous_format, microtensor.channels_last, microtensor.channels_last_3d]
    fits = [f for f in formats if include_contiguity and _has_format(result, f)]
    return TensorMetadata(
        result.shape,
        result.dtype,
        result.requires_grad,
        result.stride(),
        fits[0] if fits else None,
        False,
        {},
    )


def _has_format(x: Tensor, memory_format: Any) -> bool:
    dims = {microtensor.channels_last: 4, microtensor.channels_last_3d: 5}.get(memory_format, x.dim())
    return x.dim() == dims and x.is_contiguous(memory_format=memory_format)


class ShapeProp(Interpreter):
    """Writes into each node's ``meta["tensor_meta"]`` what it sees there, and the type into ``meta["type"]``.

    >>> from microtensor.fx.passes.shape_prop import ShapeProp
    >>> traced = mt.fx.symbolic_trace(lambda x: x.sum(0))
    >>> _ = ShapeProp(traced).propagate(mt.ones(3, 2))
    >>> [tuple(node.meta["tensor_meta"].shape) for node in traced.graph.nodes]
    [(3, 2), (2,), (2,)]
    """

    def __init__(self, gm: Any, fake_mode: Any = None) -> None:
        super().__init__(gm)
        if fake_mode is not None:
            raise RuntimeError("ShapeProp: there are no fake tensors here: run it on a small example")

    def run_node(self, n: Node) -> Any:
        """The result of a node, after it has been looked at."""
        result = super().run_node(n)
        seen: list[TensorMetadata] = []

        def look(x: Any) -> Any:
            if not isinstance(x, Tensor):
                return x
            seen.append(_extract_tensor_metadata(x))
            return seen[-1]

        found = map_aggregate(result, look)
        if seen:
            n.meta["tensor_meta"] = found
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args: Any) -> Any:
        """What the program gives for the example, while each node's result is looked at."""
        return self.run(*args)
