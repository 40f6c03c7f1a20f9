"""PyTorch's dtype objects: ``torch.float32``, each with NumPy's own dtype inside.

Arrays carry NumPy's dtypes, and the engine compares those; programs see these.  An object with an attribute
`dtype` is a dtype to NumPy, so that ``np.zeros(3, dtype=mt.float32)`` needs nothing else, and the two kinds
are equal, with one hash.  What NumPy has no dtype for is here all the same, in tables and comparisons:
bfloat16 and the float8 types take theirs from ml_dtypes when one is needed, the others have none.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from . import low_precision

if TYPE_CHECKING:
    _Base = np.dtype[Any]
else:
    _Base = object

BY_NAME: dict[str, dtype] = {}
"""Every dtype by its name without ``torch.``."""
OF: dict[np.dtype[Any], dtype] = {}
"""PyTorch's object for NumPy's, for those that arrays have had so far: see `of` for any."""
_COMPLEX = {"float16": "complex32", "bfloat16": "complex64", "float32": "complex64", "float64": "complex128"}
_REAL = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}


def _numpys_own(name: str) -> Any:
    return property(lambda self: getattr(self.dtype, name), doc=f"The `{name}` of NumPy's dtype.")


class dtype(_Base):  # type: ignore[misc]  # noqa: N801 - PyTorch's name
    """The type of a tensor's elements.  There is one object of each, made here: `dtype` cannot be called.

    What NumPy's dtypes are asked for (`name`, `kind`, `type`, ...) is answered as they would.

    >>> mt.float32, mt.float32.itemsize, mt.float32.is_floating_point
    (torch.float32, 4, True)
    >>> np.dtype("float32") == mt.float32, np.zeros(2, dtype=mt.int8).dtype
    (True, dtype('int8'))
    """

    __slots__ = ("_numpys", "_sign", "is_complex", "is_floating_point", "itemsize", "kind", "name")
    _numpys: np.dtype[Any] | None
    _sign: builtins.bool | builtins.str
    is_complex: builtins.bool
    is_floating_point: builtins.bool
    itemsize: builtins.int
    kind: Any
    name: builtins.str

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Raises ``TypeError``: the dtypes that exist have names."""
        raise TypeError("cannot create 'torch.dtype' instances: name one, such as torch.float32")

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's own; ``ImportError`` if only ml_dtypes would have it, ``TypeError`` if none has."""
        return self._numpys or self._loaded()

    def _loaded(self) -> np.dtype[Any]:
        self._numpys = found = low_precision.numpy_dtype(self.name)
        OF[found] = self
        return found

    type, char, str, num, byteorder, newbyteorder = map(
        _numpys_own, ("type", "char", "str", "num", "byteorder", "newbyteorder")
    )

    @property
    def is_signed(self) -> builtins.bool:
        """Whether it has negative numbers; ``RuntimeError`` for bits and quantized ones, as PyTorch."""
        if isinstance(self._sign, builtins.str):
            raise RuntimeError(self._sign)
        return self._sign

    def to_real(self) -> _Own:
        """The dtype of the parts of a complex one; any other itself.

        >>> mt.complex128.to_real(), mt.int8.to_real()
        (torch.float64, torch.int8)
        """
        return BY_NAME[_REAL.get(self.name, self.name)]

    def to_complex(self) -> _Own:
        """The complex dtype with parts of this one; ``RuntimeError`` if there is none.

        >>> mt.float32.to_complex()
        torch.complex64
        """
        if self.is_complex:
            return self
        if self.name not in _COMPLEX:
            name = self.name.capitalize()
            raise RuntimeError(f"Unknown Complex ScalarType for {name}: it is not floating point")
        return BY_NAME[_COMPLEX[self.name]]

    def __eq__(self, other: object) -> builtins.bool:
        if self is other or other is self._numpys:
            return True
        if other.__class__ is dtype:
            return False  # there is one object of each
        numpys = isinstance(other, np.dtype) or (isinstance(other, type) and issubclass(other, np.generic))
        return numpys and np.dtype(other).name == self.name  # type: ignore[call-overload]

    def __hash__(self) -> builtins.int:
        if self._numpys is not None:
            return hash(self._numpys)
        try:
            return hash(self.dtype)
        except (ImportError, TypeError):  # NumPy has none to agree with
            return hash(self.name)

    def __repr__(self) -> builtins.str:
        return f"torch.{self.name}"

    def __reduce__(self) -> builtins.str:
        return self.name


_Own = dtype
DtypeLike = dtype | np.dtype[Any] | builtins.type | builtins.str | None
"""What a dtype is named by in a call; None is the default, or that of what is there."""


def of(numpys: Any) -> dtype:
    """PyTorch's dtype object for NumPy's (or itself); ``TypeError`` where PyTorch has none.

    >>> from microtensor.engine.attributes.dtype_objects import of
    >>> of(np.dtype("int64"))
    torch.int64
    """
    if isinstance(numpys, dtype):
        return numpys
    found = OF.get(numpys) or BY_NAME.get(np.dtype(numpys).name)
    if found is None:
        raise TypeError(f"PyTorch has no dtype for NumPy's {numpys}")
    if found.name in low_precision.NAMES:
        _ = found.dtype  # and so known from now on
    return found


def _made(kind: str, itemsize: builtins.int, sign: builtins.bool | str, names: str) -> Any:
    for name in names.split():
        made = BY_NAME[name] = object.__new__(dtype)
        made.name, made.kind, made._sign = name, kind, sign
        made.itemsize = itemsize
        made.is_floating_point, made.is_complex = kind == "f", kind == "c"
        made._numpys = np.dtype(name) if name in np.sctypeDict else None
        if made._numpys:
            OF[made._numpys] = made
        yield made


_QUANTIZED = "isSignedType not supported for quantized types"
_BITS = "Bits types are undefined"
(bool,) = _made("b", 1, False, "bool")
uint8, uint1, uint2, uint3, uint4, uint5, uint6, uint7 = _made(
    "u", 1, False, "uint8 uint1 uint2 uint3 uint4 uint5 uint6 uint7"
)
int8, int1, int2, int3, int4, int5, int6, int7 = _made(
    "i", 1, True, "int8 int1 int2 int3 int4 int5 int6 int7"
)
(uint16,), (uint32,), (uint64,) = (_made("u", size, False, f"uint{8 * size}") for size in (2, 4, 8))
(int16,), (int32,), (int64,) = (_made("i", size, True, f"int{8 * size}") for size in (2, 4, 8))
(float32,), (float64,) = (_made("f", size, True, f"float{8 * size}") for size in (4, 8))
float16, bfloat16 = _made("f", 2, True, "float16 bfloat16")
(complex32,), (complex64,), (complex128,) = (
    _made("c", size, True, f"complex{8 * size}") for size in (4, 8, 16)
)
float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, float4_e2m1fn_x2 = _made(
    "f", 1, True, "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float4_e2m1fn_x2"
)
(float8_e8m0fnu,) = _made("f", 1, False, "float8_e8m0fnu")
quint8, qint8, quint4x2, quint2x4 = _made("V", 1, _QUANTIZED, "quint8 qint8 quint4x2 quint2x4")
(qint32,) = _made("V", 4, _QUANTIZED, "qint32")
bits8, bits1x8, bits2x4, bits4x2 = _made("V", 1, _BITS, "bits8 bits1x8 bits2x4 bits4x2")
(bits16,) = _made("V", 2, _BITS, "bits16")
bit, half, float, double = uint1, float16, float32, float64
short, int, long = int16, int32, int64
chalf, cfloat, cdouble = complex32, complex64, complex128
