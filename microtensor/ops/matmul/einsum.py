"""Einstein's summation: labels are parsed, and then pairs of operands multiplied, each by one call of BLAS.

All of it is permutations, views, sums and matrix products, so that it has derivatives of every order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ...engine.tensor import Tensor
from ...errors import describe
from ..reductions.sum_mean import sum
from ..views.diagonals import diagonal
from ..views.permute import permute
from ..views.reshape import reshape
from .matmul import batched, mm

Labels = tuple[Any, ...]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Products of the operands' elements, summed over the labels that the result does not have.

    ``einsum("ij,jk->ik", a, b)`` is a matrix product.  A repeated label takes a diagonal; ``...`` stands for
    dimensions that broadcast; without ``->`` the result has those labels that occur once, in alphabetical
    order.  The other form gives each operand's labels as numbers: ``einsum(a, [0, 1], b, [1, 2], [0, 2])``.
    Operands are multiplied from left to right.

    Raises ``RuntimeError`` for labels that do not fit the operands.

    >>> a = mt.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> mt.einsum("ij,kj->ik", a, a)
    tensor([[ 5., 11.],
            [11., 25.]])
    >>> mt.einsum("ii", a)
    tensor(5.)
    """
    if isinstance(equation, Tensor):
        equation, operands = _letters(equation, *operands)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must specify the equation string and at least one operand")
    inputs, result = parse(equation, tuple(x.ndim for x in operands))
    return _contract([_without_repeats(x, ls) for x, ls in zip(operands, inputs, strict=True)], result)


