"""Modules that libraries import by name, and what in them answers or refuses."""

import copy

import pytest
from microtensor._dynamo import exc
from microtensor._higher_order_ops.associative_scan import associative_scan
from microtensor.ao import quantization, quantized_layers
from microtensor.backends import cudnn
from microtensor.devices import nvtx

import microtensor as mt
from microtensor.distributed import autograd as distributed_autograd
from microtensor.distributed import elastic
from microtensor.nn.modules import padding
from microtensor.nn.utils import _named_member_accessor as accessor
from microtensor.nn.utils._named_member_accessor import swap_tensor
from microtensor.utils import flat_tensors
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


def test_ranges_for_a_profiler_of_gpus_refuse_when_they_begin() -> None:
    function = nvtx.range("name")(len)
    with pytest.raises(RuntimeError):
        function("ab")


@pytest.mark.parametrize(
    "kind",
    [
        quantization.MinMaxObserver, quantization.PerChannelMinMaxObserver, quantization.HistogramObserver,
        quantized_layers.BatchNorm2d, quantized_layers.Linear, quantized_layers.Conv2d,
    ],
)  # fmt: skip
def test_what_would_quantise_refuses_when_it_is_made(kind: type) -> None:
    with pytest.raises(NotImplementedError, match=f"{kind.__name__}: tensors cannot be quantised"):
        kind()
    assert quantization.QConfig(activation=kind, weight=None) == (kind, None)


def test_there_is_no_module_of_an_unknown_device() -> None:
    assert flat_tensors._get_available_device_type() is None
    assert flat_tensors._get_device_module("cuda").is_available() is False
    with pytest.raises(RuntimeError, match="Device 'toaster' does not have a corresponding module"):
        flat_tensors._get_device_module("toaster")


def test_backward_passes_over_ranks_by_rpc_are_named_and_refused() -> None:
    assert not distributed_autograd.is_available()
    with pytest.raises(RuntimeError, match="rpc is not in microtensor"):
        distributed_autograd.backward(0, [])
    assert elastic.record(len) is len


def test_a_tensor_is_swapped_in_its_place() -> None:
    layer = mt.nn.BatchNorm1d(2)
    mean = mt.ones(2)
    assert swap_tensor(layer, "running_mean", mean).tolist() == [0, 0]
    assert layer._buffers["running_mean"] is mean
    assert swap_tensor(layer, "new", mean, allow_missing=True) is accessor._MISSING
    assert swap_tensor(layer, "new", accessor._MISSING) is mean
    assert not hasattr(layer, "new")
    assert swap_tensor(layer, "new", accessor._MISSING, allow_missing=True) is accessor._MISSING
    with pytest.raises(KeyError, match="give the submodule itself"):
        swap_tensor(layer, "a.b", mean)
    with pytest.raises(AttributeError, match="BatchNorm1d has no attribute `new`"):
        swap_tensor(layer, "new", mean)
    with pytest.raises(TypeError, match=r"BatchNorm1d\.weight: expected a tensor, got int"):
        swap_tensor(layer, "weight", 3)


@pytest.mark.parametrize("kind", ["FileStore", "HashStore", "PrefixStore", "Store", "TCPStore"])
def test_stores_of_ranks_are_named_and_refused(kind: str) -> None:
    with pytest.raises(RuntimeError, match=f"{kind} is not in microtensor: ranks find each other by MPI"):
        getattr(mt.distributed, kind)("localhost", 0)


def test_switches_may_be_set_in_the_with_of_pytorchs_name() -> None:
    with vars(mt.backends)["__allow_nonbracketed_mutation"]():
        cudnn.benchmark = False


def test_operators_are_copied_as_themselves() -> None:
    packet = mt.ops.aten._convolution
    assert copy.deepcopy({packet: 1}) == {packet: 1}
    assert copy.deepcopy(packet.default) is packet.default
    assert packet.default._overloadpacket is packet
    x, weight = mt.ones(1, 1, 3, 3), mt.ones(1, 1, 2, 2)
    flags = (False, False, True, True)
    out = packet(x, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, *flags)
    assert out.tolist() == [[[[4.0, 4.0], [4.0, 4.0]]]]


def test_pads_have_the_base_classes_that_libraries_name() -> None:
    assert issubclass(mt.nn.ReflectionPad2d, padding._ReflectionPadNd)
    assert issubclass(mt.nn.ReplicationPad3d, padding._ReplicationPadNd)
    assert issubclass(mt.nn.CircularPad1d, padding._CircularPadNd)
