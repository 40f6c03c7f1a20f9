"""``torch.hub``: a local repository, and weights from an address, as PyTorch's."""

from __future__ import annotations

import hashlib
import importlib
import os
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

HUBCONF = '''
from {library} import nn
from of_this_repository import WIDTH

dependencies = ["math", "numpy"]

def _private():
    pass

def small(width=WIDTH, *, bias=True):
    """A small layer."""
    return nn.Linear(width, 2, bias=bias)
'''


def repository(folder: Path, library: Any) -> Path:
    (folder / "hubconf.py").write_text(HUBCONF.format(library=library.__name__))
    (folder / "of_this_repository.py").write_text("WIDTH = 3\n")
    return folder


@pytest.mark.parametrize("library", [mt, torch], ids=["ours", "theirs"])
def test_a_local_repository(library: Any, tmp_path: Path) -> None:
    hub = importlib.import_module(f"{library.__name__}.hub")
    folder = repository(tmp_path, library)
    layer = hub.load(str(folder), "small", source="local")
    assert str(layer) == "Linear(in_features=3, out_features=2, bias=True)"
    assert str(hub.load(folder, "small", 5, bias=False, source="LOCAL")).endswith("bias=False)")
    with pytest.raises(RuntimeError, match="Cannot find callable big in hubconf"):
        hub.load(str(folder), "big", source="local")
    with pytest.raises(ValueError, match='Unknown source: "elsewhere"'):
        hub.load(str(folder), "small", source="elsewhere")
    (folder / "hubconf.py").write_text("dependencies = ['no_such_package', 'numpy']\ndef small(): ...\n")
    with pytest.raises(RuntimeError, match="Missing dependencies: no_such_package"):
        hub.load(str(folder), "small", source="local")
    with pytest.raises(FileNotFoundError):
        hub.load(str(folder / "nothing"), "small", source="local")


@pytest.mark.parametrize("library", [mt, torch], ids=["ours", "theirs"])
def test_weights_from_an_address(library: Any, tmp_path: Path) -> None:
    hub, zoo = (importlib.import_module(f"{library.__name__}.{name}") for name in ("hub", "utils.model_zoo"))
    torch.save({"w": torch.arange(3.0)}, tmp_path / "plain.pth")
    digest = hashlib.sha256((tmp_path / "plain.pth").read_bytes()).hexdigest()
    good, bad = tmp_path / f"net-{digest[:8]}.pth", tmp_path / "net-00000000.pth"
    for file in (good, bad):
        file.write_bytes((tmp_path / "plain.pth").read_bytes())
    place = tmp_path / library.__name__
    read = hub.load_state_dict_from_url(good.as_uri(), str(place), check_hash=True, progress=False)
    assert read["w"].tolist() == [0, 1, 2]
    assert [f.name for f in place.iterdir()] == [good.name]
    good.unlink()
    assert zoo.load_url(good.as_uri(), str(place))["w"].tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match=f'invalid hash value .expected "00000000", got "{digest}'):
        hub.load_state_dict_from_url(bad.as_uri(), str(place), check_hash=True, progress=False)
    assert [f.name for f in place.iterdir()] == [good.name]
    hub.download_url_to_file(bad.as_uri(), str(place / "copy"), digest[:6], progress=False)
    assert (place / "copy").read_bytes() == bad.read_bytes()


def test_where_files_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from microtensor import hub as ours

    theirs = importlib.import_module("torch.hub")
    for variables in ({}, {"XDG_CACHE_HOME": "/cache"}, {"TORCH_HOME": "/home"}):
        with monkeypatch.context() as patch:
            for name in ("XDG_CACHE_HOME", "TORCH_HOME"):
                patch.delenv(name, raising=False)
            for name, value in variables.items():
                patch.setenv(name, value)
            assert ours.get_dir() == theirs.get_dir()
    monkeypatch.setattr(ours, "_dir", None)
    ours.set_dir(tmp_path)
    assert ours.get_dir() == os.fspath(tmp_path)
