"""PyTorch's older module of custom operators, as far as libraries name it: the newer one is `library`."""

from __future__ import annotations

from .library import custom_op, get_ctx, infer_schema

__all__ = ["custom_op", "get_ctx", "infer_schema"]
