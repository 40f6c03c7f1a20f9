"""What goes wrong between processes, under PyTorch's names.

RuntimeError
└── DistError
├── DistBackendError   MPI says that a call failed, or a wait took too long
└── DistNetworkError   ranks cannot reach each other
"""

from __future__ import annotations

__all__ = ["DistBackendError", "DistError", "DistNetworkError"]


class DistError(RuntimeError):
    """Something went wrong between processes."""


class DistBackendError(DistError):
    """MPI says that a call failed, or a wait took longer than the group's timeout."""


class DistNetworkError(DistError):
    """Ranks cannot reach each other."""
