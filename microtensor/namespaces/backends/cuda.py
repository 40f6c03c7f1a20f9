"""The switches of matrix products and attention on a GPU."""

from __future__ import annotations

from types import SimpleNamespace

from .mkl import is_available

__all__ = ["is_built", "matmul"]

is_built = is_available
matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=False)


def enable_flash_sdp(enabled: bool) -> None:
    """Nothing: attention is computed in one way."""


enable_mem_efficient_sdp = enable_math_sdp = enable_cudnn_sdp = enable_flash_sdp
