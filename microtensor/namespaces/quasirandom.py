"""Quasi-random numbers: points that fill the unit cube more evenly than random ones do.

The direction numbers are those of Joe and Kuo, "Constructing Sobol Sequences with Better Two-Dimensional
Projections" (2008), search criterion D(6), as in PyTorch; the first dimensions are here, the rest in SciPy.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any, Self

import numpy as np

from microtensor import Generator, Tensor, get_default_dtype, randint, tensor

__all__ = ["SobolEngine"]

_NUMBERS = (
    "3:1 7:1,3 11:1,3,1 13:1,1,1 19:1,1,3,3 25:1,3,5,13 37:1,1,5,5,17 41:1,1,5,5,5 47:1,1,7,11,19 "
    "55:1,1,5,1,1 59:1,1,1,3,11 61:1,3,5,5,31 67:1,3,3,9,7,49 91:1,1,1,15,21,21 97:1,3,1,13,27,49 "
    "103:1,1,1,15,7,5 109:1,3,1,15,13,25 115:1,1,5,5,19,61 131:1,3,7,11,23,15,103 137:1,3,7,13,13,15,69 "
    "143:1,1,3,13,7,35,63 145:1,3,5,9,1,25,53 157:1,3,1,13,9,35,107 167:1,3,1,5,27,61,31 "
    "171:1,1,5,11,19,41,61 185:1,3,5,3,3,13,69 191:1,1,7,13,1,19,1 193:1,3,7,5,13,19,59 "
    "203:1,1,3,9,25,29,41 211:1,3,5,13,23,1,55 213:1,3,7,3,13,59,17 229:1,3,1,3,5,53,69 "
    "239:1,1,5,5,23,33,13 241:1,1,7,7,1,61,123 247:1,1,7,9,13,61,49 253:1,3,3,5,3,55,33 "
    "285:1,3,1,15,31,13,49,245 299:1,3,5,15,31,59,63,97 301:1,3,1,11,11,11,77,249 "
    "333:1,3,1,11,27,43,71,9 351:1,1,7,15,21,11,81,45 355:1,3,7,3,25,31,65,79 357:1,3,1,1,19,11,3,205 "
    "361:1,1,5,9,19,21,29,157 369:1,3,7,11,1,33,89,185 391:1,3,3,3,15,9,79,71 397:1,3,7,11,15,39,119,27 "
    "425:1,1,3,1,11,31,97,225 451:1,1,1,3,23,43,57,177 463:1,3,7,7,17,17,37,71 "
    "487:1,3,1,5,27,63,123,213 501:1,1,3,5,11,43,53,133 529:1,3,5,5,29,17,47,173,479 "
    "539:1,3,3,11,3,1,109,9,69 545:1,1,1,5,17,39,23,5,343 557:1,3,1,5,25,15,31,103,499 "
    "563:1,1,1,11,11,17,63,105,183 601:1,1,5,11,9,29,97,231,363 607:1,1,5,15,19,45,41,7,383 "
    "617:1,3,7,7,31,19,83,137,221 623:1,1,1,3,23,15,111,223,83 631:1,1,5,13,31,15,55,25,161 "
    "637:1,1,3,13,25,47,39,87,257"
)
"""For each dimension from the second on, the bits of its polynomial and its first direction numbers."""


class SobolEngine:
    """The Sobol sequence in `dimension` dimensions, scrambled (Owen, 1998) by `seed` if asked.

    Raises ``ValueError`` for more than 21201 dimensions, and ``RuntimeError`` for more than 64 without SciPy.

    >>> mt.quasirandom.SobolEngine(2).draw(3)
    tensor([[0.0000, 0.0000],
            [0.5000, 0.5000],
            [0.7500, 0.2500]])
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if not 1 <= dimension <= self.MAXDIM:
            raise ValueError(
                f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}], not {dimension}"
            )
        self.dimension, self.scramble, self.seed = dimension, scramble, seed
        self.num_generated, shift = 0, np.zeros(dimension, np.int64)
        state = np.array([_directions(d, self.MAXBIT) for d in range(dimension)], np.int64)
        if scramble:
            shift, state = self._scrambled(state)
        self.sobolstate, self.shift, self.quasi = tensor(state), tensor(shift), tensor(shift)

    def draw(self, n: int = 1, out: Any = None, dtype: Any = None) -> Tensor:
        """The next `n` points, (n, dimension)."""
        found = tensor(self._advanced(n) / 2.0**self.MAXBIT).to(dtype or get_default_dtype())
        return found if out is None else out.resize_as_(found).copy_(found)

    def draw_base2(self, m: int, out: Any = None, dtype: Any = None) -> Tensor:
        """The next ``2**m`` points; ``ValueError`` where they would not end at a power of two."""
        total = self.num_generated + 2**m
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: "
                f"n={self.num_generated}+2**{m}={total}. Use SobolEngine.draw() instead."
            )
        return self.draw(2**m, out, dtype)

    def fast_forward(self, n: int) -> Self:
        """Leave out the next `n` points."""
        self._advanced(n)
        return self

    def reset(self) -> Self:
        """Begin again."""
        self.quasi.copy_(self.shift)
        self.num_generated = 0
        return self

    def _advanced(self, n: int) -> Any:
        """The next `n` points as integers: each is the one before and one direction (Gray's code)."""
        first = self.num_generated == 0
        counts = np.arange(self.num_generated, self.num_generated + n) - 1
        lowest = np.where(counts < 0, 0, np.log2((~counts & (counts + 1)).clip(1))).astype(np.int64)
        steps = self.sobolstate.numpy().T[lowest]
        if first and n:
            steps[0] = 0
        points = np.bitwise_xor.accumulate(np.concatenate([self.quasi.numpy()[None], steps]), axis=0)
        self.quasi.copy_(tensor(points[-1]))
        self.num_generated += n
        return points[1:]

    def _scrambled(self, state: Any) -> tuple[Any, Any]:
        """A random shift, and the directions times random lower triangular matrices of bits."""
        bits, generator = self.MAXBIT, None
        if self.seed is not None:
            generator = Generator()
            generator.manual_seed(self.seed)
        shift = randint(2, (self.dimension, bits), generator=generator).numpy() @ (1 << np.arange(bits))
        matrices = np.tril(randint(2, (self.dimension, bits, bits), generator=generator).numpy())
        matrices[:, np.arange(bits), np.arange(bits)] = 1
        places = np.arange(bits)[::-1]
        columns = (state[:, None, :] >> places[:, None]) & 1  # the highest bit first
        return shift, ((matrices @ columns) % 2 << places[:, None]).sum(1)

    def __repr__(self) -> str:
        seed = "" if self.seed is None else f", seed={self.seed}"
        return f"SobolEngine(dimension={self.dimension}{', scramble=True' * self.scramble}{seed})"


