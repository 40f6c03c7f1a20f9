"""Programs from the time before ``dtype=``."""

from __future__ import annotations

import re

import pytest

import microtensor as mt


def test_an_old_type_makes_asks_and_converts() -> None:
    x = mt.FloatTensor([1, 2])
    assert isinstance(x, mt.FloatTensor)
    assert not isinstance(x, mt.LongTensor)
    assert not isinstance([1.0], mt.FloatTensor)
    assert x.type(mt.LongTensor).dtype == x.type("torch.LongTensor").dtype == mt.int64
    assert str(mt.FloatTensor) == "torch.FloatTensor"
    assert repr(mt.FloatTensor) == "<class 'torch.FloatTensor'>"
    assert mt.FloatTensor(mt.zeros(2, 3).size()).shape == mt.FloatTensor(2, 3).shape == (2, 3)
    assert mt.FloatTensor().shape == mt.FloatTensor([]).shape == (0,)
    assert mt.HalfTensor(2).dtype == mt.float16


def test_what_an_old_type_refuses() -> None:
    with pytest.raises(
        TypeError,
        match=re.escape("(got torch.DoubleTensor): convert it with x.type"),
    ):
        mt.FloatTensor(mt.zeros(1, dtype=mt.float64))
    for data in (1.5, True, None):
        with pytest.raises(TypeError, match="data must be a sequence"):
            mt.FloatTensor(data)
    with pytest.raises(RuntimeError, match="negative"):
        mt.FloatTensor(2, -1)
    with pytest.raises(TypeError, match="data must be a sequence"):
        mt.Tensor(1.5)
    with pytest.raises(ValueError, match="invalid type: 'torch.cuda.FloatTensor'"):
        mt.zeros(1).type("torch.cuda.FloatTensor")


def test_the_default_type() -> None:
    mt.set_default_tensor_type("torch.DoubleTensor")
    assert mt.zeros(1).dtype == mt.float64
    mt.set_default_tensor_type(mt.FloatTensor)
    assert mt.zeros(1).dtype == mt.float32


def test_a_variable_is_a_tensor() -> None:
    x = mt.zeros(2)
    assert isinstance(x, mt.autograd.Variable)
    assert mt.autograd.Variable(x).data_ptr() == x.data_ptr()
    assert mt.autograd.Variable().shape == (0,)
    with pytest.warns(UserWarning, match="volatile was removed"):
        mt.autograd.Variable(x, volatile=True)
    with pytest.raises(TypeError, match="has to be a tensor, but got list"):
        mt.autograd.Variable([1.0])


def test_formats_of_memory_are_accepted() -> None:
    x = mt.zeros(2, 3)
    assert x.contiguous(memory_format=mt.contiguous_format) is x
    assert x.is_contiguous(memory_format=mt.contiguous_format)
    assert repr(mt.preserve_format) == "torch.preserve_format"


def test_the_types_on_a_gpu_can_be_named_and_not_made() -> None:
    kind = mt.cuda.FloatTensor if mt.cuda.is_available() else mt.FloatTensor
    assert kind is mt.FloatTensor
    assert not isinstance(mt.ones(1), mt.cuda.FloatTensor)
    assert (str(mt.cuda.LongTensor), repr(mt.cuda.LongTensor)) == (
        "torch.cuda.LongTensor",
        "<class 'torch.cuda.LongTensor'>",
    )
    with pytest.raises(
        TypeError, match=r"type torch\.cuda\.FloatTensor not available.*Use torch\.FloatTensor"
    ):
        mt.cuda.FloatTensor(2)
    with pytest.raises(RuntimeError, match=r"torch\.cuda\.FloatTensor is a tensor on a GPU"):
        mt.ones(2).type(mt.cuda.FloatTensor)


def test_complex_types_have_names_alone() -> None:
    for name, dtype in {"ComplexFloatTensor": mt.complex64, "ComplexDoubleTensor": mt.complex128}.items():
        assert mt.ones(1).type(f"torch.{name}").dtype == dtype
