"""`opcheck`: whether an operator keeps what its schema and its registered functions promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import microtensor
from microtensor.engine.tensor import Tensor

from .registering import operator_of

__all__ = ["OpCheckError", "get_ctx", "opcheck"]

TESTS = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")


class OpCheckError(Exception):
    """An operator does not do what its schema, or a function registered for it, says."""


class _Sizes:
    """What a fake function asks for sizes that only the data tell."""

    def __init__(self) -> None:
        self.asked = False

    def new_dynamic_size(self, *, min: int = 0, max: int | None = None) -> int:
        """A size that is not compared: 0."""
        self.asked = True
        return 0

    create_unbacked_symint = new_dynamic_size


_context: list[_Sizes] = []


def get_ctx() -> Any:
    """What a function of `register_fake` asks for a size that depends on data; only `opcheck` runs one.

    Raises ``RuntimeError`` outside of it.
    """
    if not _context:
        raise RuntimeError("get_ctx() is for functions of register_fake, which opcheck runs")
    return _context[-1]


def opcheck(
    op: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, *,
    test_utils: str | Sequence[str] = TESTS, raise_exception: bool = True, atol: float | None = None,
    rtol: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run an operator on sample arguments, and hold it to what was said of it.

    ``test_schema``: it writes only to what the schema says, and gives what the schema says.
    ``test_autograd_registration``: what requires a gradient is differentiated by a registered function.
    ``test_faketensor``: the function of `register_fake` gives the results' shapes and dtypes.
    ``test_aot_dispatch_dynamic``: `microtensor.compile` of it gives the same results and gradients.

    Raises `OpCheckError` for the first test that fails, unless `raise_exception` is False: then the answers
    hold the errors.

    >>> @mt.library.custom_op("example_opcheck::double", mutates_args=())
    ... def double(x: mt.Tensor) -> mt.Tensor:
    ...     return x * 2
    >>> mt.library.opcheck(double, (mt.ones(2),), test_utils="test_schema")
    {'test_schema': 'SUCCESS'}
    """
    names = (test_utils,) if isinstance(test_utils, str) else tuple(test_utils)
    unknown = set(names) - set(TESTS)
    if unknown:
        raise ValueError(f"opcheck knows the tests {TESTS}, and not {sorted(unknown)}")
    found: dict[str, Any] = {}
    for name in names:
        try:
            _CHECKS[name](operator_of(op), args, kwargs or {}, rtol, atol)
            found[name] = "SUCCESS"
        except Exception as error:
            if raise_exception:
                raise OpCheckError(f"opcheck(op, ...): {name} failed with {error}") from error
            found[name] = error
    return found


def _copied(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_copied, value))
    return value.detach().clone().requires_grad_(value.requires_grad) if isinstance(value, Tensor) else value


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, (list, tuple)):
        return [t for item in value for t in _tensors(item)]
    return [value] if isinstance(value, Tensor) else []


def _schema(op: Any, args: Any, kwargs: Any, rtol: Any, atol: Any) -> None:
    values = op._schema.bind(_copied(args), {name: _copied(value) for name, value in kwargs.items()})
    before = [[np.array(t.detach().array) for t in _tensors(value)] for value in values]
    from .calls import _split, run

    result = run(op, values)
    for argument, value, old in zip(op._schema.arguments, values, before, strict=True):
        pairs = zip(_tensors(value), old, strict=True)
        same = all(np.array_equal(t.detach().array, o, equal_nan=o.dtype.kind in "fc") for t, o in pairs)
        if not same and not argument.is_write:
            raise RuntimeError(f"Argument {argument.name} is not defined as mutable but was mutated")
    call, tensors = _split(op, values)
    if not op._schema.is_mutable and op.composite_kernel() is None:
        call.check(result, tensors)


def _autograd(op: Any, args: Any, kwargs: Any, rtol: Any, atol: Any) -> None:
    wanting = [t for t in _tensors((*args, *kwargs.values())) if t.requires_grad]
    if wanting and not (op.formula or op.autograd_kernel() or op.composite_kernel()):
        raise RuntimeError(
            f"{op.name()} was given tensors that require a gradient, and has no formula for it: use "
            "register_autograd"
        )


def _fake(op: Any, args: Any, kwargs: Any, rtol: Any, atol: Any) -> None:
    if op.fake is None:
        if op.composite_kernel() is not None:
            return
        raise RuntimeError(
            f"There was no fake impl registered for {op}. Please use `register_fake` to add an fake impl."
        )
    real = _tensors([op(*_copied(args), **kwargs)])
    _context.append(_Sizes())
    try:
        fake = _tensors([op.fake(*_copied(args), **kwargs)])
    finally:
        sizes = _context.pop()
    if [_looks(t, sizes.asked, r) for t, r in zip(fake, real, strict=False)] != [_looks(r) for r in real]:
        shown = [[(tuple(t.shape), t.dtype) for t in group] for group in (fake, real)]
        raise RuntimeError(f"the fake impl of {op} gives {shown[0]}, and the operator {shown[1]}")


def _looks(t: Tensor, free: bool = False, like: Tensor | None = None) -> tuple[Any, ...]:
    """Shape and dtype; a size that was left `free` is that of the real result."""
    shape = tuple(t.shape)
    if free and like is not None and len(shape) == like.ndim:
        shape = tuple(mine or real for mine, real in zip(shape, like.shape, strict=True))
    return shape, t.dtype


def _compiled(op: Any, args: Any, kwargs: Any, rtol: Any, atol: Any) -> None:
    if op.fake is None and op.composite_kernel() is None:
        _fake(op, args, kwargs, rtol, atol)
    compiled = microtensor.compile(lambda *args: op(*args, **kwargs))
    expected = _results(op, args, kwargs)
    tolerances = {} if rtol is None or atol is None else {"rtol": rtol, "atol": atol}
    for _ in range(3):  # it replays what it has seen twice
        microtensor.testing.assert_close(_results(compiled, args, {}), expected, **tolerances)


def _results(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> list[Any]:
    """Results, and the gradients of their sum."""
    mine = _copied(args)
    results = _tensors([function(*mine, **kwargs)])
    wanting = [t for t in _tensors(mine) if t.requires_grad]
    live = [r for r in results if r.requires_grad]
    grads = microtensor.autograd.grad([r.sum() for r in live], wanting, allow_unused=True) if live else ()
    return [r.detach() for r in results] + [g for g in grads if g is not None]


_CHECKS = dict(zip(TESTS, (_schema, _autograd, _fake, _compiled), strict=True))
