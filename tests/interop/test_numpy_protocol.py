"""NumPy's functions on tensors: the gradient is kept, or the call is refused; it is never lost silently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

UNARY = [
    "negative",
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tanh",
    "absolute",
    "sign",
    "reciprocal",
    "floor",
    "ceil",
    "rint",
    "square",
]
BINARY = ["add", "subtract", "multiply", "true_divide", "divide", "power", "maximum", "minimum", "remainder"]


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(values, dtype=mt.float64, requires_grad=True)


def is_tensor(x: Any) -> bool:
    return isinstance(x, mt.Tensor)


@pytest.mark.parametrize("name", UNARY)
def test_unary_ufuncs_keep_the_gradient(name: str) -> None:
    x, ufunc = leaf(0.4, 1.7), getattr(np, name)
    y = ufunc(x)
    assert is_tensor(y)
    np.testing.assert_allclose(y.tolist(), ufunc(np.array([0.4, 1.7])))
    y.sum().backward()
    step = 1e-6
    slope = (ufunc(np.array([0.4, 1.7]) + step) - ufunc(np.array([0.4, 1.7]) - step)) / (2 * step)
    np.testing.assert_allclose(x.grad.tolist(), slope, atol=1e-6)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize(
    "order", ["tensor, tensor", "tensor, array", "array, tensor", "tensor, number", "number, tensor"]
)
def test_binary_ufuncs_keep_the_gradient(name: str, order: str) -> None:
    values = {"array": np.array([1.5, 0.7]), "number": 1.5}
    ufunc, kinds = getattr(np, name), order.split(", ")
    tensors = [leaf(2.2, 0.9) for kind in kinds if kind == "tensor"]
    left = iter(tensors)
    operands = [next(left) if kind == "tensor" else values[kind] for kind in kinds]
    y = ufunc(*operands)
    assert is_tensor(y)
    raw = [x.detach().array if is_tensor(x) else x for x in operands]
    np.testing.assert_allclose(y.tolist(), ufunc(*raw))
    y.sum().backward()
    assert all(t.grad is not None for t in tensors)


OPERATORS: list[Any] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: a**b,
    lambda a, b: a // b,
    lambda a, b: a % b,
]


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize(
    "other",
    [np.array([1.5, 0.5]), np.float64(1.5), np.float32(1.5), np.int64(2), np.array(1.5), 2, 1.5],
    ids=repr,
)
def test_operators_between_tensors_and_numpy_give_tensors_either_way(op: Any, other: Any) -> None:
    x = leaf(2.0, 3.0)
    raw = x.detach().array
    for found, expected in ((op(x, other), op(raw, other)), (op(other, x), op(other, raw))):
        assert is_tensor(found)
        np.testing.assert_allclose(found.tolist(), expected)


def test_numpy_scalars_do_not_widen() -> None:
    x = mt.ones(2)
    for y in (x * np.float64(2), np.float64(2) * x, x + np.int64(1), np.float64(1) / x, np.float64(2) ** x):
        assert y.dtype == mt.float32


def test_comparisons_with_numpy_give_bool_tensors() -> None:
    x, array = mt.tensor([1.0, 3.0]), np.array([2.0, 2.0])
    for y in (x < array, array > x, np.less(x, array), array >= x):
        assert is_tensor(y)
        assert y.tolist() == [True, False]


def test_matmul_with_numpy() -> None:
    x, array = mt.ones(2, 3, dtype=mt.float64, requires_grad=True), np.arange(6.0).reshape(3, 2)
    for y in (x @ array, np.matmul(x, array), np.dot(x, array)):
        assert is_tensor(y)
        assert y.tolist() == (np.ones((2, 3)) @ array).tolist()
    (array @ x).sum().backward()
    assert x.grad is not None


def test_writing_a_gradient_into_an_array_is_refused() -> None:
    array, x = np.zeros(2), leaf(1.0, 2.0)
    with pytest.raises((TypeError, RuntimeError)):
        np.add(array, x, out=array)
    np.testing.assert_array_equal(array, [0.0, 0.0])


def test_augmenting_an_array_writes_a_constant_into_it_and_refuses_a_gradient() -> None:
    array = np.zeros(2)
    array += mt.tensor([1.0, 2.0])  # type: ignore[arg-type]
    np.testing.assert_array_equal(array, [1.0, 2.0])
    with pytest.raises((TypeError, RuntimeError), match="detach"):
        array += leaf(1.0, 2.0)  # type: ignore[arg-type]
    np.testing.assert_array_equal(array, [1.0, 2.0])


FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "sum": (lambda a: np.sum(a), None),
    "sum of an axis": (lambda a: np.sum(a, axis=0), None),
    "sum, keepdims": (lambda a: np.sum(a, axis=1, keepdims=True), None),
    "mean": (lambda a: np.mean(a, axis=1), None),
    "prod": (lambda a: np.prod(a, axis=0), None),
    "max": (lambda a: np.max(a, axis=1), None),
    "amin": (lambda a: np.amin(a), None),
    "reshape": (lambda a: np.reshape(a, (3, 2)), None),
    "transpose": (lambda a: np.transpose(a), None),
    "transpose by axes": (lambda a: np.transpose(a, (1, 0)), None),
    "squeeze": (lambda a: np.squeeze(a), None),
    "expand_dims": (lambda a: np.expand_dims(a, 1), None),
    "swapaxes": (lambda a: np.swapaxes(a, 0, 1), None),
    "moveaxis": (lambda a: np.moveaxis(a, 0, 1), None),
    "broadcast_to": (lambda a: np.broadcast_to(a, (4, 2, 3)), None),
    "concatenate": (lambda a: np.concatenate([a, a], axis=1), None),
    "stack": (lambda a: np.stack([a, a], axis=-1), None),
    "where": (lambda a: np.where(np.array([True, False, True]), a, 0.5), None),
    "clip": (lambda a: np.clip(a, 0.5, 4.5), None),
    "tril": (lambda a: np.tril(a), None),
    "flip": (lambda a: np.flip(a, 1), None),
    "cumsum": (lambda a: np.cumsum(a, 1), None),
    "add.reduce": (lambda a: np.add.reduce(a, axis=1), None),
}


def _expected(function: Any, bug: str | None) -> Any:
    return pytest.param(function, marks=[pytest.mark.xfail(strict=True, reason=bug)] if bug else [])


@pytest.mark.parametrize("function", [_expected(*pair) for pair in FUNCTIONS.values()], ids=FUNCTIONS)
def test_functions_keep_the_gradient(function: Any) -> None:
    raw = np.arange(6.0).reshape(2, 3)
    x = mt.tensor(raw, requires_grad=True)
    y = function(x)
    assert is_tensor(y)
    assert y.requires_grad
    np.testing.assert_allclose(y.tolist(), function(raw))
    y.sum().backward()
    assert x.grad is not None


REFUSED: list[Any] = [
    np.arctan2,
    np.hypot,
    np.fmod,
    np.cbrt,
    np.linalg.norm,
    np.median,
    np.sort,
    np.interp,
    np.cross,
    np.convolve,
    np.fft.fft,
    np.nextafter,
    np.spacing,
]


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_what_has_no_derivative_here_is_refused_or_right(function: Any) -> None:
    x = leaf(1.0, 2.0, 3.0)
    operands = {"interp": 3, "cross": 2, "convolve": 2, "arctan2": 2, "hypot": 2, "fmod": 2, "nextafter": 2}
    try:
        y = function(*[x] * operands.get(function.__name__, 1))
    except TypeError as error:
        words = str(error)
        assert "has no derivative here" in words
        assert "x.detach()" in words
    else:
        assert is_tensor(y)
        assert y.requires_grad, "the gradient was lost"


def test_a_constant_may_go_through_any_function() -> None:
    x = mt.tensor([3.0, 1.0, 2.0])
    y = np.sort(x)
    assert is_tensor(y)
    assert y.tolist() == [1.0, 2.0, 3.0]
    assert np.median(x) == 2.0
    assert np.hypot(mt.tensor([3.0]), mt.tensor([4.0])).tolist() == [5.0]
    assert isinstance(np.array_equal(x, x), (bool, np.bool_))


def test_arrays_of_tensors() -> None:
    x = mt.tensor([1.0, 2.0])
    assert isinstance(np.asarray(x), np.ndarray)
    assert np.shares_memory(np.asarray(x), x.array)
    assert np.array(x, dtype=np.float64).dtype == np.float64
    assert np.shares_memory(x.numpy(), x.array)


@pytest.mark.parametrize(
    "convert",
    [np.asarray, np.array, lambda x: x.numpy(), lambda x: np.frombuffer(x)],
    ids=["asarray", "array", "numpy", "buffer"],
)
def test_a_tensor_that_requires_a_gradient_is_no_array(convert: Any) -> None:
    with pytest.raises((RuntimeError, TypeError)):
        convert(leaf(1.0, 2.0))
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\) on Tensor that requires grad.*detach"):
        leaf(1.0).numpy()
    assert leaf(1.0).numpy(force=True).tolist() == [1.0]


def test_keywords_of_ufuncs_are_not_ignored() -> None:
    with pytest.raises(TypeError, match="no derivative here"):
        np.add(leaf(1.0), leaf(1.0), dtype=np.float32)


def test_lists_may_hold_arrays_beside_tensors() -> None:
    x = leaf(1.0, 2.0)
    joined = np.concatenate([np.zeros(1, np.float32), x])
    stacked = np.stack([x, np.zeros(2, np.float32)], axis=1)
    (joined.sum() + stacked.sum()).backward()
    assert joined.tolist() == [0, 1, 2]
    assert stacked.shape == (2, 2)
    assert x.grad is not None
    assert x.grad.tolist() == [2, 2]


def test_cumsum_without_an_axis_runs_over_all_elements_as_numpys() -> None:
    x = mt.arange(6).reshape(2, 3)
    assert np.cumsum(x).tolist() == np.cumsum(x.numpy()).tolist()
    assert np.cumsum(x, axis=0).tolist() == np.cumsum(x.numpy(), axis=0).tolist()


def test_under_no_grad_nothing_is_lost_and_nothing_refused() -> None:
    x = leaf(2.0, 1.0)
    with mt.no_grad():
        assert x.numpy().tolist() == [2.0, 1.0]
        assert np.asarray(x).tolist() == [2.0, 1.0]
        assert np.sort(x).tolist() == [1.0, 2.0]


def test_parts_of_complex_numbers_keep_the_gradient() -> None:
    z = mt.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    (np.conj(z) * np.real(z) + np.imag(z)).real.sum().backward()
    assert z.grad.tolist() == [2 + 1j, 6 + 1j]
    assert np.allclose(np.angle(z.detach()).numpy(), np.angle(z.detach().numpy()))
