"""Dual tensors: tangents that travel with their primals through a level."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microtensor as mt
import microtensor.autograd.forward_ad as fwd
from microtensor import nn
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


def test_tangents_go_through_no_grad() -> None:
    x, v = x_(2).requires_grad_(), x_(2)
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        with mt.no_grad():
            y = dual * 2
        assert_close(fwd.unpack_dual(y).tangent, 2 * v)
        assert not y.requires_grad
        assert (dual * 2).requires_grad


def test_what_is_written_in_place_takes_its_tangent_along() -> None:
    v = mt.tensor([1.0, 10.0])
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), v.clone())
        view = dual[1:]
        dual.mul_(3.0)
        assert_close(fwd.unpack_dual(view).tangent, mt.tensor([30.0]))
        view.add_(view)
        assert_close(fwd.unpack_dual(dual).tangent, mt.tensor([3.0, 60.0]))
        dual[0] = 5.0
        assert_close(fwd.unpack_dual(dual).tangent, mt.tensor([0.0, 60.0]))


def test_a_plain_tensor_that_a_dual_is_written_to_becomes_dual() -> None:
    with fwd.dual_level():
        base = mt.zeros(3)
        base[1:] = fwd.make_dual(mt.ones(2), mt.tensor([1.0, 10.0]))
        assert_close(fwd.unpack_dual(base).tangent, mt.tensor([0.0, 1.0, 10.0]))
        part = mt.zeros(3)
        part[:2].copy_(fwd.make_dual(mt.ones(2), mt.tensor([1.0, 10.0])))
        assert_close(fwd.unpack_dual(part).tangent, mt.tensor([1.0, 10.0, 0.0]))
    assert base.tolist() == [0.0, 1.0, 1.0]


def test_views_of_one_tensor_are_written_to_one_after_the_other() -> None:
    v = mt.tensor([1.0, 10.0])
    base = mt.zeros(4)
    first, second = base[:2], base[2:]
    with fwd.dual_level():
        first.copy_(fwd.make_dual(mt.ones(2), v))
        second.copy_(fwd.make_dual(mt.ones(2), 3 * v))
        assert fwd.unpack_dual(base).tangent.tolist() == [1.0, 10.0, 3.0, 30.0]
        assert fwd.unpack_dual(first).tangent.tolist() == [1.0, 10.0]
    assert type(base) is type(first) is type(second) is mt.Tensor
    assert base.tolist() == [1.0] * 4


def test_a_tangent_that_is_a_leaf_is_replaced_when_its_primal_is_written_to() -> None:
    v = mt.tensor([1.0, 10.0], requires_grad=True)
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), v)
        dual.mul_(3.0)
        tangent = fwd.unpack_dual(dual).tangent
        assert tangent.tolist() == [3.0, 30.0]
        (g,) = mt.autograd.grad(tangent.sum(), v)
    assert g.tolist() == [3.0, 3.0]
    assert v.tolist() == [1.0, 10.0]


def test_a_dual_is_a_plain_tensor_after_its_level() -> None:
    p = nn.Parameter(mt.ones(2))
    with fwd.dual_level():
        dual = fwd.make_dual(p, mt.ones(2))
        p2 = nn.Parameter(mt.ones(2))
        with mt.no_grad():
            p2.copy_(dual)
        assert isinstance(p2, nn.Parameter)
        assert "tangent=tensor([1., 1.])" in repr(p2)
    assert type(dual) is mt.Tensor
    assert type(p2) is nn.Parameter
    assert "tangent" not in repr(p2)
    (dual * 2).sum().backward()
    assert p.grad.tolist() == [2.0, 2.0]


def test_functions_write_no_dual_into_out() -> None:
    with fwd.dual_level(), pytest.raises(NotImplementedError, match="carries a tangent"):
        mt.add(fwd.make_dual(mt.ones(2), mt.ones(2)), 1.0, out=mt.zeros(2))


def test_forward_mode_can_be_switched_off() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), mt.ones(2))
        with fwd._set_fwd_grad_enabled(False):
            assert not fwd._is_fwd_grad_enabled()
            off = dual * 2
        assert fwd.unpack_dual(off).tangent is None
        assert fwd.unpack_dual(dual * 2).tangent.tolist() == [2.0, 2.0]


def test_a_function_has_its_own_tangents() -> None:
    class Square(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any, k: int) -> Any:
            ctx.save_for_forward(x)
            ctx.k = k
            return x * x, y

        @staticmethod
        def jvp(ctx: Any, x: Any, y: Any, k: None) -> Any:
            assert not y.any()
            return 100 * ctx.saved_tensors[0] * x + ctx.k, y

    x = mt.tensor([1.0, 2.0])
    with fwd.dual_level():
        out, other = Square.apply(fwd.make_dual(x, mt.ones(2)), mt.ones(1), 7)
        assert_close(fwd.unpack_dual(out).tangent, 100 * x + 7)
        assert fwd.unpack_dual(other).tangent.tolist() == [0.0]


def test_a_function_is_not_asked_for_tangents_while_forward_mode_is_off() -> None:
    class Square(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * x

        @staticmethod
        def jvp(ctx: Any, x: Any) -> Any:
            raise AssertionError("called")

    with fwd.dual_level():
        dual = fwd.make_dual(mt.tensor([1.0, 2.0]), mt.ones(2))
        with fwd._set_fwd_grad_enabled(False):
            out = Square.apply(dual)
        assert fwd.unpack_dual(out).tangent is None
        assert out.tolist() == [1.0, 4.0]
        with pytest.raises(AssertionError, match="called"):
            Square.apply(dual)


def test_a_function_without_jvp_has_no_forward_mode() -> None:
    class Twice(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    class Wrong(Twice):
        @staticmethod
        def jvp(ctx: Any, x: Any) -> Any:
            return x, x

    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), mt.ones(2))
        with pytest.raises(NotImplementedError, match="You must implement the jvp function"):
            Twice.apply(dual)
        with pytest.raises(RuntimeError, match=r"Wrong\.jvp returned 2 tangents, and forward returned 1"):
            Wrong.apply(dual)


def sample(alpha: Any) -> Any:
    mt.manual_seed(0)
    return mt.distributions.Dirichlet(alpha).rsample()


def test_functions_that_compute_with_numpy_have_a_forward_mode() -> None:
    """Those of this package, from their backward."""
    alpha, v = x_(3) + 3, x_(3)
    with fwd.dual_level():
        found = fwd.unpack_dual(sample(fwd.make_dual(alpha, v))).tangent
    assert_close(found, jvp(sample, (alpha,), (v,))[1])


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
    x, v = x_(3).requires_grad_(), x_(3)
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        for recorded in (True, False):
            (slope,) = mt.autograd.grad((dual**3).sum(), x, create_graph=recorded)
            tangent = fwd.unpack_dual(slope).tangent
            assert_close(tangent, 6 * x * v, rtol=1e-10)
            assert slope.requires_grad == tangent.requires_grad == recorded


def test_forward_mode_over_reverse_mode_through_an_op_of_two_results() -> None:
    x, v = mt.tensor([[3.0, 1.0], [2.0, 5.0]], dtype=mt.float64, requires_grad=True), x_(2, 2)
    with fwd.dual_level():
        sign, log = mt.linalg.slogdet(fwd.make_dual(x, v))
        assert sign.item() == 1.0
        (g,) = mt.autograd.grad(log, x, create_graph=True)
        found = fwd.unpack_dual(g).tangent
    inverse = x.detach().inverse()
    assert_close(g.detach(), inverse.T)
    assert_close(found.detach(), -(inverse @ v @ inverse).T)


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
    with fwd.dual_level(), pytest.raises(RuntimeError, match="was not the last one"):
        fwd.exit_dual_level(level=1)


@pytest.mark.parametrize(
    ("primal", "tangent", "error", "words"),
    [
        (
            mt.ones(2),
            mt.ones(3),
            RuntimeError,
            r"different size than that of the orig.*\[2\].*\[3\]",
        ),
        (mt.ones(2), mt.arange(2), ValueError, "Expected tangent to be floating point"),
        (mt.arange(2), mt.arange(2), ValueError, "Expected primal to be floating point"),
    ],
)
def test_what_is_no_dual_is_refused(primal: Any, tangent: Any, error: type[Exception], words: str) -> None:
    with fwd.dual_level(), pytest.raises(error, match=words):
        fwd.make_dual(primal, tangent)


def test_duals_live_in_levels_only() -> None:
    with pytest.raises(RuntimeError, match="no level exists"):
        fwd.make_dual(mt.ones(2), mt.ones(2))


def test_a_dual_has_one_tangent() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), mt.ones(2))
        with pytest.raises(RuntimeError, match="forward gradient at the same level"):
            fwd.make_dual(dual, mt.ones(2))


def test_the_tangent_of_a_step_is_zero() -> None:
    with fwd.dual_level():
        x = fwd.make_dual(mt.tensor([1.5]), mt.tensor([1.0]))
        tangent = fwd.unpack_dual(mt.floor(x)).tangent
    assert tangent is not None
    assert tangent.tolist() == [0.0]


def test_duals_are_duals_where_methods_ask_who_overrides_them() -> None:
    class CallsOn(mt.overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return func(*args, **(kwargs or {}))

    class Loud(mt.Tensor):
        """The first subclass makes all methods ask."""

    assert type(Loud([1.0]) * 2) is Loud
    with CallsOn():  # the first mode makes the properties ask as well
        assert (mt.ones(1) + 1).item() == 2
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), mt.full((2,), 3.0))
        assert fwd.unpack_dual(dual.detach()).tangent is None
        assert fwd.unpack_dual(dual.exp()).tangent.tolist() == pytest.approx([3 * math.e] * 2)


def test_a_view_made_before_its_base_became_dual_has_its_part_of_the_tangent() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(4), mt.tensor([1.0, 2.0, 3.0, 4.0]))
        base = mt.ones(4)
        pairs = base.view(2, 2)
        first, last = pairs[0], base[3:]
        base[1:].copy_(dual[1:])
        assert fwd.unpack_dual(base).tangent.tolist() == [0, 2, 3, 4]
        assert fwd.unpack_dual(first * 2).tangent.tolist() == [0, 4]
        last.mul_(2)
        assert fwd.unpack_dual(last).tangent.tolist() == [8]
        assert fwd.unpack_dual(base).tangent.tolist() == [0, 2, 3, 8]


def test_a_base_that_is_dual_is_written_once_more() -> None:
    with fwd.dual_level():
        dual = fwd.make_dual(mt.ones(2), mt.tensor([1.0, 2.0]))
        base = mt.ones(2)
        base[0].copy_(dual[0])
        base[1].copy_(dual[1])
        assert fwd.unpack_dual(base).tangent.tolist() == [1, 2]
        base.copy_(dual * 3)
        assert fwd.unpack_dual(base).tangent.tolist() == [3, 6]


def test_the_number_of_the_level_is_told_while_it_lasts() -> None:
    assert fwd._current_level == -1
    with fwd.dual_level() as level:
        assert fwd._current_level == level == 0
    assert fwd._current_level == -1
    with pytest.raises(AttributeError, match="has no attribute '_another_level'"):
        getattr(fwd, "_another_level")  # noqa: B009 - the name is absent for type checkers too
