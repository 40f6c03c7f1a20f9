"""Autocast on the CPU: which functions are cast, where it holds, what it costs when it is off."""

import sys
import threading
from collections.abc import Iterator

import pytest
from microtensor.amp.casting import FLOAT32, LOWER, PROMOTED

import microtensor as mt
from microtensor import nn
from microtensor.engine.overriding import dispatch

F = nn.functional
SQUARE = mt.eye(3) + 0.1


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    plain = set(dispatch.PLAIN)
    yield
    assert not mt.is_autocast_enabled("cpu")
    assert plain == dispatch.PLAIN


def half() -> mt.autocast:
    return mt.autocast("cpu", mt.float16)


def test_products_are_of_the_lower_precision_and_parameters_stay():
    layer = nn.Linear(3, 2)
    with half():
        out = layer(mt.ones(4, 3))
        loss = F.mse_loss(out, mt.zeros(4, 2))
    assert (out.dtype, loss.dtype) == (mt.float16, mt.float32)
    loss.backward()
    assert layer.weight.grad is not None
    assert layer.weight.dtype is layer.weight.grad.dtype is mt.float32
    assert (SQUARE @ SQUARE).dtype is mt.float32


def test_the_number_is_that_of_rounded_operands():
    x, y = mt.tensor([[1 + 2**-12, 1.0]]), mt.tensor([[1.0], [2**-12]])
    with half():
        assert (x @ y).item() == (x.half() @ y.half()).item() != (x @ y).double().item() + 2**-11


def test_bfloat16_is_the_default():
    pytest.importorskip("ml_dtypes")
    with mt.autocast("cpu"):
        assert (SQUARE @ SQUARE).dtype is mt.bfloat16
        assert mt.get_autocast_cpu_dtype() is mt.bfloat16


def test_without_ml_dtypes_entering_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    monkeypatch.setattr(mt.bfloat16, "_numpys", None)
    with pytest.raises(ImportError, match=r"microtensor\[lowp\]"), mt.autocast("cpu"):
        pass


def test_contexts_nest_and_switch_off_inside():
    with half():
        with mt.autocast("cpu", enabled=False):
            assert not mt.is_autocast_enabled("cpu")
            assert (SQUARE @ SQUARE).dtype is mt.float32
        assert mt.is_autocast_enabled("cpu")
        assert (SQUARE @ SQUARE).dtype is mt.float16


def test_an_error_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError), half():
        raise ZeroDivisionError


def test_one_context_can_be_entered_again_inside_of_itself():
    once = half()
    with once:
        with once:
            assert mt.is_autocast_enabled("cpu")
        assert mt.is_autocast_enabled("cpu")


def test_a_decorated_function_runs_inside():
    @half()
    def product() -> mt.Tensor:
        return SQUARE @ SQUARE

    assert product.__name__ == "product"
    assert product().dtype is mt.float16
    with pytest.raises(TypeError, match="requires a callable, but got int"):
        half()(3)  # type: ignore[arg-type]


def test_other_threads_are_not_cast():
    found = []
    with half():
        thread = threading.Thread(target=lambda: found.append((SQUARE @ SQUARE).dtype))
        thread.start()
        thread.join()
    assert found == [mt.float32]


def test_what_goes_into_a_given_tensor_is_not_cast():
    x, out = mt.tensor([[1 + 2**-12]]), mt.zeros(1, 1)
    with half():
        assert mt.mm(x, mt.ones(1, 1), out=out).item() == 1 + 2**-12
        assert mt.matmul(x, mt.ones(1, 1), out=out).item() == 1 + 2**-12
        assert mt.zeros(1, 1).addmm_(x, mt.ones(1, 1)).item() == 1 + 2**-12


def test_doubles_and_integers_are_never_cast():
    with half():
        assert (SQUARE.double() @ SQUARE.double()).dtype is mt.float64
        assert (SQUARE.long() @ SQUARE.long()).dtype is mt.int64


def test_joining_takes_the_widest():
    with half():
        assert mt.cat([SQUARE.half(), SQUARE]).dtype is mt.float32
        assert mt.stack([SQUARE.half(), SQUARE.half()]).dtype is mt.float16
    pytest.importorskip("ml_dtypes")
    with half(), pytest.raises(RuntimeError, match=r"torch.bfloat16, torch.float16 have no common"):
        mt.cat([SQUARE.half(), SQUARE.bfloat16()])


