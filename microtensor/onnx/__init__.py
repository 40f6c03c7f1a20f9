"""Networks for other runtimes: `export` writes a model as an ONNX file.

    program = torch.onnx.export(model, (x,), "model.onnx", dynamic_shapes=({0: "batch"},))

The model is run on the example and its operations are written down (`trace`), several times with other sizes
if some are dynamic (`sizes`); each is said in ONNX's vocabulary (`lowering`).  What can't be said is an error
that names the user's line.  The onnx package is needed: ``pip install "microtensor[onnx]"``.
"""

from __future__ import annotations

from ..engine.composite import is_watched
from .errors import OnnxExporterError
from .exporting import export
from .program import ONNXProgram
from .symbolic_helper import register_custom_op_symbolic as register_custom_op_symbolic

__all__ = ["ONNXProgram", "OnnxExporterError", "export", "is_in_onnx_export"]


def is_in_onnx_export() -> bool:
    """Whether an export is tracing the program in any thread.

    >>> mt.onnx.is_in_onnx_export()
    False
    """
    return is_watched()
