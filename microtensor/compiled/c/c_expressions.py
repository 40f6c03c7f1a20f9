"""What NumPy's ufuncs are in C, element by element."""

from __future__ import annotations

from .c_types import DType

_INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
    "logical_and": "&&",
    "logical_or": "||",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
}
_ANY = {
    **{name: f"{{0}} {sign} {{1}}" for name, sign in _INFIX.items()},
    "negative": "-{0}",
    "positive": "{0}",
    "square": "{0} * {0}",
    "logical_not": "!{0}",
    "invert": "~{0}",
    "maximum": "({0} > {1} || {0} != {0}) ? {0} : {1}",
    "minimum": "({0} < {1} || {0} != {0}) ? {0} : {1}",
    "clip": "{0} < {1} ? {1} : {0} > {2} ? {2} : {0}",
}
"""By the ufunc's name; maximum and minimum of equals give the second, as vector units do."""

_FLOATING = {
    "reciprocal": "1 / {0}",
    "isnan": "{0} != {0}",
    "isfinite": "{0} - {0} == 0",
    "sign": "({0} > 0) - ({0} < 0) + ({0} != {0} ? {0} : 0)",
    "absolute": "fabs@({0})",
    "fabs": "fabs@({0})",
    "sqrt": "sqrt@({0})",
    "floor": "floor@({0})",
    "ceil": "ceil@({0})",
    "trunc": "trunc@({0})",
    "rint": "rint@({0})",
    "copysign": "copysign@({0}, {1})",
    "exp": "m_exp_#({0})",
    "expm1": "m_expm1_#({0})",
    "tanh": "m_tanh_#({0})",
    "log": "m_log_#({0})",
    "log1p": "m_log1p_#({0})",
}
"""The same for floating point; ``@`` is the f of C's float functions, ``#`` the kind of ours."""

_LIBRARY = {
    "sin": "sin@({0})",
    "cos": "cos@({0})",
    "tan": "tan@({0})",
    "arcsin": "asin@({0})",
    "arccos": "acos@({0})",
    "arctan": "atan@({0})",
    "sinh": "sinh@({0})",
    "cosh": "cosh@({0})",
    "log2": "log2@({0})",
    "log10": "log10@({0})",
    "exp2": "exp2@({0})",
    "power": "pow@({0}, {1})",
    "arctan2": "atan2@({0}, {1})",
    "hypot": "hypot@({0}, {1})",
}
"""The C library's functions are called for each element: worth it where NumPy's own call costs more."""

_OF_TRUTHS = {
    "add": "logical_or",
    "maximum": "logical_or",
    "multiply": "logical_and",
    "minimum": "logical_and",
    "invert": "logical_not",
}
"""What arithmetic on booleans is."""

POWERS: dict[float, str] = {
    1: "{0}",
    2: "{0} * {0}",
    3: "{0} * {0} * {0}",
    4: "({0} * {0}) * ({0} * {0})",
    -1: "1 / {0}",
}
"""By the exponent, within two ulps of the C library's pow."""

FEW = 256
"""Elements up to which a function of the C library is cheaper than leaving C for NumPy."""


def expression(name: str, dtype: DType, size: int) -> str | None:
    """C for a ufunc over operands of this dtype, ``{0}`` and ``{1}``; None if it is not for C.

    `size` is the number of elements, on which it depends whether the C library is worth its calls.
    """
    if dtype.kind == "b":
        name = _OF_TRUTHS.get(name, name)
    text = _ANY.get(name)
    if dtype.kind == "f":
        text = text or _FLOATING.get(name) or (_LIBRARY.get(name) if size <= FEW else None)
    elif name in ("divide", "absolute"):
        text = None
    single = dtype.itemsize == 4
    return text and text.replace("@", "f" if single else "").replace("#", "f" if single else "d")


__all__ = ["FEW", "POWERS", "expression"]
