"""The errors of PyTorch's compiler that programs catch: nothing here raises them."""

from __future__ import annotations

__all__ = [
    "BackendCompilerFailed", "InternalTorchDynamoError", "ResetRequired", "TorchDynamoException",
    "TorchRuntimeError", "Unsupported", "UserError",
]  # fmt: skip


class TorchDynamoException(RuntimeError):
    """What all of them are."""


class BackendCompilerFailed(TorchDynamoException):
    """The second half of the compiler failed."""


class InternalTorchDynamoError(TorchDynamoException):
    """The compiler itself failed."""


class ResetRequired(TorchDynamoException):
    """Another program of the same function stands in the way."""


class TorchRuntimeError(TorchDynamoException):
    """The function failed while it was being read."""


class Unsupported(TorchDynamoException):
    """The compiler cannot read this piece of Python."""


class UserError(TorchDynamoException):
    """The function asks for what cannot be compiled."""