def uses(cached: bool) -> int:
    """How many casts of one weight the graph of two uses has."""
    w = mt.ones(2, 2, requires_grad=True)
    with mt.autocast("cpu", mt.float16, cache_enabled=cached):
        out = [w @ mt.ones(2, 2) for _ in range(2)]
    return len({id(y.grad_fn.next_functions[0][0]) for y in out})


def test_a_weight_is_cast_once_with_the_cache_and_each_time_without():
    assert (uses(True), uses(False)) == (1, 2)


def test_the_cache_knows_a_changed_weight_and_lost_gradients():
    w = mt.ones(1, 1, requires_grad=True)
    with half():
        with mt.no_grad():
            assert not (w @ mt.ones(1, 1)).requires_grad
            w.mul_(3)
        out = w @ mt.ones(1, 1)
    assert (out.item(), out.requires_grad) == (3.0, True)


def test_programs_set_and_ask_the_state():
    mt.set_autocast_dtype("cpu", mt.float16)
    mt.set_autocast_enabled("cpu", True)
    assert mt.is_autocast_cpu_enabled()
    assert not mt.is_autocast_enabled()
    assert (SQUARE @ SQUARE).dtype is mt.float16
    mt.set_autocast_cpu_enabled(False)
    mt.set_autocast_cpu_dtype(mt.bfloat16)
    assert mt.get_autocast_dtype("cpu") is mt.bfloat16
    assert mt.get_autocast_gpu_dtype() is mt.float16
    with pytest.raises(RuntimeError, match="got device 'foo'"):
        mt.get_autocast_dtype("foo")


def test_what_can_not_be_cast_warns_and_does_nothing():
    with pytest.warns(UserWarning, match=r"dtype torch.float32 is not supported"):
        refused = mt.autocast("cpu", mt.float32)
    with refused:
        assert not mt.is_autocast_enabled("cpu")
    with pytest.warns(UserWarning, match="CUDA is not available"):
        mt.cuda.amp.autocast()
    with pytest.raises(ValueError, match="`device_type` of type `str`"):
        mt.autocast(1)  # type: ignore[arg-type]
    with mt.cpu.amp.autocast(dtype=mt.float16):
        assert (SQUARE @ SQUARE).dtype is mt.float16


def test_a_custom_function_goes_along():
    seen = []

    class Product(mt.autograd.Function):
        @staticmethod
        @mt.amp.custom_fwd(device_type="cpu")
        def forward(ctx, x):
            return x @ SQUARE

        @staticmethod
        @mt.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            seen.append(mt.is_autocast_enabled("cpu"))
            return g.float()

    x = mt.ones(3, 3, requires_grad=True)
    with half():
        inside = Product.apply(x)
    inside.sum().backward()
    Product.apply(x).sum().backward()
    assert seen == [True, False]


def test_cast_inputs_come_cast_and_run_without():
    class Plain(mt.autograd.Function):
        @staticmethod
        @mt.amp.custom_fwd(device_type="cpu", cast_inputs=mt.float32)
        def forward(ctx, pair):
            assert not mt.is_autocast_enabled("cpu")
            return pair[0] @ pair[1]

        @staticmethod
        @mt.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            return None

    with half():
        assert Plain.apply([SQUARE.half(), SQUARE]).dtype is mt.float32


def test_batch_norm_gives_back_a_narrow_input_as_it_came():
    norm, lined = nn.BatchNorm1d(3), nn.InstanceNorm1d(3, affine=True, track_running_stats=True)
    x = mt.rand(4, 3, 5)
    for layer in (norm, lined):
        out = layer(x.half())
        assert out.dtype is mt.float16
        assert layer.running_mean.dtype is mt.float32
        assert layer.running_mean.abs().sum() > 0
        assert mt.allclose(out.float(), layer(x), atol=5e-3)


def test_modes_see_calls_before_they_are_cast():
    seen = []

    class Watch(mt.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(func.__name__)
            return func(*args, **(kwargs or {}))

    with half(), Watch():
        out = SQUARE @ SQUARE
    assert out.dtype is mt.float16
    assert "matmul" in "".join(seen)


def test_the_lists_share_nothing_and_name_what_there_is():
    assert len(LOWER) + len(FLOAT32) + len(PROMOTED) == len(LOWER | FLOAT32 | PROMOTED)
    places = (mt, F, mt.linalg, mt.fft)
    missing = {n for n in LOWER | FLOAT32 | PROMOTED if not any(hasattr(place, n) for place in places)}
    assert missing == {"elman", "lstm"}
