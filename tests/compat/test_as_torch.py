"""``torch`` as a name of this package: identity, submodules, sentences, and undoing it."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import microtensor as mt
from microtensor.compat.lookup import Version, closest, explain
from microtensor.compat.torch_modules import Facade


@pytest.fixture(autouse=True)
def without_torch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PyTorch itself, if another test imported it, is out of sight."""
    real = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"}
    for name in real:
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in [n for n in sys.modules if n.partition(".")[0] == "torch" and n not in real]:
        del sys.modules[name]


MODULES = [
    "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.modules", "torch.nn.modules.module",
    "torch.nn.modules.conv", "torch.nn.parameter", "torch.nn.utils", "torch.optim", "torch.optim.adam",
    "torch.optim.lr_scheduler", "torch.utils", "torch.utils.data", "torch.utils.data.dataset",
    "torch.utils.data.sampler", "torch.utils.data.dataloader", "torch.utils.data.distributed",
    "torch.utils.checkpoint", "torch.autograd", "torch.autograd.variable", "torch.autograd.functional",
    "torch.cuda", "torch.cuda.amp", "torch.amp", "torch.backends", "torch.backends.cudnn",
    "torch.backends.mps", "torch.func", "torch.jit", "torch.multiprocessing", "torch.random",
    "torch.serialization", "torch.functional", "torch.version",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_every_submodule_can_be_imported(name: str) -> None:
    with mt.as_torch():
        module = importlib.import_module(name)
        assert module.__name__ == name
        assert isinstance(module, Facade)


def test_files_of_layers_and_the_private_names_of_their_bases() -> None:
    with mt.as_torch() as torch:
        from torch.nn.modules.batchnorm import _BatchNorm
        from torch.nn.modules.utils import _pair

        assert isinstance(mt.nn.SyncBatchNorm(1), _BatchNorm)
        assert not isinstance(mt.nn.LayerNorm(1), _BatchNorm)
        assert isinstance(torch.nn.Conv2d(1, 1, 1), torch.nn.modules.conv._ConvNd)
        assert isinstance(torch.nn.MSELoss(), torch.nn.modules.loss._Loss)
        assert isinstance(torch.nn.InstanceNorm1d(1), torch.nn.modules.instancenorm._InstanceNorm)
        assert torch.nn.modules.linear.Linear is mt.nn.Linear
        assert (_pair(3), _pair([1, 2])) == ((3, 3), (1, 2))
        with pytest.raises(AttributeError, match="Lineer is not in microtensor"):
            _ = torch.nn.modules.linear.Lineer


def test_classes_are_the_same() -> None:
    with mt.as_torch() as torch:
        from torch.autograd import Variable
        from torch.nn import Linear, Module

        assert torch.nn.Module is mt.nn.Module is Module
        assert isinstance(Linear(1, 1), mt.nn.Module)
        assert torch.Tensor is mt.Tensor
        assert Variable is mt.autograd.Variable
        assert torch.nn is sys.modules["torch.nn"]
        assert {"nn", "Tensor", "__version__"} <= set(dir(torch))


def test_dtypes_are_of_the_class_that_programs_ask_for() -> None:
    with mt.as_torch() as torch:
        assert isinstance(torch.float32, torch.dtype)
        assert isinstance(torch.ones(1).dtype, torch.dtype)
        assert not isinstance(torch.ones(1).numpy().dtype, torch.dtype)
        assert torch.torch is torch


def test_what_is_set_is_set_here() -> None:
    with mt.as_torch() as torch:
        torch.backends.cudnn.deterministic = True
        assert mt.backends.cudnn.deterministic is True
        torch.backends.cudnn.deterministic = False
        assert torch.backends.cuda.matmul.allow_tf32 is False


def test_a_number_that_changes_is_asked_for_every_time() -> None:
    with mt.as_torch() as torch:
        levels = [torch.autograd.forward_ad._current_level]
        with torch.autograd.forward_ad.dual_level():
            levels.append(torch.autograd.forward_ad._current_level)
        levels.append(torch.autograd.forward_ad._current_level)
    assert levels == [-1, 0, -1]


def test_what_is_deleted_is_deleted_here() -> None:
    with mt.as_torch() as torch:
        torch.nn.functional.of_a_program = 3
        assert mt.nn.functional.of_a_program == 3
        del torch.nn.functional.of_a_program
        assert not hasattr(torch.nn.functional, "of_a_program")
        assert not hasattr(mt.nn.functional, "of_a_program")
        with pytest.raises(AttributeError, match="of_a_program"):
            del torch.nn.functional.of_a_program


def test_asking_whether_a_module_is_there() -> None:
    with mt.as_torch():
        assert importlib.util.find_spec("torch.nn.functional") is not None
        assert importlib.util.find_spec("torch.nothing") is None
        with pytest.raises(ModuleNotFoundError, match="torchtext needs PyTorch itself"):
            importlib.import_module("torchtext")
    with mt.as_torch(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [])  # where torchtext itself may be
        assert importlib.util.find_spec("torchtext") is None


def test_it_is_undone() -> None:
    before = list(sys.meta_path)
    handle = mt.as_torch()
    inner = mt.as_torch()
    inner.undo()
    assert "torch" in sys.modules
    handle.undo()
    assert sys.meta_path == before
    assert not [name for name in sys.modules if name.startswith("torch.") or name == "torch"]


def test_the_real_torch_is_not_mixed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    before = list(sys.meta_path)
    with pytest.raises(RuntimeError, match=r"PyTorch itself was imported already \(torch\): call as_torch"):
        mt.as_torch()
    assert sys.meta_path == before


def program(text: str) -> Any:
    scope: dict[str, Any] = {}
    exec(text, scope)
    return scope


MISSING = [
    (
        "import torch; torch.matmull",
        AttributeError,
        r"^torch\.matmull is not in microtensor; .*torch\.matmul",
    ),
    ("import torch; torch.nn.Lineer", AttributeError, r"^torch\.nn\.Lineer is not .*torch\.nn\.Linear"),
    ("from torch.nn import Lineer", ImportError, r"torch\.nn\.Lineer is not .*torch\.nn\.Linear"),
    ("import torch.nn.functionall", ImportError, r"torch\.nn\.functionall is not in microtensor"),
    (
        "import torch; torch.clip_grad_norm_",
        AttributeError,
        r"what comes close: torch\.nn\.utils\.clip_grad_norm_",
    ),
    ("import torch; torch.zzzzzzz", AttributeError, r"^torch\.zzzzzzz is not in microtensor$"),
    ("import torch.distributed.launch", ImportError, "microtensor launch"),
    ("import torchtext.transforms", ImportError, "torchtext needs PyTorch itself"),
    ("import torch; torch.__path__x", AttributeError, "has no attribute"),
]


@pytest.mark.parametrize(("text", "kind", "words"), MISSING, ids=range(len(MISSING)))
def test_a_name_that_is_missing(text: str, kind: type[Exception], words: str) -> None:
    with mt.as_torch(), pytest.raises(kind, match=words):
        program(text)


def test_hasattr_is_false_and_getattr_takes_a_default() -> None:
    with mt.as_torch() as torch:
        assert not hasattr(torch, "zzzzzzz")
        assert getattr(torch, "zzzzzzz", 3) == 3


def test_close_names_are_looked_for_when_the_sentence_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("microtensor.compat.torch_modules.explain", lambda name: asked.append(name) or "why")
    with mt.as_torch() as torch:
        assert not hasattr(torch, "zzzzzzz")
        assert asked == []
        with pytest.raises(AttributeError, match="^why$"):
            _ = torch.zzzzzzz


def test_only_public_names_come_close() -> None:
    assert closest("torch.TYPE_CHECKIN") == closest("torch.nn.init.ParamSpe") == []
    assert closest("torch.nn.init.kaiming_unifor_")[0] == "torch.nn.init.kaiming_uniform_"


GUARDS = ["torch.nn.modules.conv", "torch.nn", "torch.optim.adam", "torch.nn.functional", "torch"]


@pytest.mark.parametrize("module", GUARDS)
def test_a_guarded_import_of_what_is_not_there(module: str) -> None:
    with mt.as_torch():
        made = program(f"try: from {module} import NoSuch\nexcept ImportError: NoSuch = None")
    assert made["NoSuch"] is None


@pytest.mark.parametrize("package", ["microtensor", "torch"])
def test_an_import_of_the_file_leaves_the_function(package: str) -> None:
    code = f"""
import microtensor
microtensor.as_torch()
import {package}.autograd.gradcheck as file
from {package}.autograd.gradcheck import gradgradcheck
from {package} import autograd
assert autograd.gradcheck is file and callable(file), file
assert autograd.gradgradcheck is gradgradcheck
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_versions_compare_by_numbers() -> None:
    version = Version("2.13.0+microtensor")
    assert version > "2.4"
    assert version >= "2.13"
    assert version < "10.0"
    assert version <= (2, 13)
    assert version == "2.13.0+microtensor"
    assert str(version).startswith("2.")
    with mt.as_torch() as torch:
        assert torch.__version__ == version
        assert torch.version.cuda is None


def test_a_training_loop_of_a_gpu_program() -> None:
    with mt.as_torch():
        made = program(GPU)
    mt.set_float32_matmul_precision("highest")
    assert made["device"].type == "cpu"
    assert made["last"] < made["first"]


GPU = """
import torch
import torch.nn as nn
from torch.cuda.amp import GradScaler, autocast
torch.manual_seed(0)
torch.cuda.manual_seed_all(0)
torch.backends.cudnn.benchmark = False
torch.set_float32_matmul_precision("high")
name = "mps" if torch.backends.mps.is_available() else "cpu"
device = torch.device("cuda" if torch.cuda.is_available() else name)
model = nn.Linear(2, 1).to(device)
scaler = GradScaler(enabled=torch.cuda.is_available())
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for i in range(5):
    with torch.autocast(device_type=device.type, dtype=torch.float16):
        loss = nn.functional.mse_loss(model(torch.ones(3, 2, device=device)), torch.zeros(3, 1))
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()
    first = loss.item() if i == 0 else first
    last = loss.item()
torch.cuda.empty_cache()
"""


def test_a_name_that_is_left_out_on_purpose_says_why():
    assert "layouts of blocks are not here" in explain("torch.sparse_bsr_tensor")


@pytest.mark.parametrize(
    ("module", "name"),
    [("nn", "LSTM"), ("distributions", "Normal"), ("linalg", "svd"), ("nn.functional", "conv2d")],
)
def test_a_star_imports_all_of_a_module(module: str, name: str):
    found: dict[str, Any] = {}
    with mt.as_torch():
        exec(f"from torch.{module} import *", found)
    assert name in found


def test_what_a_notebook_echoes_says_what_has_happened() -> None:
    installed = mt.as_torch()
    assert repr(installed) == "<import torch now gives microtensor; .undo() ends that>"
    installed.undo()


def test_the_class_of_dtypes_is_the_packages() -> None:
    with mt.as_torch() as torch:
        assert torch.dtype is mt.dtype
        assert isinstance(torch.float32, torch.dtype)


def test_a_file_has_what_it_takes_from_its_package() -> None:
    with mt.as_torch():
        scope = program("from torch.distributions.multivariate_normal import Distribution")
        assert scope["Distribution"] is mt.distributions.Distribution
        with pytest.raises(ImportError):
            program("from torch.nn.init import Linear")


def test_layers_are_found_in_the_dict_of_their_file() -> None:
    with mt.as_torch():
        scope = program("import torch.nn.modules.activation as found")
        assert vars(scope["found"])["ReLU"] is mt.nn.ReLU
