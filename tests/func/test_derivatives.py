"""grad, vjp, jvp, linearize, Jacobians and Hessians of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from microtensor.testing import assert_close


def x_(*shape: int) -> Any:
    return mt.randn(*shape, dtype=mt.float64)


def curve(x: Any) -> Any:
    """A vector function of a vector, with a full Jacobian."""
    return mt.tanh(x) * x.sum()


def slope_of_curve(x: Any) -> Any:
    n = len(x)
    return mt.tanh(x).view(n, 1).expand(n, n) + mt.eye(n, dtype=mt.float64) * (1 - mt.tanh(x) ** 2) * x.sum()


# ------------------------------------------------------------------------ gradients


def test_derivatives_of_every_order() -> None:
    function: Callable[..., Any] = mt.sin
    x = mt.tensor(0.7, dtype=mt.float64)
    for expected in (x.cos(), -x.sin(), -x.cos(), x.sin()):
        function = grad(function)
        assert_close(function(x), expected, rtol=1e-10)


def test_argnums_choose_the_arguments() -> None:
    x, y = x_(3), x_(3)

    def product(a: Any, b: Any) -> Any:
        return (a * b).sum()

    assert_close(grad(product, 1)(x, y), x)
    assert_close(grad(product, -1)(x, y), x)
    both = grad(product, (1, 0))(x, y)
    assert isinstance(both, tuple)
    assert_close(both[0], x)
    assert_close(both[1], y)


def test_arguments_may_be_nested() -> None:
    tree = {"a": x_(2), "b": [x_(3)]}
    found = grad(lambda t: (t["a"] ** 2).sum() + t["b"][0].prod())(tree)
    assert set(found) == {"a", "b"}
    assert_close(found["a"], 2 * tree["a"])
    assert_close(found["b"][0], tree["b"][0].prod() / tree["b"][0], rtol=1e-10)


def test_aux_is_passed_through_without_history() -> None:
    def function(x: Any) -> Any:
        return (x**2).sum(), {"twice": 2 * x, "word": "as it is"}

    x = x_(3)
    slope, (value, aux) = grad_and_value(function, has_aux=True)(x)
    assert_close(slope, 2 * x)
    assert_close(value, (x**2).sum())
    assert aux["word"] == "as it is"
    assert not aux["twice"].requires_grad
    assert grad(function, has_aux=True)(x)[1]["word"] == "as it is"


def test_keyword_arguments_are_constants() -> None:
    assert grad(lambda x, k: x * k)(mt.tensor(2.0), k=3).item() == 3


def test_what_the_result_does_not_depend_on_has_slope_zero() -> None:
    assert_close(grad(lambda x: mt.ones(()))(x_(3)), mt.zeros(3, dtype=mt.float64))
    assert_close(grad(lambda x, y: x.sum(), 1)(x_(3), x_(2)), mt.zeros(2, dtype=mt.float64))


def test_no_leaf_is_touched() -> None:
    x = x_(3).requires_grad_()
    w = x_(3).requires_grad_()
    grad(lambda a: (a * w).sum())(x)
    assert x.grad is None
    assert w.grad is None


def test_a_result_has_a_history_only_if_something_outside_has() -> None:
    x, w = x_(3), x_(3).requires_grad_()
    assert not grad(lambda a: (a**3).sum())(x).requires_grad
    through_input = grad(lambda a: (a**3).sum())(w)
    assert_close(mt.autograd.grad(through_input.sum(), w)[0], 6 * w.detach(), rtol=1e-10)
    captured = grad(lambda a: (a**2 * w).sum())(x)
    assert_close(mt.autograd.grad(captured.sum(), w)[0], 2 * x, rtol=1e-10)


def test_gradients_are_recorded_even_under_no_grad() -> None:
    with mt.no_grad():
        assert grad(lambda x: x**2)(mt.tensor(3.0)).item() == 6
        assert grad(grad(lambda x: x**3))(mt.tensor(3.0)).item() == 18


def test_the_input_itself_as_output() -> None:
    assert grad(lambda x: x)(mt.tensor(3.0)).item() == 1
    assert_close(jacrev(lambda x: x)(x_(2)), mt.eye(2, dtype=mt.float64))
    assert_close(jacfwd(lambda x: x)(x_(2)), mt.eye(2, dtype=mt.float64))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: grad(mt.sin)(x), RuntimeError, "scalar Tensor, got tensor with 1 dims"),
        (lambda x: grad(lambda a: 3.0)(x), RuntimeError, "return a Tensor, got <class 'float'>"),
        (lambda x: grad(lambda a: a.sum(), has_aux=True)(x), RuntimeError, r"\(output, aux\)"),
        (lambda x: grad(lambda a: a.sum(), 1)(x), RuntimeError, "Got argnum=1, but only 1 positional inputs"),
        (lambda x: grad(lambda a: a.sum(), (0, -1))(x), RuntimeError, "must be unique"),
        (lambda x: grad(lambda a: a.sum())(x.long()), (RuntimeError, ValueError), "int64"),
        (lambda x: vjp(lambda a: 2.0, x), RuntimeError, "return only tensors"),
        (lambda x: vjp(mt.sin, x)[1](x[:1]), RuntimeError, r"shapes \[\(3,\)\], got \[\(1,\)\]"),
        (lambda x: vjp(lambda a: (a, a), x)[1](x), RuntimeError, "expected cotangents"),
        (lambda x: vjp(mt.sin, x)[1](3.0), RuntimeError, "expected cotangents"),
        (lambda x: jvp(mt.sin, x, x), RuntimeError, "Expected primals to be a tuple"),
        (lambda x: jvp(mt.sin, (x,), [x]), RuntimeError, "Expected tangents to be a tuple"),
        (lambda x: jvp(mt.sin, (x,), (x, x)), RuntimeError, "expected tangents"),
        (lambda x: jvp(mt.sin, (x,), (x[:1],)), RuntimeError, r"\(3,\)\], got \[\(1,\)\]"),
        (lambda x: jvp(lambda: x, (), ()), RuntimeError, "at least one Tensor"),
        (lambda x: jvp(lambda a: x, (x,), (x,), strict=True), RuntimeError, "independent of the inputs"),
        (lambda x: linearize(mt.sin, x)[1](x[:1]), RuntimeError, "linearize: expected tangents"),
        (lambda x: jacrev(mt.sin, chunk_size=0), ValueError, "chunk_size"),
        (lambda x: jacrev(lambda a: 2.0)(x), RuntimeError, "return only tensors"),
        (lambda x: jacfwd(lambda a: 2.0)(x), RuntimeError, "return only tensors"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        call(mt.ones(3))


# --------------------------------------------------------------- products with vectors


def test_vjp_pulls_as_often_as_asked() -> None:
    x = x_(4)
    out, pull = vjp(curve, x)
    assert_close(out, curve(x))
    assert not out.requires_grad
    for u in (x_(4), x_(4)):
        (found,) = pull(u)
        assert_close(found, u @ slope_of_curve(x), rtol=1e-10)


def test_vjp_of_several_outputs_and_inputs() -> None:
    x, y = x_(3), x_(3)
    out, pull, aux = vjp(lambda a, b: ({"p": a * b, "q": a.sum()}, "aux"), x, y, has_aux=True)
    da, db = pull({"p": x_(3) * 0 + 1, "q": mt.tensor(2.0, dtype=mt.float64)})
    assert aux == "aux"
    assert_close(out["q"], x.sum())
    assert_close(da, y + 2)
    assert_close(db, x)


def test_a_gradient_has_the_dtype_of_its_input() -> None:
    _, pull = vjp(lambda a: a, x_(2))
    (found,) = pull(mt.ones(2))
    assert found.dtype == mt.float64


def test_the_pull_back_is_differentiable() -> None:
    x, u = mt.tensor(0.5, dtype=mt.float64), mt.tensor(2.0, dtype=mt.float64)
    slope = grad(lambda a: vjp(mt.sin, a)[1](u)[0])(x)
    assert_close(slope, -2 * x.sin(), rtol=1e-10)
    assert_close(grad(lambda v: vjp(mt.sin, x)[1](v)[0])(u), x.cos(), rtol=1e-10)


def test_jvp_is_the_jacobian_times_the_tangent() -> None:
    x, v = x_(4), x_(4)
    out, moved = jvp(curve, (x,), (v,))
    assert_close(out, curve(x))
    assert_close(moved, slope_of_curve(x) @ v, rtol=1e-10)
    assert not moved.requires_grad


def test_jvp_of_trees() -> None:
    x = {"a": x_(2), "b": x_(2)}
    (out, flag), moved = jvp(lambda t: (t["a"] * t["b"], mt.ones(1)), (x,), ({"a": x["b"], "b": x["a"]},))
    assert_close(out, x["a"] * x["b"])
    assert_close(moved[0], x["b"] ** 2 + x["a"] ** 2, rtol=1e-10)
    assert_close(moved[1], mt.zeros(1))
    assert flag.item() == 1


def test_integer_outputs_have_no_tangent_of_their_own() -> None:
    (_, place), (_, moved) = jvp(lambda a: (a, a.argmax()), (x_(3),), (x_(3),))
    assert place.dtype == moved.dtype == mt.int64
    assert moved.item() == 0


def test_jvp_with_aux() -> None:
    _, moved, aux = jvp(lambda a: (a * 2, a + 1), (mt.ones(2),), (mt.ones(2),), has_aux=True)
    assert_close(moved, mt.full((2,), 2.0))
    assert not aux.requires_grad


def test_tangents_are_differentiable() -> None:
    x, v = mt.tensor(0.5, dtype=mt.float64), mt.tensor(2.0, dtype=mt.float64)
    assert_close(grad(lambda a: jvp(mt.sin, (a,), (v,))[1])(x), -v * x.sin(), rtol=1e-10)
    assert_close(grad(lambda t: jvp(mt.sin, (x,), (t,))[1])(v), x.cos(), rtol=1e-10)
    inner = jvp(lambda a: jvp(mt.sin, (a,), (v,))[1], (x,), (v,))[1]
    assert_close(inner, -v * v * x.sin(), rtol=1e-10)


def test_linearize_computes_the_function_once() -> None:
    calls: list[int] = []

    def function(x: Any) -> Any:
        calls.append(1)
        return {"y": curve(x)}

    x = x_(4)
    out, along = linearize(function, x)
    assert_close(out["y"], curve(x))
    for v in (x_(4), x_(4)):
        assert_close(along(v)["y"], slope_of_curve(x) @ v, rtol=1e-10)
    assert len(calls) == 1


def test_forward_and_reverse_are_adjoint() -> None:
    x, u, v = x_(5), x_(5), x_(5)
    assert_close(u @ jvp(curve, (x,), (v,))[1], vjp(curve, x)[1](u)[0] @ v, rtol=1e-10)


# ------------------------------------------------------------------------- Jacobians


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobians(jacobian: Any) -> None:
    x = x_(4)
    assert_close(jacobian(curve)(x), slope_of_curve(x), rtol=1e-10)
    assert not jacobian(curve)(x).requires_grad


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
@pytest.mark.parametrize(
    ("shape", "out"), [((), ()), ((2, 3), (3,)), ((3,), ()), ((), (2,)), ((0,), (2,)), ((2,), (0,))]
)
def test_a_jacobian_has_the_outputs_and_then_the_inputs_shape(jacobian: Any, shape: Any, out: Any) -> None:
    found = jacobian(lambda x: x.sum() * mt.ones(*out, dtype=mt.float64) if out else x.sum())(x_(*shape))
    assert tuple(found.shape) == (*out, *shape)
    assert_close(
        found, mt.ones(*out, *shape, dtype=mt.float64) if (*out, *shape) else mt.tensor(1.0, dtype=mt.float64)
    )


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobians_nest_like_outputs_and_inputs(jacobian: Any) -> None:
    x, t = x_(2), {"w": x_(3)}
    found = jacobian(lambda a, b: {"p": a.sum() * b["w"], "q": a * 2}, (0, 1))(x, t)
    assert_close(found["p"][0], t["w"].view(3, 1).expand(3, 2), rtol=1e-10)
    assert_close(found["p"][1]["w"], mt.eye(3, dtype=mt.float64) * x.sum(), rtol=1e-10)
    assert_close(found["q"][0], 2 * mt.eye(2, dtype=mt.float64))
    assert_close(found["q"][1]["w"], mt.zeros(2, 3, dtype=mt.float64))


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobians_with_aux(jacobian: Any) -> None:
    found, aux = jacobian(lambda x: (x * 2, x + 1), has_aux=True)(mt.ones(2))
    assert_close(found, 2 * mt.eye(2))
    assert_close(aux, mt.full((2,), 2.0))
    assert not aux.requires_grad


def test_a_jacobian_takes_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows at a time, or chunk by chunk."""
    from microtensor.func import pullback as records

    passes: list[int] = []
    inner = records.pulled
    monkeypatch.setattr(records, "pulled", lambda *args: (passes.append(1), inner(*args))[1])
    x = x_(6)
    whole = jacrev(curve)(x)
    assert len(passes) == 1
    assert_close(jacrev(curve, chunk_size=4)(x), whole, rtol=1e-12)
    assert len(passes) == 3
    passes.clear()
    jacfwd(curve)(x)
    assert len(passes) == 2


