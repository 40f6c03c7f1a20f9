"""``torch.utils.cpp_extension``, named only: C++ and CUDA code for PyTorch is compiled against PyTorch."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "CUDA_HOME",
    "ROCM_HOME",
    "BuildExtension",
    "CUDAExtension",
    "CppExtension",
    "include_paths",
    "load",
    "load_inline",
]  # fmt: skip

CUDA_HOME = ROCM_HOME = None
"""Where compilers for GPUs are: nowhere that this package knows of."""


def load(*args: Any, **options: Any) -> NoReturn:
    """Raises ``RuntimeError``: write the function in NumPy, as an op or `torch.library.custom_op`.

    >>> mt.utils.cpp_extension.load("mine", ["mine.cpp"])
    Traceback (most recent call last):
    RuntimeError: extensions in C++ are compiled against PyTorch itself: ...
    """
    raise RuntimeError(
        "extensions in C++ are compiled against PyTorch itself: write the function in NumPy, and make it an "
        "operator with torch.library.custom_op"
    )


load_inline = include_paths = CppExtension = CUDAExtension = load


class BuildExtension:
    """Raises ``RuntimeError``: see `load`."""

    def __init__(self, *args: Any, **options: Any) -> NoReturn:
        load()

    @classmethod
    def with_options(cls, **options: Any) -> NoReturn:
        """Raises ``RuntimeError``: see `load`."""
        load()
