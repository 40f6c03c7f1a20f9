"""`vmap`: its arguments, what it composes with, and what it does when a function asks for numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)  # fmt: skip
from microtensor.func.batched_tensor import BatchedTensor, running
from microtensor.testing import assert_close

F = nn.functional


def x_(*shape: int) -> Any:
    return mt.randn(*shape, dtype=mt.float64)


def counted(function: Callable[..., Any]) -> tuple[Callable[..., Any], list[int]]:
    """The function, and a list that grows with each call of it."""
    calls: list[int] = []

    def counting(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return function(*args, **kwargs)

    return counting, calls


# ----------------------------------------------------------------------- arguments


@pytest.mark.parametrize("in_dims", [(0, 1), (-2, -1), (0, -1)])
def test_each_argument_has_its_own_dimension(in_dims: Any) -> None:
    x, y = x_(3, 4), x_(4, 3)
    assert_close(vmap(mt.dot, in_dims)(x, y), (x * y.T).sum(1), rtol=1e-12)


def test_none_means_the_same_for_all() -> None:
    x, w = x_(3, 4), x_(4)
    assert_close(vmap(mt.dot, (0, None))(x, w), x @ w, rtol=1e-12)


def test_in_dims_nest_like_the_arguments() -> None:
    tree = {"a": x_(3, 2), "b": (x_(2, 3), [x_(2)])}
    found = vmap(lambda t: t["a"] * t["b"][0] + t["b"][1][0], ({"a": 0, "b": (1, [None])},))(tree)
    assert_close(found, tree["a"] * tree["b"][0].T + tree["b"][1][0], rtol=1e-12)


def test_a_number_counts_for_a_whole_tree() -> None:
    found = vmap(lambda t: t["a"] + t["b"])({"a": x_(3), "b": mt.zeros(3, dtype=mt.float64)})
    assert found.shape == (3,)


def test_keyword_arguments_are_the_same_for_all() -> None:
    x, w = x_(3, 4), x_(3, 4)
    assert_close(vmap(lambda a, w: a * w.sum())(x, w=w), x * w.sum(), rtol=1e-12)


@pytest.mark.parametrize(
    ("out_dims", "shape"), [(0, (3, 4, 5)), (1, (4, 3, 5)), (-1, (4, 5, 3)), (-3, (3, 4, 5))]
)
def test_out_dims_say_where_the_batch_stands(out_dims: int, shape: Any) -> None:
    x = x_(3, 4, 5)
    found = vmap(mt.sin, out_dims=out_dims)(x)
    assert found.shape == shape
    assert_close(found.movedim(out_dims, 0), x.sin())


def test_out_dims_nest_like_the_results() -> None:
    x = x_(3, 4)
    a, (b, c) = vmap(lambda v: (v, (v * 2, mt.ones(2))), out_dims=(0, (1, None)))(x)
    assert a.shape == (3, 4)
    assert b.shape == (4, 3)
    assert c.shape == (2,)
    both = vmap(lambda v: {"a": v, "b": v}, out_dims={"a": 0, "b": 1})(x)
    assert both["b"].shape == (4, 3)


def test_a_tuple_of_one_out_dim_is_that_of_one_result() -> None:
    assert vmap(mt.sin, out_dims=(1,))(x_(3, 4)).shape == (4, 3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: vmap(lambda a, b: a * b)(x, 3), ValueError, "non-Tensor arguments"),
        (lambda x: vmap(lambda: x)(), ValueError, "got no inputs"),
        (lambda x: vmap(mt.sin, None)(x), ValueError, "expected `in_dims` to be int"),
        (lambda x: vmap(mt.sin, [0])(x), ValueError, "expected `in_dims` to be int"),
        (lambda x: vmap(mt.sin, (None,))(x), ValueError, "None for every input"),
        (lambda x: vmap(mt.add, (0,))(x, x), ValueError, "in_dims is not compatible"),
        (
            lambda x: vmap(mt.add)(x, x[:1]),
            ValueError,
            r"same size in the mapped dimension, got sizes \[3, 1\]",
        ),
        (lambda x: vmap(mt.sin, 2)(x), ValueError, "-2 <= in_dim < 2"),
        (lambda x: vmap(mt.sin)(x[0, 0]), ValueError, "dimensionality 0"),
        (lambda x: vmap(lambda a: 3.0)(x), ValueError, "must only return Tensors"),
        (lambda x: vmap(lambda a: a, out_dims=None)(x), ValueError, "BatchedTensor when out_dim is None"),
        (lambda x: vmap(lambda a: a, out_dims=5)(x), IndexError, "out of range"),
        (lambda x: vmap(lambda a: (a, a), out_dims=(0,))(x), ValueError, "out_dims is not compatible"),
        (lambda x: vmap(mt.sin, chunk_size=0)(x), ValueError, "chunk_size should be None or greater than 0"),
        (lambda x: vmap(mt.sin, randomness="x")(x), RuntimeError, "Only allowed values for randomness"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(mt.ones(3, 2))


def test_an_error_speaks_of_one_example() -> None:
    with pytest.raises(RuntimeError, match=r"torch.float32 \(2,\)"):
        vmap(lambda a: a.tril())(mt.ones(3, 2))
    with pytest.raises(RuntimeError, match=r"\(2,\).*\(4,\)|\(2, \).*\(4,\)"):
        vmap(lambda a: a + mt.ones(4))(mt.ones(3, 2))


def test_an_error_leaves_no_level_behind() -> None:
    with pytest.raises(ZeroDivisionError):
        vmap(lambda a: a * (1 // 0))(mt.ones(2))
    assert running() == ()


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 5, 100])
def test_chunks_give_the_same_result(chunk_size: int) -> None:
    x, w = x_(5, 4), x_(4)
    function, calls = counted(lambda a, w: (a * w, a.sum()))
    found = vmap(function, (0, None), (1, 0), chunk_size=chunk_size)(x, w)
    assert_close(found[0], (x * w).T, rtol=1e-12)
    assert_close(found[1], x.sum(1), rtol=1e-12)
    assert len(calls) == -(-5 // chunk_size)


def test_an_empty_batch_has_empty_results() -> None:
    assert vmap(lambda a: (a * 2).sum(0).reshape(-1))(mt.ones(0, 2, 3)).shape == (0, 3)


def test_dtypes_are_those_of_one_example() -> None:
    """A number of one example has no dimensions, and so does not decide a dtype."""
    x, y = mt.ones(3, 2), mt.ones(3, dtype=mt.float64)
    assert vmap(lambda a, b: a * b)(x, y).dtype == mt.float32
    assert vmap(lambda a: a + mt.ones((), dtype=mt.float64))(x).dtype == mt.float32
    assert vmap(lambda a: a + mt.ones(1, dtype=mt.float64))(mt.ones(3)).dtype == mt.float64
    assert vmap(lambda a: a / 2)(mt.arange(3)).dtype == mt.float32
    assert vmap(lambda a: a.double())(mt.arange(3)).dtype == mt.float64


def test_a_number_keeps_no_dimension() -> None:
    x = x_(3)
    for found in vmap(lambda a: (a.sum(0, keepdim=True), a.max(-1, keepdim=True).values, a.softmax(0)))(x):
        assert found.shape == (3,)


def test_an_example_answers_for_itself() -> None:
    seen = {}

    def look(a: Any) -> Any:
        seen.update(
            shape=a.shape, ndim=a.ndim, size=a.size(-1), dtype=a.dtype, n=a.numel(), len=len(a), text=repr(a)
        )
        assert a.dim() == 2
        assert isinstance(a, BatchedTensor)
        assert a.is_floating_point()
        assert a.nbytes == 80
        return a

    vmap(look, 1)(x_(2, 3, 5))
    assert seen["shape"] == (2, 5)
    assert (seen["ndim"], seen["size"], seen["n"], seen["len"]) == (2, 5, 10, 2)
    assert seen["dtype"] == mt.float64
    assert "BatchedTensor(lvl=" in seen["text"]


def test_the_whole_function_runs_once() -> None:
    function, calls = counted(lambda a: mt.cat([a[1:], a[:1]]).softmax(0).view(2, 2).T @ a.view(2, 2))
    x = x_(6, 4)
    found = vmap(function)(x)
    assert len(calls) == 1
    assert_close(found, mt.stack([function(row) for row in x]), rtol=1e-12)


# ------------------------------------------------------------- when numbers are asked for


def test_a_branch_on_a_value() -> None:
    x = mt.tensor([[1.0, 2.0], [-3.0, 1.0]])
    found = vmap(lambda a: a if a.sum() > 0 else -a)(x)
    assert_close(found, mt.tensor([[1.0, 2.0], [3.0, -1.0]]))


@pytest.mark.parametrize(
    "function",
    [
        lambda a: a * a.sum().item(),
        lambda a: a * float(a[0]),
        lambda a: a * mt.tensor(np.asarray(a.detach())),
        lambda a: a * mt.from_numpy(a.detach().numpy().copy()),
        lambda a: a[a > 0].sum() * a,
        lambda a: a * mt.tensor(a.tolist(), dtype=mt.float64),
        lambda a: mt.masked_select(a, a > 0).sum(),
    ],
)
def test_what_needs_numbers_is_done_for_each_example(function: Any) -> None:
    x = x_(4, 3).requires_grad_()
    found, expected = vmap(function)(x), mt.stack([function(row) for row in x])
    assert_close(found.detach(), expected.detach(), rtol=1e-12)
    pair = [mt.autograd.grad((v * v).sum(), x)[0] for v in (found, expected)]
    assert_close(*pair, rtol=1e-12)


def test_numbers_in_an_inner_vmap() -> None:
    x = x_(2, 3, 4)
    found = vmap(vmap(lambda a: a if bool(a.sum() > 0) else a * 10))(x)
    expected = mt.where(x.sum(-1, keepdim=True) > 0, x, x * 10)
    assert_close(found, expected)


def test_a_leaf_made_of_an_example() -> None:
    def slope(a: Any) -> Any:
        a = a.detach().requires_grad_()
        return mt.autograd.grad((a**3).sum(), a)[0]

    x = x_(3, 2)
    assert_close(vmap(slope)(x), 3 * x**2, rtol=1e-12)


def test_backward_of_an_example_adds_to_captured_leaves() -> None:
    w = mt.ones(2, requires_grad=True)

    def step(a: Any) -> Any:
        (w * a).sum().backward()
        return a

    vmap(step)(mt.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert_close(w.grad, mt.tensor([4.0, 6.0]))


def test_a_hook_on_an_example() -> None:
    def function(a: Any) -> Any:
        b = a * 2
        if b.requires_grad:
            b.register_hook(lambda g: g * 10)
        return b.sum()

    x = mt.ones(2, 3, requires_grad=True)
    vmap(function)(x).sum().backward()
    assert_close(x.grad, mt.full((2, 3), 20.0))


# ------------------------------------------------------------------------- in place


def test_an_example_is_written_in_place() -> None:
    def function(a: Any) -> Any:
        b = a.clone()
        b += 1
        b[0] = a.sum()
        b[1:].mul_(a[1:])
        b[1] = 7
        b.clamp_(max=5)
        return b

    x = x_(4, 3)
    mapped, calls = counted(function)
    found = vmap(mapped)(x)
    assert len(calls) == 1
    assert_close(found, mt.stack([function(row) for row in x]), rtol=1e-12)


def test_writing_in_place_is_differentiated() -> None:
    def function(a: Any) -> Any:
        b = a * 1
        b[0] = a[1] * a[2]
        b[1:].mul_(a[1:])
        return b.exp_()

    x, y = (x_(4, 3).requires_grad_() for _ in range(2))
    mapped, calls = counted(function)
    with mt.no_grad():
        y.copy_(x)
    vmap(mapped)(x).sum().backward()
    mt.stack([function(row) for row in y]).sum().backward()
    assert len(calls) == 1
    assert_close(x.grad, y.grad, rtol=1e-12)


def test_an_input_is_written_in_place() -> None:
    x = mt.zeros(3, 2)
    vmap(lambda a: a.add_(1))(x)
    assert_close(x, mt.ones(3, 2))


def test_a_captured_tensor_is_written_once_as_the_function_runs_once() -> None:
    count = mt.zeros(())
    vmap(lambda a: (count.add_(1), a)[1])(mt.ones(3))
    assert count.item() == 1


def test_writes_of_a_run_that_was_given_up_are_taken_back() -> None:
    count, history = mt.zeros(2), mt.zeros(2)
    view, scale = history[:1], mt.tensor(2.0, requires_grad=True)

    def function(a: Any) -> Any:
        count.add_(1)
        view.mul_(2).add_(scale)
        return a * a.item()

    vmap(function)(mt.ones(3))
    assert_close(count, mt.full((2,), 3.0))
    assert_close(view.detach(), mt.tensor([14.0]))
    (slope,) = mt.autograd.grad(history.sum(), scale)
    assert slope.item() == 7


def test_writes_of_an_inner_vmap_are_taken_back_with_the_outer_run() -> None:
    count = mt.zeros(())

    def function(a: Any) -> Any:
        vmap(lambda b: (count.add_(1), b)[1])(a)
        return a * a[0].item()

    vmap(function)(mt.ones(3, 2))
    assert count.item() == 3


def test_a_batch_is_not_written_into_a_tensor_without_one() -> None:
    """As in PyTorch: the tensor would have to become one for each example."""

    def assigned(a: Any) -> Any:
        out = mt.zeros(2)
        out[0] = a.sum()
        return out

    total = mt.zeros(2)
    for function in (
        assigned,
        lambda a: total.add_(a),
        lambda a: total.copy_(a),
        lambda a: total.mul_(a.sum()),
    ):
        with pytest.raises(
            RuntimeError, match=r"vmap: inplace arithmetic\(self, \*extra_args\) is not possible"
        ):
            vmap(function)(mt.ones(3, 2))
    assert total.tolist() == [0.0, 0.0]


def test_a_new_tensor_of_a_mapped_one_takes_mapped_values() -> None:
    def function(a: Any) -> Any:
        out = a.new_zeros(2)
        out[0] = a.sum()
        return out

    assert_close(vmap(function)(mt.ones(3, 2)), mt.tensor([[2.0, 0.0]]).expand(3, 2))


def test_nothing_of_an_error_is_taken_back_or_repeated() -> None:
    count = mt.zeros(())

    def function(a: Any) -> Any:
        count.add_(1)
        raise KeyError("stop")

    with pytest.raises(KeyError):
        vmap(function)(mt.ones(3))
    assert count.item() == 1


# ----------------------------------------------------------------------- randomness


@pytest.mark.parametrize(
    "draw", [lambda a: a + mt.rand(2), lambda a: a * a.item() + mt.rand(2), lambda a: F.dropout(a)]
)
def test_random_numbers_are_an_error(draw: Any) -> None:
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        vmap(draw)(mt.ones(3))


@pytest.mark.parametrize("chunk_size", [None, 2])
@pytest.mark.parametrize("peek", [False, True])
def test_the_same_random_numbers_for_all(chunk_size: Any, peek: bool) -> None:
    def function(a: Any) -> Any:
        return a.item() + mt.rand(2) if peek else a + mt.rand(2)

    mt.manual_seed(3)
    found = vmap(function, randomness="same", chunk_size=chunk_size)(mt.zeros(4))
    after = mt.rand(1)
    mt.manual_seed(3)
    assert_close(found, mt.rand(2).expand(4, 2))
    assert_close(after, mt.rand(1))


def test_different_random_numbers_for_each() -> None:
    mt.manual_seed(3)
    found = vmap(lambda a: a + mt.rand(2), randomness="different")(mt.zeros(4))
    mt.manual_seed(3)
    assert_close(found, mt.rand(4, 2))


def test_a_function_that_draws_nothing_runs_once_under_any_randomness() -> None:
    for randomness in ("error", "same", "different"):
        function, calls = counted(mt.sin)
        vmap(function, randomness=randomness)(mt.ones(3))
        assert len(calls) == 1


def test_dropout_in_a_vmap() -> None:
    layer = nn.Dropout(0.5)
    same = vmap(layer, randomness="same")(mt.ones(8, 16))
    assert_close(same, same[:1].expand(8, 16))
    different = vmap(layer, randomness="different")(mt.ones(8, 16))
    assert not mt.equal(different[0], different[1])


# --------------------------------------------------------------------- compositions


def program(a: Any, w: Any) -> Any:
    return (mt.tanh(w @ a) * a.sum()).exp().mean()


def loss(w: Any, a: Any) -> Any:
    return program(a, w)


A, W = 5, (3, 4)


@pytest.fixture
def batch() -> tuple[Any, Any]:
    return x_(A, 4) * 0.5, x_(*W) * 0.5


@pytest.mark.parametrize(
    "transform",
    [
        lambda a, w: grad(program)(a, w),
        lambda a, w: grad(loss)(w, a),
        lambda a, w: grad(loss, argnums=(0, 1))(w, a),
        lambda a, w: grad_and_value(loss)(w, a),
        lambda a, w: jacrev(lambda v: mt.tanh(w @ v))(a),
        lambda a, w: jacfwd(lambda v: mt.tanh(w @ v))(a),
        lambda a, w: jacfwd(lambda m: mt.tanh(m @ a))(w),
        lambda a, w: hessian(program)(a, w),
        lambda a, w: hessian(loss, argnums=(0, 1))(w, a),
        lambda a, w: jacrev(jacrev(program))(a, w),
        lambda a, w: jacrev(jacfwd(loss))(w, a),
        lambda a, w: vjp(program, a, w)[1](mt.tensor(2.0, dtype=mt.float64)),
        lambda a, w: vjp(lambda m: m @ a, w)[1](a[:3]),
        lambda a, w: jvp(program, (a, w), (a.sin(), w.cos())),
        lambda a, w: jvp(lambda m: program(a, m), (w,), (w,)),
        lambda a, w: linearize(program, a, w)[1](a, w),
        lambda a, w: grad(lambda v: (grad(program)(v, w) ** 2).sum())(a),
        lambda a, w: grad(lambda m: vmap(lambda row: (row * a).sum().sin())(m).sum())(w),
        lambda a, w: vmap(grad(lambda row, v: (row * v).sin().sum()), (0, None))(w, a),
        lambda a, w: vmap(vjp(lambda v: w @ v.sin(), a)[1])(mt.eye(3, dtype=mt.float64)),
        lambda a, w: vmap(vjp(lambda v: w @ v.sin(), a)[1])(mt.eye(3, dtype=mt.float64) * a[:3]),
        lambda a, w: vmap(lambda u: vjp(lambda v: w @ v.sin(), a)[1](u * a.sum()))(w @ w.T),
        lambda a, w: jvp(grad(program), (a, w), (a, w)),
        lambda a, w: grad(lambda v: jvp(lambda u: program(u, w), (v,), (v.detach(),))[1])(a),
        lambda a, w: jacrev(lambda v: vmap(mt.dot, (0, None))(w, v).exp())(a),
    ],
)  # fmt: skip
def test_a_transform_inside(transform: Any, batch: Any) -> None:
    x, w = batch
    mapped, calls = counted(transform)
    found = vmap(mapped, (0, None))(x, w)
    assert len(calls) == 1, "the function was looped over"
    rows = [transform(row, w) for row in x]
    for k, row in enumerate(rows):
        for a, b in zip(flat(found), flat(row), strict=True):
            assert_close(a[k], b, rtol=1e-9, atol=1e-12)
            assert not a.requires_grad


def flat(tree: Any) -> list[Any]:
    return [leaf for part in tree for leaf in flat(part)] if isinstance(tree, (tuple, list)) else [tree]


@pytest.mark.parametrize(
    "outer",
    [
        lambda f, x, w: grad(lambda w: f(x, w).sum())(w),
        lambda f, x, w: grad(lambda x: f(x, w).sin().sum())(x),
        lambda f, x, w: jacrev(lambda w: f(x, w))(w),
        lambda f, x, w: jacfwd(lambda w: f(x, w))(w),
        lambda f, x, w: jacfwd(lambda x: f(x, w))(x),
        lambda f, x, w: hessian(lambda w: f(x, w).prod())(w),
        lambda f, x, w: vjp(f, x, w)[1](x[:, 0].contiguous()),
        lambda f, x, w: jvp(f, (x, w), (x.sin(), w.sin())),
        lambda f, x, w: grad(lambda w: grad(lambda w: f(x, w).sum())(w).square().sum())(w),
        lambda f, x, w: vmap(lambda m: f(x, m))(mt.stack([w, -w])),
    ],
)
def test_a_transform_outside(outer: Any, batch: Any) -> None:
    x, w = batch
    found = outer(vmap(program, (0, None)), x, w)
    expected = outer(lambda x, w: mt.stack([program(row, w) for row in x]), x, w)
    for a, b in zip(flat(found), flat(expected), strict=True):
        assert_close(a, b, rtol=1e-9, atol=1e-12)


def test_gradients_reach_what_is_captured() -> None:
    x, w = x_(5, 4), x_(4).requires_grad_()
    per_example = vmap(grad(lambda a: (a * w).sin().sum()))(x)
    assert per_example.requires_grad
    (found,) = mt.autograd.grad((per_example**2).sum(), w)
    (expected,) = mt.autograd.grad(((w * (x * w).cos()) ** 2).sum(), w)
    assert_close(found, expected, rtol=1e-10)


def test_results_have_a_history_only_if_something_outside_has() -> None:
    x = x_(3, 2)
    assert not vmap(mt.sin)(x).requires_grad
    assert vmap(mt.sin)(x.clone().requires_grad_()).requires_grad
    with mt.no_grad():
        assert not vmap(mt.sin)(x.clone().requires_grad_()).requires_grad


def test_autograd_grad_of_an_example_is_looped_over() -> None:
    def function(a: Any) -> Any:
        return mt.autograd.grad((a**3).sum(), a, create_graph=True)[0]

    x = x_(3, 2).requires_grad_()
    assert_close(vmap(function)(x).detach(), 3 * x.detach() ** 2, rtol=1e-12)


def test_three_levels() -> None:
    a, b, c = x_(2), x_(3), x_(4)
    found = vmap(vmap(vmap(lambda p, q, r: p * q + r, (None, None, 0)), (None, 0, None)), (0, None, None))(
        a, b, c
    )
    assert_close(found, a.view(2, 1, 1) * b.view(3, 1) + c, rtol=1e-12)


def test_levels_meet_in_any_order() -> None:
    x, y = x_(2, 4), x_(3, 4)

    def inner(a: Any) -> Any:
        return vmap(lambda b: mt.stack([a * b, b, a, mt.ones(4, dtype=mt.float64)]).sum(1))(y)

    expected = mt.stack([
        mt.stack([mt.stack([(a * b).sum(), b.sum(), a.sum(), a.sum() * 0 + 4]) for b in y]) for a in x
    ])  # fmt: skip
    assert_close(vmap(inner)(x), expected, rtol=1e-12)
    assert_close(vmap(inner, out_dims=1)(x), expected.movedim(0, 1), rtol=1e-12)


def test_an_index_that_depends_on_the_example() -> None:
    table, rows = x_(5, 2).requires_grad_(), mt.tensor([[0, -1], [3, 3], [2, 0]])
    function, calls = counted(lambda i: table[i])
    found = vmap(function)(rows)
    assert len(calls) == 1
    assert_close(found.detach(), table.detach()[rows])
    (slope,) = mt.autograd.grad(found.sum(), table)
    assert_close(slope, mt.tensor([2.0, 0, 1, 2, 1], dtype=mt.float64).view(5, 1).expand(5, 2))
    with pytest.raises((IndexError, RuntimeError), match="out of bounds"):
        vmap(function)(mt.tensor([[0, 5]]))


def test_user_ops_work_at_once() -> None:
    @mt.op(x=lambda g, x: 3 * g * x * x, samples=[mt.case((2,))])
    def _cubed_here(x: Any, /) -> Any:
        assert x.ndim == 1, "it knows vectors only"
        return x * x * x

    try:
        x = x_(4, 3).requires_grad_()
        found = vmap(_cubed_here)(x)
        assert_close(found.detach(), x.detach() ** 3, rtol=1e-12)
        found.sum().backward()
        assert_close(x.grad, 3 * x.detach() ** 2, rtol=1e-12)
        with pytest.raises(RuntimeError, match="the batch is empty"):
            vmap(_cubed_here)(mt.ones(0, 3))
    finally:
        del mt.registry["_cubed_here"]


# -------------------------------------------------------------------------- modules


def network() -> Any:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 3)).double()


def by_name(module: Any) -> dict[str, Any]:
    return {k: v.detach() for k, v in module.named_parameters()}


@pytest.mark.parametrize("kind", ["labels", "weighted", "probabilities", "mse"])
def test_gradients_of_each_sample(kind: str) -> None:
    net, x = network(), x_(5, 4)
    y = {"labels": mt.tensor([0, 2, 1, 1, 0]), "weighted": mt.tensor([0, 2, 1, -100, 0])}.get(
        kind, x_(5, 3).softmax(1)
    )
    weight = x_(3).abs() if kind == "weighted" else None

    def one(params: Any, a: Any, b: Any) -> Any:
        out = functional_call(net, params, (a.unsqueeze(0),))
        if kind == "mse":
            return F.mse_loss(out, b.unsqueeze(0))
        return F.cross_entropy(out, b.unsqueeze(0), weight, reduction="sum" if weight is not None else "mean")

    function, calls = counted(grad(one))
    found = vmap(function, (None, 0, 0))(by_name(net), x, y)
    assert len(calls) == 1
    for k in range(5):
        for name, expected in grad(one)(by_name(net), x[k], y[k]).items():
            assert_close(found[name][k], expected, rtol=1e-8, atol=1e-12)


def test_an_ensemble() -> None:
    nets = [network() for _ in range(3)]
    params, buffers = stack_module_state(nets)
    x = x_(7, 4)
    skeleton = network()
    together, calls = counted(lambda p, b, x: functional_call(skeleton, (p, b), (x,)))
    found = vmap(together, (0, 0, None))(params, buffers, x)
    assert len(calls) == 1
    assert_close(found.detach(), mt.stack([net(x) for net in nets]).detach(), rtol=1e-10)
    found.sum().backward()
    assert params["0.weight"].grad.shape == (3, 6, 4)


def test_a_module_that_moves_its_buffers_is_looped_over() -> None:
    """The running moments move with every example, one after the other."""
    norm, twin = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    x = mt.randn(3, 4, 2)
    found = vmap(norm)(x)
    expected = mt.stack([twin(batch) for batch in x])
    assert_close(found.detach(), expected.detach(), rtol=1e-5)
    assert_close(norm.running_mean, twin.running_mean, rtol=1e-5)
    assert norm.num_batches_tracked.item() == 3


def test_an_update_without_history_is_made_for_every_example() -> None:
    def updated(x: Any, y: Any) -> Any:
        with mt.no_grad():
            return x.add_(y).mul_(2.0)

    xs = mt.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert vmap(updated)(xs.clone(), xs).tolist() == [[4, 8], [12, 16]]
    assert vmap(updated, in_dims=(0, None))(xs.clone(), xs[0]).tolist() == [[4, 8], [8, 12]]


def test_an_example_knows_whether_it_is_contiguous() -> None:
    seen: list[bool] = []

    def look(x: mt.Tensor) -> mt.Tensor:
        seen.append(x.is_contiguous())
        return x

    x = mt.ones(2, 3, 4)
    vmap(look)(x)
    vmap(look)(x.transpose(1, 2))
    vmap(vmap(look))(x.transpose(0, 1))
    vmap(lambda x: look(x) if x.is_contiguous(memory_format=mt.contiguous_format) else x)(x)
    assert seen[:3] == [True, False, True]
    assert len(seen) == 3 + 2
