"""Length and direction of complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.out_argument import offered, with_out
from ...engine.tensor import Tensor, install
from ..elementwise.select import select, zeros_like
from ..elementwise.sign_abs import sign
from .parts import check_pair


def _nonzero(x: Any) -> Any:
    """`x` with ones in the place of zeros."""
    return select(x == 0, zeros_like(x) + 1, x)


@op(x=lambda g, x, out: select(x == 0, zeros_like(g), (g - (g * out).real * out.conj()) / _nonzero(abs(x))),
    name="sgn",
    elementwise=True, complex=True, domain=(0.3, 3), reference=lambda x: x / np.abs(x))  # fmt: skip
def _sgn(x: Any, /) -> Any:
    """The direction ``x / abs(x)``, and 0 at 0; what changes is turned by 90 degrees from it.

    >>> mt.sgn(mt.tensor([3 + 4j]))
    tensor([0.6000+0.8000j])
    """
    return np.sign(x)


@offered
def sgn(input: Tensor) -> Any:
    """The direction of a complex number, ``z / abs(z)`` (0 at 0), and the sign of a real one.

    >>> mt.sgn(mt.tensor([-2.0, 0.0])), mt.sgn(mt.tensor([3 + 4j]))
    (tensor([-1.,  0.]), tensor([0.6000+0.8000j]))
    """
    return _sgn(input) if input.dtype.kind == "c" else sign(input)


@op(x=lambda g, x: (
        -1j * g * select(x == 0, zeros_like(x), 1 / _nonzero(x)) if x.dtype.kind == "c" else zeros_like(g)
    ),
    name="angle", complex=True, floating=True, elementwise=True, domain=(0.3, 3),
    reference=np.angle)  # fmt: skip
def _angle(x: Any, /) -> Any:
    """The angle in radians.

    >>> mt.angle(mt.tensor([1j]))
    tensor([1.5708])
    """
    if x.dtype.kind == "c":
        return np.arctan2(x.imag, x.real)
    turned = np.where(x < 0, x.dtype.type(np.pi), x.dtype.type(0))
    return np.where(np.isnan(x), x, turned)


@offered
def angle(input: Tensor) -> Any:
    """The angle of each number in radians, from the positive real axis; 0 or pi for real numbers.

    The gradient at 0 is 0.

    >>> mt.angle(mt.tensor([1j, -1.0, 1 + 1j]))
    tensor([1.5708, 3.1416, 0.7854])
    """
    return _angle(input)


@op(
    abs=lambda g, angle: g.real * np.cos(angle) - g.imag * np.sin(angle),
    angle=lambda g, out: -(g * out).imag,
    elementwise=True, name="polar", domain={"abs": (0.3, 3), "angle": (-3, 3)},
    reference=lambda abs, angle: abs * np.exp(1j * angle),
)  # fmt: skip
def _polar(abs: Any, angle: Any, /) -> Any:
    """Complex numbers of their lengths and angles.

    >>> mt.polar(mt.tensor([2.0]), mt.tensor([0.0]))
    tensor([2.+0.j])
    """
    out = np.empty(np.broadcast_shapes(abs.shape, angle.shape), dtypes.to_complex(abs.dtype))
    out.real, out.imag = abs * np.cos(angle), abs * np.sin(angle)
    return out


@with_out(exact=True)
def polar(abs: Tensor, angle: Tensor) -> Any:
    """The complex numbers of these lengths and angles: ``abs * (cos(angle) + i sin(angle))``.

    Raises ``RuntimeError`` if the operands have different dtypes, or none of float32 and float64.

    >>> mt.polar(mt.tensor([1.0, 2.0]), mt.tensor([math.pi, 0.0]))
    tensor([-1.-8.7423e-08j,  2.+0.0000e+00j])
    """
    check_pair("polar", abs, angle)
    return _polar(abs, angle)


install(sgn=sgn, angle=angle)
