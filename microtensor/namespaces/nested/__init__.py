"""``torch.nested``, named only: tensors are rectangular here, and what is ragged is padded."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["as_nested_tensor", "narrow", "nested_tensor", "nested_tensor_from_jagged", "to_padded_tensor"]


def nested_tensor(*args: Any, **options: Any) -> NoReturn:
    """Raises ``NotImplementedError``: pad with `nn.utils.rnn.pad_sequence`, and mask what was added.

    >>> mt.nested.nested_tensor([])
    Traceback (most recent call last):
    NotImplementedError: tensors are rectangular in microtensor: ...
    """
    raise NotImplementedError(
        "tensors are rectangular in microtensor: pad with torch.nn.utils.rnn.pad_sequence and mask what was "
        "added, or keep a list of tensors"
    )


as_nested_tensor = nested_tensor_from_jagged = narrow = to_padded_tensor = nested_tensor
