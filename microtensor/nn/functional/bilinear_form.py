"""A form that is linear in each of two operands."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from ...engine.tensor import Tensor


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for each k: (..., n), (..., m), (out, n, m) to (..., out).

    Raises ``RuntimeError`` for sizes that differ.

    >>> mt.nn.functional.bilinear(mt.ones(1, 2), mt.ones(1, 3), mt.ones(1, 2, 3))
    tensor([[6.]])
    """
    sizes = input1.shape[-1], input2.shape[-1]
    if tuple(weight.shape[1:]) != sizes or input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError(
            f"bilinear: expected (..., n), (..., m) and a weight (out, n, m), got {tuple(input1.shape)}, "
            f"{tuple(input2.shape)} and {tuple(weight.shape)}"
        )
    # weight @ input2 has the shape (..., out, n); its product with input1 leaves (..., out).
    rows = (weight @ input2[..., None, :, None])[..., 0]
    result = (rows @ input1[..., None])[..., 0]
    return result if bias is None else result + bias
