"""What a program assumes of Python's state, as tests that are made at each call.

A test asks whether a place (an entry of a dictionary, a closure's cell, a slot of a tensor) still holds *the
same object*: that is one comparison of pointers, and true of all that nobody touched.  Where it is not, but
the object is a number or a text and equal to the last bit, the assumption holds, too (`Test.holds`).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

__all__ = ["MISSING", "PACKS", "SCALARS", "Test", "expression"]

SCALARS = (bool, int, float, complex, str, bytes, type(None))
MISSING = object()
"""What a place holds that is not there."""


UNKNOWN = object()
PACKS = "the optimizer's packs"


class Test:
    """One place and what it held at capture.

    `how` says what the place is: an ``item`` of a dictionary, the contents of a ``cell``, an ``attr`` of an
    object, whether an attribute is ``given`` at all, all ``items`` of a list in order, or how many ``keys`` a
    dictionary has (whose items have their tests).
    """

    __slots__ = ("expected", "holder", "how", "key", "label")
    __test__ = False

    def __init__(self, how: str, holder: Any, key: Any, label: str, expected: Any = UNKNOWN) -> None:
        self.how, self.holder, self.key, self.label = how, holder, key, label
        self.expected = self.found() if expected is UNKNOWN else expected

    @property
    def is_lasting(self) -> bool:
        """Whether what the place held does not come back once it is replaced."""
        return self.label == PACKS or (self.how == "attr" and self.key == "_data")

    def found(self) -> Any:
        """What the place holds now."""
        if self.how == "item":
            return self.holder.get(self.key, MISSING)
        if self.how == "given":
            return getattr(self.holder, self.key, None) is not None
        if self.how == "attr":
            return getattr(self.holder, self.key, MISSING)
        if self.how == "cell":
            return _contents(self.holder)
        return tuple(self.holder)

    def holds(self) -> bool:
        """Whether the place holds what it held, or a number or a text that is the same."""
        found = self.found()
        if self.how in ("items", "keys"):
            same = len(found) == len(self.expected)
            return same and all(map(_same, found, self.expected))
        return _same(found, self.expected)

    def is_fresh(self) -> bool:
        """Whether the place holds the very objects that are expected."""
        found = self.found()
        if self.how in ("items", "keys"):
            return len(found) == len(self.expected) and all(map(operator.is_, found, self.expected))
        return found is self.expected

    def refresh(self) -> None:
        """Expect the object that is there now."""
        self.expected = self.found()


def _same(x: Any, y: Any) -> bool:
    if x is y:
        return True
    if type(x) is not type(y) or type(x) not in SCALARS:
        return type(x) is tuple and type(y) is tuple and len(x) == len(y) and all(map(_same, x, y))
    if type(x) is float:
        return (x == y and math.copysign(1, x) == math.copysign(1, y)) or (x != x and y != y)
    return bool(x == y)


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def expression(tests: Sequence[Test], names: dict[str, Any]) -> str:
    """Python that is true while all tests hold by identity; adds the names that it uses to `names`.

    It may raise ``KeyError``, ``AttributeError`` or ``ValueError`` where a place is gone.
    """
    holders: dict[int, str] = {}
    words = [_word(k, test, names, holders) for k, test in enumerate(tests)]
    return " and ".join(words) or "True"


def _word(k: int, test: Test, names: dict[str, Any], holders: dict[int, str]) -> str:
    holder, value = holders.setdefault(id(test.holder), f"h{k}"), f"v{k}"
    names[holder] = test.holder
    if test.expected is None or test.expected is True or test.expected is False:
        value = repr(test.expected)
    elif test.how not in ("items", "keys"):
        names[value] = test.expected
    if test.how == "item":
        if test.expected is MISSING:
            return f"{test.key!r} not in {holder}"
        return f"{holder}[{test.key!r}] is {value}"
    if test.how == "given":
        return f"({holder}.{test.key} is not None) is {value}"
    if test.how == "attr":
        return f"{holder}.{test.key} is {value}"
    if test.how == "cell":
        return f"{holder}.cell_contents is {value}"
    if test.how == "keys":
        return f"len({holder}) == {len(test.expected)}"
    return " and ".join([f"len({holder}) == {len(test.expected)}", *_elements(k, holder, test, names)])


def _elements(k: int, holder: str, test: Test, names: dict[str, Any]) -> list[str]:
    names.update({f"v{k}_{j}": value for j, value in enumerate(test.expected)})
    return [f"{holder}[{j}] is v{k}_{j}" for j in range(len(test.expected))]
