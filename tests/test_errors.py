"""Every error is of the class that PyTorch raises, names what was asked, and says what to do."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import errors
from microtensor.errors import CarrierError, ShapeError, describe, describe_call

pytestmark = pytest.mark.fast


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, (RuntimeError, TypeError))
        assert name in errors.__doc__
        assert kind.__doc__
    classes = {n for n, v in vars(errors).items() if inspect.isclass(v) and v.__module__ == errors.__name__}
    assert classes == set(errors.__all__)


def test_what_pytorch_raises_as_runtime_error_is_one() -> None:
    for kind in (errors.GraphFreedError, errors.StaleSavedError, errors.InPlaceError, errors.ShapeError):
        assert issubclass(kind, RuntimeError)
    assert issubclass(CarrierError, TypeError)


def test_operands_are_described_by_dtype_and_shape() -> None:
    assert describe(mt.ones(2, 3)) == "torch.float32 (2, 3)"
    assert describe(np.arange(3)) == "torch.int64 (3,)"
    assert (describe(2.5), describe("x")) == ("2.5", "'x'")
    assert "None" in describe(None)
    assert describe_call("sum", [np.ones(2)], {"dim": 5, "keepdim": None}) == "sum(torch.float64 (2,), dim=5)"


ONE, WIDE, MATRIX, WHOLE = mt.ones(3), mt.ones(4), mt.ones(2, 3), mt.arange(3)
CALLS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "shapes that do not broadcast": (
        lambda: ONE + WIDE,
        ShapeError,
        r"add\(torch.float32 \(3,\), torch.float32 \(4,\)",
    ),
    "matrices that do not fit": (lambda: MATRIX @ MATRIX, RuntimeError, r"\(2, 3\).*\(2, 3\)"),
    "a vector and a number": (lambda: mt.matmul(ONE, 3), TypeError, "matmul.*int"),
    "a list as an operand": (
        lambda: mt.add(ONE, [1.0]),
        CarrierError,
        r"add: expected a Tensor, got list.*tensor\(data\)",
    ),
    "a string as an operand": (lambda: ONE + "x", TypeError, "Tensor.*str"),
    "None as an operand": (lambda: ONE * None, TypeError, "Tensor.*NoneType"),
    "no tensor at all": (lambda: mt.exp(3.0), CarrierError, r"exp: expected a Tensor.*float.*tensor\(data\)"),
    "nothing to join": (lambda: mt.cat([]), ValueError, "non-empty"),
    "joining what is no tensor": (lambda: mt.cat([ONE, 3]), TypeError, "element 1.*int"),
    "joining unlike tensors": (lambda: mt.cat([ONE, MATRIX]), RuntimeError, r"\(3,\).*\(2, 3\).*stack"),
    "stacking unlike tensors": (lambda: mt.stack([ONE, WIDE]), RuntimeError, r"equal size.*\(3,\).*\(4,\)"),
    "a dimension too far": (lambda: MATRIX.sum(5), IndexError, r"sum\(torch.float32 \(2, 3\).*5"),
    "a dimension too far to transpose": (lambda: MATRIX.transpose(0, 5), IndexError, "transpose.*5"),
    "a reshape that does not fit": (
        lambda: MATRIX.reshape(4),
        RuntimeError,
        r"reshape\(torch.float32 \(2, 3\)",
    ),
    "a view that needs a copy": (lambda: MATRIX.t().view(6), RuntimeError, r"view size.*\(1, 3\).*\.reshape"),
    "expanding what is not 1": (
        lambda: ONE.expand(2, 4),
        ShapeError,
        r"\(4\) must match the existing size \(3\).*\[2, 4\].*float32 \(3,\)",
    ),
    "a mean of integers": (lambda: WHOLE.mean(), RuntimeError, "int64|Long|float"),
    "bits of floats": (lambda: ONE & 1, Exception, "bitwise_and.*Float"),
    "item of many": (
        lambda: MATRIX.item(),
        RuntimeError,
        r"6 elements cannot be converted to Scalar.*\(2, 3\).*tolist",
    ),
    "the truth of many": (lambda: bool(ONE), RuntimeError, r"ambiguous.*\(3,\).*any\(\) or x\.all\(\)"),
    "the truth of none": (lambda: bool(mt.ones(0)), RuntimeError, "no values is ambiguous"),
    "an index that is no integer": (lambda: [1, 2][mt.tensor(1.0)], TypeError, "float32"),  # type: ignore[call-overload]
    "the length of a number": (lambda: len(mt.tensor(1.0)), TypeError, "0-d"),
    "iterating over a number": (lambda: list(mt.tensor(1.0)), TypeError, "0-d"),
    "a size that is not there": (lambda: MATRIX.size(2), IndexError, r"dim 2.*\(2, 3\).*-2 to 1"),
    "another device": (lambda: ONE.to("cuda"), RuntimeError, 'cuda.*CPU only.*device="cpu"'),
    "copying what was computed": (
        lambda: __import__("copy").deepcopy(mt.ones(1, requires_grad=True) * 2),
        RuntimeError,
        "MulBackward0.*detach",
    ),
    "a name that is not there": (lambda: ONE.foo, AttributeError, "foo"),
}


@pytest.mark.parametrize(("call", "kind", "text"), CALLS.values(), ids=CALLS)
def test_an_error_says_what_was_asked(call: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        call()


def test_numpys_own_error_is_kept_as_the_cause() -> None:
    with pytest.raises(ShapeError) as caught:
        _ = ONE + WIDE
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_error_under_recording_leaves_no_history() -> None:
    x = mt.ones(3, requires_grad=True)
    with pytest.raises(ShapeError):
        _ = x + WIDE
    assert x.is_leaf
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0] * 3
