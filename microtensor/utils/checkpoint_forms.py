"""What else PyTorch's file of checkpointing holds, for libraries with a checkpointing of their own."""

from __future__ import annotations

import enum
import warnings
from collections.abc import Iterable
from typing import Any, NoReturn

from ..engine.tensor import Tensor

__all__ = [
    "CheckpointPolicy", "DefaultDeviceType", "check_backward_validity",
    "create_selective_checkpoint_contexts", "detach_variable",
]  # fmt: skip


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with their tensors as leaves of their own, which require a gradient as before.

    Raises ``RuntimeError`` for what is no tuple.

    >>> from microtensor.utils.checkpoint import detach_variable
    >>> (x,) = detach_variable((mt.ones(1, requires_grad=True) * 2,))
    >>> x.is_leaf, x.requires_grad
    (True, True)
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}"
        )
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if no argument requires a gradient: a checkpoint of the older form would give none."""
    if not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", UserWarning, stacklevel=2
        )


class DefaultDeviceType:
    """The kind of device whose random numbers are replayed."""

    _name = "cpu"

    @staticmethod
    def set_device_type(device: str = "cpu") -> None:
        """Say which one."""
        DefaultDeviceType._name = device

    @staticmethod
    def get_device_type() -> str:
        """The kind that was said, ``"cpu"`` at first."""
        return DefaultDeviceType._name


class CheckpointPolicy(enum.Enum):
    """What a policy answers for an operator's results: keep them, or compute them again."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False
) -> NoReturn:
    """Raises ``NotImplementedError``: what is checkpointed is chosen by function, not by operator."""
    raise NotImplementedError(
        "create_selective_checkpoint_contexts is not in microtensor: checkpoint the functions whose results "
        "are to be computed again, and call the others outside of it"
    )
