"""Operators that programs define: what differs from PyTorch, refusals, and the module's other names."""

from __future__ import annotations

import gc
import subprocess
import sys
import warnings
from typing import Any

import pytest

import microtensor as mt
from microtensor import library


def define(name: str, schema: str) -> Any:
    """A library with one operator."""
    made = library.Library(name, "FRAGMENT")
    made.define(schema)
    return made


def test_an_operator_goes_with_its_library() -> None:
    made = define("test_goes", "f(Tensor x) -> Tensor")
    assert mt.ops.test_goes.f.overloads() == ["default"]
    del made
    gc.collect()
    assert not hasattr(mt.ops.test_goes, "f")


def test_the_owner_of_a_namespace_is_one() -> None:
    first = library.Library("test_owner", "DEF")
    with pytest.raises(
        RuntimeError, match="Only a single TORCH_LIBRARY can be used to register the namespace"
    ):
        library.Library("test_owner", "DEF")
    first._destroy()
    library.Library("test_owner", "DEF")._destroy()


def test_an_operator_that_is_defined_again_replaces_the_old_one() -> None:
    def double(x: mt.Tensor) -> mt.Tensor:
        return x * 2

    def triple(x: mt.Tensor) -> mt.Tensor:
        return x * 3

    for function in (double, triple):
        library.custom_op("test_again::f", function, mutates_args=())
    assert mt.ops.test_again.f(mt.ones(1)).item() == 3


def test_vmap_of_a_gradient_of_an_operator() -> None:
    def cube(x: mt.Tensor) -> mt.Tensor:
        return mt.tensor(x.numpy() ** 3)

    op = library.custom_op("test_vmap::cube", cube, mutates_args=())
    op.register_autograd(
        lambda ctx, g: 3 * ctx.saved_tensors[0] ** 2 * g,
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
    )
    x = mt.arange(6.0).reshape(3, 2)
    mapped = mt.vmap(mt.func.grad(lambda row: op(row).sum()))(x)
    assert mapped.tolist() == (3 * x**2).tolist()
    nested = mt.vmap(mt.vmap(op))(x)
    assert nested.tolist() == (x**3).tolist()


def test_the_first_function_in_the_place_of_a_kernel() -> None:
    def first(x: mt.Tensor) -> mt.Tensor:
        return x + 1

    op = library.custom_op("test_kernels::f", first, mutates_args=())
    library.register_kernel(op, "cpu", lambda x: x + 5)
    with op.set_kernel_enabled("cpu", False):
        assert op(mt.zeros(1)).item() == 1
    assert op(mt.zeros(1)).item() == 5
    assert library.get_kernel(op, "CPU")(mt.zeros(1)).item() == 5
    with pytest.raises(RuntimeError, match="has no kernel for CUDA; it has"):
        library.get_kernel("test_kernels::f", "CUDA")


def test_an_autograd_kernel_calls_the_one_below_it() -> None:
    made = define("test_below", "f(Tensor x) -> Tensor")

    def recorded(x: Any) -> Any:
        with mt._C._AutoDispatchBelowAutograd():
            return mt.ops.test_below.f(x) * 10

    made.impl("f", lambda x: x + 1, "CPU")
    made.impl("f", recorded, "Autograd")
    assert mt.ops.test_below.f(mt.ones(1)).item() == 20
    assert mt.ops.test_below.f.default.has_kernel_for_dispatch_key("CPU")


def test_a_kernel_that_is_registered_again_is_warned_of() -> None:
    made = define("test_warn", "f(Tensor x) -> Tensor")
    made.impl("f", lambda x: x, "CPU")
    with pytest.warns(UserWarning, match="Overriding a previously registered kernel"):
        made.impl("f", lambda x: x + 1, "CPU")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.impl("f", lambda x: x + 2, "CPU", allow_override=True)
    made.impl("f", library.fallthrough_kernel, "CPU")
    with pytest.raises(NotImplementedError, match="Could not run 'test_warn::f'"):
        mt.ops.test_warn.f(mt.ones(1))


