"""Names that arrive when they are first used: the tables keep their promises, and nothing comes early."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import microtensor as mt
from microtensor import _later

WAITING = [(base, module, names) for base, table in _later._waiting for module, names in table.items()]


@pytest.mark.parametrize(("base", "module", "names"), WAITING, ids=lambda x: x if isinstance(x, str) else "")
def test_a_table_keeps_its_promises(base: str, module: str, names: tuple[str, ...]) -> None:
    found = import_module(f"{base}.{module}")
    for name in names:
        here, method = getattr(found, name, None), getattr(mt.Tensor, name, None)
        waiting = getattr(method, "__module__", "") == _later.__name__
        assert here is not None or (method is not None and not waiting), f"{base}.{module} lacks {name}"


def test_every_package_that_waits_is_tested() -> None:
    assert {f"microtensor{part}" for part in ("", ".nn", ".nn.utils", ".ops", ".optim", ".utils")} <= {
        base for base, _, _ in WAITING
    }


def test_what_waits_is_not_imported_early() -> None:
    code = "import sys, microtensor; print(*[m for m in sys.modules if m.startswith('microtensor')])"
    here = Path(mt.__file__).parent.parent
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    assert {f"{base}.{module}" for base, module, _ in WAITING} & set(out.stdout.split()) == set()


def test_a_name_that_is_nowhere() -> None:
    find, names = _later.later("microtensor", {"errors": ("GraphError",), "dtypes": ()})
    _later._waiting.pop()
    assert find("GraphError") is mt.errors.GraphError
    assert isinstance(find("dtypes"), ModuleType)
    assert {"GraphError", "dtypes"} <= set(names())
    with pytest.raises(AttributeError, match=r"^module 'microtensor' has no attribute 'nothing'$"):
        find("nothing")
    del mt.GraphError


def test_a_method_arrives_at_its_first_call_and_a_broken_promise_is_named() -> None:
    class Owner:
        pass

    _later.methods_later(Owner, "microtensor", {"errors": ("promised",)})
    _later._waiting.pop()
    with pytest.raises(AttributeError, match=r"was to install Owner\.promised, and did not"):
        Owner().promised()
    waiting = Owner.promised
    Owner.promised = lambda self: 3
    assert waiting(Owner()) == 3


def test_a_misspelt_name_gets_a_suggestion() -> None:
    import microtensor.nn as nn

    with pytest.raises(AttributeError) as caught:
        nn.Linaer  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("Linaer", nn)


@pytest.mark.parametrize("name", ["fft", "complex64", "polar", "sparse_coo_tensor"])
def test_a_name_that_is_left_out_says_why(name: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}': .*tensors are (real|dense) here"):
        getattr(mt, name)


@pytest.mark.parametrize(
    ("package", "names"),
    [
        ("microtensor", {"relu", "cumprod", "tensor"}),
        ("microtensor.nn", {"Linear", "LSTM", "Conv2d", "CTCLoss"}),
        ("microtensor.nn.functional", {"relu", "conv2d", "ctc_loss"}),
        ("microtensor.distributions", {"Normal", "kl_divergence", "Gamma"}),
        ("microtensor.optim", {"Adam", "Adafactor"}),
    ],
)
def test_a_star_imports_what_waits_too(package: str, names: set[str]) -> None:
    found: dict[str, object] = {}
    exec(f"from {package} import *", found)
    assert names <= found.keys()
    assert not {"annotations", "Any", "np", "later"} & found.keys()