@pytest.mark.parametrize("outer", [jacrev, jacfwd])
@pytest.mark.parametrize("inner", [jacrev, jacfwd])
def test_hessians_in_every_mode(outer: Any, inner: Any) -> None:
    x = x_(3)

    def cubic(a: Any) -> Any:
        return (a**3).sum() + a.prod()

    others = mt.stack([mt.stack([x.prod() / (a * b) for b in x]) for a in x])
    expected = mt.diag(6 * x) if hasattr(mt, "diag") else mt.eye(3, dtype=mt.float64) * 6 * x
    expected = expected + others * (1 - mt.eye(3, dtype=mt.float64))
    assert_close(outer(inner(cubic))(x), expected, rtol=1e-8)
    assert_close(hessian(cubic)(x), expected, rtol=1e-8)


def test_a_hessian_of_several_arguments() -> None:
    x, y = x_(2), x_(3)
    found = hessian(lambda a, b: (a**2).sum() * b.sum(), (0, 1))(x, y)
    assert_close(found[0][0], 2 * mt.eye(2, dtype=mt.float64) * y.sum(), rtol=1e-10)
    assert_close(found[0][1], (2 * x).view(2, 1).expand(2, 3), rtol=1e-10)
    assert_close(found[1][0], (2 * x).expand(3, 2), rtol=1e-10)
    assert_close(found[1][1], mt.zeros(3, 3, dtype=mt.float64))


