"""The numbers of a tensor as text: what libraries take of ``torch._tensor_str`` to print by themselves."""

from __future__ import annotations

from typing import Any

from microtensor.engine import printing

__all__ = ["PRINT_OPTS", "_str", "_tensor_str", "set_printoptions"]

set_printoptions = printing.set_printoptions


class _Options:
    """The options of `set_printoptions` as they are, by attribute."""

    def __getattr__(self, name: str) -> Any:
        try:
            return printing.get_printoptions()[name]
        except KeyError:
            raise AttributeError(f"there is no option {name!r} of printing") from None

    def __setattr__(self, name: str, value: Any) -> None:
        set_printoptions(**{name: value})


PRINT_OPTS = _Options()


def _tensor_str(self: Any, indent: int) -> str:
    """The brackets with the numbers, whose further lines are indented."""
    text = printing.format_tensor(
        self.detach().array, [], default_dtype=self.array.dtype, prefix=" " * indent
    )
    return text[indent:-1].partition("], ")[0] + "]" * ("], " in text)


def _str(self: Any, *, tensor_contents: str | None = None) -> str:
    """The tensor as it prints."""
    return repr(self)
