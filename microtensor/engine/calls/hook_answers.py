"""What a user's hook may return in a backward pass: PyTorch's checks, with its sentences."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor

_CHANGED = {"shape": "size", "dtype": "type"}


def check_answer(hook: Any, answer: Any, g: Any) -> None:
    """Raise if what `hook` returned cannot stand for the gradient `g`."""
    if not isinstance(answer, Tensor):
        raise TypeError(
            f"expected Variable, but hook returned {type(answer).__name__!r}: a hook returns None or a Tensor"
        )
    if g is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    for what, word in _CHANGED.items():
        if getattr(answer, what) != (given := getattr(g, what)):
            raise RuntimeError(
                f"hook {_name(hook)!r} has changed the {word} of value: a gradient of {given} came in, and "
                f"{getattr(answer, what)} came out"
            )


def checked_tuple(hook: Any, answers: Any, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a node's `hook` returned for these gradients; raise if it cannot stand for them."""
    if not isinstance(answers, tuple):
        raise TypeError(f"expected tuple, but hook returned {type(answers).__name__!r}")
    if len(answers) != len(gradients):
        raise RuntimeError(
            f"hook {_name(hook)!r} has returned an incorrect number of values (got {len(answers)}, but "
            f"expected {len(gradients)})"
        )
    for answer, g in zip(answers, gradients, strict=True):
        if answer is not None:
            check_answer(hook, answer, g)
    return answers


def _name(hook: Any) -> str:
    return str(getattr(hook, "__name__", hook))
