"""`ReduceOp`: how the tensors of all ranks become one."""

from __future__ import annotations

from enum import Enum

__all__ = ["ReduceOp"]


class ReduceOp(Enum):
    """What a reduction computes of the elements that the ranks hold in one place.

    ``AVG`` sums first and then divides; the bitwise ones take integers and bools, and ``MIN`` and ``MAX``
    no complex numbers.  Of bools, ``SUM`` is "or" and ``PRODUCT`` "and".

    >>> mt.distributed.ReduceOp.SUM
    <ReduceOp.SUM: 0>
    """

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
