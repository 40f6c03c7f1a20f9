"""Each ONNX operator as a NumPy expression: a block each, by family.

    @written("Relu")
    def relu(w, node):
        return w.call("np.maximum", node[0], 0)

`w` is the `Writer`; ``node[i]`` is the text of operand i, ``w.known(node, i)`` its value if that is fixed.
"""

from __future__ import annotations

from . import elementwise, indexing, layers, reductions, shapes
from .registry import writers, written

__all__ = ["writers", "written"]
