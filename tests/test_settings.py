"""What programs set and ask before they compute: threads, precision, GPUs, autocast, old class names."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import multiprocessing, settings


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_kept", settings._kept | {"precision": "highest"})


def test_threads_are_remembered() -> None:
    mt.set_num_threads(3)
    mt.set_num_interop_threads(2)
    assert (mt.get_num_threads(), mt.get_num_interop_threads()) == (3, 2)
    for wrong in (0, -1, 1.5):
        with pytest.raises(RuntimeError, match=r"Expected positive number of threads, got"):
            mt.set_num_threads(wrong)


def test_precision_and_determinism_are_remembered() -> None:
    assert mt.get_float32_matmul_precision() == "highest"
    mt.set_float32_matmul_precision("medium")
    assert mt.get_float32_matmul_precision() == "medium"
    with pytest.raises(ValueError, match="is highest, high or medium, not 'low'"):
        mt.set_float32_matmul_precision("low")
    mt.use_deterministic_algorithms(True, warn_only=True)
    assert mt.are_deterministic_algorithms_enabled()


def test_the_default_device() -> None:
    mt.set_default_device("cpu")
    assert mt.get_default_device() == mt.device("cpu")
    with pytest.raises(RuntimeError, match="device 'cuda' is not here"):
        mt.set_default_device("cuda")


def test_there_is_no_gpu() -> None:
    cuda = mt.cuda
    assert [cuda.is_available(), cuda.is_initialized(), cuda.is_bf16_supported()] == [False] * 3
    assert cuda.device_count() == cuda.memory_allocated() == cuda.max_memory_allocated() == 0
    cuda.empty_cache()
    cuda.manual_seed_all(0)
    cuda.reset_peak_memory_stats()
    for ask in (cuda.synchronize, cuda.current_device, cuda.get_device_name):
        with pytest.raises(RuntimeError, match=r"there is no GPU.*torch\.cuda\.is_available\(\)"):
            ask()
    assert cuda.amp.GradScaler(enabled=False).get_scale() == 1.0
    for name in ("cudnn", "mkl", "mps", "openmp"):
        assert not getattr(mt.backends, name).is_available()
    assert mt.backends.mps.is_built() is mt.backends.cuda.is_built() is False
    assert mt.backends.cudnn.version() is None
    mt.backends.cuda.enable_flash_sdp(False)


def test_autocast_computes_as_outside() -> None:
    @mt.autocast("cpu", enabled=False)
    def product(x: Any) -> Any:
        return x @ x

    assert product(mt.ones(2, 2)).dtype == mt.float32
    with mt.amp.autocast("cuda", mt.float16, enabled=False), mt.cuda.amp.autocast(enabled=False):
        assert not mt.is_autocast_enabled()


def test_a_scaler_steps() -> None:
    weight = mt.nn.Parameter(mt.ones(1))
    optimizer, scaler = mt.optim.SGD([weight], lr=0.5), mt.amp.GradScaler("cuda", enabled=False)
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    scaler.load_state_dict(scaler.state_dict())
    assert weight.item() == 0.5
    assert (scaler.get_scale(), scaler.is_enabled(), scaler.state_dict()) == (1.0, False, {})


def test_casting_decorators_ask_for_a_device() -> None:
    for decorator in (mt.amp.custom_fwd, mt.amp.custom_bwd):
        with pytest.raises(ValueError, match="`device_type` of type `str`"):
            decorator(len, device_type=1)
        assert decorator(device_type="cpu")(len).__name__ == "len"


@pytest.mark.parametrize("name", ["Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short"])
def test_classes_by_dtype(name: str) -> None:
    kind = getattr(mt, f"{name}Tensor")
    made = kind([[0, 1], [1, 0]])
    assert made.dtype == kind.dtype
    assert made.tolist() == [[0, 1], [1, 0]]
    assert isinstance(made, kind)
    assert not isinstance(mt.ones(1, dtype=mt.uint16), kind)
    assert kind(2, 3).shape == kind(mt.Size([2, 3])).shape == (2, 3)
    assert kind().shape == (0,)
    array = np.ones(2)
    assert not np.shares_memory(kind(array).array, array)


def double(number: int, queue: Any) -> None:
    """What a process does."""
    queue.put(mt.ones(2) * number)


def fail(number: int) -> None:
    raise SystemExit(number)


def test_processes() -> None:
    multiprocessing.set_sharing_strategy("file_system")
    assert multiprocessing.get_sharing_strategy() == "file_system"
    queue = multiprocessing.get_context("fork").SimpleQueue()
    multiprocessing.spawn(double, (queue,), nprocs=2, start_method="fork")
    assert sorted(queue.get().sum().item() for _ in range(2)) == [0, 2]
    with pytest.raises(multiprocessing.ProcessExitedException, match="process 1 terminated with exit code 1"):
        multiprocessing.spawn(fail, nprocs=2, start_method="fork")
    assert multiprocessing.spawn(fail, nprocs=1, join=False, start_method="fork").join()
    assert pickle.loads(pickle.dumps(mt.ones(2))).tolist() == [1, 1]


def test_the_version() -> None:
    assert mt.version.__version__ == mt.__version__
    assert mt.version.cuda is mt.version.hip is None
