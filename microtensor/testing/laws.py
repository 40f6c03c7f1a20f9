"""The laws that every op obeys, each stated once, over all its samples.

A law takes an op and one call, ``(arrays, params)``, and raises AssertionError.  An op that cannot
obey one says so itself, with the reason: ``@op(exempt={"second": "..."})``.
"""

from __future__ import annotations

import dataclasses
import gc
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd.grad_backward import grad
from ..engine.apply import apply
from ..engine.fastpath import node_of
from ..engine.grad_mode import enable_grad
from ..engine.op_definition import Op
from ..engine.tensor import Tensor
from ..errors import describe_call
from .comparison import assert_close
from .finite_differences import directional, numerical_gradient
from .samples import complex_samples_of, samples_of

Law = Callable[[Op, Sequence[Any], dict[str, Any]], None]
LAWS: dict[str, Law] = {}
"""Every law by name, as `exempt` names it."""


def law(function: Law) -> Law:
    """Register a law under its name."""
    LAWS[function.__name__] = function
    return function


def check_op(op: Any, laws: Sequence[str] | None = None) -> None:
    """Hold an op (the function that `@op` returned, or its `Op`) to every law, or to those named.

    Raises ``AssertionError`` naming the law, the call, and what differed.

    >>> mt.testing.check_op(mt.exp)
    """
    op = getattr(op, "op", op)
    if not isinstance(op, Op):
        raise TypeError(f"check_op takes what @op returned, or an Op of the registry, not {op!r}")
    for name in laws or LAWS:
        if name in op.exempt:
            continue
        for arrays, params in (*samples_of(op), *complex_samples_of(op)):
            check_law(op, name, arrays, params)


