"""Sample calls of an op: those that it carries, and for elementwise ops every way to broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op_definition import Op, case

_UNARY = [(), (1,), (3,), (2, 3), (0,)]
_BINARY = [
    ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((3,), (1,)), ((0, 3), (3,)), ((), ()),
]  # fmt: skip


def samples_of(op: Op, seed: int = 0, dtype: Any = np.float64) -> list[tuple[list[Any], dict[str, Any]]]:
    """Calls to test an op with: ``(arrays, params)``, values drawn inside its domain.

    >>> arrays, params = mt.testing.samples_of(mt.registry["exp"])[3]
    >>> arrays[0].shape, params
    ((2, 3), {})
    """
    rng = np.random.default_rng(seed)
    return [(draw_all(op, arrays, rng, dtype), params) for arrays, params in cases_of(op)]


def complex_samples_of(op: Op, seed: int = 1) -> list[tuple[list[Any], dict[str, Any]]]:
    """The same calls on complex numbers, if the op takes them: arrays drawn as before, plus imaginary parts.

    A case that names a real dtype stays out, and one that is `rectified`, as only real numbers can be.

    >>> arrays, params = mt.testing.samples.complex_samples_of(mt.registry["exp"])[3]
    >>> arrays[0].dtype, arrays[0].shape
    (dtype('complex128'), (2, 3))
    """
    if op.complex is not True or op.dtype is not None:
        return []
    rng = np.random.default_rng(seed)
    drawn = [([_with_imaginary(a, rng) for a in arrays], params) for arrays, params in samples_of(op, seed)]
    return [call for call in drawn if "dtype" not in call[1] and not call[1].get("rectified")]


def _with_imaginary(array: Any, rng: Any) -> Any:
    """A float array with imaginary parts of either sign, some way off the real axis; symmetric, Hermitian."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        return array
    imaginary = rng.uniform(0.2, 0.8, array.shape) * rng.choice([-1, 1], array.shape)
    if array.ndim > 1 and array.shape[-1] == array.shape[-2] and np.array_equal(array, array.mT):
        imaginary = (imaginary - imaginary.mT) / 2
    return np.asarray(array + 1j * imaginary)


def cases_of(op: Op) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The cases as written: shapes and index arrays, with parameters."""
    if op.samples:
        return list(op.samples)
    if not op.elementwise:
        raise TypeError(
            f"op {op.name} carries no samples, and is not elementwise: give it "
            "samples=[microtensor.case(...), ...]"
        )
    return [case(shape) for shape in _UNARY] if len(op.arrays) == 1 else [case(*pair) for pair in _BINARY]


def draw_all(op: Op, arrays: Any, rng: Any, dtype: Any = np.float64) -> list[Any]:
    """An array for each operand of a case."""
    names = op.arrays * len(arrays) if op.variadic else op.arrays
    return [draw(op, name, item, rng, dtype) for name, item in zip(names, arrays, strict=False)]


def draw(op: Op, name: str, item: Any, rng: Any, dtype: Any) -> Any:
    """One operand: a shape becomes distinct values inside the domain, in random order."""
    if not isinstance(item, tuple):
        return item
    low, high = op.domain[name] if isinstance(op.domain, dict) else op.domain
    size = int(np.prod(item))
    spaced = (np.arange(size) + rng.uniform(0.3, 0.7, size)) / max(size, 1)
    values = (low + (high - low) * rng.permutation(spaced)).reshape(item)
    if op.dtype is not None and np.dtype(op.dtype).kind == "c":
        values = _with_imaginary(values, rng)
    return values.astype(op.dtype or dtype)
