"""PyTorch's CPU random stream on NumPy arrays: one seed gives the same numbers here and there.

Draws equal those of torch 2.13 (x86-64 with AVX2 or AVX-512) to the last bit, but for what the
last paragraph names, and leave the generator where torch leaves it, so that mixed programs stay in
step. The facts, found by experiment with torch 2.13.0 and in the headers that it installs
(``ATen/core/DistributionsHelper.h``, ``TransformationHelper.h``, ``cpu/DistributionTemplates.h``):

- The source is MT19937 with the seeding of 2002; a 64-bit word is two draws, the first one high.
- float32 and float16 uniforms are the low 24 bits of one draw, float64 ones the low 53 of a word;
  ``[low, high)`` is reached by one fused multiply-add, and what rounds up to ``high`` is ``low``.
- Integers are a remainder: of one draw, or of a word where the range is 2**28 or more.
- Normals under 16 elements are Box-Muller pairs in float64 whose second member waits in a cache
  (shared with ``log_normal``, cleared by seeding, untouched by larger draws). From 16 on they come
  in blocks of 16 uniforms: ``1 - u`` of the first eight gives the radius, the last eight the angle;
  a ragged tail redoes the last 16 elements with 16 new draws. `_box_muller` has the polynomials.
- Bernoulli with one probability, hence ``dropout``, compares float64 uniforms, whatever the dtype
  of the result; with a tensor of probabilities the uniforms are float64 for float64 probabilities
  and float32 otherwise. Intel's MCG31 stream, which some older builds use, is not in 2.13.
- ``exponential``, ``cauchy``, ``geometric`` and ``log_normal`` compute in float64.
- ``multinomial`` divides the weights by exponentials and takes the largest (no replacement, or one
  sample), or looks float64 uniforms up in the cumulative sum.
- ``permutation`` swaps forward with one draw for each element but the last.

What differs: float64 results that pass through ``log``, ``log1p``, ``sin``, ``cos``, ``tan`` or
``exp`` may differ in their last bits, since NumPy's functions are not the C library's (float64
normals under 16 elements use the C library's); fused multiply-adds are emulated in twice the
precision, which rounds otherwise about once in 1e8; ``multinomial`` without replacement puts equal
quotients (zero weights; now and then float16) in the order of their indices; permutations of
2**32 // 20 elements or more are refused. A torch without AVX2 differs from all of this itself.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..errors import dtype_name
from .fused_multiply_add import Array, affine, chunks
from .mt19937 import _MASK53, MT19937, _float32, _float64, _floating, _require

_PERMUTATION_LIMIT: Final = (1 << 32) // 20  # torch changes its algorithm here


class Stream(MT19937):
    """A random stream that draws what PyTorch's CPU generator draws from the same seed.

    All draws take a count ``n`` and return a new 1-D array of ``n`` elements. An argument out of
    range raises ``RuntimeError``, and then nothing has been drawn.

    Args:
        seed: an integer in ``[-2**63, 2**64)``; a negative one counts from ``2**64`` down.

    Example:
        >>> stream = Stream(0)
        >>> stream.uniform(3)
        array([0.4962566 , 0.7682218 , 0.08847743], dtype=float32)
        >>> state = stream.get_state()
        >>> first = stream.normal(2)
        >>> stream.set_state(state)
        >>> bool((stream.normal(2) == first).all())
        True
    """

    __slots__ = ()

    def uniform(self, n: int, dtype: DTypeLike = np.float32, low: float = 0.0, high: float = 1.0) -> Array:
        """Uniform numbers in ``[low, high)``: one draw each, two in float64.

        Example:
            >>> Stream(0).uniform(2, np.float64)
            array([0.970053  , 0.70781986])
        """
        dtype = _floating(dtype)
        if low == 0.0 and high == 1.0 and dtype.itemsize > 2:
            return self._unit(n, dtype)
        _require(
            low <= high,
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}",
        )
        bottom, span = _bottom_and_span(low, high, dtype)
        x = _cast(affine(self._unit(n, dtype), span, bottom), dtype)
        ends: Any = np.array([low, high]).astype(dtype)
        x[x == ends[1]] = ends[0]
        return x

    def normal(
        self,
        n: int,
        dtype: DTypeLike = np.float32,
        mean: float = 0.0,
        std: float = 1.0,
        *,
        blocks: bool = True,
    ) -> Array:
        """Normal numbers.

        ``blocks=False`` draws one pair after another however large ``n`` is, as PyTorch does when
        it fills a tensor that is not contiguous.

        Example:
            >>> Stream(0).normal(3)
            array([ 1.5409961, -0.2934289, -2.1787894], dtype=float32)
        """
        _require(std >= 0, f"normal expects std >= 0.0, but found std {std}")
        dtype = _floating(dtype)
        if n < 16 or not blocks:
            return _cast(affine(self._pairs(n), std, mean), dtype)
        return _cast(affine(self._blocks(n, dtype), std, mean), dtype)

    def log_normal(self, n: int, dtype: DTypeLike = np.float32, mean: float = 1.0, std: float = 2.0) -> Array:
        """Numbers whose logarithm is normal; they take part in the cache of ``normal``."""
        _require(std > 0, f"log_normal_ expects std > 0.0, but found std={std}")
        dtype = _floating(dtype)
        with np.errstate(over="ignore"):
            return _cast(np.exp(affine(self._pairs(n), std, mean)), dtype)

    def integers(self, n: int, low: int, high: int, dtype: DTypeLike = np.int64) -> Array:
        """Integers in ``[low, high)``, in any dtype: one draw each, two from a range of 2**28 on.

        Example:
            >>> Stream(0).integers(5, 0, 10)
            array([4, 9, 3, 0, 3])
        """
        dtype, low, span = np.dtype(dtype), int(low), int(high) - int(low)
        _require(0 < span <= 1 << 64, f"integers expects low < high, but got [{low}, {high})")
        _require_fit(low, low + span - 1, dtype)
        x = self._remainders(n, span)
        if span < 1 << 64:  # all the words there are need no origin, and get none in torch
            x += np.uint64(low % (1 << 64))
        return x.view(np.int64).astype(dtype)

    def full_range(self, n: int, dtype: DTypeLike = np.int64) -> Array:
        """What ``Tensor.random_()`` draws: integers from 0 to the largest of an integer dtype.

        For a floating dtype, to the last before which it holds them all (2**24 in float32).

        Example:
            >>> Stream(0).full_range(1)
            array([900450186894289455])
        """
        dtype = np.dtype(dtype)
        floating = dtype.kind == "f"
        span = (1 << np.finfo(dtype).nmant + 1) + 1 if floating else _limits(dtype)[1] + 1
        wide = dtype in (np.dtype(np.int64), _float64)
        raw = self._words(n) if wide else self._bits.random_raw(n)
        return (raw % np.uint64(span)).astype(dtype)

    def permutation(self, n: int, dtype: DTypeLike = np.int64) -> Array:
        """The numbers 0 to ``n - 1`` in random order, by ``n - 1`` draws.

        Example:
            >>> Stream(0).permutation(4)
            array([0, 1, 3, 2])
        """
        from .shuffles import swap_at_once, swap_in_turn

        limit = _PERMUTATION_LIMIT
        _require(0 <= n < limit, f"permutation expects n in [0, {limit}), but got {n}")
        _require_fit(0, n - 1, np.dtype(dtype))
        draws = self._bits.random_raw(max(n - 1, 0))
        targets = np.arange(n)
        targets[:-1] += (draws % np.arange(n, 1, -1, dtype=np.uint64)).view(np.int64)
        shuffle = swap_in_turn if n < 400 else swap_at_once
        return shuffle(targets).astype(dtype, copy=False)

    def bernoulli(self, n: int, p: float = 0.5) -> NDArray[np.bool_]:
        """True with probability ``p``: the stream of ``Tensor.bernoulli_(p)`` and of ``dropout``.

        The mask of ``dropout`` is ``bernoulli(n, 1 - p)``. Two draws each, whatever the tensor's dtype.

        Example:
            >>> Stream(0).bernoulli(4, 0.5)
            array([False, False,  True, False])
        """
        _require(0 <= p <= 1, f"bernoulli expects p in [0, 1], but got p={p}")
        out = np.empty(n, np.bool_)
        bound = np.uint64(math.ceil(p * 2.0**53))  # k / 2**53 < p, without leaving the integers
        for part in chunks(n):
            out[part] = (self._words(part.stop - part.start) & np.uint64(_MASK53)) < bound
        return out

    def bernoulli_each(self, p: ArrayLike) -> NDArray[np.bool_]:
        """True with the probability given for each element, as ``torch.bernoulli(p)``.

        Takes a floating array of any shape and returns one of that shape; two draws for each
        element in float64, one otherwise.
        """
        p = np.asarray(p)
        wide = _float64 if _floating(p.dtype) == _float64 else _float32
        _require(((p >= 0) & (p <= 1)).all(), "bernoulli expects probabilities in [0, 1]")
        below: Array = self._unit(p.size, wide).reshape(p.shape) < p.astype(wide, copy=False)
        return below

    def exponential(self, n: int, dtype: DTypeLike = np.float32, rate: float = 1.0) -> Array:
        """Exponential numbers of mean ``1 / rate``: two draws each."""
        _require(rate > 0, f"exponential_ expects lambda > 0.0, but found lambda={rate}")
        dtype = _floating(dtype)
        return _cast(-1.0 / rate * np.log1p(-self._unit(n, _float64)), dtype)

    def geometric(self, n: int, p: float, dtype: DTypeLike = np.float32) -> Array:
        """The number of trials to the first success, from 1 on: two draws each."""
        _require(0 < p < 1, f"geometric_ expects p to be in (0, 1), but got p={p}")
        return _cast(np.ceil(np.log(self._unit(n, _float64)) / math.log1p(-p)), dtype)

    def cauchy(self, n: int, dtype: DTypeLike = np.float32, median: float = 0.0, sigma: float = 1.0) -> Array:
        """Cauchy numbers: two draws each."""
        _require(sigma > 0, f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
        dtype = _floating(dtype)
        return _cast(median + sigma * np.tan(math.pi * (self._unit(n, _float64) - 0.5)), dtype)

    def multinomial(
        self, weights: ArrayLike, num_samples: int, replacement: bool = False
    ) -> NDArray[np.int64]:
        """Indices drawn with probability in proportion to ``weights``.

        Takes floating weights of shape (categories,) or (rows, categories) and returns int64
        indices of shape (num_samples,) or (rows, num_samples). Without replacement this is the
        exponential race (Efraimidis and Spirakis, 2006): the largest quotients of weight and
        exponential win. Raises ``RuntimeError`` for weights that are no distribution.

        Example:
            >>> Stream(0).multinomial(np.array([0.1, 0.2, 0.7], np.float32), 2)
            array([2, 1])
        """
        w = np.asarray(weights)
        _check_weights(w, num_samples, replacement)
        if replacement and num_samples > 1:
            return self._with_replacement(w, num_samples)
        with np.errstate(over="ignore"):
            race = w / self.exponential(w.size, w.dtype).reshape(w.shape)
        if num_samples == 1:
            winner: NDArray[np.int64] = race.argmax(-1, keepdims=True).astype(np.int64, copy=False)
            return winner
        order = np.argsort(-race, -1, kind="stable")[..., :num_samples]
        return np.array(order, np.int64, order="C")

    def _with_replacement(self, w: Array, num_samples: int) -> NDArray[np.int64]:
        sums: Array = np.cumsum(w, -1, dtype=_float64 if w.dtype == _float64 else _float32)
        sums = sums / sums[..., -1:]
        rows = sums.astype(_float64).reshape(-1, w.shape[-1])
        u = self._unit(len(rows) * num_samples, _float64).reshape(len(rows), num_samples)
        found = [np.searchsorted(row, x) for row, x in zip(rows, u, strict=True)]
        return np.array(found, np.int64).reshape(*w.shape[:-1], num_samples)

    def _pairs(self, n: int) -> NDArray[np.float64]:
        """Box-Muller pairs in float64, beginning with the one that waits, leaving one to wait."""
        if n < 16:
            return np.array(self._few_pairs(n), _float64)
        waiting = self._few_pairs(int(self._spare is not None))
        u = self._unit((n - len(waiting) - 1) // 2 * 2, _float64)
        radius, angle = np.sqrt(-2.0 * np.log1p(-u[1::2])), 2.0 * math.pi * u[0::2]
        u[0::2], u[1::2] = radius * np.cos(angle), radius * np.sin(angle)
        last = self._few_pairs(n - len(waiting) - u.size)  # so that what waits is exact
        return np.concatenate([waiting, u, last])

    def _few_pairs(self, n: int) -> list[float]:
        out = [] if self._spare is None else [self._spare]
        draws = iter(self._bits.random_raw((n - len(out) + 1) // 2 * 4).tolist())
        for a, b, c, d in zip(draws, draws, draws, draws, strict=True):
            angle = 2.0 * math.pi * (((a & 0x1FFFFF) << 32 | b) * 2.0**-53)
            radius = math.sqrt(-2.0 * math.log1p(((c & 0x1FFFFF) << 32 | d) * -(2.0**-53)))
            out += radius * math.cos(angle), radius * math.sin(angle)
        self._spare = out.pop() if len(out) > n else None
        return out

    def _blocks(self, n: int, dtype: np.dtype[Any]) -> Array:
        from .box_muller import box_muller  # many programs draw no normal numbers

        whole = n - n % 16
        if whole == n:
            return box_muller(self._unit(n, dtype))
        drawn = whole if dtype.itemsize == 2 else n  # 16-bit floats draw for each block as it comes
        u = self._unit(drawn + 16, dtype)
        x = box_muller(np.concatenate([u[:whole], u[drawn:]]))
        return np.concatenate([x[: n - 16], x[whole:]])


def _limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    if dtype.kind == "b":
        return 0, 1
    bits = 8 * dtype.itemsize
    return (0, (1 << bits) - 1) if dtype.kind == "u" else (-1 << bits - 1, (1 << bits - 1) - 1)


def _require_fit(first: int, last: int, dtype: np.dtype[Any]) -> None:
    if dtype.kind in "biu":
        least, greatest = _limits(dtype)
        fits = least <= first and last <= greatest
        _require(fits, f"integers from {first} to {last} do not fit in {dtype_name(dtype)}")


def _check_weights(w: Array, num_samples: int, replacement: bool) -> None:
    _require(w.ndim in (1, 2), f"prob_dist must be 1 or 2 dim, but the shape is {w.shape}")
    _floating(w.dtype)
    _require(num_samples > 0, f"cannot sample n_sample <= 0 samples: {num_samples}")
    _require(
        replacement or num_samples <= w.shape[-1],
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
        f"{num_samples} of {w.shape[-1]}",
    )
    _require(
        (w >= 0).all() and np.isfinite(w).all(),
        "probability tensor contains either `inf`, `nan` or element < 0",
    )
    _require((w > 0).any(-1).all(), "invalid multinomial distribution (sum of probabilities <= 0)")


def _cast(x: Array, dtype: DTypeLike) -> Array:
    """To float16 and bfloat16 by way of float32, as C++ converts, and overflowing to infinity in silence."""
    dtype = np.dtype(dtype)
    if dtype == x.dtype:
        return x
    with np.errstate(over="ignore"):
        return (x.astype(_float32) if dtype.kind in "fV" and dtype.itemsize == 2 else x).astype(dtype)


def _bottom_and_span(low: float, high: float, dtype: np.dtype[Any]) -> tuple[float, float]:
    kind = np.float64 if dtype == _float64 else np.float32
    with np.errstate(over="ignore", invalid="ignore"):
        bottom, span = kind(low), kind(high) - kind(low)
        finite = np.isfinite(np.array([low, high]).astype(dtype)).all() and np.isfinite(span)
    _require(finite, f"uniform cannot span [{low}, {high}) in {dtype_name(dtype)}")
    return float(bottom), float(span)
