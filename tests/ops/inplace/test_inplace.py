"""Operations in place, without PyTorch at hand: what they write, what they refuse, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.errors import InPlaceError, ShapeError, StaleSavedError
from microtensor.ops.elementwise import casting
from microtensor.testing import numerical_gradient, samples_of

pytestmark = pytest.mark.fast

ELEMENTWISE = [name for name, op in mt.registry.items() if op.elementwise and hasattr(mt.Tensor, f"{name}_")]
OTHERS: dict[str, tuple[Any, ...]] = {
    "clamp_": (0.2, 0.8),
    "masked_fill_": (mt.tensor([True, False, True]), 0.5),
    "cumsum_": (0,),
    "div_": (2.0,),
    "index_put_": ((mt.tensor([0, 2]),), mt.ones(3)),
    "addmm_": (mt.ones(3, 2), mt.ones(2, 3)),
    "tril_": (),
    "triu_": (1,),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_elementwise_method_is_its_op_written_into_the_tensor(name: str) -> None:
    """Discovered, not listed; where the op gives another dtype, the tensor's is kept or the call refused."""
    arrays, params = max(samples_of(mt.registry[name]), key=lambda sample: min(map(np.size, sample[0])))
    arrays = [np.broadcast_to(a, np.broadcast_shapes(*map(np.shape, arrays))).copy() for a in arrays]
    x, *rest = map(mt.tensor, arrays)
    expected = mt.registry[name].call(x, *rest, **params)
    alias = x.view(tuple(x.shape))
    assert getattr(x, f"{name}_")(*rest, **params) is x
    assert (alias.tolist(), x._version) == (expected.to(x.dtype).tolist(), 1)


@pytest.mark.parametrize("name", OTHERS)
def test_a_method_is_its_out_of_place_form_written_into_the_tensor(name: str) -> None:
    x = mt.linspace(0.1, 0.9, 9).view(3, 3).clone()
    expected, memory = getattr(x, name[:-1])(*OTHERS[name]), x.data_ptr()
    assert getattr(x, name)(*OTHERS[name]) is x
    assert (x.tolist(), x.data_ptr()) == (expected.tolist(), memory)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+=": lambda x, y: x.__iadd__(y),
    "-=": lambda x, y: x.__isub__(y),
    "*=": lambda x, y: x.__imul__(y),
    "/=": lambda x, y: x.__itruediv__(y),
    "**=": lambda x, y: x.__ipow__(y),
    "//=": lambda x, y: x.__ifloordiv__(y),
    "%=": lambda x, y: x.__imod__(y),
}


@pytest.mark.parametrize("symbol", OPERATORS)
def test_augmented_assignment_writes_into_the_tensor(symbol: str) -> None:
    x, y = mt.tensor([7.0, 5.0]), mt.tensor([2.0, 3.0])
    expected = eval(f"x {symbol[:-1]} y").tolist()
    alias = x.view(2)
    assert OPERATORS[symbol](x, y) is x
    assert x.tolist() == alias.tolist() == expected


def test_bits_in_place() -> None:
    x = mt.tensor([True, False])
    x |= mt.tensor([False, True])
    x &= mt.tensor([True, False])
    x ^= mt.tensor([True, True])
    assert x.tolist() == [False, True]


# ---------------------------------------------------------------- gradients by differences


def chained(x: Any) -> Any:
    y = x * 1
    y[0].mul_(x[1])
    y[:, 1:] = y[:, :-1].exp() - 1
    y.t()[1].add_(x[0, :2])
    y.view(-1)[::2].sin_()
    y[y > 0.5] *= 2
    y.masked_fill_(mt.tensor([[False, True, False], [False, False, False]]), 0.25)
    y[mt.tensor([1, 0])] += x
    return (y * y).sum()


def test_a_chain_of_writes_has_the_gradient_of_differences() -> None:
    start = np.array([[0.3, -0.4, 0.9], [0.7, 0.2, -1.1]])
    x = mt.tensor(start, requires_grad=True)
    chained(x).backward()
    expected = numerical_gradient(lambda a: chained(mt.tensor(a)).item(), start)
    np.testing.assert_allclose(x.grad.array, expected, rtol=1e-6, atol=1e-8)


def test_a_chain_of_writes_has_the_second_derivative_of_differences() -> None:
    start = np.array([[0.3, -0.4, 0.9], [0.7, 0.2, -1.1]])
    x = mt.tensor(start, requires_grad=True)

    def slope(a: Any) -> Any:
        x = mt.tensor(a, requires_grad=True)
        return mt.autograd.grad(chained(x), x)[0]

    (g,) = mt.autograd.grad(chained(x), x, create_graph=True)
    (h,) = mt.autograd.grad((g * g).sum(), x)
    expected = numerical_gradient(lambda a: (slope(a) ** 2).sum().item(), start)
    np.testing.assert_allclose(h.array, expected, rtol=1e-5, atol=1e-7)


