"""Dropout by whole channels, and dropout that keeps mean and variance; with PyTorch's random draws."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
import warnings
from typing import Any

from ...engine.calls.users_line import users_level
from ...engine.tensor import Tensor
from .element_dropout import check_probability, kept, kept_elements

# Minus the limit of SELU at minus infinity: its scale times its alpha.
_ALPHA = 1.7580993408473766


def _kept(input: Tensor, p: float, by_channel: bool) -> Any:
    """1 for what stays and 0 for what is dropped: each element, or each channel of each example."""
    if not by_channel:
        return kept_elements(input, p)
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    shape = (*shape[:2], *[1] * (len(shape) - 2))
    return kept(math.prod(shape), p, input.dtype).reshape(shape)


def _times(input: Tensor, factor: Any, inplace: bool) -> Any:
    return input.mul_(factor) if inplace else input * factor


def feature_dropout(input: Tensor, p: float, train: bool, inplace: bool = False) -> Any:
    """In training, zero whole channels, ``input[n, c]``, with probability `p`, and scale the others.

    Tompson et al., "Efficient Object Localization Using Convolutional Networks" (2015), section 3.2.

    >>> mt.nn.functional.dropout2d(mt.ones(1, 2, 1, 1), 1.0).flatten()
    tensor([0., 0.])
    """
    if not train or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return _times(input, 0, inplace)
    noise = _kept(input, p, True)
    noise /= 1 - p
    return _times(input, Tensor._of(noise), inplace)


def _by_channel(input: Tensor, p: float, training: bool, inplace: bool) -> Any:
    """An input without a batch gets one for the moment."""
    check_probability(p)
    out = feature_dropout(input.unsqueeze(0), p, training, inplace).squeeze(0)
    return input if inplace else out


def _advise(name: str, input: Tensor, dims: tuple[int, ...], use: str) -> None:
    if input.ndim not in dims:
        warnings.warn(
            f"{name}: Received a {input.ndim}-D input to {name}, which is deprecated and will result in an "
            f"error in a future release. Use {use}.", stacklevel=users_level(),
        )  # fmt: skip


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of (N, C, L) or (C, L); raises for other numbers of dimensions.

    >>> mt.nn.functional.dropout1d(mt.ones(2, 3), 1.0).sum()
    tensor(0.)
    """
    check_probability(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input: (C, L) or (N, C, L)"
        )
    return (_by_channel if input.ndim == 2 else feature_dropout)(input, p, training, inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of (N, C, H, W); (C, H, W) is read as (N, C, L), with a warning.

    >>> mt.nn.functional.dropout2d(mt.ones(1, 2, 3, 4), 1.0).sum()
    tensor(0.)
    """
    check_probability(p)
    _advise("dropout2d", input, (3, 4), "an input with 4 dimensions")
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior "
            "is desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior "
            "will change in a future release to interpret the input as one without a batch dimension, i.e. "
            "shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using "
            "dropout1d instead.", stacklevel=users_level(),
        )  # fmt: skip
    return feature_dropout(input, p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W); warns for others.

    >>> mt.nn.functional.dropout3d(mt.ones(1, 2, 1, 1, 1), 1.0).sum()
    tensor(0.)
    """
    check_probability(p)
    _advise("dropout3d", input, (4, 5), "(N, C, D, H, W) or (C, D, H, W)")
    return (feature_dropout if input.ndim == 5 else _by_channel)(input, p, training, inplace)


def _alpha(input: Tensor, p: float, training: bool, inplace: bool, by_channel: bool) -> Any:
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return _times(input, False if input.dtype.kind == "b" else 0, inplace)
    stays = _kept(input, p, by_channel)
    scale = 1 / math.sqrt((_ALPHA**2 * p + 1) * (1 - p))
    shift = Tensor._of((stays - 1) * (_ALPHA * scale) + _ALPHA * scale * p)
    stays *= scale
    out = _times(input, Tensor._of(stays), inplace)
    return out.add_(shift) if inplace else out + shift


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for SELU: elements become its lower limit, and mean and variance stay as they are.

    Klambauer et al., "Self-Normalizing Neural Networks" (2017), section 3.

    >>> mt.nn.functional.alpha_dropout(mt.ones(2), 0.5)
    tensor([1., 1.])
    """
    return _alpha(input, p, training, inplace, False)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels, ``input[n, c]``.

    >>> mt.nn.functional.feature_alpha_dropout(mt.ones(1, 2, 3), 1.0, training=True).sum()
    tensor(0.)
    """
    return _alpha(input, p, training, inplace, True)
