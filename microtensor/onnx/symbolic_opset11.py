"""The name of a module of PyTorch's older ONNX exporter, which libraries import; nothing is in it."""

from __future__ import annotations

from typing import NoReturn


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"torch.onnx.symbolic_opset11.{name} belongs to PyTorch's older exporter, which is not here: "
        "torch.onnx.export writes down the ops that run",
        name=name,
    )
