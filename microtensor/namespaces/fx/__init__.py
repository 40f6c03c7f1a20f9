"""PyTorch's ``torch.fx``: programs as graphs that one reads, changes, and runs again.

| module | what is in it |
|---|---|
| `_symbolic_trace`, `tracer_base`, `root_arguments`, `wrapping` | recording what runs on stand-ins |
| `proxy`, `call_shape` | the stand-ins, and what is done with them |
| `graph`, `node`, `graph_checks` | the graph, and changing it |
| `writing` | the graph as code and as text |
| `graph_module`, `module_paths`, `folder` | the module that runs a graph |
| `interpreter`, `subgraph_rewriter`, `passes` | running it node by node, replacing patterns, seeing shapes |
"""

from . import immutable_collections
from ._symbolic_trace import PH, Tracer, symbolic_trace, wrap
from .graph import CodeGen, Graph
from .graph_module import GraphModule
from .interpreter import Interpreter, Transformer
from .node import Node, has_side_effect, map_arg
from .proxy import Proxy
from .subgraph_rewriter import replace_pattern

__all__ = [
    "PH", "CodeGen", "Graph", "GraphModule", "Interpreter", "Node", "Proxy", "Tracer", "Transformer",
    "has_side_effect", "immutable_collections", "map_arg", "replace_pattern", "symbolic_trace", "wrap",
]  # fmt: skip
