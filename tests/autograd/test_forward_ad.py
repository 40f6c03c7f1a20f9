"""Dual tensors: tangents that travel with their primals through a level."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
import microtensor.autograd.forward_ad as fwd
from microtensor.func import grad, jvp, vmap
from microtensor.testing import assert_close


def x_(*shape: int) -> Any:
    return mt.randn(*shape, dtype=mt.float64)


def curve(x: Any) -> Any:
    return mt.tanh(x) * x.sum()


def test_the_tangent_of_a_result_is_the_directional_derivative() -> None:
    x, v = x_(4), x_(4)
    with fwd.dual_level():
        primal, tangent = fwd.unpack_dual(curve(fwd.make_dual(x, v)))
    assert_close(primal, curve(x))
    assert_close(tangent, jvp(curve, (x,), (v,))[1])
    assert not primal.requires_grad
    assert not tangent.requires_grad


def test_a_dual_has_the_primals_values_and_its_own_tangent() -> None:
    x, v = x_(2, 3), x_(2, 3)
    with fwd.dual_level():
        found = fwd.unpack_dual(fwd.make_dual(x, v))
    assert_close(found.primal, x)
    assert_close(found.tangent, v)


def test_tangents_of_several_duals_add_up() -> None:
    x, y, v, w = (x_(3) for _ in range(4))
    with fwd.dual_level():
        a, b = fwd.make_dual(x, v), fwd.make_dual(y, w)
        assert_close(fwd.unpack_dual(a * b).tangent, v * y + x * w, rtol=1e-12)
        assert_close(fwd.unpack_dual(a.sum() + a.prod() * 0).tangent, v.sum(), rtol=1e-12)


def test_what_depends_on_no_dual_has_no_tangent() -> None:
    with fwd.dual_level():
        fwd.make_dual(x_(2), x_(2))
        assert fwd.unpack_dual(x_(2)).tangent is None
        assert fwd.unpack_dual(x_(2).requires_grad_() * 2).tangent is None


def test_a_tangent_is_gone_after_its_level() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(x_(2), x_(2))
    assert fwd.unpack_dual(dual).tangent is None
    with fwd.dual_level():
        assert fwd.unpack_dual(dual).tangent is None


def test_a_detached_dual_has_no_tangent() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(x_(2), x_(2))
        assert fwd.unpack_dual(dual.detach() * 2).tangent is None


def test_under_no_grad_no_tangent_goes_through() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(x_(2), x_(2))
        with mt.no_grad():
            assert fwd.unpack_dual(dual * 2).tangent is None


def test_reverse_mode_over_a_tangent() -> None:
    x, v = x_(3).requires_grad_(), x_(3)
    with fwd.dual_level():
        primal, tangent = fwd.unpack_dual(fwd.make_dual(x, v).sin())
        (found,) = mt.autograd.grad(tangent.sum(), x)
        assert_close(found, -v * x.detach().sin(), rtol=1e-10)
        assert_close(mt.autograd.grad(primal.sum(), x)[0], x.detach().cos(), rtol=1e-10)


def test_a_gradient_in_the_tangent() -> None:
    x, v = x_(3), x_(3).requires_grad_()
    with fwd.dual_level():
        tangent = fwd.unpack_dual(fwd.make_dual(x, v).sin()).tangent
    (found,) = mt.autograd.grad(tangent.sum(), v)
    assert_close(found, x.cos(), rtol=1e-10)


def test_forward_mode_over_reverse_mode() -> None:
    """The tangent of a gradient is a product of the Hessian with a vector."""
    x, v = x_(3), x_(3)
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        (slope,) = mt.autograd.grad((dual**3).sum(), dual, create_graph=True)
        assert_close(fwd.unpack_dual(slope).tangent, 6 * x * v, rtol=1e-10)


def test_transforms_inside_of_a_level() -> None:
    x, v = x_(3), x_(3)
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        tangent = fwd.unpack_dual(grad(lambda a: (a**3).sum())(dual)).tangent
        assert_close(tangent, 6 * x * v, rtol=1e-10)
        assert_close(fwd.unpack_dual(vmap(lambda a: a * a)(dual)).tangent, 2 * x * v, rtol=1e-10)


def test_a_level_inside_of_a_vmap() -> None:
    def moved(a: Any, b: Any) -> Any:
        with fwd.dual_level():
            return fwd.unpack_dual(fwd.make_dual(a, b).sin()).tangent

    x, v = x_(4, 3), x_(4, 3)
    assert_close(vmap(moved)(x, v), x.cos() * v, rtol=1e-10)
    assert_close(vmap(moved, (None, 0))(x[0], v), x[0].cos() * v, rtol=1e-10)


def test_an_error_in_a_level_ends_it() -> None:
    with pytest.raises(ZeroDivisionError), fwd.dual_level():
        raise ZeroDivisionError
    with fwd.dual_level():
        pass


def test_levels_begin_and_end_one_at_a_time() -> None:
    assert fwd.enter_dual_level() == 0
    with pytest.raises(RuntimeError, match="Nested forward mode AD"):
        fwd.enter_dual_level()
    fwd.exit_dual_level()
    with pytest.raises(RuntimeError, match="does not exist"):
        fwd.exit_dual_level()


@pytest.mark.parametrize(
    ("primal", "tangent", "error", "words"),
    [
        (
            mt.ones(2),
            mt.ones(3),
            RuntimeError,
            r"Expected tangent to look like the primal, torch.float32 \(2,\)",
        ),
        (mt.ones(2), mt.ones(2, dtype=mt.float64), RuntimeError, "float64"),
        (mt.arange(2), mt.arange(2), ValueError, "Expected primal to be floating point"),
    ],
)
def test_what_is_no_dual_is_refused(primal: Any, tangent: Any, error: type[Exception], words: str) -> None:
    with fwd.dual_level(), pytest.raises(error, match=words):
        fwd.make_dual(primal, tangent)


def test_duals_live_in_levels_only() -> None:
    with pytest.raises(RuntimeError, match="outside of a dual_level"):
        fwd.make_dual(mt.ones(2), mt.ones(2))


def test_the_tangent_of_a_step_is_zero() -> None:
    with fwd.dual_level():
        x = fwd.make_dual(mt.tensor([1.5]), mt.tensor([1.0]))
        tangent = fwd.unpack_dual(mt.floor(x)).tangent
    assert tangent is not None
    assert tangent.tolist() == [0.0]
