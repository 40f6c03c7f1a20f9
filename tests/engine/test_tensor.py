"""The Tensor itself: its memory, its questions, its conversions, and what Python may do with it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import microtensor as mt

pytestmark = pytest.mark.fast


def test_shape_in_every_spelling() -> None:
    x = mt.zeros(2, 3)
    assert x.shape == x.size() == (2, 3)
    assert isinstance(x.shape, mt.Size)
    assert (x.size(0), x.size(-1), len(x), x.dim(), x.ndim, x.numel(), x.nelement()) == (2, 3, 2, 2, 2, 6, 6)
    assert (x.shape.numel(), x.shape[0], x.shape[1:], x.shape.__add__((4,))) == (6, 2, (3,), (2, 3, 4))
    assert repr(x.shape[1:]) == "torch.Size([3])"
    assert repr(x.shape.__add__((4,))) == "torch.Size([2, 3, 4])"


def test_memory_in_elements_and_bytes() -> None:
    x = mt.arange(12.0).view(3, 4)
    v = x[1:, ::2]
    assert (x.stride(), v.stride(), x.t().stride(), x.stride(0)) == ((4, 1), (4, 2), (1, 4), 4)
    assert (v.storage_offset(), v.data_ptr() - x.data_ptr()) == (4, 16)
    assert (x.is_contiguous(), v.is_contiguous(), v.contiguous().is_contiguous()) == (True, False, True)
    assert (x.element_size(), x.itemsize, x.nbytes) == (4, 4, 48)
    assert x.contiguous() is x


def test_questions_about_the_machine() -> None:
    x = mt.ones(1)
    assert str(x.device) == "cpu"
    assert repr(x.device.type) == "'cpu'"
    assert (x.device.type, x.get_device(), x.is_cuda, x.is_complex()) == ("cpu", -1, False, False)
    assert x.is_floating_point()
    assert not mt.arange(2).is_floating_point()
    assert x.cpu() is x


@pytest.mark.parametrize("value", [2.5, 3, True])
def test_item_and_python_numbers(value: Any) -> None:
    for x in (mt.tensor(value), mt.tensor([[value]])):
        assert x.item() == value
        assert type(x.item()) is type(value)
        assert (float(x), int(x), bool(x)) == (float(value), int(value), bool(value))


def test_integers_can_be_indices() -> None:
    i = mt.tensor(2)
    assert [10, 20, 30][i] == 30
    assert list(range(i)) == [0, 1]
    with pytest.raises(TypeError, match=r"one integer.*torch.int64 \(2,\)"):
        range(mt.tensor([1, 2]))  # type: ignore[arg-type]


def test_formatting_a_number_and_a_tensor() -> None:
    assert f"{mt.tensor(3.14159):.2f}" == "3.14"
    assert f"{mt.tensor([1.0, 2.0])}" == "tensor([1., 2.])"


def test_a_0d_result_is_an_array_when_asked() -> None:
    x = mt.ones(3).sum()
    assert isinstance(x.array, np.ndarray)
    assert x.array is x.array
    x.add_(1)
    assert (x.item(), x._version) == (4.0, 1)
    x.array[...] = 7
    assert x.item() == 7.0


def test_tensors_are_hashed_and_compared_as_objects_in_dicts_and_sets() -> None:
    x, y = mt.ones(1), mt.ones(1)
    assert len({x, y, x}) == 2
    assert {x: "x", y: "y"}[y] == "y"
    assert (x == y).tolist() == [True]


def test_deepcopy_copies_values_gradient_and_attributes() -> None:
    x = mt.ones(2, requires_grad=True)
    x.sum().backward()
    x.note = ["mine"]
    y = copy.deepcopy(x)
    y.data[0] = 9
    y.grad[0] = 9
    y.note.append("yours")
    assert (x.tolist(), x.grad.tolist(), x.note) == ([1.0, 1.0], [1.0, 1.0], ["mine"])
    assert y.requires_grad
    assert y.is_leaf


def test_deepcopy_keeps_what_is_shared_shared() -> None:
    x = mt.ones(2)
    a, b = copy.deepcopy([x, x])
    assert a is b
    assert a is not x


def test_copy_shares_memory() -> None:
    x = mt.ones(2, requires_grad=True)
    y = copy.copy(x)
    assert y.requires_grad
    assert np.shares_memory(x.array, y.array)


def test_pickle_keeps_values_dtype_and_requires_grad() -> None:
    for x in (mt.ones(2, dtype=mt.float16, requires_grad=True), mt.arange(6).view(2, 3).t(), mt.tensor(2.5)):
        y = pickle.loads(pickle.dumps(x))
        assert (y.tolist(), y.dtype, y.requires_grad) == (x.tolist(), x.dtype, x.requires_grad)


def test_subclasses_keep_their_class_through_copies() -> None:
    p = mt.nn.Parameter(mt.ones(2))
    for twin in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert isinstance(twin, mt.nn.Parameter)
        assert twin.requires_grad


def test_numpy_shares_memory_and_refuses_while_a_gradient_is_required() -> None:
    x = mt.zeros(2)
    x.numpy()[0] = 5
    assert x.tolist() == [5.0, 0.0]
    x.requires_grad_()
    for convert in (x.numpy, lambda: np.asarray(x), lambda: x.__array__()):
        with pytest.raises(
            RuntimeError,
            match=r"Can't call numpy\(\) on Tensor that requires grad. Use tensor.detach\(\)",
        ):
            convert()
    assert x.numpy(force=True).tolist() == [5.0, 0.0]


def test_tolist_needs_no_detach() -> None:
    x = mt.tensor([[1.0, 2.0]], requires_grad=True)
    assert x.tolist() == [[1.0, 2.0]]
    assert (x * 2)[0, 1].item() == 4.0


def test_public_methods_are_documented() -> None:
    undocumented = [
        name
        for name in dir(mt.Tensor)
        if not name.startswith("_")
        and callable(getattr(mt.Tensor, name))
        and not getattr(mt.Tensor, name).__doc__
    ]
    assert undocumented == []


def test_every_operator_answers_not_implemented_to_strangers() -> None:
    class Stranger:
        def __radd__(self, other: Any) -> str:
            return "radd"

        def __rmatmul__(self, other: Any) -> str:
            return "rmatmul"

        def __gt__(self, other: Any) -> str:
            return "gt"

    x, stranger = mt.ones(2), Stranger()
    assert x + stranger == "radd"
    assert x @ stranger == "rmatmul"
    assert (x < stranger) == "gt"
    assert (x == "x") is False
    assert x != "x"


def test_reflected_operators() -> None:
    x = mt.tensor([2.0, 4.0])
    found = [1 + x, 1 - x, 2 * x, 8 / x, 2**x, 9 // x, 9 % x]
    raw = np.array([2.0, 4.0])
    expected = [1 + raw, 1 - raw, 2 * raw, 8 / raw, 2**raw, 9 // raw, 9 % raw]
    assert [y.tolist() for y in found] == [y.tolist() for y in expected]
    assert ((-x).tolist(), abs(-x).tolist(), (+x).tolist()) == ([-2.0, -4.0], [2.0, 4.0], [2.0, 4.0])


def test_what_was_computed_is_copied_and_pickled_as_a_leaf() -> None:
    loss = (mt.ones(2, requires_grad=True) * 2).sum()
    for twin in (copy.copy(loss), pickle.loads(pickle.dumps(loss))):
        assert (twin.item(), twin.is_leaf, twin.requires_grad) == (4.0, True, True)
