"""Text of an expression with how tightly it binds, so that only needed parentheses are written."""

from __future__ import annotations

from typing import Any

__all__ = ["ATOM", "NEGATION", "OTHER", "PRODUCT", "SUM", "Text", "binary", "number", "python", "tight"]

OTHER, SUM, PRODUCT, NEGATION, ATOM = 1, 5, 6, 7, 9


class Text(str):
    """Python source of one expression; `tight` is ATOM for a name, a call or an item."""

    tight: int

    def __new__(cls, text: str, tight: int = ATOM) -> Text:
        """Text that binds as tightly as this."""
        self = super().__new__(cls, text)
        self.tight = tight
        return self

    def within(self, tight: int) -> str:
        """The text as a part of one that binds so tightly."""
        return f"({self})" if self.tight < tight else str(self)


def binary(operator: str, x: Text, y: Text, tight: int) -> Text:
    """``x operator y``; the right operand is put in parentheses if it binds no tighter."""
    return Text(f"{x.within(tight)} {operator} {y.within(tight + 1)}", tight)


def tight(x: Text) -> str:
    """An expression as what stands before a dot or a bracket."""
    return x.within(ATOM) if not x.lstrip("-").isdigit() else f"({x})"


def python(x: Any) -> str:
    """An argument: text as it is, anything else as Python writes it."""
    if isinstance(x, str) and not isinstance(x, Text):
        return f'"{x}"'
    return str(x) if isinstance(x, Text) else repr(x)


def number(array: Any) -> Text:
    """A number, which takes the dtype of the array that it meets."""
    if array.dtype.kind != "f":
        return Text(repr(array.item()), NEGATION if array.dtype.kind != "b" and array < 0 else ATOM)
    word = str(array[()])
    if word in ("inf", "-inf", "nan"):
        word = word.replace("inf", "np.inf").replace("nan", "np.nan")
    return Text(word, NEGATION if word.startswith("-") else ATOM)