def test_fake_results_are_held_to_the_real_ones() -> None:
    def positive(x: mt.Tensor) -> mt.Tensor:
        return x[x > 0]

    op = library.custom_op("test_fake::positive", positive, mutates_args=())
    with pytest.raises(library.OpCheckError, match="There was no fake impl registered"):
        library.opcheck(op, (mt.ones(2),), test_utils="test_faketensor")
    op.register_fake(lambda x: x.new_empty(library.get_ctx().new_dynamic_size()))
    assert library.opcheck(op, (mt.tensor([1.0, -1.0]),), test_utils="test_faketensor") == {
        "test_faketensor": "SUCCESS"
    }
    op.register_fake(lambda x: x.new_empty(7))
    answers = library.opcheck(op, (mt.ones(2),), raise_exception=False)
    assert "and the operator" in str(answers["test_faketensor"])
    with pytest.raises(RuntimeError, match="for functions of register_fake"):
        library.get_ctx()
    with pytest.raises(library.OpCheckError, match="has no formula"):
        library.opcheck(op, (mt.ones(2, requires_grad=True),), test_utils="test_autograd_registration")


def test_what_is_not_here_says_what_to_do() -> None:
    for call, words in (
        (lambda: library.triton_op("a::b"), "use custom_op"),
        (lambda: library.wrap_triton(None), "use custom_op"),
        (lambda: library.register_autocast("a::b", "cpu", None), "cast them in its function"),
        (lambda: library.register_torch_dispatch("a::b", int), "__torch_function__"),
        (lambda: define("test_refuse", "f(Tensor x) -> Tensor").fallback(len), "each operator's function"),
        (_load, "define them with torch.library"),
    ):
        with pytest.raises((RuntimeError, NotImplementedError, OSError), match=words):
            call()


def _load() -> Any:
    from microtensor.library.ops import load_library

    return load_library("ops.so")


def test_wrong_gradients_and_results_are_told() -> None:
    def bad(x: mt.Tensor) -> mt.Tensor:
        return 3  # type: ignore[return-value]

    with pytest.raises(RuntimeError, match="Unable to cast 3 to Tensor"):
        library.custom_op("test_wrong::bad", bad, mutates_args=())(mt.ones(1))

    def good(x: mt.Tensor, y: mt.Tensor) -> mt.Tensor:
        return x + y

    op = library.custom_op("test_wrong::good", good, mutates_args=())
    op.register_autograd(lambda ctx, g: g)
    with pytest.raises(RuntimeError, match="returned 1 gradients, and there are 2 arguments"):
        op(mt.ones(1, requires_grad=True), mt.ones(1)).backward()


AS_TORCH = """
import microtensor
microtensor.as_torch()
import torch
from torch._ops import OpOverload, OpOverloadPacket
from torch.library import custom_op

@custom_op("mine::f", mutates_args=())
def f(x: torch.Tensor) -> torch.Tensor:
    return x * 2

print(torch.ops.mine.f(torch.ones(2)).tolist(), isinstance(torch.ops.mine.f.default, OpOverload))
print(torch.ops.aten.mm.default, isinstance(torch.ops.aten.mm, OpOverloadPacket), torch.ops.linalg)
print(microtensor.ops.linalg.__name__, microtensor.ops.mine.f)
"""


def test_under_the_name_of_torch() -> None:
    out = subprocess.run([sys.executable, "-c", AS_TORCH], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == [
        "[2.0, 2.0] True",
        "aten.mm.default True <module 'torch.ops.linalg' from 'torch.ops'>",
        "microtensor.ops.linalg mine.f",
    ]


def test_private_names_are_no_namespaces() -> None:
    assert not hasattr(mt.ops, "_private")
    assert mt.ops.linalg.__name__ == "microtensor.ops.linalg"


def test_the_packages_own_modules_stand_beside_the_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mt.ops, "vision")
    assert mt.ops.vision.__name__ == "microtensor.ops.vision"
    with pytest.raises(AttributeError, match="has no attribute '_nothing'"):
        _ = mt.ops._nothing
