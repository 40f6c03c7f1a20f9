"""Modules that libraries import by name, and what in them answers or refuses."""

import pytest
from microtensor._dynamo import exc
from microtensor._higher_order_ops.associative_scan import associative_scan
from microtensor.ao import quantization
from microtensor.backends import cudnn

import microtensor as mt
from microtensor.utils.checkpoint import get_device_states, set_device_states


def test_switches_of_cudnn_hold_for_the_length_of_a_with() -> None:
    with cudnn.flags(enabled=True, benchmark=True):
        assert cudnn.enabled
        assert cudnn.benchmark
    assert not cudnn.enabled
    assert not cudnn.benchmark
    with pytest.raises(TypeError, match="unexpected keyword argument 'speed'"), cudnn.flags(speed=1):
        pass


def test_a_scan_combines_trees_along_a_dimension_from_either_end() -> None:
    x = mt.arange(1.0, 7.0).reshape(2, 3)

    def both(a: tuple[mt.Tensor, mt.Tensor], b: tuple[mt.Tensor, mt.Tensor]) -> tuple[mt.Tensor, mt.Tensor]:
        return a[0] * b[0], a[1] + b[1]

    product, total = associative_scan(both, (x, x), 1)
    assert product.tolist() == x.cumprod(1).tolist()
    assert total.tolist() == x.cumsum(1).tolist()
    back = associative_scan(lambda a, b: a + b, x, 0, reverse=True)
    assert back.tolist() == x.flip(0).cumsum(0).flip(0).tolist()
    with pytest.raises(ValueError, match="at least one tensor"):
        associative_scan(both, (), 0)


def test_modules_that_quantise_are_named_and_refused() -> None:
    assert issubclass(quantization.ObserverBase, mt.nn.Module)
    with pytest.raises(NotImplementedError, match="FakeQuantizeBase: tensors cannot be quantised"):
        quantization.FakeQuantizeBase()


def test_the_compilers_errors_can_be_caught() -> None:
    assert issubclass(exc.Unsupported, exc.TorchDynamoException)
    assert issubclass(exc.TorchDynamoException, RuntimeError)


def test_no_random_numbers_of_gpus_are_kept() -> None:
    assert get_device_states(mt.ones(2)) == ([], [])
    set_device_states([], [])


def test_no_graph_of_torchscript_is_traced() -> None:
    with pytest.raises(NotImplementedError, match="there is no graph of TorchScript"):
        mt.jit._get_trace_graph(mt.nn.ReLU(), (mt.ones(1),))


def test_an_assertion_of_a_tensor_raises_at_once() -> None:
    assert mt._assert_async(mt.tensor(True), "no") is None
    with pytest.raises(RuntimeError, match="^no$"):
        mt._assert_async(mt.tensor(False), "no")
    with pytest.raises(RuntimeError, match="single nonzero value, but got zero"):
        mt._assert_async(mt.tensor(0.0))
