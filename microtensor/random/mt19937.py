"""The Mersenne Twister of 32 bits, seeded and laid out in bytes as PyTorch does it.

What a draw makes of its words is `stream`'s.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import dtype_name
from .fused_multiply_add import Array, chunks

DEFAULT_SEED: Final = 67280421310721

_MASK53: Final = (1 << 53) - 1
_WORD_RANGE: Final = 1 << 28  # ranges from here on take a 64-bit word
_STATE: Final = struct.Struct("<QiiQ4992sdddqfi")
_float16, _float32, _float64 = map(np.dtype, (np.float16, np.float32, np.float64))


def _require(condition: object, sentence: str) -> None:
    if not condition:
        raise RuntimeError(sentence)


def _floating(dtype: DTypeLike) -> np.dtype[Any]:
    dtype = np.dtype(dtype)
    if dtype not in (_float32, _float64, _float16) and dtype.name != "bfloat16":
        raise NotImplementedError(
            f"expected bfloat16, float16, float32 or float64, but got dtype {dtype_name(dtype)}"
        )
    return dtype


class MT19937:
    """Bits of the generator: its seed, its state in PyTorch's layout, its words and its uniform numbers."""

    __slots__ = ("_bits", "_seed", "_spare")

    _bits: np.random.MT19937
    _seed: int
    _spare: float | None

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._bits = np.random.MT19937(0)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start over from ``seed``; the waiting normal is forgotten.

        Only the low 32 bits reach the generator, as in PyTorch, so ``5`` and ``2**32 + 5`` give
        the same stream. Raises ``ValueError`` outside of ``[-2**63, 2**64)``.
        """
        seed = int(seed)
        if not -(1 << 63) <= seed < 1 << 64:
            raise ValueError(f"seed must be in [-2**63, 2**64), but got {seed}")
        self._seed = seed % (1 << 64)
        self._spare = None
        np.random.RandomState(self._bits).seed(seed & 0xFFFFFFFF)

    def initial_seed(self) -> int:
        """The last seed given, as an unsigned 64-bit number."""
        return self._seed

    def get_state(self) -> bytes:
        """The whole state, the waiting normal included, in the layout of ``torch.get_rng_state``.

        The bytes go into ``set_state`` of any stream, and, as a uint8 tensor, into PyTorch's
        ``torch.set_rng_state``, and back.
        """
        state: Any = self._bits.state["state"]
        key, position = state["key"], int(state["pos"])
        fresh = position == 624 and int(key[0]) == self._seed & 0xFFFFFFFF
        left = 1 if fresh else 625 - position
        spare, words = self._spare, key.astype("<u8").tobytes()
        head = (self._seed, left, 1, 0 if fresh else position, words)
        return _STATE.pack(*head, 0.0, spare or 0.0, 0.0, spare is not None, 0.0, 0)

    def set_state(self, state: bytes) -> None:
        """Continue from a state of ``get_state``; raises ``RuntimeError`` if it is none."""
        if len(state) != _STATE.size:
            raise RuntimeError(
                f"a random state has {_STATE.size} bytes, but got {len(state)}; pass what get_state returned"
            )
        seed, left, seeded, position, words, _, spare, _, waiting, *_ = _STATE.unpack(state)
        if not (seeded and 0 < left <= 624 and position <= 624):
            raise RuntimeError("not a valid random state; pass what get_state returned")
        key = np.frombuffer(words, "<u8").astype(np.uint32)
        position = 624 if left == 1 else position
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
        self._seed, self._spare = seed, spare if waiting else None

    def _words(self, n: int) -> NDArray[np.uint64]:
        raw = self._bits.random_raw(2 * n)
        words: NDArray[np.uint64] = raw[0::2] << np.uint64(32)
        words |= raw[1::2]
        return words

    def _unit(self, n: int, dtype: np.dtype[Any]) -> Array:
        """Uniform in [0, 1): float64 for float64, float32 for float32 and float16."""
        wide = dtype == _float64
        out = np.empty(n, _float64 if wide else _float32)
        mask, scale = (_MASK53, 2.0**-53) if wide else (0xFFFFFF, 2.0**-24)
        for part in chunks(n):
            size = part.stop - part.start
            raw = self._words(size) if wide else self._bits.random_raw(size)
            raw &= np.uint64(mask)
            out[part] = raw.view(np.int64)  # signed integers convert several times faster
            out[part] *= scale
        return out

    def _remainders(self, n: int, span: int) -> NDArray[np.uint64]:
        if span == 1 << 64:
            return self._words(n)
        if span >= _WORD_RANGE:
            return self._words(n) % np.uint64(span)
        raw, divisor = self._bits.random_raw(n).astype(np.uint32), np.uint32(span)
        raw -= raw // divisor * divisor  # NumPy divides by a scalar with SIMD, but has no such %
        return raw.astype(np.uint64)
