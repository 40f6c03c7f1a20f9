"""autograd.functional against derivatives by hand and by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd import functional
from microtensor.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp
from microtensor.testing import assert_close

STRATEGIES = ["reverse-mode", "forward-mode"]
PRODUCTS = [vjp, jvp, vhp, hvp]


def tensor(*values: Any) -> mt.Tensor:
    return mt.tensor(list(values), dtype=mt.float64)


def array(x: mt.Tensor) -> Any:
    return x.detach().numpy()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_jacobian_of_a_linear_map_is_its_matrix(strategy: str) -> None:
    a = mt.tensor(np.random.default_rng(0).normal(size=(2, 3)))
    assert_close(jacobian(lambda x: a @ x, tensor(1, 2, 3), strategy=strategy), a)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("vectorize", [False, True])
def test_results_are_nested_like_outputs_and_inputs(strategy: str, vectorize: bool) -> None:
    x, y = mt.ones(2, 3).double(), mt.ones(4).double()
    blocks = jacobian(lambda x, y: (x.sum() * y, x.t()), (x, y), vectorize=vectorize, strategy=strategy)
    shapes = tuple(tuple(tuple(block.shape) for block in row) for row in blocks)
    assert shapes == (((4, 2, 3), (4, 4)), ((3, 2, 2, 3), (3, 2, 4)))
    one = jacobian(lambda x: x.sum(), x, strategy=strategy)
    assert one.shape == x.shape
    by_tuple = jacobian(lambda x: (x.sum(),), (x,), strategy=strategy)
    assert isinstance(by_tuple, tuple)
    assert isinstance(by_tuple[0], tuple)
    assert by_tuple[0][0].shape == x.shape


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_blocks_of_nothing_have_a_shape(strategy: str) -> None:
    assert jacobian(lambda x: x * 2, mt.zeros(0, 2).double(), strategy=strategy).shape == (
        0,
        2,
        0,
        2,
    )


def cubic(x: Any, y: Any) -> Any:
    return (x**2 * y).sum() + (y**3).sum()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_hessian_of_a_cubic(strategy: str) -> None:
    x, y = tensor(1, 2), tensor(3, 4)
    (xx, xy), (yx, yy) = hessian(cubic, (x, y), outer_jacobian_strategy=strategy)
    assert_close(xx, mt.tensor(np.diag(2 * array(y))))
    assert_close(xy, mt.tensor(np.diag(2 * array(x))))
    assert_close(yx, xy)
    assert_close(yy, mt.tensor(np.diag(6 * array(y))))


def test_products_agree_with_the_matrices() -> None:
    x, y = tensor(1, 2), tensor(3, 4)
    v = tensor(0.5, -1), tensor(2, 0.25)
    rows = hessian(cubic, (x, y))
    expected = [row[0] @ v[0] + row[1] @ v[1] for row in rows]
    for product in (vhp, hvp):
        value, found = product(cubic, (x, y), v)
        assert_close(value, cubic(x, y))
        assert_close(list(found), expected)


def test_vjp_and_jvp_are_transposes() -> None:
    def f(x: Any) -> Any:
        return (x.sin() * x.sum(), x[:2] ** 3)

    x, u, v = tensor(1, 2, 3), (tensor(1, -2, 0.5), tensor(3, 1)), tensor(0.3, 0.2, -1)
    _, pulled = vjp(f, x, u)
    _, pushed = jvp(f, x, v)
    assert float((pulled * v).sum()) == pytest.approx(
        sum(float((a * b).sum()) for a, b in zip(pushed, u, strict=True))
    )


def test_one_number_needs_no_vector() -> None:
    x = tensor(2.0)
    for product in PRODUCTS:
        value, found = product(lambda x: (x**4).sum(), x)
        assert (float(value), float(found)) == (16.0, 32.0 if product in (vjp, jvp) else 48.0)


@pytest.mark.parametrize("product", PRODUCTS)
def test_results_are_constants_and_the_inputs_untouched(product: Callable[..., Any]) -> None:
    x = tensor(1, 2).requires_grad_()
    v = None if product is vjp else tensor(1, 1)
    value, found = product(lambda x: (x**3).sum(), x, v)
    assert not value.requires_grad
    assert not found.requires_grad
    assert x.grad is None


@pytest.mark.parametrize("product", PRODUCTS)
def test_create_graph_makes_products_differentiable_in_input_and_vector(
    product: Callable[..., Any],
) -> None:
    x = tensor(1, 2).requires_grad_()
    v = tensor(1.0).requires_grad_() if product is vjp else tensor(1, 1).requires_grad_()
    _, found = product(lambda x: (x**3).sum().reshape(1), x, v, create_graph=True)
    dx, dv = mt.autograd.grad(found.sum(), (x, v))
    second = product in (vjp, jvp)
    assert dx.tolist() == ([6.0, 12.0] if second else [6.0, 6.0])
    assert dv.tolist() == {"vjp": [15.0], "jvp": [3.0, 12.0]}.get(product.__name__, [6.0, 12.0])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_create_graph_makes_matrices_differentiable(strategy: str) -> None:
    x = tensor(1, 2).requires_grad_()
    j = jacobian(lambda x: x**3, x, create_graph=True, strategy=strategy)
    assert mt.autograd.grad(j.sum(), x)[0].tolist() == [6.0, 12.0]
    h = hessian(lambda x: (x**3).sum(), x, create_graph=True, outer_jacobian_strategy=strategy)
    assert mt.autograd.grad(h.sum(), x)[0].tolist() == [6.0, 6.0]


def test_it_works_under_no_grad() -> None:
    with mt.no_grad():
        assert hessian(lambda x: (x**2).sum(), tensor(1, 2)).tolist() == [[2.0, 0.0], [0.0, 2.0]]
        assert not mt.is_grad_enabled()


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_captured_tensor_is_a_constant(create_graph: bool) -> None:
    x = tensor(1, 2).requires_grad_()
    assert jacobian(lambda y: y * x, x, create_graph).tolist() == [[1.0, 0.0], [0.0, 2.0]]


def test_what_does_not_depend_on_the_input_is_zero() -> None:
    x, y = tensor(1, 2), tensor(3.0)
    assert jacobian(lambda x, y: x * 2, (x, y))[1].tolist() == [[0.0], [0.0]]
    assert jacobian(lambda x: mt.ones(2), x).tolist() == [[0.0, 0.0]] * 2
    assert hessian(lambda x: x.sum(), x).tolist() == [[0.0, 0.0]] * 2
    assert vjp(lambda x: mt.ones(1), x)[1].tolist() == [0.0, 0.0]
    assert jvp(lambda x: mt.ones(1), x, x)[1].tolist() == [0.0]
    assert hvp(lambda x: x.sum(), x, x)[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: vjp(lambda x: mt.ones(1), x, strict=True), "Output 0 .* does not require gradients"),
        (lambda x: vjp(lambda x, y: x.sum(), (x, x), strict=True), "independent of input 1"),
        (lambda x: jvp(lambda x, y: x.sum(), (x, x), (x, x), strict=True), "independent of input 1"),
        (lambda x: jacobian(lambda x, y: x, (x, x), strict=True), "Output 0 .* independent of input 1"),
        (lambda x: jacobian(lambda x: 2 * x, x, strict=True, create_graph=True), "when create_graph=True"),
        (lambda x: vhp(lambda x: x.sum(), x, x, strict=True), "jacobian .* independent of"),
        (lambda x: hessian(lambda x: x.sum(), x, strict=True), "jacobian .* independent of"),
        (lambda x: hessian(lambda x, y: (x**3).sum(), (x, x), strict=True), "output .* of input 1"),
        (lambda x: hvp(lambda x, y: (x**3).sum(), (x, x), (x, x), strict=True), "output .* of input 1"),
        (lambda x: jacobian(lambda x: x, x, strict=True, vectorize=True), "not supported together"),
        (lambda x: jacobian(lambda x: x, x, strict=True, strategy="forward-mode"), "not supported together"),
    ],
)  # fmt: skip
def test_strict_mode_refuses_zeros(call: Callable[..., Any], text: str) -> None:
    with pytest.raises(RuntimeError, match=text):
        call(tensor(1, 2))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: vjp(lambda x: x, x), RuntimeError, "v can only be None if the user-provided function"),
        (lambda x: jvp(lambda x: x, x), RuntimeError, "v can only be None if the input"),
        (lambda x: vjp(lambda x: x, x, tensor(1)), RuntimeError, r"invalid size: .* torch.Size\(\[2\]\)"),
        (lambda x: jvp(lambda x, y: x, (x, x), (x, tensor(1))), RuntimeError, "entry 1 of v has"),
        (lambda x: vjp(lambda x: x, x, (x, x)), RuntimeError, "v should contain a single Tensor"),
        (lambda x: jvp(lambda x, y: x, (x, x), x), RuntimeError, "v should contain 2 tensors"),
        (lambda x: jacobian(lambda x: x, [x]), TypeError, "inputs given to jacobian .* has type .*list"),
        (lambda x: jacobian(lambda x: x, (x, 1)), TypeError, "value at index 1 has type <class 'int'>"),
        (lambda x: jacobian(lambda x: [x], x), TypeError, "outputs of the user-provided function given"),
        (lambda x: hessian(lambda x: x, x), RuntimeError, "single element"),
        (lambda x: hvp(lambda x: (x.sum(),), x, x), RuntimeError, "single Tensor"),
        (lambda x: jacobian(lambda x: x, x, strategy="sideways"), AssertionError, "'sideways'"),
        (lambda x: jacobian(lambda x: x * 1j, x), RuntimeError, "[Cc]omplex"),
        (lambda x: jacobian(lambda x: x, mt.ones(2).long()), RuntimeError, "floating point"),
    ],
)  # fmt: skip
def test_refusals(call: Callable[..., Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call(tensor(1, 2))


def test_everything_public_is_listed() -> None:
    assert set(functional.__all__) == {"hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"}


def test_complex_outputs_row_by_row() -> None:
    z = mt.tensor([1 + 1j, 2])
    rows = jacobian(lambda z: z * z * 1j, z, vectorize=True)
    assert_close(rows, mt.diag(2j * z).conj())  # the gradients of the real parts
    columns = jacobian(lambda z: z * z * 1j, z, vectorize=True, strategy="forward-mode")
    assert_close(columns, mt.diag(2j * z))
    curved = hessian(lambda z: z.abs().pow(2).sum(), z, vectorize=True)
    assert_close(curved, 2 * mt.eye(2) + 0j)
