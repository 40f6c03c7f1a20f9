"""Writes an array as PyTorch prints a dense CPU tensor, character for character.

People read tensors at the prompt and paste them into bug reports and notebooks, so the text has
to be the one they know: four digits, one notation for the whole tensor, columns that line up,
corners only when there are many elements. `Tensor.__repr__` is one call of `format_tensor`.

Everything here is observed behaviour of PyTorch 2.13. In order: the options, the notation of one
element, the brackets around the elements, and what follows them (`size=`, `dtype=`, suffixes).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ..errors import dtype_name
from .attributes.low_precision import LOW
from .dtypes import to_complex

__all__ = ["format_tensor", "get_printoptions", "return_type", "set_printoptions"]

Array = np.ndarray[Any, Any]
_FLOAT32 = np.dtype("float32")


@dataclass(frozen=True)
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None

    def __post_init__(self) -> None:
        count = "a non-negative integer"
        _require(_integer(self.precision) and self.precision >= 0, "precision", count, self)
        _require(_integer(self.edgeitems) and self.edgeitems >= 0, "edgeitems", count, self)
        _require(_integer(self.linewidth), "linewidth", "an integer", self)
        real = isinstance(self.threshold, int | float | np.integer | np.floating)
        _require(real, "threshold", "a number of elements (math.inf never summarises)", self)


def _integer(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _require(fulfilled: bool, name: str, expected: str, options: _Options) -> None:
    if not fulfilled:
        given = getattr(options, name)
        raise ValueError(f"set_printoptions: {name} must be {expected}, got {given!r}")


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}

_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors print, for the whole process.

    `precision` is the number of digits after the point (4). A tensor of more than `threshold`
    elements (1000) shows `edgeitems` (3) at each end of a dimension. Lines wrap at `linewidth`
    (80). `profile` is `"default"`, `"short"` or `"full"`, and the other arguments refine it.
    What is None stays as it was, except `sci_mode`: as in PyTorch, every call sets it, and None
    returns it to automatic. With `edgeitems=0` every tensor that has elements prints its size.

    Raises ValueError, and changes nothing, if an option is of the wrong kind, negative
    `precision` or `edgeitems`, or an unknown profile. (PyTorch ignores an unknown profile, and
    fails on a bad option only when a tensor is next printed.)

    >>> import numpy as np
    >>> from microtensor.engine.printing import format_tensor, set_printoptions
    >>> set_printoptions(precision=2)
    >>> format_tensor(np.float32([1.0, 0.125]))
    'tensor([1.00, 0.12])'
    >>> set_printoptions(profile="default")
    """
    global _options
    given = {"precision": precision, "threshold": threshold}
    given |= {"edgeitems": edgeitems, "linewidth": linewidth}
    chosen = _profile(profile) | {name: v for name, v in given.items() if v is not None}
    _options = replace(_options, **chosen, sci_mode=sci_mode)


