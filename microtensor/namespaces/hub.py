"""PyTorch's ``torch.hub``: models from a folder that has a ``hubconf.py``, and weights from an address.

Nothing is fetched from GitHub: a repository is a program, and running it is for who has looked at it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlparse

import microtensor
from microtensor.utils.progress import tqdm

__all__ = [
    "download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir",
    "tqdm",
]  # fmt: skip

MODULE_HUBCONF = "hubconf.py"
HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
"""What a file's name says of its checksum: ``name-0123abcd.pth``."""
_dir: Path | None = None


def get_dir() -> str:
    """Where fetched files go: the folder of `set_dir`, or ``hub`` in ``$TORCH_HOME`` (``~/.cache/torch``)."""
    return os.path.join(_get_torch_home(), "hub") if _dir is None else str(_dir)


def _get_torch_home() -> str:
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")))


def set_dir(d: str | os.PathLike[str]) -> None:
    """Let what is fetched go to this folder."""
    global _dir
    _dir = Path(d).expanduser()


# ---------------------------------------------------------------- models


def load(
    repo_or_dir: str | os.PathLike[str], model: str, *args: Any, source: str = "github",
    trust_repo: Any = None, force_reload: bool = False, verbose: bool = True, skip_validation: bool = False,
    **kwargs: Any,
) -> Any:  # fmt: skip
    """What the function `model` of the folder's ``hubconf.py`` returns, called with the other arguments.

    Raises ``ValueError`` for a source that is neither "github" nor "local", ``RuntimeError`` for "github", a
    function that is not there, or a package that ``hubconf.dependencies`` names and that is not installed.
    """
    source = source.lower()
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if source == "github":
        _refuse(repo_or_dir)
    with _hubconf(repo_or_dir) as module:
        return _entry(module, model)(*args, **kwargs)


def list(github: str | os.PathLike[str], *args: Any, **options: Any) -> Any:
    """The names of the functions in a folder's ``hubconf.py``; ``RuntimeError`` for what is on GitHub."""
    with _hubconf(_folder(github)) as module:
        return [name for name, value in vars(module).items() if callable(value) and name[0] != "_"]


def help(github: str | os.PathLike[str], model: str, *args: Any, **options: Any) -> Any:
    """The docstring of a function in a folder's ``hubconf.py``."""
    with _hubconf(_folder(github)) as module:
        return _entry(module, model).__doc__


def _folder(name: Any) -> Any:
    if not os.path.isdir(os.path.expanduser(name)):
        _refuse(name)
    return name


def _refuse(name: Any) -> None:
    raise RuntimeError(
        f"torch.hub fetches no programs here: clone https://github.com/{name}, look at it, and load it with "
        'source="local"'
    )


@contextmanager
def _hubconf(folder: Any) -> Iterator[ModuleType]:
    """The folder's ``hubconf.py`` as a module, while the folder is where modules are looked for."""
    place = os.path.realpath(os.path.expanduser(folder))
    file = os.path.join(place, MODULE_HUBCONF)
    if not os.path.exists(file):
        raise FileNotFoundError(f"{file}: a folder for torch.hub has a file {MODULE_HUBCONF}")
    sys.path.insert(0, place)
    try:
        spec = importlib.util.spec_from_file_location("hubconf", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        _check_dependencies(module)
        yield module
    finally:
        sys.path.remove(place)


def _check_dependencies(module: ModuleType) -> None:
    missing = [name for name in getattr(module, "dependencies", ()) if not _installed(name)]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")


def _installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None


def _entry(module: ModuleType, model: str) -> Callable[..., Any]:
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    found = getattr(module, model, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return found  # type: ignore[no-any-return]


# ---------------------------------------------------------------- weights


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Fetch a file; it is in its place when it is whole and its SHA-256 begins with `hash_prefix`.

    Raises ``RuntimeError`` for another checksum.
    """
    target = Path(dst).expanduser()
    checksum = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".partial", delete=False) as file:
        try:
            with urllib.request.urlopen(url) as source:
                while data := source.read(1 << 17):
                    file.write(data)
                    checksum.update(data)
            found = checksum.hexdigest()
            if hash_prefix is not None and found[: len(hash_prefix)] != hash_prefix:
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{found}")')
            file.close()
            shutil.move(file.name, target)
        finally:
            file.close()
            Path(file.name).unlink(missing_ok=True)


def load_state_dict_from_url(
    url: str, model_dir: str | None = None, map_location: Any = None, progress: bool = True,
    check_hash: bool = False, file_name: str | None = None, weights_only: bool = True,
) -> Any:  # fmt: skip
    """What `microtensor.load` reads from an address; the file is kept in `model_dir`, and fetched once.

    With `check_hash` the file's SHA-256 begins with what stands after a dash in its name
    (``name-0123abcd.pth``), or ``RuntimeError`` is raised.  Unlike PyTorch's, it reads `weights_only`, and so
    runs no code from the file, unless told otherwise.
    """
    folder = Path(model_dir or os.path.join(get_dir(), "checkpoints")).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / (file_name or os.path.basename(urlparse(url).path))
    if not file.exists():
        named = HASH_REGEX.search(file.name) if check_hash else None
        sys.stderr.write(f'Downloading: "{url}" to {file}\n')
        download_url_to_file(url, str(file), named[1] if named else None, progress)
    return microtensor.load(str(file), map_location=map_location, weights_only=weights_only)