def test_many_views_of_one_base_stay_right_while_it_is_written() -> None:
    x = mt.arange(6.0, requires_grad=True)
    y = x * 1
    views = [y[i:] for i in range(6)]
    for i, view in enumerate(views):
        view.mul_(i + 1)
    views[2][1:].sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 24.0, 120.0, 720.0]


# ------------------------------------------------------------------------ what is refused


def test_a_leaf_is_refused_with_the_remedy() -> None:
    w = mt.ones(2, 3, requires_grad=True)
    with pytest.raises(
        InPlaceError, match=r"a leaf Variable.*mul_ on a torch.float32 tensor of shape \(2, 3\).*no_grad\(\)"
    ):
        w.mul_(2)
    with pytest.raises(InPlaceError, match=r"a view of a leaf Variable.*add_.*\(3,\)"):
        w[0].add_(1)
    with pytest.raises(InPlaceError, match="setitem"):
        w[0] = 1.0
    assert w.tolist() == [[1.0] * 3] * 2
    assert w._version == 0


def test_the_error_of_a_stale_array_says_what_whose_by_whom_and_the_remedy() -> None:
    y = mt.ones(2, 3, requires_grad=True) * 2
    z = y.sin()
    y.add_(1)
    y.add_(1)
    words = (
        r"modified by an inplace operation: SinBackward0 saved a torch.float32 tensor of shape \(2, 3\).*"
        r"add_ has changed it.*2 writes so far.*out-of-place form of add_.*clone\(\)"
    )
    with pytest.raises(StaleSavedError, match=words):
        z.sum().backward()


def test_a_stale_array_is_found_through_any_view_and_any_write() -> None:
    writes: list[Callable[[mt.Tensor], Any]] = [
        lambda y: y[0].mul_(2),
        lambda y: y.t().fill_(1),
        lambda y: y.detach().zero_(),
        lambda y: y.__setitem__(0, 5.0),
        lambda y: y.view(-1).copy_(mt.ones(6)),
        lambda y: y.__iadd__(1),
    ]
    for write in writes:
        y = mt.ones(2, 3, requires_grad=True) * 2
        z = (y * y).sum()
        write(y)
        with pytest.raises(StaleSavedError):
            z.backward()


def test_data_and_no_grad_differ_in_what_the_graph_notices() -> None:
    for unseen, write in ((True, lambda w: w.data.add_(1)), (False, lambda w: w.detach().add_(1))):
        w = mt.ones(2, requires_grad=True)
        loss = (w * w).sum()
        write(w)
        if unseen:
            loss.backward()
            assert w.grad.tolist() == [4.0, 4.0], "data is for those who want this"
        else:
            with pytest.raises(StaleSavedError):
                loss.backward()


def test_what_nothing_saved_may_be_written() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x + 1
    z = y * 3
    y.mul_(5)
    (z + y).sum().backward()
    assert x.grad.tolist() == [8.0, 8.0]


def test_an_operation_in_place_keeps_what_it_saved_of_its_own_memory() -> None:
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y *= y
    y *= y
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 32.0]


def test_an_expanded_tensor_is_refused() -> None:
    wide = mt.ones(3, 1).expand(3, 4)
    for write in (lambda: wide.mul_(2), lambda: wide.fill_(1), lambda: wide.__setitem__(0, 2.0)):
        with pytest.raises(InPlaceError, match=r"single memory location.*clone\(\)"):
            write()


def test_shapes_and_dtypes_do_not_change_in_place() -> None:
    with pytest.raises(ShapeError, match=r"\[3\].*\[2, 3\]"):
        mt.ones(3).add_(mt.ones(2, 3))
    with pytest.raises(RuntimeError, match="torch.float32 can't be cast.*torch.int64"):
        mt.arange(3).mul_(0.5)
    x = mt.ones(3, dtype=mt.float64)
    x += mt.ones(3)
    assert x.dtype == mt.float64


def test_a_value_that_does_not_broadcast_is_refused_with_both_shapes() -> None:
    x = mt.zeros(2, 3)
    with pytest.raises(ShapeError, match=r"\(4,\).*\(2, 3\)"):
        x[:] = mt.ones(4)
    assert x.sum().item() == 0


# -------------------------------------------------------------------------------- families


def test_base_is_the_root_of_a_family() -> None:
    x = mt.arange(12.0).clone()
    v = x.view(3, 4)[1:]
    u = v.t()
    assert v._base is x
    assert u._base is x
    assert x._base is None
    assert x.clone()._base is None
    assert (u._is_view(), x._is_view()) == (True, False)