def _letters(*args: Any) -> tuple[str, tuple[Any, ...]]:
    """The form with lists of numbers as one with an equation."""
    pairs, rest = args[: len(args) // 2 * 2], args[len(args) // 2 * 2 :]
    lists = [*pairs[1::2], *rest]
    words = ["".join("..." if n is Ellipsis else _letter(n) for n in labels) for labels in lists]
    inputs = ",".join(words[: len(pairs) // 2])
    return inputs + ("->" + words[-1] if rest else ""), pairs[::2]


def _letter(number: Any) -> str:
    if not 0 <= int(number) < len(LETTERS):
        raise ValueError(
            f"einsum(): subscript in subscript list is not within the valid range [0, 52): {number}"
        )
    return LETTERS[int(number)]


# ------------------------------------------------------------------------- parsing


@lru_cache(maxsize=256)
def parse(equation: str, ndims: tuple[int, ...]) -> tuple[list[Labels], Labels]:
    """The labels of each operand and of the result; numbers stand for the dimensions of an ellipsis."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise RuntimeError(
            f"einsum(): {'more' if len(ndims) > len(terms) else 'fewer'} operands were provided than "
            f"specified in the equation {equation!r}: {len(ndims)} and {len(terms)}"
        )
    inputs = [_labels(term, n, equation) for term, n in zip(terms, ndims, strict=True)]
    span = max((label for labels in inputs for label in labels if isinstance(label, int)), default=-1) + 1
    broadcast = tuple(reversed(range(span)))
    if not arrow:
        every = [label for labels in inputs for label in labels]
        return inputs, broadcast + tuple(
            sorted(c for c in set(every) if isinstance(c, str) and every.count(c) == 1)
        )
    return inputs, _result(right, broadcast, inputs, equation)


def _labels(term: str, ndim: int, equation: str) -> Labels:
    """One operand's labels; the dimensions of its ellipsis are counted from the last, as they broadcast."""
    head, dots, tail = term.partition("...")
    named = head + tail
    if not all(c in LETTERS for c in named):
        raise RuntimeError(f"einsum(): invalid subscript in {equation!r}: labels must be letters in [a-zA-Z]")
    if len(named) > ndim or (not dots and len(named) != ndim):
        raise RuntimeError(
            f"einsum(): the number of subscripts in {term!r} of {equation!r} does not match the number of "
            f"dimensions ({ndim}) of its operand"
        )
    return (*head, *reversed(range(ndim - len(named))), *tail) if dots else tuple(named)


def _result(right: str, broadcast: Labels, inputs: Sequence[Labels], equation: str) -> Labels:
    head, dots, tail = right.partition("...")
    known = {label for labels in inputs for label in labels}
    for c in head + tail:
        if c not in LETTERS or c not in known or (head + tail).count(c) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {c} of {equation!r} must be a letter that appears once in the "
                "output, and in the equation for some input operand"
            )
    return (*head, *(broadcast if dots else ()), *tail)


# ----------------------------------------------------------------------- computing

Term = tuple[Any, Labels]


def _without_repeats(x: Any, labels: Labels) -> Term:
    """A label that occurs twice takes the diagonal of its dimensions."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if x.shape[first] != x.shape[second]:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for an operand whose sizes don't match: "
                    f"{describe(x)}"
                )
            x = diagonal(x, 0, first, second)
            labels = (*(n for i, n in enumerate(labels) if i not in (first, second)), label)
    return x, labels


def _sizes(terms: Sequence[Term]) -> dict[Any, int]:
    sizes: dict[Any, int] = {}
    for x, labels in terms:
        for label, n in zip(labels, x.shape, strict=True):
            if sizes.get(label, 1) not in (1, n) and n != 1:
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for an operand, {describe(x)}, which does not "
                    f"broadcast with previously seen size {sizes[label]}"
                )
            sizes[label] = n if n != 1 else sizes.get(label, 1)
    return sizes


def _contract(terms: list[Term], result: Labels) -> Any:
    """Multiply from left to right, each time summing over what no later operand and no result needs."""
    sizes = _sizes(terms)
    terms = [_without_ones(x, labels, sizes) for x, labels in terms]
    held, terms = terms[0], terms[1:]
    untouched = not terms and held[1] == result  # the result is a view even so, and not the operand
    while terms:
        later = {label for _, labels in terms[1:] for label in labels} | set(result)
        held, terms = _pair(held, terms[0], later), terms[1:]
    x, labels = _summed(held, set(result))
    return permute(x, tuple(range(x.ndim))) if untouched else _ordered(x, labels, result)


def _without_ones(x: Any, labels: Labels, sizes: dict[Any, int]) -> Term:
    """A dimension of length 1 that broadcasts is left out."""
    kept = [i for i, label in enumerate(labels) if x.shape[i] == sizes[label]]
    if len(kept) == len(labels):
        return x, labels
    return reshape(x, tuple(x.shape[i] for i in kept)), tuple(labels[i] for i in kept)


def _ordered(x: Any, labels: Labels, order: Labels) -> Any:
    return x if labels == order else permute(x, tuple(labels.index(label) for label in order))


def _summed(term: Term, needed: set[Any]) -> Term:
    x, labels = term
    over = tuple(i for i, label in enumerate(labels) if label not in needed)
    return (sum(x, over), tuple(c for c in labels if c in needed)) if over else term


def _pair(a: Term, b: Term, later: set[Any]) -> Term:
    """The product of two operands, summed over the labels that both have and nobody needs."""
    a, b = _summed(a, later | set(b[1])), _summed(b, later | set(a[1]))
    batch = tuple(c for c in a[1] if c in b[1] and c in later)
    inner = tuple(c for c in a[1] if c in b[1] and c not in later)
    rows = tuple(c for c in a[1] if c not in b[1])
    columns = tuple(c for c in b[1] if c not in a[1])
    if not inner:
        return _outer(a, b, batch, rows, columns)
    x = _grouped(a, batch, rows, inner)
    y = _grouped(b, batch, inner, columns)
    shapes = [dict(zip(labels, t.shape, strict=True)) for t, labels in (a, b)]
    sizes = {**shapes[0], **shapes[1]}
    out = batched(x, y) if batch else mm(x, y)
    labels = (*batch, *rows, *columns)
    return reshape(out, tuple(sizes[c] for c in labels)), labels


def _outer(a: Term, b: Term, batch: Labels, rows: Labels, columns: Labels) -> Term:
    """Nothing is summed: an elementwise product that broadcasts."""
    x, y = _ordered(*a, (*batch, *rows)), _ordered(*b, (*batch, *columns))
    if rows and columns:
        x = reshape(x, (*x.shape, *[1] * len(columns)))
        y = reshape(y, (*y.shape[: len(batch)], *[1] * len(rows), *y.shape[len(batch) :]))
    elif rows:
        y = reshape(y, (*y.shape, *[1] * len(rows)))
    elif columns:
        x = reshape(x, (*x.shape, *[1] * len(columns)))
    return x * y, (*batch, *rows, *columns)


def _grouped(term: Term, batch: Labels, first: Labels, second: Labels) -> Any:
    """An operand as a stack of matrices: dimensions that are one group already are not copied."""
    x = _ordered(*term, (*batch, *first, *second))
    if len(first) == len(second) == 1:
        return x
    shape, n, m = tuple(x.shape), len(batch), len(batch) + len(first)
    return reshape(x, (*shape[:n], math.prod(shape[n:m]), math.prod(shape[m:])))
