"""PyTorch's dtype objects: what they print, answer and equal, and that NumPy takes them for its own."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.attributes.dtype_objects import BY_NAME, of

HELD = ["bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
        "float16", "float32", "float64"]  # fmt: skip


@pytest.mark.parametrize("name", BY_NAME)
def test_a_dtype_is_one_object_of_its_name(name: str) -> None:
    dtype = getattr(mt, name)
    assert isinstance(dtype, mt.dtype)
    assert repr(dtype) == str(dtype) == f"{dtype}" == f"torch.{name}"
    assert pickle.loads(pickle.dumps(dtype)) is copy.deepcopy(dtype) is copy.copy(dtype) is dtype
    assert [other for other in BY_NAME.values() if other == dtype] == [dtype]
    assert {dtype: 1}[getattr(mt, name)] == 1


@pytest.mark.parametrize("name", [*HELD, "complex64", "complex128"])
def test_numpy_takes_it_for_its_own(name: str) -> None:
    ours, numpys = getattr(mt, name), np.dtype(name)
    assert ours == numpys == ours
    assert numpys == ours
    assert ours == numpys.type
    assert hash(ours) == hash(numpys)
    assert np.dtype(ours) is numpys
    for made in (np.zeros(3, ours), np.zeros(3).astype(ours), np.zeros(2, numpys).view(ours)):
        assert made.dtype == ours
    assert (ours.name, ours.kind, ours.type, ours.itemsize) == (
        name,
        numpys.kind,
        numpys.type,
        numpys.itemsize,
    )
    assert np.promote_types(ours, numpys) == np.result_type(ours, numpys) == ours
    assert np.issubdtype(ours, numpys.type)


@pytest.mark.parametrize("name", HELD)
def test_a_tensor_has_it(name: str) -> None:
    x = mt.ones(2, dtype=getattr(mt, name))
    assert x.dtype is getattr(mt, name)
    assert x.numpy().dtype == x.dtype
    assert (x.numpy().dtype.newbyteorder() == x.dtype) == (x.dtype.itemsize == 1)
    for asked in (np.dtype(name), np.dtype(name).type, name):
        assert mt.ones(2, dtype=asked).dtype is x.dtype


@pytest.mark.parametrize(("asked", "found"), [(float, "float64"), (int, "int64"), (bool, "bool")])
def test_pythons_types_stand_for_dtypes(asked: Any, found: str) -> None:
    assert mt.zeros(1, dtype=asked).dtype is getattr(mt, found)
    assert getattr(mt, found) != asked


def test_what_is_no_dtype_is_not_equal() -> None:
    assert mt.float32 != "float32"
    assert mt.float32 != np.dtype("float64")
    assert np.dtype("O") != mt.float32
    with pytest.raises(TypeError, match=r"cannot create 'torch.dtype' instances"):
        mt.dtype("float32")
    with pytest.raises(TypeError, match="PyTorch has no dtype for NumPy's datetime64"):
        of(np.dtype("datetime64[s]"))


def test_synonyms_of_c_are_one_dtype() -> None:
    for code, name in (("q", "int64"), ("Q", "uint64"), ("l", "int64"), (">f4", "float32")):
        assert of(np.dtype(code)) is getattr(mt, name)
    assert mt.from_numpy(np.zeros(2, np.longlong)).dtype is mt.int64


def test_parts_of_complex_numbers() -> None:
    assert [d.to_complex() for d in (mt.float16, mt.float32, mt.float64, mt.bfloat16, mt.complex64)] == [
        mt.complex32, mt.complex64, mt.complex128, mt.complex64, mt.complex64
    ]  # fmt: skip
    assert [d.to_real() for d in (mt.complex32, mt.complex64, mt.complex128)] == [
        mt.float16, mt.float32, mt.float64
    ]  # fmt: skip
    with pytest.raises(RuntimeError, match=r"Unknown Complex ScalarType for Int8"):
        mt.int8.to_complex()


@pytest.mark.parametrize("name", ["qint8", "bits16", "int3", "float4_e2m1fn_x2", "complex32"])
def test_what_numpy_lacks_is_named_only(name: str) -> None:
    with pytest.raises(TypeError, match=rf"torch\.{name} has a name here and nothing else"):
        mt.zeros(1, dtype=getattr(mt, name))


def test_signs() -> None:
    assert (mt.int8.is_signed, mt.uint8.is_signed, mt.bool.is_signed, mt.float8_e8m0fnu.is_signed) == (
        True, False, False, False
    )  # fmt: skip
    for dtype, sentence in ((mt.qint8, "not supported for quantized types"), (mt.bits8, "undefined")):
        with pytest.raises(RuntimeError, match=sentence):
            _ = dtype.is_signed


def test_public_functions_give_and_take_them() -> None:
    assert mt.promote_types(mt.int64, np.float16) is mt.float16
    assert mt.result_type(mt.ones(1), 2) is mt.get_default_dtype() is mt.float32
    assert mt.can_cast(mt.int8, float)
    assert not mt.can_cast(mt.float32, mt.int8)
    assert mt.finfo(mt.float16).max == 65504.0


def test_layouts_and_formats_of_memory() -> None:
    assert repr([mt.zeros(1).layout, mt.sparse_csr]) == "[torch.strided, torch.sparse_csr]"
    assert isinstance(mt.strided, mt.layout)
    assert not isinstance(mt.strided, mt.memory_format)
    assert repr(mt.channels_last) == "torch.channels_last"
    assert mt.legacy_contiguous_format is mt.contiguous_format
    assert repr(mt.per_tensor_affine) == "torch.per_tensor_affine"
    for word in (mt.strided, mt.preserve_format, mt.per_channel_affine):
        assert pickle.loads(pickle.dumps(word)) is copy.deepcopy(word) is word
    with pytest.raises(TypeError, match=r"cannot create 'torch.memory_format' instances"):
        mt.memory_format()


def test_the_import_loads_no_ml_dtypes() -> None:
    code = "import sys, microtensor as mt; repr(mt.bfloat16); print('ml_dtypes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_array_in_another_byte_order_has_the_usual_dtype() -> None:
    assert mt.Tensor._of(np.zeros(2, ">f4")).dtype is mt.float32
