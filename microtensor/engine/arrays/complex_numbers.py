"""Complex numbers in a backward pass: one text of formulas for both kinds of numbers.

The gradient that users see is PyTorch's, of a real loss L in ``z = x + iy``: ``dL/dx + i dL/dy``, so that
the steepest descent is along its negative (Brandwood, "A complex gradient operator and its application in
adaptive array theory", 1983; PyTorch's documentation, "Autograd for complex numbers").  By it a formula of a
holomorphic function reads ``g * conj(slope)``, with a conjugation in nearly every line that real numbers
would have to pay for.

Inside a pass the cotangent of `z` is therefore the *conjugate* of that: the number `w` with
``dL = Re(w dz)``.  Then the chain rule is a product as for real numbers, ``w * slope``: the formula of a
product is ``g * y``, that of a solve is a solve, whatever the numbers are, and nothing is paid where they are
real.  Only functions that are not holomorphic (``abs``, ``conj``, ``angle``) mention a conjugation.  Where a
cotangent enters a pass and where it is seen - the gradient of a leaf, a hook, a `Function` - it is
conjugated, by `conjugated`; and where a real operand was made complex, ``dL = Re(w dx)`` says that it
receives the real part, which is the formula of `cast`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import scalar_type
from ..op_definition import RAW, registry


def pairs(array: Any) -> Any:
    """A view of both parts of complex numbers, along a new last dimension; a real array itself.

    >>> from microtensor.engine.arrays.complex_numbers import pairs
    >>> pairs(np.array([1 + 2j]))
    array([[1., 2.]])
    """
    return array[..., None].view(array.real.dtype) if array.dtype.kind == "c" else array


def conjugated(g: Any) -> Any:
    """A gradient as a cotangent of the pass, and the other way: the conjugate of what is complex.

    On arrays and Tensors; a dict or tuple of them part by part, and None stays None.  An imaginary part of 0
    stays 0, where a conjugate's is -0.
    """
    if isinstance(g, dict):
        return {index: conjugated(part) for index, part in g.items()}
    if isinstance(g, tuple):
        return tuple(map(conjugated, g))
    if g is None or g.dtype.kind != "c":
        return g
    return np.conjugate(g) + 0 if isinstance(g, RAW) else registry["conj_gradient"].call(g)


def of_complex_scalar(dtype: Any) -> str:
    """Why a complex number has no gradient of its own."""
    return (
        f"grad can be implicitly created only for real scalar outputs but got {scalar_type(dtype)}: take the "
        "real part, or the absolute value, or pass the gradient argument"
    )
