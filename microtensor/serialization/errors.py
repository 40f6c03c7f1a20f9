"""What reading a file may raise: one class, which is also each of those that PyTorch raises there."""

from __future__ import annotations

import pickle

__all__ = ["FileFormatError"]


class FileFormatError(pickle.UnpicklingError, RuntimeError):
    """A file that is damaged, that is no file of tensors, or that asks for more than tensors and containers.

    >>> import io
    >>> mt.load(io.BytesIO(b"not a file of tensors"))
    Traceback (most recent call last):
    microtensor.serialization.errors.FileFormatError: ...
    """
