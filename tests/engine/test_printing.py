"""Printing against text that PyTorch 2.13 printed, for readers who do not have it installed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from microtensor.engine.printing import format_tensor, get_printoptions, set_printoptions

nan, inf = math.nan, math.inf


def half(values: Any) -> np.ndarray[Any, Any]:
    return np.array(values, np.float16)


def single(values: Any) -> np.ndarray[Any, Any]:
    return np.array(values, np.float32)


def double(values: Any) -> np.ndarray[Any, Any]:
    return np.array(values, np.float64)


PLAIN: list[tuple[Any, str]] = [
    (single(3.5), "tensor(3.5000)"),
    (np.array(-7), "tensor(-7)"),
    (np.array(True), "tensor(True)"),
    (single([1, 2, 3]), "tensor([1., 2., 3.])"),
    (single([[1, -0.5], [nan, inf]]), "tensor([[ 1.0000, -0.5000],\n        [    nan,     inf]])"),
    (single([0, -0.0, nan, -inf]), "tensor([0., -0., nan, -inf])"),
    (single([1, 10, nan]), "tensor([ 1., 10., nan])"),
    (single([1, 1000]), "tensor([   1., 1000.])"),
    (single([1, 1001]), "tensor([1.0000e+00, 1.0010e+03])"),
    (single([0.5, 500]), "tensor([  0.5000, 500.0000])"),
    (single([0.5, 501]), "tensor([5.0000e-01, 5.0100e+02])"),
    (single(1e8), "tensor(100000000.)"),
    (single(1.1e8), "tensor(1.1000e+08)"),
    (double([1e-4, 0]), "tensor([0.0001, 0.0000], dtype=torch.float64)"),
    (double([9e-5, 0]), "tensor([9.0000e-05, 0.0000e+00], dtype=torch.float64)"),
    (double([5e-324, 1.7e308]), "tensor([4.9407e-324, 1.7000e+308], dtype=torch.float64)"),
    (half([6e-8, 1]), "tensor([5.9605e-08, 1.0000e+00], dtype=torch.float16)"),
    (np.array([-10.0, 5.0]), "tensor([-10.,   5.], dtype=torch.float64)"),
    (np.array([True, False]), "tensor([ True, False])"),
    (np.array([[1, -200], [30, 4]]), "tensor([[   1, -200],\n        [  30,    4]])"),
    (np.array([1, 20, 255], np.uint8), "tensor([  1,  20, 255], dtype=torch.uint8)"),
    (np.array([2**64 - 1], np.uint64), "tensor([18446744073709551615], dtype=torch.uint64)"),
    (np.zeros((0,), np.float32), "tensor([])"),
    (np.zeros((0, 3), np.float32), "tensor([], size=(0, 3))"),
    (np.zeros((2, 0), np.float64), "tensor([], size=(2, 0), dtype=torch.float64)"),
    (np.zeros((0,), np.int64), "tensor([], dtype=torch.int64)"),
    (
        np.zeros((2, 2, 2), np.float32),
        "tensor([[[0., 0.],\n         [0., 0.]],\n\n        [[0., 0.],\n         [0., 0.]]])",
    ),
    (np.zeros((1, 2, 1, 2), np.int32), "tensor([[[[0, 0]],\n\n         [[0, 0]]]], dtype=torch.int32)"),
    (
        np.arange(30, dtype=np.float32),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n"
        "        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,\n"
        "        28., 29.])",
    ),
    (np.arange(1001), "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
    (
        np.zeros((7, 2, 80), np.float32),
        "tensor([[[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "         [0., 0., 0.,  ..., 0., 0., 0.]],\n"
        "\n"
        "        [[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "         [0., 0., 0.,  ..., 0., 0., 0.]],\n"
        "\n"
        "        [[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "         [0., 0., 0.,  ..., 0., 0., 0.]],\n"
        "\n"
        "        ...,\n"
        "\n"
        "        [[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "         [0., 0., 0.,  ..., 0., 0., 0.]],\n"
        "\n"
        "        [[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "         [0., 0., 0.,  ..., 0., 0., 0.]],\n"
        "\n"
        "        [[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "         [0., 0., 0.,  ..., 0., 0., 0.]]])",
    ),
]

WITH_OPTIONS: list[tuple[dict[str, Any], Any, str]] = [
    (
        {"linewidth": 40},
        np.zeros(15, np.float32),
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.,\n        0., 0., 0., 0.])",
    ),
    ({"precision": 2}, single([0.125, 3]), "tensor([0.12, 3.00])"),
    ({"precision": 0}, single([1.5, 2.5]), "tensor([2, 2])"),
    ({"sci_mode": True}, single([1, 10, nan]), "tensor([1.0000e+00, 1.0000e+01,        nan])"),
    ({"sci_mode": False}, single([1e-7, 1e9]), "tensor([         0.0000, 1000000000.0000])"),
    ({"sci_mode": True}, single([0, nan]), "tensor([0., nan])"),
    (
        {"threshold": 5, "edgeitems": 1},
        np.arange(6).reshape(2, 3),
        "tensor([[0,  ..., 2],\n        [3,  ..., 5]])",
    ),
    (
        {"threshold": 5, "edgeitems": 1},
        np.arange(9).reshape(3, 3),
        "tensor([[0,  ..., 2],\n        ...,\n        [6,  ..., 8]])",
    ),
    ({"threshold": 5, "edgeitems": 1}, np.arange(5), "tensor([0, 1, 2, 3, 4])"),
    (
        {"edgeitems": 0},
        np.zeros((2, 501), np.float64),
        "tensor([...], size=(2, 501), dtype=torch.float64)",
    ),
    ({"edgeitems": 0}, single(1.5), "tensor(1.5000, size=())"),
    ({"edgeitems": 0}, np.zeros(1001, np.float32), "tensor([...], size=(1001,))"),
    ({"linewidth": 20}, np.arange(6), "tensor([0, 1, 2, 3,\n        4, 5])"),
    ({"linewidth": 0}, np.arange(2), "tensor([0,\n        1])"),
    (
        {"profile": "short"},
        np.arange(1001, dtype=np.float32),
        "tensor([   0.,    1.,  ...,  999., 1000.])",
    ),
    ({"profile": "short", "precision": 3}, single(0.125), "tensor(0.125)"),
]

WITH_GRAD_FN: list[tuple[int, Any, str]] = [
    (80, single([1, 2]), "tensor([1., 2.], grad_fn=<MulBackward0>)"),
    (
        80,
        np.arange(20.0),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n"
        "        14., 15., 16., 17., 18., 19.], dtype=torch.float64,\n"
        "       grad_fn=<MulBackward0>)",
    ),
    (
        80,
        np.arange(9.0),
        "tensor([0., 1., 2., 3., 4., 5., 6., 7., 8.], dtype=torch.float64,\n       grad_fn=<MulBackward0>)",
    ),
    (
        80,
        np.zeros((2, 14), np.float32),
        "tensor([[0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],\n"
        "        [0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]],\n"
        "       grad_fn=<MulBackward0>)",
    ),
    (80, np.zeros(0, np.float32), "tensor([], grad_fn=<MulBackward0>)"),
    (
        77,
        np.zeros(11, np.float32),
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.], grad_fn=<MulBackward0>)",
    ),
    (
        76,
        np.zeros(11, np.float32),
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],\n       grad_fn=<MulBackward0>)",
    ),
    (
        50,
        np.zeros(12),
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],\n"
        "       dtype=torch.float64, grad_fn=<MulBackward0>)",
    ),
    (
        49,
        np.zeros(12),
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],\n"
        "       dtype=torch.float64,\n"
        "       grad_fn=<MulBackward0>)",
    ),
]


@pytest.fixture(autouse=True)
def default_options() -> Iterator[None]:
    yield
    set_printoptions(profile="default")


@pytest.mark.parametrize(("array", "text"), PLAIN, ids=range(len(PLAIN)))
def test_text_of_an_array(array: Any, text: str) -> None:
    assert format_tensor(array) == text


@pytest.mark.parametrize(("options", "array", "text"), WITH_OPTIONS, ids=range(len(WITH_OPTIONS)))
def test_text_under_options(options: dict[str, Any], array: Any, text: str) -> None:
    set_printoptions(**options)
    assert format_tensor(array) == text


@pytest.mark.parametrize(("linewidth", "array", "text"), WITH_GRAD_FN, ids=range(len(WITH_GRAD_FN)))
def test_suffix_moves_to_its_own_line_when_it_does_not_fit(linewidth: int, array: Any, text: str) -> None:
    set_printoptions(linewidth=linewidth)
    assert format_tensor(array, ["grad_fn=<MulBackward0>"]) == text


def test_several_suffixes_keep_their_order() -> None:
    text = format_tensor(double([1]), ["name=a", "requires_grad=True"])
    assert text == "tensor([1.], dtype=torch.float64, name=a, requires_grad=True)"


def test_lines_are_indented_by_the_prefix() -> None:
    text = format_tensor(np.zeros((2, 1), np.float32), prefix="T(")
    assert text == "T([[0.],\n   [0.]])"


def test_default_dtype_is_silent_and_the_other_float_is_not() -> None:
    wide = np.dtype("float64")
    assert format_tensor(double([1]), default_dtype=wide) == "tensor([1.])"
    text = format_tensor(single([1]), default_dtype=wide)
    assert text == "tensor([1.], dtype=torch.float32)"


def test_byte_order_is_not_a_dtype() -> None:
    assert format_tensor(np.array([1.0], ">f4")) == "tensor([1.])"


def test_array_is_left_alone_and_may_be_read_only() -> None:
    array = np.arange(2000.0)
    array.flags.writeable = False
    format_tensor(array)
    np.testing.assert_array_equal(array, np.arange(2000.0))


def test_hidden_elements_are_not_read() -> None:
    endless = np.broadcast_to(np.float32(1), (10**6, 10**6, 10**6))
    assert format_tensor(endless).startswith("tensor([[[1., 1., 1.,  ..., 1., 1., 1.],\n")


@pytest.mark.parametrize("array", [np.array([None]), np.array(["a"])])
def test_other_dtypes_are_refused_by_name(array: Any) -> None:
    with pytest.raises(TypeError, match=f"dtype {array.dtype} and shape.*floating"):
        format_tensor(array)


def test_defaults() -> None:
    expected = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}
    assert get_printoptions() == expected | {"sci_mode": None}


def test_each_call_keeps_all_but_sci_mode() -> None:
    set_printoptions(precision=2, sci_mode=True)
    set_printoptions(edgeitems=1)
    options = get_printoptions()
    assert (options["precision"], options["edgeitems"], options["sci_mode"]) == (2, 1, None)


def test_saved_options_can_be_restored() -> None:
    set_printoptions(precision=7, sci_mode=False, threshold=inf)
    saved = get_printoptions()
    set_printoptions(profile="short")
    set_printoptions(**saved)
    assert get_printoptions() == saved


def test_changing_the_returned_options_changes_nothing() -> None:
    get_printoptions()["precision"] = 9
    assert get_printoptions()["precision"] == 4


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"precision": -1}, "precision must be a non-negative integer, got -1"),
        ({"precision": 2.0}, "precision must be a non-negative integer, got 2.0"),
        ({"precision": True}, "precision must be a non-negative integer, got True"),
        ({"edgeitems": -1}, "edgeitems must be a non-negative integer, got -1"),
        ({"linewidth": inf}, "linewidth must be an integer, got inf"),
        ({"threshold": "all"}, "threshold must be a number of elements .*, got 'all'"),
        ({"profile": "long"}, "profile must be one of 'default', 'short', 'full', got 'long'"),
    ],
)
def test_a_wrong_option_is_refused_and_nothing_changes(wrong: dict[str, Any], sentence: str) -> None:
    set_printoptions(precision=5, sci_mode=True)
    before = get_printoptions()
    with pytest.raises(ValueError, match=sentence):
        set_printoptions(**({"linewidth": 70} | wrong))
    assert get_printoptions() == before
