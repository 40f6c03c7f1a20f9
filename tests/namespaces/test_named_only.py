"""Modules that programs name: what they refuse, and what they can tell."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.distributed import _functional_collectives
from microtensor.utils import collect_env, cpp_extension
from microtensor.utils.dlpack import DLDeviceType

REFUSED: list[tuple[Any, str]] = [
    (lambda: mt.nested.as_nested_tensor([mt.ones(1)]), r"pad with torch\.nn\.utils\.rnn\.pad_sequence"),
    (lambda: mt.package.PackageImporter("file"), r"save model\.state_dict\(\)"),
    (lambda: mt.package.PackageExporter("file"), r"save model\.state_dict\(\)"),
    (lambda: mt.TensorType(), r"^TensorType: there are no types of TorchScript; annotate with torch\.Tensor"),
    (lambda: mt.monitor.log_event(None), "log with logging"),
    (lambda: cpp_extension.load("name", ["file.cpp"]), r"torch\.library\.custom_op"),
    (lambda: cpp_extension.CUDAExtension("name", []), r"torch\.library\.custom_op"),
    (lambda: cpp_extension.BuildExtension(), r"torch\.library\.custom_op"),
    (lambda: cpp_extension.BuildExtension.with_options(), r"torch\.library\.custom_op"),
    (lambda: mt.distributed.device_mesh.init_device_mesh("cpu", (2,)), r"distributed\.new_group"),
    (lambda: _functional_collectives.wait_tensor(mt.ones(1)), r"torch\.distributed\.all_reduce"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_what_is_refused_says_what_to_do(call: Any, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        call()


def test_functions_as_layers_call_them() -> None:
    assert mt._VF.relu is mt.relu
    assert not hasattr(mt._VF, "no_such_function")
    assert not hasattr(mt._VF, "__no_such_name__")


def test_kinds_of_devices_have_dlpacks_numbers() -> None:
    assert mt.ones(1).__dlpack_device__() == (DLDeviceType.kDLCPU, 0)
    assert DLDeviceType(10).name == "kDLROCM"


def test_the_environment_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    collect_env.main()
    text = capsys.readouterr().out
    for words in (
        mt.__version__,
        np.__version__,
        sys.version.split()[0],
        "Is CUDA available: False",
        "CPU:\n",
    ):
        assert words in text
    monkeypatch.setattr(collect_env, "PACKAGES", ("numpy", "no_such_package"))
    assert collect_env.get_env_info().pip_packages == f"[pip3] numpy=={np.__version__}"


def test_checkpoints_that_select_by_operator_are_refused() -> None:
    checkpoint = mt.utils.checkpoint
    with pytest.raises(NotImplementedError, match="checkpoint the functions whose results"):
        checkpoint.create_selective_checkpoint_contexts([])
    kind = checkpoint.DefaultDeviceType.get_device_type()
    checkpoint.DefaultDeviceType.set_device_type("cuda")
    assert checkpoint.DefaultDeviceType.get_device_type() == "cuda"
    checkpoint.DefaultDeviceType.set_device_type(kind)
