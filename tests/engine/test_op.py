"""The ``@op`` decorator: what it checks, what it keeps, and how what it returns may be called."""

from __future__ import annotations

import functools
import math
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import op
from microtensor.engine.apply import apply
from microtensor.engine.op_definition import formula_arguments
from microtensor.errors import CarrierError
from microtensor.testing import check_op

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def registry_restored() -> Iterator[None]:
    before = dict(mt.registry)
    yield
    mt.registry.clear()
    mt.registry.update(before)


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor([float(v) for v in values], requires_grad=True)


# ------------------------------------------------------------------------ definition


def test_a_formula_of_no_array_is_refused() -> None:
    with pytest.raises(TypeError, match=r"op bad: 'z' is not one of its arrays \('x',\)"):

        @op(z=lambda g: g)
        def bad(x: Any, /) -> Any:
            return x


def test_a_formula_that_mentions_an_unknown_name_is_refused() -> None:
    with pytest.raises(TypeError, match=r"formula of 'x' mentions \['w'\].*'out'.*'x_shape'"):

        @op(x=lambda g, w: g * w)
        def bad(x: Any, /, dim: int = 0) -> Any:
            return x


def test_a_formula_that_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="'x'"):

        @op(x=3)
        def bad(x: Any, /) -> Any:
            return x


def test_an_argument_without_a_slash_is_told_about_it() -> None:
    with pytest.raises(TypeError, match=r"'x' is a parameter: arrays stand before a slash.*bad\(x, /\)"):

        @op(x=lambda g: g)
        def bad(x: Any) -> Any:
            return x


def test_a_misspelt_option_is_told_the_options() -> None:
    with pytest.raises(TypeError, match="'elementwize' is not one of its arrays.*nor an option.*elementwise"):

        @op(elementwize=True)
        def bad(x: Any, /) -> Any:
            return x


@pytest.mark.parametrize("formula", [lambda x: 3 * x**2, lambda x, out: out])
def test_a_formula_without_a_cotangent_is_refused(formula: Any) -> None:
    with pytest.raises(TypeError, match="takes the cotangent of the result first, as in lambda g, x: "):

        @op(x=formula)
        def bad(x: Any, /) -> Any:
            return x


def test_a_refused_op_is_not_registered() -> None:
    with pytest.raises(TypeError):

        @op(x=lambda g, w: g)
        def refused(x: Any, /) -> Any:
            return x

    assert "refused" not in mt.registry


def test_names_after_the_cotangent_are_what_is_mentioned() -> None:
    assert formula_arguments(lambda g: g) == ()
    assert formula_arguments(lambda u, x, out, dim: u) == ("x", "out", "dim")


def test_the_op_knows_what_it_keeps_in_order() -> None:
    @op(x=lambda g, y, out: g, y=lambda g, x_shape, out: g, elementwise=True)
    def kept(x: Any, y: Any, /) -> Any:
        """Kept."""
        return x * y

    assert kept.op.keeps == ("y", "out", "x_shape")
    assert kept.op.differentiable == ("x", "y")
    assert (kept.__name__, kept.__doc__, kept.op.node_name) == ("kept", "Kept.", "KeptBackward0")


def test_a_method_is_installed_if_asked() -> None:
    @op(x=lambda g: g * 2, elementwise=True, method="doubled_for_a_test")
    def double(x: Any, /) -> Any:
        return x * 2

    try:
        assert leaf(1, 2).doubled_for_a_test().tolist() == [2.0, 4.0]
    finally:
        del mt.Tensor.doubled_for_a_test


# --------------------------------------------------------------------------- calling


def scaled() -> Any:
    @op(
        x=lambda g, by, shift: g * by,
        elementwise=True,
        samples=[mt.case((3,), by=2.0), mt.case((2, 2), by=3.0, shift=1)],
    )
    def scaled(x: Any, /, by: float, shift: float = 0.0) -> Any:
        """``x * by + shift``."""
        return x * by + shift

    return scaled


def test_parameters_by_position_and_by_keyword() -> None:
    f, x = scaled(), leaf(1, 2)
    for y in (f(x, 3.0), f(x, by=3.0), f(x, 3.0, 0.0), f(x, 3.0, shift=0.0), f(x, shift=0.0, by=3.0)):
        x.grad = None
        y.sum().backward()
        assert (y.tolist(), x.grad.tolist()) == ([3.0, 6.0], [3.0, 3.0])
    assert f(x, 1.0, 5.0).tolist() == [6.0, 7.0]


