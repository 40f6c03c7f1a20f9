"""Lists of tensors, parted by device and dtype as optimizers of other libraries ask for it."""

import pytest

import microtensor as mt
from microtensor.utils import _foreach_utils as utils
from microtensor.utils import _python_dispatch as dispatch


def test_lists_are_parted_by_the_first_ones_dtypes() -> None:
    x, y = mt.ones(2), mt.ones(2, dtype=mt.float64)
    parts = utils._group_tensors_by_device_and_dtype([[x, y, x], [None] * 3, []], with_indices=True)
    rows, places = parts[x.device, mt.float32]
    assert [len(row) for row in rows] == [2, 2, 0]
    assert places == [0, 2]
    assert rows[0][0] is x
    assert parts[x.device, mt.float64][1] == [1]
    assert utils._group_tensors_by_device_and_dtype([[x]]) == {(x.device, mt.float32): ([[x]], [])}


def test_lists_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RuntimeError, match="are supposed to be defined but the 0-th Tensor is not"):
        utils._group_tensors_by_device_and_dtype([[None]])
    with pytest.raises(RuntimeError, match=r"lists of one length, .* not of \[1, 2\] tensors"):
        utils._group_tensors_by_device_and_dtype([[mt.ones(1)], [mt.ones(1)] * 2])


def test_plain_tensors_of_the_cpu_may_be_taken_as_lists() -> None:
    class Mine(mt.Tensor): ...

    cpu = mt.device("cpu")
    assert utils._has_foreach_support([mt.ones(1), None], cpu)
    assert not utils._has_foreach_support([Mine([1.0])], cpu)
    assert "cpu" in utils._get_fused_kernels_supported_devices()


def test_the_mode_of_the_dispatcher_is_refused_when_it_is_entered() -> None:
    with (
        pytest.raises(NotImplementedError, match=r"needs PyTorch's dispatcher"),
        dispatch.TorchDispatchMode(),
    ):
        pass
    assert dispatch._get_current_dispatch_mode() is None
    assert dispatch._get_current_dispatch_mode_stack() == []


def test_a_wrapper_is_known_by_its_two_methods() -> None:
    class Wrapper(mt.Tensor):
        def __tensor_flatten__(self) -> None: ...

        @staticmethod
        def __tensor_unflatten__() -> None: ...

    assert dispatch.is_traceable_wrapper_subclass(Wrapper([1.0]))
    assert not dispatch.is_traceable_wrapper_subclass(mt.ones(1))
    assert not dispatch.is_traceable_wrapper_subclass(3)
