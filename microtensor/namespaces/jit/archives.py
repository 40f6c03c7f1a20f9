"""TorchScript's archives, which hold programs of its own language: neither read nor written here."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["load", "save"]


def load(f: Any, map_location: Any = None, _extra_files: Any = None, **options: Any) -> NoReturn:
    """Raises ``RuntimeError``: the program in the archive is in a language that is not run here.

    >>> mt.jit.load("model.pt")
    Traceback (most recent call last):
    RuntimeError: jit.load: 'model.pt' is to hold a TorchScript program, which is not run here: open ...
    """
    raise RuntimeError(
        f"jit.load: {f!r} is to hold a TorchScript program, which is not run here: open it in PyTorch, save "
        "its state_dict() with torch.save, and load that into the module's class"
    )


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """Raises ``RuntimeError``: no TorchScript program is made here that could be written.

    >>> mt.jit.save(mt.jit.script(mt.nn.ReLU()), "model.pt")
    Traceback (most recent call last):
    RuntimeError: jit.save: Python runs this module, and there is no TorchScript program to write: save ...
    """
    raise RuntimeError(
        "jit.save: Python runs this module, and there is no TorchScript program to write: save its "
        "state_dict() with microtensor.save, or the whole computation with microtensor.onnx.export"
    )