SCALAR_VIEWS: dict[str, Callable[[mt.Tensor], Any]] = {
    "view": lambda x: x.view(1),
    "None": lambda x: x[None],
    "Ellipsis": lambda x: x[...],
    "squeeze": lambda x: x.squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "t": lambda x: x.t(),
    "permute": lambda x: x.permute(),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(0, -1),
}


@pytest.mark.parametrize("look", SCALAR_VIEWS.values(), ids=SCALAR_VIEWS)
def test_views_of_a_number_share_its_memory(look: Any) -> None:
    x = mt.tensor(2.0, requires_grad=True)
    y = x * 1
    look(y).mul_(5)
    y.backward()
    assert (y.item(), x.grad.item()) == (10.0, 5.0)


def test_a_constant_becomes_part_of_the_graph_when_written_from_it() -> None:
    w = mt.tensor([3.0, 4.0], requires_grad=True)
    x = mt.zeros(3, 2)
    row = x[1]
    x[1:] = w
    assert x.requires_grad
    assert row.requires_grad
    assert not x.is_leaf
    (row * row).sum().backward()
    assert w.grad.tolist() == [6.0, 8.0]


def test_a_view_from_before_its_base_required_a_gradient_is_a_leaf_of_its_own() -> None:
    x = mt.zeros(3)
    v = x[1:]
    x.requires_grad_()
    assert v.requires_grad
    assert v.is_leaf
    with pytest.raises(InPlaceError):
        v.mul_(2)
    (v * 2).sum().backward()
    assert x.grad is None
    assert v.grad.tolist() == [2.0, 2.0]


def test_a_view_made_without_recording_is_not_written_while_recording() -> None:
    y = mt.ones(3, requires_grad=True) * 2
    with mt.no_grad():
        v = y[1:]
    part = v[:1]
    for view in (v, part):
        with pytest.raises(InPlaceError, match="A view was created in no_grad mode and .* modified inplace"):
            view.mul_(2)
    assert y.tolist() == [2.0, 2.0, 2.0]


def test_a_view_made_without_recording_cannot_follow_its_base() -> None:
    y = mt.ones(3, requires_grad=True) * 2
    with mt.no_grad():
        v = y[1:]
    y.mul_(2)
    assert v.requires_grad
    for use in (lambda: v * 2, lambda: v.grad_fn):
        with pytest.raises(InPlaceError, match="its base or another view of its base has been modified"):
            use()


def test_under_no_grad_a_write_changes_values_and_no_history() -> None:
    x = mt.ones(3, requires_grad=True)
    y = x * 2
    node = y.grad_fn
    with mt.no_grad():
        y.mul_(10)
        y[0] = 1.0
    assert y.grad_fn is node
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([1.0, 20.0, 20.0], [2.0, 2.0, 2.0])


def test_zeroing_stays_in_the_graph() -> None:
    x = mt.ones(3, requires_grad=True)
    y = x * 2
    y.zero_()
    assert y.requires_grad
    y.sum().backward()
    assert x.grad is None or x.grad.tolist() == [0.0] * 3


def test_arithmetic_in_place_without_history_on_unlike_operands() -> None:
    with mt.no_grad():
        x = mt.ones(3)
        assert x.add_(mt.ones(3, dtype=mt.float64)).tolist() == [2, 2, 2]
        assert x.add_(mt.ones(1)).tolist() == [3, 3, 3]
        assert x.mul_(True).tolist() == [3, 3, 3]
        assert mt.arange(3).add_(2).tolist() == [2, 3, 4]
        assert x.sub_(mt.ones(3)).dtype == mt.float32


def test_halves_that_overlap_are_not_added_in_place_without_history() -> None:
    x = mt.arange(4.0)
    with mt.no_grad():
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            x[:3].add_(x[1:])
        assert x[:2].add_(x[2:]).tolist() == [2.0, 4.0]
        assert x.add_(x).tolist() == [4.0, 8.0, 4.0, 6.0]


def test_complex_numbers_have_no_absolute_value_in_place() -> None:
    x = mt.tensor([3.0 + 4.0j])
    with pytest.raises(RuntimeError, match="In-place abs is not supported for complex tensors"):
        x.abs_()
    assert x.tolist() == [3.0 + 4.0j]
    assert mt.tensor([-1.0, 2.0]).abs_().tolist() == [1.0, 2.0]


def test_a_complex_value_written_into_real_numbers_loses_a_part_and_warns() -> None:
    casting._warn_of_lost_parts.cache_clear()  # it warns once in a program
    x = mt.zeros(2)
    with pytest.warns(UserWarning, match="discards the imaginary part"):
        x[0] = mt.tensor(1.0 + 2.0j)
    assert x.tolist() == [1.0, 0.0]
