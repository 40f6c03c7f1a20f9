"""``torch._check`` and its kin, stubs of quantisation, and names of PyTorch's older ONNX exporter."""

from __future__ import annotations

import pytest
from microtensor._dynamo.utils import is_compile_supported
from microtensor.backends import cpu

import microtensor as mt
from microtensor import ao, onnx
from microtensor.onnx import symbolic_helper, symbolic_opset11

KINDS = {
    "_check": RuntimeError,
    "_check_index": IndexError,
    "_check_not_implemented": NotImplementedError,
    "_check_type": TypeError,
    "_check_value": ValueError,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_check_raises_its_error_with_the_callers_text(name: str) -> None:
    check = getattr(mt, name)
    check(True)
    check(True, lambda: 1 / 0)
    with pytest.raises(KINDS[name], match=r"^three$"):
        check(False, lambda: "three")
    with pytest.raises(KINDS[name], match=r"^Expected cond to be True, but got False"):
        check(False)
    with pytest.raises(TypeError, match="cond must be a bool, but got <class 'int'>"):
        check(1)
    with pytest.raises(TypeError, match="message must be a callable"):
        check(True, "three")


def test_a_check_of_a_tensor_asks_all_its_elements() -> None:
    mt._check_tensor_all(mt.tensor([True, True]), lambda: 1 / 0)
    with pytest.raises(RuntimeError, match=r"^one is too small$"):
        mt._check_tensor_all(mt.tensor([2, 0]) > 1, lambda: "one is too small")
    with pytest.raises(KeyError, match="one is too small"):
        mt._check_tensor_all_with(KeyError, mt.tensor([2, 0]) > 1, lambda: "one is too small")
    with pytest.raises(TypeError, match="cond must be a tensor, but got <class 'bool'>"):
        mt._check_tensor_all(True)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"cond tensor must have dtype torch\.bool, but got torch\.int64"):
        mt._check_tensor_all(mt.tensor([1]))
    with pytest.raises(TypeError, match=r"but got a Tensor: torch\._check_tensor_all asks all its elements"):
        mt._check_with(KeyError, mt.tensor(True))  # type: ignore[arg-type]


def test_stubs_of_quantisation_give_back_what_they_get() -> None:
    x = mt.ones(2)
    assert ao.quantization.QuantStub()(x) is x
    stub = ao.quantization.DeQuantStub(qconfig="mine")
    assert stub(x) is x
    assert stub.qconfig == "mine"
    assert not hasattr(ao.quantization.QuantStub(), "qconfig")


def test_what_libraries_ask_before_they_choose_a_kernel() -> None:
    assert is_compile_supported("cpu")
    assert not is_compile_supported("cuda")
    assert cpu.get_cpu_capability() == "DEFAULT"


def test_names_of_the_older_exporter() -> None:
    @symbolic_helper.parse_args("v", "i")
    def symbolic(g: object, n: int) -> int:
        return n

    assert symbolic(None, 3) == 3
    onnx.register_custom_op_symbolic("mine::op", symbolic, 11)
    with pytest.raises(AttributeError, match=r"opset11\.squeeze belongs to PyTorch's older exporter"):
        symbolic_opset11.squeeze  # noqa: B018