def _profile(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    if name not in _PROFILES:
        known = ", ".join(map(repr, _PROFILES))
        raise ValueError(f"set_printoptions: profile must be one of {known}, got {name!r}")
    return _PROFILES[name]


def get_printoptions() -> dict[str, Any]:
    """Return the options in force as a new dict, under the argument names of `set_printoptions`.

    The dict can be passed back: `set_printoptions(**saved)` restores all of them.

    >>> from microtensor.engine.printing import get_printoptions
    >>> get_printoptions()
    {'precision': 4, 'threshold': 1000, 'edgeitems': 3, 'linewidth': 80, 'sci_mode': None}
    """
    return asdict(_options)


def format_tensor(
    array: Array,
    suffixes: Sequence[str] = (),
    *,
    default_dtype: np.dtype[Any] = _FLOAT32,
    prefix: str = "tensor(",
) -> str:
    """Return the text that PyTorch prints for a dense CPU tensor with these values.

    `array` is of any shape, boolean, integer, floating or complex. Its dtype is shown unless it is
    `default_dtype`, of pairs of it, int64 or bool; without elements, unless it is `default_dtype`. `suffixes`
    are finished texts such as `"requires_grad=True"`; each moves to a line of its own where it
    does not fit. Continuation lines are indented by the length of `prefix`.

    Surprising, and PyTorch's: one notation is chosen for all elements, from the smallest and
    largest nonzero finite magnitudes, and those elements alone make the column width, so
    `tensor([0., nan])` does not line up. Of a summarised tensor only the elements shown count.

    Raises TypeError for other dtypes, such as dates or objects.

    >>> import numpy as np
    >>> from microtensor.engine.printing import format_tensor
    >>> format_tensor(np.array([-10.0, 5.0]), ["requires_grad=True"])
    'tensor([-10.,   5.], dtype=torch.float64, requires_grad=True)'
    """
    options, dtype = _options, array.dtype
    if dtype in LOW:
        array = array.astype(_FLOAT32)
    text = prefix + _body(array, len(prefix), options)
    followers = [*_size(array, options), *_dtype(array, dtype, default_dtype), *suffixes]
    return _follow(text, followers, len(prefix), options.linewidth) + ")"


def format_parts(parts: Mapping[str, Array], suffixes: Sequence[str], on_next_line: bool = True) -> str:
    """Return the text of a tensor that is described by several arrays, each under its name.

    >>> from microtensor.engine.printing import format_parts
    >>> print(format_parts({"indices": np.array([[1]]), "values": np.array([2.5])}, ["size=(3,)", "nnz=1"]))
    tensor(indices=tensor([[1]]),
           values=tensor([2.5000]),
           size=(3,), nnz=1)
    """
    indent = len("tensor(")
    texts = [_part(f"{name}=tensor(", array, indent) for name, array in parts.items()]
    text = "tensor(" + (",\n" + " " * indent).join(texts)
    return _follow(text, suffixes, indent, _options.linewidth, on_next_line) + ")"


def _part(prefix: str, array: Array, indent: int) -> str:
    if array.dtype in LOW:
        array = array.astype(_FLOAT32)
    body = _body(array, indent + len(prefix), _options) if array.size else f"[], size={array.shape}"
    return f"{prefix}{body})"


def format_without_numbers(words: Sequence[str], prefix: str = "tensor(") -> str:
    """What PyTorch prints of a tensor on "meta": these words, and dots where numbers would be.

    >>> from microtensor.engine.printing import format_without_numbers
    >>> format_without_numbers(["device='meta'", "size=(2,)"])
    "tensor(..., device='meta', size=(2,))"
    """
    return _follow(prefix + "...", words, len(prefix), _options.linewidth) + ")"


@dataclass(frozen=True)
class _Style:
    """How the elements of one tensor are written, and where their lines break.

    `edge` is how many elements each end of a long dimension keeps; None keeps all.
    """

    write: Callable[[Any], str]
    width: int
    edge: int | None
    linewidth: int

    def element(self, array: Array) -> str:
        text = self.write(array.item())
        return text if array.dtype.kind == "c" else text.rjust(self.width)


def _style(array: Array, options: _Options) -> _Style:
    edge = options.edgeitems if array.size > options.threshold else None
    shown = _kept(array, edge)
    if array.dtype.kind == "c":
        write, width = _written_parts(shown, options)
    elif array.dtype.kind in "iubf":
        write, width = _written(shown, options)
    else:
        raise TypeError(
            f"format_tensor: cannot print an array of dtype {array.dtype} and shape "
            f"{array.shape}; expected a boolean, integer, floating or complex dtype"
        )
    return _Style(write, width, edge, options.linewidth)


def _written(array: Array, options: _Options) -> tuple[Callable[[Any], str], int]:
    """How real numbers are written, and how much room the widest takes."""
    values = array.ravel().tolist()
    write: Callable[[Any], str] = str
    if array.dtype.kind == "f":
        values = [value for value in values if value != 0 and math.isfinite(value)]
        write = _notation(values, options)
    return write, max((len(write(value)) for value in values), default=1)


def _written_parts(array: Array, options: _Options) -> tuple[Callable[[Any], str], int]:
    """The same for complex numbers: each part in a notation and a column of its own."""
    (real, left), (imag, right) = _written(array.real, options), _written(array.imag, options)

    def write(value: complex) -> str:
        tail = f"{imag(value.imag).rjust(right)}j".lstrip()
        return real(value.real).rjust(left) + ("" if tail[0] in "+-" else "+") + tail

    return write, left + right + 1


def _notation(values: list[float], options: _Options) -> Callable[[float], str]:
    """Choose from the nonzero finite `values`; without any, sci_mode has no say (PyTorch's)."""
    if not values:
        return _whole
    whole = all(value == math.ceil(value) for value in values)
    scientific = _spread(values) if options.sci_mode is None else options.sci_mode
    if scientific:
        return f"{{:.{options.precision}e}}".format
    return _whole if whole else f"{{:.{options.precision}f}}".format


def _spread(values: list[float]) -> bool:
    smallest, largest = min(map(abs, values)), max(map(abs, values))
    return largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4


def _whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"


def _shown(length: int, edge: int | None) -> list[int | None]:
    """Positions to print along one dimension; None stands for those left out."""
    if edge is None or length <= 2 * edge:
        return [*range(length)]
    return [*range(edge), None, *range(length - edge, length)]


def _kept(array: Array, edge: int | None) -> Array:
    """The elements that will be printed, so that a huge tensor costs no more than its corners."""
    if edge is None or array.ndim == 0:
        return array
    positions = ([i for i in _shown(n, edge) if i is not None] for n in array.shape)
    return array[np.ix_(*positions)]


def _body(array: Array, indent: int, options: _Options) -> str:
    return _nested(array, indent, _style(array, options)) if array.size else "[]"


def _nested(array: Array, indent: int, style: _Style) -> str:
    if array.ndim == 0:
        return style.element(array)
    if array.ndim == 1:
        return _row(array, indent, style)
    blocks = [
        "..." if i is None else _nested(array[i], indent + 1, style) for i in _shown(len(array), style.edge)
    ]
    separator = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + separator.join(blocks) + "]"


def _row(row: Array, indent: int, style: _Style) -> str:
    dots = " ..." if style.edge else "..."
    cells = [dots if i is None else style.element(row[i, ...]) for i in _shown(len(row), style.edge)]
    per_line = max(1, (style.linewidth - indent) // (style.width + 2))
    lines = [cells[i : i + per_line] for i in range(0, len(cells), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(map(", ".join, lines)) + "]"


def _size(array: Array, options: _Options) -> list[str]:
    ambiguous = array.ndim != 1 if array.size == 0 else options.edgeitems == 0
    return [f"size={array.shape}"] if ambiguous else []


def _dtype(array: Array, dtype: np.dtype[Any], default: np.dtype[Any]) -> list[str]:
    # By name, so that byte order and C's synonyms (long, long long) make no difference.
    default = np.dtype(default)
    evident = {default.name} | ({"int64", "bool", to_complex(default).name} if array.size else set())
    return [] if dtype.name in evident else [f"dtype={dtype_name(dtype)}"]


def _follow(
    text: str, followers: Sequence[str], indent: int, linewidth: int, on_next_line: bool = False
) -> str:
    # PyTorch's count starts two characters ahead of the last line's length.
    column = linewidth if on_next_line else len(text) - text.rfind("\n") + 1
    for follower in followers:
        length = len(follower)
        fits = column + length + 2 <= linewidth
        text += (", " if fits else ",\n" + " " * indent) + follower
        column = column + 2 + length if fits else indent + length
    return text


Named = TypeVar("Named", bound=tuple[Any, ...])


def return_type(name: str) -> Callable[[type[Named]], type[Named]]:
    """Give a named tuple the name, and the text, under which PyTorch returns it.

    >>> mt.max(mt.tensor([[1.0, 3.0]]), dim=1)
    torch.return_types.max(
    values=tensor([3.]),
    indices=tensor([1]))
    """

    def named(cls: type[Named]) -> type[Named]:
        cls.__name__ = name
        setattr(cls, "__repr__", _fields_on_lines)  # noqa: B010 - a method is not assigned to
        return cls

    return named


def _fields_on_lines(self: Any) -> str:
    fields = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"torch.return_types.{type(self).__name__}(\n{fields})"