def check_law(op: Op, name: str, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """Hold one call to one law."""
    try:
        LAWS[name](op, arrays, params)
    except Exception as error:
        kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        where = f"op {op.name} breaks the law {name!r}, called as {describe_call(op.name, arrays, params)}"
        raise AssertionError(f"{where}: {kind}{error}") from error


# ------------------------------------------------------------------ ways to call


def call(op: Op, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """The op as users call it; the first output if there are several."""
    out = op.call(*operands, **params)
    return out[0] if isinstance(out, tuple) else out


def active(op: Op, arrays: Sequence[Any]) -> list[int]:
    """Which operands have a derivative here."""
    names = op.arrays * len(arrays) if op.variadic else op.arrays
    return [i for i, n in enumerate(names[: len(arrays)]) if n in op.partials and _floats(arrays[i])]


def named(op: Op, position: int) -> str:
    """What the operand at `position` is called in the op's signature."""
    return f"{op.arrays[0]}[{position}]" if op.variadic else repr(op.arrays[position])


def _floats(array: Any) -> bool:
    return getattr(array, "dtype", None) is not None and array.dtype.kind in "fc"


def leaves(op: Op, arrays: Sequence[Any]) -> list[Any]:
    """The operands as Tensors, those with a derivative requiring a gradient."""
    chosen = active(op, arrays)
    made = [Tensor._of(a) if isinstance(a, np.ndarray) else a for a in arrays]
    return [t.requires_grad_() if i in chosen else t for i, t in enumerate(made)]


def cotangent(out: Any, seed: int = 1) -> Any:
    """A fixed random cotangent for a result."""
    rng = np.random.default_rng(seed)
    parts = [rng.uniform(0.5, 1.5, np.shape(out)) * rng.choice([-1, 1], np.shape(out)) for _ in "xy"]
    return np.asarray(parts[0] + 1j * parts[1] if out.dtype.kind == "c" else parts[0], out.dtype)


def product(u: Any, x: Any) -> float:
    """The real inner product of two arrays, of which a gradient is taken."""
    return float(np.sum(np.real(np.conj(u) * x)))


def pulled(
    op: Op, arrays: Sequence[Any], params: dict[str, Any], create_graph: bool
) -> tuple[list[Any], Any, Any]:
    """The operands, the cotangent of the result, and the gradients."""
    tensors = leaves(op, arrays)
    out = call(op, tensors, params)
    u = Tensor._of(cotangent(out._data))
    if create_graph:
        u.requires_grad_()
    inputs = [tensors[i] for i in active(op, arrays)]
    gradients = grad(out, inputs, u, create_graph=create_graph, allow_unused=True)
    return inputs, u, gradients


def scalar(op: Op, arrays: Sequence[Any], params: dict[str, Any], position: int) -> Callable[[Any], float]:
    """``<u, op(..., x, ...)>`` as a function of operand `position` alone."""

    def function(x: Any) -> float:
        out = call(op, [x if i == position else a for i, a in enumerate(arrays)], params)
        return product(cotangent(np.asarray(out)), out)

    return function


def _is_smooth_call(op: Op, arrays: Sequence[Any]) -> bool:
    return bool(active(op, arrays))


# -------------------------------------------------------------------- the laws


@law
def reference(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """Forward equals NumPy, or another reference."""
    assert op.reference is not None, "it has no reference=; give one, or exempt it with a reason"
    expected = op.reference(*arrays, **params)
    found = call(op, arrays, params)
    words = "the op and its reference: "
    assert_close(found, expected, rtol=1e-12, atol=1e-12, check_dtype=False, msg=words)


@law
def gradient(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """Each partial derivative equals central differences."""
    inputs, _, gradients = pulled(op, arrays, params, False) if _is_smooth_call(op, arrays) else ([], 0, ())
    for position, g, x in zip(active(op, arrays), gradients, inputs, strict=True):
        expected = numerical_gradient(scalar(op, arrays, params, position), arrays[position])
        found = np.zeros(x.shape, x.dtype) if g is None else g.array
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        words = f"the formula of {named(op, position)} and differences: "
        assert_close(found, expected, rtol=0, atol=1e-6 * scale, msg=words)


@law
def untouched(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """No operand and no incoming cotangent is modified."""
    copies = [np.array(a) for a in arrays]
    tensors = leaves(op, arrays)
    out = call(op, tensors, params)
    if _is_smooth_call(op, arrays):
        u = cotangent(out._data)
        kept = u.copy()
        out.backward(Tensor._of(u))
        assert np.array_equal(u, kept), "the cotangent was modified"
    for position, (a, copy) in enumerate(zip(arrays, copies, strict=True)):
        assert np.array_equal(a, copy), f"the operand {named(op, position)} was modified"


@law
def complete(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """An operand that has no formula does not move the result."""
    chosen = active(op, arrays)
    for position in [i for i, a in enumerate(arrays) if _floats(a) and i not in chosen]:
        slope = numerical_gradient(scalar(op, arrays, params, position), arrays[position])
        moved = float(np.abs(slope).max(initial=0))
        assert moved < 1e-6, (
            f"{named(op, position)} has no formula, and the result depends on it (slope {moved:.3g})"
        )


@law
def second(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """The derivative of the gradient, by operands and by cotangent, equals its differences."""
    if not _is_smooth_call(op, arrays):
        return
    inputs, u, gradients = pulled(op, arrays, params, True)
    weights = [cotangent(g._data, 2 + i) for i, g in enumerate(gradients) if g is not None]
    present = [g for g in gradients if g is not None]
    if not any(g.requires_grad for g in present):
        return
    pieces = [_inner(g, w) for g, w in zip(present, weights, strict=True)]
    total = sum(pieces[1:], pieces[0])
    found = grad(total, [*inputs, u], allow_unused=True)
    for k, (x, g) in enumerate(zip([*inputs, u], found, strict=True)):
        expected = numerical_gradient(
            _first_order(op, arrays, params, k, weights, u.detach()), x.detach().array
        )
        given = np.zeros(x.shape, x.dtype) if g is None else g.array
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        by = [*(named(op, i) for i in active(op, arrays)), "the cotangent"][k]
        words = f"the derivative of the gradients by {by}, of the formulas and of differences: "
        assert_close(given, expected, rtol=0, atol=1e-6 * scale, msg=words)


def _inner(g: Tensor, weights: Any) -> Any:
    """``<weights, g>``, recorded."""
    if g.is_complex():
        return (g * Tensor._of(weights.conj())).real.sum()
    return (g * Tensor._of(weights)).sum()


def _first_order(
    op: Op, arrays: Sequence[Any], params: dict[str, Any], k: int, weights: Sequence[Any], u: Tensor
) -> Callable[[Any], float]:
    """``sum <w, gradient>`` as a function of the k-th of operands and cotangent."""
    chosen = active(op, arrays)

    def function(value: Any) -> float:
        moved = [value if k < len(chosen) and i == chosen[k] else a for i, a in enumerate(arrays)]
        tensors = leaves(op, moved)
        out = call(op, tensors, params)
        seed = Tensor._of(value) if k == len(chosen) else u
        gradients = grad(out, [tensors[i] for i in chosen], seed, allow_unused=True)
        present = [g for g in gradients if g is not None]
        return float(sum(product(w, g.array) for w, g in zip(weights, present, strict=True)))

    return function


@law
def third(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """The derivative of the second derivative, by each operand, equals its differences."""
    chosen = active(op, arrays)
    tensors = leaves(op, arrays)
    total = _second_order(op, tensors, chosen, params)
    if total is None or not total.requires_grad:
        return
    found = grad(total, [tensors[i] for i in chosen], allow_unused=True)
    for position, g in zip(chosen, found, strict=True):

        def function(value: Any, position: int = position) -> float:
            moved = leaves(op, [value if i == position else a for i, a in enumerate(arrays)])
            again = _second_order(op, moved, chosen, params)
            return 0.0 if again is None else float(again)

        expected = numerical_gradient(function, arrays[position])
        given = np.zeros_like(arrays[position]) if g is None else g.array
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        words = f"the third derivative by {named(op, position)}, of the formulas and of differences: "
        assert_close(given, expected, rtol=0, atol=1e-5 * scale, msg=words)


def _second_order(op: Op, tensors: list[Any], chosen: list[int], params: dict[str, Any]) -> Any:
    """One number made of the second derivatives, recorded; None if there are none."""
    inputs, value = [tensors[i] for i in chosen], call(op, tensors, params) if chosen else None
    for order in (1, 2):
        if value is None or not value.requires_grad:
            return None
        weights = Tensor._of(cotangent(value._data, order)) if order == 1 else None
        parts = grad(value, inputs, weights, create_graph=True, allow_unused=True)
        live = [_inner(p, cotangent(p._data, 7 + k)) for k, p in enumerate(parts) if p is not None]
        value = sum(live[1:], live[0]) if live else None
    return value


@law
def forward_mode(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """``<u, J v> = <J' u, v>``: the pull-back is the transpose of the directional derivative."""
    if not _is_smooth_call(op, arrays):
        return
    _, u, gradients = pulled(op, arrays, params, False)
    directions = {i: cotangent(arrays[i], 5 + i) for i in active(op, arrays)}

    def along(t: float) -> float:
        moved = [a + t * directions[i] if i in directions else a for i, a in enumerate(arrays)]
        return product(u.array, call(op, moved, params))

    found = sum(
        product(g.array, directions[i])
        for i, g in zip(active(op, arrays), gradients, strict=True) if g is not None
    )  # fmt: skip
    expected = directional(along)
    assert abs(found - expected) <= 1e-6 * max(1.0, abs(expected)), (
        f"the formulas and differences along one direction: {found} and {expected}"
    )


@law
def carriers(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """The formulas give the same bits on arrays and on Tensors that are being recorded."""
    if not _is_smooth_call(op, arrays):
        return
    raw, lifted = pulled(op, arrays, params, False)[2], pulled(op, arrays, params, True)[2]
    for a, b in zip(raw, lifted, strict=True):
        assert (a is None) == (b is None), "one carrier has a gradient and the other has none"
        assert a is None or np.array_equal(a.array, b.detach().array, equal_nan=True), f"{a} and {b}"


@law
def shapes(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """A gradient has its operand's shape and dtype, in single and in double precision."""
    for single in (True, False):
        cast = [_single(a) if single else a for a in arrays]
        if not _is_smooth_call(op, cast):
            return
        inputs, _, gradients = pulled(op, cast, params, False)
        for x, g in zip(inputs, gradients, strict=True):
            if g is not None:
                assert (g.shape, g.dtype) == (x.shape, x.dtype), (
                    f"a gradient is {g.dtype} {tuple(g.shape)} for an operand {x.dtype} {tuple(x.shape)}"
                )


@law
def floating(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """float32 in, float32 out (unless the result is of another kind); the same of complex64."""
    cast = [_single(a) for a in arrays]
    out = call(op, [Tensor._of(a) if isinstance(a, np.ndarray) else a for a in cast], params)
    fixed = params.get("dtype")
    single = np.float32 if out.dtype.kind == "f" else np.complex64
    assert not _floats(out) or out.dtype == (fixed or single), f"the result is {out.dtype}"


def _single(array: Any) -> Any:
    """An array of floats or complex numbers in single precision; anything else as it is."""
    if not isinstance(array, np.ndarray) or not _floats(array):
        return array
    return array.astype(np.float32 if array.dtype.kind == "f" else np.complex64)


@law
def lazy(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """Nothing is computed for an operand that needs no gradient."""
    chosen = active(op, arrays)
    if op.variadic or not chosen:
        return
    calls: list[str] = []
    counted = {name: _counting(name, formula, calls) for name, formula in op.partials.items()}
    twin = dataclasses.replace(op, partials=counted)
    twin.node = node_of(twin)
    for position in chosen:
        tensors = [Tensor._of(a) if isinstance(a, np.ndarray) else a for a in arrays]
        tensors[position].requires_grad_()
        out = apply(twin, tensors, _positional(op, params))
        out = out[0] if isinstance(out, tuple) else out
        calls.clear()
        out.backward(Tensor._of(cotangent(out._data)))
        assert calls == [op.arrays[position]], f"needed {op.arrays[position]!r} alone, computed {calls}"


def _positional(op: Op, params: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(params.get(name, p.default) for name, p in op.params.items())


def _counting(name: str, formula: Any, calls: list[str]) -> Any:
    def counted(*args: Any) -> Any:
        calls.append(name)
        return formula(*args)

    counted.__signature__ = inspect.signature(formula)  # type: ignore[attr-defined]
    return counted


@law
def freed(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """The graph dies by reference count: no cycle through it, with the collector off."""
    if not _is_smooth_call(op, arrays):
        return
    gc.disable()
    try:
        tensors = leaves(op, arrays)
        out = call(op, tensors, params)
        node = weakref.ref(out.grad_fn)
        out.backward(Tensor._of(cotangent(out._data)))
        del out, tensors
        assert node() is None, "the node is still alive"
    finally:
        gc.enable()


@law
def own_memory(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """No two gradients share memory, nor one with an operand, the result or the cotangent."""
    tensors = leaves(op, arrays)
    out = call(op, tensors, params)
    if not out.requires_grad:
        return
    g = Tensor._of(cotangent(out._data))
    out.backward(g)
    mine = [x.grad.array for x in tensors if isinstance(x, Tensor) and x.grad is not None]
    theirs = [g.array, out.array, *[a for a in arrays if isinstance(a, np.ndarray)]]
    for i, grad_ in enumerate(mine):
        assert not any(np.may_share_memory(grad_, a) for a in (*mine[:i], *theirs)), "a gradient is shared"


@law
def fast_path(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """The generated function does what `apply` does: result, saved values, gradients."""
    fast, slow = leaves(op, arrays), leaves(op, arrays)
    with enable_grad():
        a, b = op.call(*fast, **params), apply(op, slow, _positional(op, params))
    a, b = (a[0], b[0]) if isinstance(a, tuple) else (a, b)
    assert np.array_equal(a.detach().array, b.detach().array, equal_nan=True), "results differ"
    assert (a.grad_fn is None) == (b.grad_fn is None), "one is recorded and the other is not"
    if a.grad_fn is None:
        return
    for one, two in zip(a.grad_fn.saved, b.grad_fn.saved, strict=True):
        assert type(one) is type(two), f"saved {type(one).__name__} and {type(two).__name__}"
    u = Tensor._of(cotangent(a._data))
    a.backward(u)
    b.backward(u)
    for x, y in zip(fast, slow, strict=True):
        if isinstance(x, Tensor):
            assert (x.grad is None) == (y.grad is None), "gradients differ"
            assert x.grad is None or np.array_equal(x.grad.array, y.grad.array), "gradients differ"


_OR_EXEMPT = "or leave the law out, with exempt={'documented': 'the reason'}"


@law
def documented(op: Op, arrays: Sequence[Any], params: dict[str, Any]) -> None:
    """There is a docstring, with an example."""
    assert op.function.__doc__, f"it has no docstring: write one, {_OR_EXEMPT}"
    assert ">>>" in op.function.__doc__, f"its docstring has no example: write one after >>>, {_OR_EXEMPT}"
