"""What every optimizer asks of its options before it takes them.

The first words of each sentence are PyTorch's, so that a program that looks for them finds them.
"""

from __future__ import annotations

from typing import Any

_AT_LEAST_ZERO = (
    "lr", "eps", "momentum", "weight_decay", "lr_decay", "momentum_decay", "initial_accumulator_value",
)  # fmt: skip


def options(*, lr: Any, **others: Any) -> dict[str, Any]:
    """An optimizer's options as a dictionary, those checked that mean the same wherever they stand.

    >>> options(lr=0.1, nesterov=True)
    {'lr': 0.1, 'nesterov': True}
    """
    found = {"lr": lr, **others}
    one_element(lr)
    at_least_zero(**{name: found[name] for name in _AT_LEAST_ZERO if name in found})
    below_one(found.get("betas", ()))
    refuse(found.get("capturable", False))
    single_kernel(found.get("foreach"), found.get("fused"))
    return found


def at_least_zero(**options: Any) -> None:
    """Raise ``ValueError`` for the first option that is negative or not a number.

    >>> at_least_zero(weight_decay=-1)
    Traceback (most recent call last):
    ValueError: Invalid weight_decay value: -1: it must be 0 or more
    """
    for name, value in options.items():
        if not value >= 0:
            what = _WORDS.get(name, f"{name} value")
            raise ValueError(f"Invalid {what}: {value}: it must be 0 or more")


_WORDS = {"lr": "learning rate", "eps": "epsilon value"}


def below_one(betas: Any) -> None:
    """Raise ``ValueError`` unless each of the two coefficients is at least 0 and below 1."""
    for index, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(
                f"Invalid beta parameter at index {index}: {beta}: it must be at least 0, below 1"
            )


def one_element(lr: Any) -> None:
    """Raise ``ValueError`` if a learning rate that is a tensor has not exactly one element."""
    if getattr(lr, "shape", ()) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, and this one has {lr.numel()} elements")


def no_tensors_in_foreach(foreach: bool | None, **options: Any) -> None:
    """Raise ``ValueError`` if an option is a tensor where all parameters are to be stepped at once."""
    for name, value in options.items():
        if foreach and hasattr(value, "shape"):
            raise ValueError(
                f"{name} as a Tensor is not supported for capturable=False and foreach=True: pass "
                f"float({name}), or leave foreach out"
            )


def of_one_kind(betas: Any) -> None:
    """Raise ``ValueError`` if one of two coefficients is a tensor and the other a number."""
    if len({hasattr(beta, "shape") for beta in betas}) > 1:
        raise ValueError(
            f"betas must be either both floats or both Tensors, and are {[type(b).__name__ for b in betas]}"
        )


def single_kernel(foreach: bool | None, fused: bool | None) -> None:
    """Raise ``RuntimeError`` if both of two choices that exclude each other are made."""
    if foreach and fused:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together: leave both out")


def refuse(capturable: bool = False) -> None:
    """Raise ``NotImplementedError`` for the option that would ask for another machine."""
    if capturable:
        raise NotImplementedError(
            "capturable=True is not here: it moves the step count into GPU memory, and there is "
            "no GPU. Leave it out; the steps are the same."
        )


def in_range(name: str, range: str, value: Any, holds: Any) -> None:
    """Raise ``ValueError`` unless the option is in its range.

    >>> in_range("momentum", ">= 0", -1, False)
    Traceback (most recent call last):
    ValueError: momentum should be >= 0 but is: -1
    """
    if not holds:
        raise ValueError(f"{name} should be {range} but is: {value}")
