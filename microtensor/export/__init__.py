"""Networks as plain NumPy: `numpy_module` writes a Python file and an .npz that need nothing else.

    torch.export.numpy_module(model, (x,), "digits.py")

    import digits
    scores = digits.forward(images)

For a place where not even microtensor should be.  The program is traced and said in ONNX's vocabulary, as for
`onnx.export` but without the onnx package, and each operation is written as NumPy.
"""

from __future__ import annotations

from .dim import Dim
from .exported_program import ExportedProgram, export, load, save
from .numpy_module import numpy_module

__all__ = ["Dim", "ExportedProgram", "export", "load", "numpy_module", "save"]
