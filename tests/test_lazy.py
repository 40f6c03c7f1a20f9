"""Names that arrive when they are first used: the tables keep their promises, and nothing comes early."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import microtensor as mt
from microtensor import _lazy as _later
from microtensor._names import METHODS, PACKAGES, PROPERTIES

ENTRIES = [(package, *entry) for package in PACKAGES for entry in _later.entries(package)]
MODULES = [
    (package, path) for package, table in PACKAGES.items() for path in table.get("modules", "").split()
]
METHOD_ROWS = [*METHODS.items(), *PROPERTIES.items()] + [
    (module, " ".join(word[1:] for word in row.split() if word[0] == "."))
    for module, row in PACKAGES[""].items()
]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_publishes_what_the_table_says(package: str) -> None:
    here = import_module(f"microtensor.{package}".rstrip("."))
    for _, name, module, own in filter(lambda entry: entry[0] == package, ENTRIES):
        found = getattr(import_module(f"microtensor.{module}".rstrip(".")), own)
        assert getattr(here, name) is found, f"{package}.{name} is not {module}.{own}"
        assert name in dir(here)
        assert name in here.__all__


@pytest.mark.parametrize(("package", "path"), MODULES)
def test_a_package_publishes_modules(package: str, path: str) -> None:
    here, name = import_module(f"microtensor.{package}".rstrip(".")), path.rpartition(".")[2]
    assert getattr(here, name) is import_module(f"microtensor.{path}")


@pytest.mark.parametrize(("module", "row"), METHOD_ROWS)
def test_a_module_installs_the_methods_of_its_row(module: str, row: str) -> None:
    if row:
        import_module(f"microtensor.{module}")
    for name in row.split():
        assert not isinstance(vars(mt.Tensor)[name], _later.Waiting), f"{module} does not install {name}"


def test_no_package_publishes_a_name_twice() -> None:
    names = [(package, name) for package, name, _, _ in ENTRIES]
    assert len(names) == len(set(names)) > 900


def test_the_table_and_the_stubs_are_current() -> None:
    script = Path(mt.__file__).parent.parent / ".ci" / "names.py"
    if not script.exists():
        pytest.skip("the package stands without its repository")
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_waits_is_not_imported_early() -> None:
    code = "import sys, microtensor; print(*[m for m in sys.modules if m.startswith('microtensor')])"
    here = Path(mt.__file__).parent.parent
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    assert {f"microtensor.{module}" for module in METHODS} & set(out.stdout.split()) == set()


def test_a_method_that_is_looked_at_is_the_real_one() -> None:
    code = (
        "import inspect, microtensor as mt; waiting = vars(mt.Tensor)['median']; "
        "assert type(waiting).__name__ == 'Waiting'; "
        "assert 'lower one' in mt.Tensor.median.__doc__; assert vars(mt.Tensor)['median'] is not waiting; "
        "x = mt.tensor([1.0, 3.0, 2.0]); assert x.cummax(0).values.tolist() == [1, 3, 3]; x.name = 'x'"
    )
    here = Path(mt.__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here)


def test_a_broken_promise_is_named() -> None:
    class Owner:
        promised = None

    Owner.promised = _later.Waiting(Owner, "microtensor.errors", "promised")
    with pytest.raises(AttributeError, match=r"was to install Owner\.promised, and did not"):
        Owner().promised()


def test_a_misspelt_name_gets_a_suggestion() -> None:
    import microtensor.nn as nn

    with pytest.raises(AttributeError) as caught:
        nn.Linaer  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("Linaer", nn)


@pytest.mark.parametrize("name", ["sparse_bsr_tensor"])
def test_a_name_that_is_left_out_says_why(name: str) -> None:
    with pytest.raises(
        AttributeError, match=f"no attribute '{name}': .*(NumPy has no|layouts of blocks are not here)"
    ):
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