def _directions(dimension: int, bits: int) -> list[int]:
    """The direction numbers of one dimension, by the recurrence of its polynomial."""
    if dimension == 0:
        return [1 << (bits - 1 - j) for j in range(bits)]
    polynomial, first = _polynomial(dimension)
    degree, found = polynomial.bit_length() - 1, list(first)
    for j in range(degree, bits):
        new = found[j - degree]
        for k in range(degree):
            if polynomial >> (degree - 1 - k) & 1:
                new ^= found[j - k - 1] << (k + 1)
        found.append(new)
    return [number << (bits - 1 - j) for j, number in enumerate(found)]


def _polynomial(dimension: int) -> tuple[int, list[int]]:
    table = _NUMBERS.split(" ")
    if dimension <= len(table):
        polynomial, _, numbers = table[dimension - 1].partition(":")
        return int(polynomial), [int(number) for number in numbers.split(",")]
    polynomials, firsts = _all_numbers()
    number = int(polynomials[dimension])
    return number, firsts[dimension, : number.bit_length() - 1].tolist()


@cache
def _all_numbers() -> tuple[Any, Any]:
    spec = find_spec("scipy")
    if spec is None or spec.origin is None:
        raise RuntimeError("SobolEngine has 64 dimensions of its own: pip install scipy for more")
    path = os.path.join(os.path.dirname(spec.origin), "stats", "_sobol_direction_numbers.npz")
    with np.load(path) as held:
        return held["poly"], held["vinit"]
