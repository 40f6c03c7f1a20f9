"""A `Graph` as the onnx package's ``ModelProto``, which it can check, save and run."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import ONNX_TYPES
from .graph import Graph, Info, Node, shown

__all__ = ["library", "model_proto"]

IR_VERSIONS = {18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11}
"""The version of the file format that came with an operator set, so that older runtimes read older sets."""


def library() -> Any:
    """The onnx package, or one sentence that says how to get it."""
    try:
        import onnx
        import onnx.reference
    except ImportError:
        raise ImportError('onnx.export needs the onnx package: pip install "microtensor[onnx]"') from None
    return onnx


def model_proto(graph: Graph) -> Any:
    """The model of a graph; the lines of the program stand in the nodes' documentation."""
    onnx = library()
    helper = onnx.helper
    body = helper.make_graph(
        [_node(helper, i, node) for i, node in enumerate(graph.nodes)],
        graph.name,
        [_info(helper, info) for info in graph.inputs],
        [_info(helper, info) for info in graph.outputs],
        [_tensor(onnx, name, array) for name, array in graph.initializers.items()],
        value_info=_between(helper, graph),
    )
    opset = helper.make_operatorsetid("", graph.opset)
    version = IR_VERSIONS.get(graph.opset, 12 if graph.opset <= 24 else 13)
    from .. import __version__

    return helper.make_model(
        body,
        opset_imports=[opset],
        ir_version=version,
        producer_name="microtensor",
        producer_version=__version__,
    )


def _node(helper: Any, number: int, node: Node) -> Any:
    name = f"{node.scope}/{node.op}_{number}" if node.scope else f"{node.op}_{number}"
    return helper.make_node(node.op, node.inputs, node.outputs, name, node.line, **node.attributes)


def _info(helper: Any, info: Info) -> Any:
    return helper.make_tensor_value_info(
        info.name, ONNX_TYPES[info.dtype.name], [shown(n) for n in info.shape]
    )


def _between(helper: Any, graph: Graph) -> list[Any]:
    """What is known of the values between inputs and outputs."""
    made = {name for node in graph.nodes for name in node.outputs} - {info.name for info in graph.outputs}
    return [_info(helper, info) for name, info in graph.infos.items() if name in made]


def _tensor(onnx: Any, name: str, array: Any) -> Any:
    return onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
