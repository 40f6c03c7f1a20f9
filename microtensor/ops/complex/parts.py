"""The parts of complex numbers, as views of the same memory, and complex numbers made of parts.

None of these functions is holomorphic.  Their formulas follow from what a cotangent `g` is inside a pass: the
number with ``dL = Re(g dz)``, see `engine.arrays.complex_numbers`.  Of ``Re z`` it is `g` itself, as a
complex number; of ``Im z = Re(-iz)`` it is ``-ig``; of ``conj z`` it is ``conj g``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.apply import expect_tensors
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.casting import cast

_SAMPLES = [case(()), case((3,)), case((2, 3))]


@op(x=lambda g, x_dtype: cast(g, x_dtype), name="real", node="SelectBackward0", view=True, complex=True,
    samples=_SAMPLES,
    reference=np.real)  # fmt: skip
def _real(x: Any, /) -> Any:
    """The real parts, which share the memory of `x`.

    >>> mt.real(mt.tensor([1 + 2j]))
    tensor([1.])
    """
    return x.real


@op(x=lambda g, x_dtype: cast(g, x_dtype) * -1j, name="imag", node="SelectBackward0", view=True,
    complex=True, dtype=np.complex128,
    samples=_SAMPLES, reference=np.imag)  # fmt: skip
def _imag(x: Any, /) -> Any:
    """The imaginary parts, which share the memory of `x`.

    >>> mt.imag(mt.tensor([1 + 2j]))
    tensor([2.])
    """
    return x.imag


def real(input: Tensor) -> Any:
    """The real part, a view: writing to it writes to `input`.  A real tensor is its own.

    >>> z = mt.tensor([1 + 2j])
    >>> z.real.zero_()
    tensor([0.])
    >>> z
    tensor([0.+2.j])
    """
    return _real(input) if input.dtype.kind == "c" else input


def imag(input: Tensor) -> Any:
    """The imaginary part, a view; ``RuntimeError`` for a real tensor, which has none.

    >>> mt.imag(mt.tensor([1 + 2j]))
    tensor([2.])
    """
    if input.dtype.kind != "c":
        raise RuntimeError(
            f"imag is not implemented for tensors with non-complex dtypes, and this one is {input.dtype}"
        )
    return _imag(input)


@op(x=lambda g: g.conj(), name="conj", complex=True, elementwise=True, reference=np.conj)
def _conj(x: Any, /) -> Any:
    """The conjugate, in memory of its own.

    >>> mt.conj(mt.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return np.conjugate(x)


def conj(input: Tensor) -> Any:
    """The conjugate, computed; a real tensor is its own, and is returned itself.

    PyTorch's shares the memory of `input` and conjugates when it is read; here it is a new tensor, whose
    changes `input` does not see.

    >>> mt.conj(mt.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return _conj(input) if input.dtype.kind == "c" else input


def resolve_conj(input: Tensor) -> Tensor:
    """`input` itself: no conjugation is pending here.

    >>> mt.resolve_conj(mt.tensor([1j]).conj())
    tensor([0.-1.j])
    """
    return input


def adjoint(input: Tensor) -> Any:
    """The last two dimensions exchanged, and conjugated.

    >>> mt.adjoint(mt.tensor([[1j, 2.0]]))
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    if input.ndim == 1:
        raise RuntimeError(
            "tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor."
        )
    return input.mH if input.ndim else conj(input)


@op(x=lambda g: _pairs_back(g),
    view=True, name="view_as_real", complex=True, dtype=np.complex128,
    samples=_SAMPLES, reference=lambda x: np.stack([x.real, x.imag], -1))  # fmt: skip
def _view_as_real(x: Any, /) -> Any:
    """Each number as its two parts along a new last dimension, sharing memory.

    >>> mt.view_as_real(mt.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    return x[..., None].view(dtypes.to_real(x.dtype))


def _pairs_back(g: Any) -> Any:
    """The complex numbers whose parts are the pairs of cotangents, conjugated."""
    return _view_as_complex(g.contiguous() if isinstance(g, Tensor) else g).conj()


def _dense(pairs: Any) -> Any:
    """`pairs`, copied if the two parts of a number do not lie side by side."""
    return pairs if pairs.strides[-1] == pairs.itemsize else np.ascontiguousarray(pairs)


@op(x=lambda g: _view_as_real(g.conj()), view=True, name="view_as_complex",
    samples=[case((2,)), case((3, 2))], reference=lambda x: x[..., 0] + 1j * x[..., 1])  # fmt: skip
def _view_as_complex(x: Any, /) -> Any:
    """The pairs along the last dimension as complex numbers, sharing memory.

    >>> mt.view_as_complex(mt.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    return _dense(x).view(dtypes.to_complex(x.dtype))[..., 0]


def view_as_real(input: Tensor) -> Any:
    """A complex tensor as a real one with a last dimension of 2, sharing memory.

    Raises ``RuntimeError`` for a real tensor.

    >>> mt.view_as_real(mt.tensor([1 + 2j, 3j]))
    tensor([[1., 2.],
            [0., 3.]])
    """
    if input.dtype.kind != "c":
        raise RuntimeError(
            f"view_as_real is only supported for complex tensors, and this one is {input.dtype}"
        )
    return _view_as_real(input)


def view_as_complex(input: Any) -> Any:
    """A real tensor whose last dimension is 2 as a complex one, sharing memory.

    Raises ``RuntimeError`` for other dtypes than float32 and float64, another last dimension, and memory that
    is not made of pairs: both parts side by side, and even strides and an even offset otherwise.

    >>> mt.view_as_complex(mt.tensor([[1.0, 2.0], [0.0, 3.0]]))
    tensor([1.+2.j, 0.+3.j])
    """
    if input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            "view_as_complex is only supported for floating point tensors of 32 or 64 bits, but got a tensor "
            f"of scalar type: {input.dtype}"
        )
    if not input.ndim or input.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2, not shape {tuple(input.shape)}")
    if input.numel():
        _check_memory(input)
    return _view_as_complex(input)


def _check_memory(input: Tensor) -> None:
    """``RuntimeError`` unless the memory is one of pairs, and this tensor begins with one."""
    *strides, last = input.stride()
    if last != 1:
        raise RuntimeError(
            "Tensor must have a last dimension with stride 1, and the parts of a number do not lie side by "
            f"side in this one, {tuple(input.shape)}: use x.contiguous()"
        )
    wanted = "a stride divisible by 2 for all but last dimension" if any(n % 2 for n in strides) else ""
    wanted = wanted or ("a storage_offset divisible by 2" if input.storage_offset() % 2 else "")
    if wanted:
        raise RuntimeError(f"Tensor must have {wanted}: use x.clone()")


@op(real=lambda g: g.real, imag=lambda g: -g.imag, elementwise=True, promote=False, name="complex",
    reference=lambda real, imag: real + 1j * imag)  # fmt: skip
def _complex(real: Any, imag: Any, /) -> Any:
    """Complex numbers of their real and imaginary parts.

    >>> mt.complex(mt.tensor([1.0]), mt.tensor([2.0]))
    tensor([1.+2.j])
    """
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), dtypes.to_complex(real.dtype))
    out.real, out.imag = real, imag
    return out