def test_the_hessian_of_a_hessian() -> None:
    x = mt.tensor(0.5, dtype=mt.float64)
    assert_close(hessian(hessian(mt.sin))(x), x.sin(), rtol=1e-10)


def test_jacobians_of_every_op() -> None:
    """Both modes, which run the formulas on batches, agree with each other for each op."""
    from microtensor.testing.samples import samples_of

    for op in mt.registry.values():
        arrays, params = samples_of(op)[0]
        tensors = [mt.tensor(a) for a in arrays]
        names = op.arrays * len(arrays) if op.variadic else op.arrays
        places = [
            i
            for i, (n, t) in enumerate(zip(names, tensors, strict=False))
            if n in op.partials and t.is_floating_point()
        ]  # the Jacobian by a complex operand is refused, as in PyTorch
        if not places:
            continue

        def first(*xs: Any, op: Any = op, params: Any = params) -> Any:
            out = op.call(*xs, **params)
            out = out[0] if isinstance(out, tuple) else out
            return mt.view_as_real(out) if out.is_complex() else out

        for a, b in zip(jacrev(first, places)(*tensors), jacfwd(first, places)(*tensors), strict=True):
            assert_close(a, b, rtol=1e-8, atol=1e-10, msg=f"{op.name}: ")


def test_what_has_no_derivative_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"grad: only floating-point tensors.*int64.*x.float\(\)"):
        mt.func.grad(lambda x: x.sum())(mt.tensor([1, 2]))
    with pytest.raises(ValueError, match=r"grad: expected floating.*got float 0.5.*tensor\(data"):
        mt.func.grad(mt.sin)(0.5)
