"""What an export raises."""

from __future__ import annotations

__all__ = ["OnnxExporterError"]


class OnnxExporterError(RuntimeError):
    """A program that cannot be exported: what it does, and the line that does it."""