@with_out(exact=True)
def complex(real: Tensor, imag: Tensor) -> Any:
    """The tensor ``real + i imag``, of two tensors of one floating-point dtype, which broadcast.

    Raises ``RuntimeError`` if they have different dtypes, or none of float32 and float64.

    >>> mt.complex(mt.tensor([1.0, 2.0]), mt.tensor(3.0))
    tensor([1.+3.j, 2.+3.j])
    """
    check_pair("complex", real, imag)
    return _complex(real, imag)


def check_pair(name: str, first: Tensor, second: Tensor) -> None:
    """Raise ``RuntimeError`` unless these can be the parts of complex numbers, ``TypeError`` for numbers."""
    if not (isinstance(first, Tensor) and isinstance(second, Tensor)):
        names = ("abs", "angle") if name == "polar" else ("real", "imag")
        expect_tensors(name, **dict(zip(names, (first, second), strict=True)))
    if first.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {first.dtype} and "
            f"{second.dtype}: {name} takes float32 and float64 (NumPy has no complex32)"
        )
    if first.dtype != second.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {first.dtype} but got scalar type {second.dtype} for second "
            "argument"
        )


def _setter(read: Any) -> Any:
    def write(self: Tensor, value: Any) -> None:
        part = read(self)
        (part.fill_ if isinstance(value, dtypes.Number) else part.copy_)(value)

    return write


@with_out
def conj_physical(input: Tensor) -> Tensor:
    """The conjugate, computed at once: what `conj` gives here.

    >>> mt.conj_physical(mt.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return conj(input)


install(
    real=property(real, _setter(real)), imag=property(imag, _setter(imag)), conj=conj,
    conj_physical=conj_physical, resolve_conj=resolve_conj, resolve_neg=resolve_conj, adjoint=adjoint,
)  # fmt: skip
resolve_neg = resolve_conj