def test_wrong_arguments_are_python_type_errors() -> None:
    f, x = scaled(), leaf(1)
    for call in (lambda: f(x), lambda: f(x, 1.0, nonsense=2), lambda: f(), lambda: f(x, 1.0, 2.0, 3.0)):
        with pytest.raises(TypeError):
            call()


def test_arrays_in_arrays_out_and_tensors_in_tensors_out() -> None:
    array = np.array([1.0, 2.0])
    assert type(mt.exp(array)) is np.ndarray
    assert isinstance(mt.exp(mt.tensor(array)), mt.Tensor)
    assert isinstance(mt.add(mt.tensor(array), array), mt.Tensor)
    assert isinstance(mt.add(array, mt.tensor(array)), mt.Tensor)
    assert isinstance(mt.mul(2.0, mt.tensor(array)), mt.Tensor)
    with pytest.raises(CarrierError):
        mt.exp([1.0])


def test_integers_go_to_floats_where_the_op_is_one_of_reals() -> None:
    @op(x=lambda g, out: g * out, elementwise=True, floating=True)
    def grow(x: Any, /) -> Any:
        return np.exp(x)

    assert grow(mt.tensor([0, 0])).dtype == mt.float32
    assert grow(mt.tensor([True])).dtype == mt.float32


def test_operands_are_promoted_and_gradients_come_back_in_their_own_dtype() -> None:
    a, b = leaf(1, 2), mt.ones(2, dtype=mt.float64, requires_grad=True)
    mt.mul(a, b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (mt.float32, mt.float64)


def test_broadcasting_is_undone_by_the_engine() -> None:
    @op(x=lambda g, y: g * y, y=lambda g, x: g * x, elementwise=True)
    def times(x: Any, y: Any, /) -> Any:
        return x * y

    x, y, s = (
        mt.ones(2, 3, requires_grad=True),
        mt.ones(3, requires_grad=True),
        mt.tensor(2.0, requires_grad=True),
    )
    times(times(x, y), s).sum().backward()
    assert (x.grad.shape, y.grad.tolist(), s.grad.item()) == ((2, 3), [4.0] * 3, 6.0)


def test_variadic_ops() -> None:
    @op(
        xs=lambda g, xs, weight: [g * weight for _ in xs],
        name="total",
        samples=[mt.case((3,), (3,), weight=2.0)],
    )
    def total(*xs: Any, weight: float = 1.0) -> Any:
        return weight * np.sum(xs, axis=0)

    a, b, c = leaf(1), mt.ones(1), leaf(3)
    y = total(a, b, c, weight=2.0)
    y.sum().backward()
    assert (y.tolist(), a.grad.tolist(), b.grad, c.grad.tolist()) == ([10.0], [2.0], None, [2.0])
    assert total(a, b).item() == 2.0


def two_outputs() -> Any:
    def spread(g: Any, x_shape: Any) -> Any:
        return (
            mt.stack([g[0], g[1]]).reshape(x_shape)
            if isinstance(g[0], mt.Tensor)
            else np.stack(g[:2]).reshape(x_shape)
        )

    @op(x=spread, samples=[mt.case((2, 3))])
    def halves(x: Any, /) -> Any:
        return x[0], x[1], (x > 0).astype(np.int64)

    return halves


def test_several_outputs() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    first, second, integers = two_outputs()(x)
    assert (first.output_nr, second.output_nr, integers.requires_grad) == (0, 1, False)
    assert first.grad_fn is second.grad_fn
    (first * 2).sum().backward()
    assert x.grad.tolist() == [[2.0] * 3, [0.0] * 3]


def test_several_outputs_used_several_times_are_one_node() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    first, second, _ = two_outputs()(x)
    (first * second + first).sum().backward()
    assert x.grad.tolist() == [[2.0] * 3, [1.0] * 3]


def test_several_outputs_of_which_one_is_asked_for() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    first, second, _ = two_outputs()(x)
    loss = (first * second * 3).sum()
    (g,) = mt.autograd.grad(loss, second, retain_graph=True)
    assert g.tolist() == [3.0] * 3
    assert mt.autograd.grad(loss, x)[0].tolist() == [[3.0] * 3] * 2


def test_the_readable_form_does_the_same() -> None:
    f, x = scaled(), leaf(1, 2)
    y = apply(f.op, [x], (3.0, 1.0))
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([4.0, 7.0], [3.0, 3.0])


# -------------------------------------------------------------------- exactly what is kept

W = mt.ones(2, 2, requires_grad=True)
MEMORY: dict[str, tuple[Callable[[mt.Tensor], mt.Tensor], bool, bool]] = {
    "x + 1": (lambda x: x + 1, False, False),
    "x + x": (lambda x: x + x, False, False),
    "-x": (lambda x: -x, False, False),
    "x * 2": (lambda x: x * 2, False, False),
    "x * constant": (lambda x: x * mt.ones(2, 2), False, False),
    "x * leaf": (lambda x: x * W, True, False),
    "x * x": (lambda x: x * x, True, False),
    "exp": (lambda x: x.exp(), False, True),
    "tanh": (lambda x: x.tanh(), False, True),
    "sigmoid": (lambda x: x.sigmoid(), False, True),
    "sqrt": (lambda x: x.sqrt(), False, True),
    "log": (lambda x: x.log(), True, False),
    "sin": (lambda x: x.sin(), True, False),
    "x / leaf": (lambda x: x / W, True, False),
    "x ** 2": (lambda x: x**2, True, False),
    "sum": (lambda x: x.sum(), False, False),
    "mean": (lambda x: x.mean(0), False, False),
    "view": (lambda x: x.clone().view(4).clone(), False, False),
    "x @ constant": (lambda x: x @ mt.ones(2, 2), False, False),
    "x @ leaf": (lambda x: x @ W, True, False),
    "cat": (lambda x: mt.cat([x, x]), False, False),
    "clone": (lambda x: x.clone(), False, False),
    "index": (lambda x: x[[0, 1]], False, False),
    "relu": (lambda x: x.relu(), False, True),
    "softmax": (lambda x: x.softmax(-1), False, True),
}


@pytest.mark.parametrize(("function", "operand", "result"), MEMORY.values(), ids=MEMORY)
def test_exactly_what_a_formula_mentions_stays_alive(function: Any, operand: bool, result: bool) -> None:
    """The array of an intermediate dies with it, unless a formula named it."""
    x = mt.full((2, 2), 2.0, requires_grad=True) * 1
    y = function(x)
    z = y.sum() if y.ndim else y * 1
    arrays = weakref.ref(x.array), weakref.ref(y.array)
    del x, y
    assert [ref() is not None for ref in arrays] == [operand, result]
    del z
    assert [ref() for ref in arrays] == [None, None]


def test_a_constant_keeps_nothing() -> None:
    x = mt.ones(2)
    array = weakref.ref(x.array)
    y = x * x
    del x
    assert array() is None
    assert y.grad_fn is None


def test_under_no_grad_nothing_is_kept() -> None:
    x = leaf(1, 2) * 1
    array = weakref.ref(x.array)
    with mt.no_grad():
        y = x * x
    del x
    assert array() is None
    assert y.is_leaf


# ------------------------------------------------------------------------ of third parties


def test_an_op_of_ones_own_obeys_all_laws_and_has_every_order() -> None:
    @op(
        x=lambda g, x, y: g * 2 * (x - y),
        y=lambda g, x, y: g * -2 * (x - y),
        elementwise=True,
        reference=lambda x, y: (x - y) ** 2,
    )
    def squared_distance(x: Any, y: Any, /) -> Any:
        """``(x - y) ** 2``.

        >>> squared_distance(mt.tensor(3.0), mt.tensor(1.0))
        tensor(4.)
        """
        return (x - y) * (x - y)

    check_op(squared_distance)
    x = leaf(3)
    (g,) = mt.autograd.grad(squared_distance(x, 1.0), x, mt.ones(1), create_graph=True)
    assert (g.item(), mt.autograd.grad(g, x)[0].item()) == (4.0, 2.0)
    assert squared_distance(x, 1.0).grad_fn.name() == "SquaredDistanceBackward0"


def test_an_op_without_formulas_is_a_constant() -> None:
    @op(elementwise=True)
    def steps(x: Any, /) -> Any:
        return np.floor(x)

    assert not steps(leaf(1.5)).requires_grad


def test_an_op_with_a_constant_operand() -> None:
    @op(x=lambda g, mask: g * mask, elementwise=True, promote=False)
    def kept_where(x: Any, mask: Any, /) -> Any:
        return x * mask

    x, mask = leaf(1, 2), mt.tensor([True, False])
    y = kept_where(x, mask)
    assert len(y.grad_fn.next_functions) == 1
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_a_parameter_cannot_have_a_name_of_the_generated_code() -> None:
    with pytest.raises(TypeError, match="a parameter cannot be called 'node'"):
        mt.op(lambda x, /, node=None: x, name="taken")


def test_check_op_notices_a_formula_that_is_missing_and_one_that_raises() -> None:
    def half(x: Any, y: Any, /) -> Any:
        """One.

        >>> 1
        1
        """
        return x * y

    try:
        missing = mt.op(half, x=lambda g, y: g * y, elementwise=True, reference=np.multiply, name="missing_y")
        with pytest.raises(AssertionError, match="'complete'.*'y' has no formula, and the result depends"):
            mt.testing.check_op(missing)
        raising = mt.op(half, x=lambda g, y: math.cos(g), y=lambda g, x: g * x, elementwise=True,
                        reference=np.multiply, name="raising")  # fmt: skip
        with pytest.raises(AssertionError, match="op raising breaks the law 'gradient', .*: TypeError:"):
            mt.testing.check_op(raising)
    finally:
        for name in ("missing_y", "raising"):
            mt.registry.pop(name, None)
    with pytest.raises(TypeError, match="check_op takes what @op returned"):
        mt.testing.check_op(np.sin)


def test_an_op_with_the_name_of_one_of_ours_leaves_ours_alone() -> None:
    ours = mt.registry["exp"], mt.registry["flip"]

    @op(x=lambda g, x: g * 3 * x**2, elementwise=True)
    def exp(x: Any, /) -> Any:
        return x**3

    @op(x=lambda g: g * 2)
    def flip(x: Any, /) -> Any:
        return x * 2

    assert (mt.registry["exp"], mt.registry["flip"]) == ours
    assert mt.registry[f"{__name__}.exp"] is exp.op
    assert np.exp(mt.tensor(0.0)).item() == 1.0
    assert exp(mt.tensor(2.0)).item() == 8.0
    assert mt.func.vmap(flip)(mt.tensor([[1.0, 2.0]])).tolist() == [[2.0, 4.0]]
    assert mt.func.vmap(mt.func.grad(exp))(mt.tensor([1.0, 2.0])).tolist() == [3.0, 12.0]


def test_a_formula_may_be_a_partial_application() -> None:
    @op(x=functools.partial(lambda factor, g: g * factor, 2.0), elementwise=True)
    def doubled(x: Any, /) -> Any:
        return x * 2

    x = mt.ones(2, requires_grad=True)
    doubled(x).sum().backward()
    assert x.grad.tolist() == [2, 2]


@pytest.mark.parametrize("call", [lambda f, x: f(x), lambda f, x: apply(f.op, (x,), ())])
def test_a_formula_may_ask_for_a_copy_of_a_result_that_programs_write_into(call: Any) -> None:
    @op(x=lambda g, out_copy: g * out_copy)
    def root_of_e(x: Any, /) -> Any:
        return np.exp(x)

    x = mt.zeros(2, requires_grad=True)
    y = call(root_of_e, x)
    y.mul_(3.0)
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_an_operand_without_elements_opens_no_door_to_the_next_one() -> None:
    """What is decided of a dtype once is not what PyTorch lets an empty operand do."""
    empty, full = mt.zeros(0, 2, dtype=mt.bool), mt.ones(2, 2, dtype=mt.bool)
    assert mt.mm(empty, full).shape == (0, 2)
    with pytest.raises(NotImplementedError, match=r'"addmm_impl_cpu_" not implemented for \'Bool\''):
        mt.mm(full, full)


def test_arithmetic_takes_two_numbers_and_gives_a_tensor() -> None:
    found = [mt.add(1, 2.0), mt.mul(True, 2), mt.div(7, 2), mt.div(7, 2, rounding_mode="trunc")]
    found += [mt.sub(5, 2, alpha=2), mt.floor_divide(7.0, 2), mt.add(1.0, 2j)]
    assert [x.item() for x in found] == [3.0, 2, 3.5, 3, 1, 3.0, 1 + 2j]
    assert [x.dtype for x in found[:4]] == [mt.float32, mt.int64, mt.float32, mt.int64]
    with pytest.raises(CarrierError, match="pow: expected a Tensor"):
        mt.pow(2, 3)


def test_a_parameter_whose_name_begins_like_the_result_is_none_of_it() -> None:
    @op(x=lambda g, out_size: g * out_size)
    def scaled(x: Any, /, out_size: float) -> Any:
        return x * out_size

    x = mt.ones(2, requires_grad=True)
    y = scaled(x, out_size=3.0).sum()
    y.backward()
    y.backward()  # nothing was saved that a first pass would free
    assert x.grad.tolist() == [6, 6]
    with pytest.raises(TypeError, match="a parameter cannot be called 'out_copy'"):

        @op(x=lambda g: g)
        def taken(x: Any, /, out_copy: int) -> Any:
            return x
