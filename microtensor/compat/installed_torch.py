"""``python -m microtensor install-as-torch``: an environment in which ``import torch`` means this package.

Three things are written into its ``site-packages``: a ``.pth`` file by which every Python of the environment
has a finder for ``torch``, a module that the finder imports when ``torch`` is asked for (`torch_hook`), and
the metadata of a distribution ``torch``, which pip and ``importlib.metadata`` read.  These list all files, so
that ``pip uninstall torch`` takes them away as well.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import site
import sys
import sysconfig
import tempfile
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, PathDistribution, distributions
from importlib.util import cache_from_source
from pathlib import Path

from .lookup import VERSION

__all__ = ["InstallError", "install", "uninstall"]

HOOK = "_microtensor_as_torch"
INFO = f"torch-{VERSION}.dist-info"
_INSTALLER = "microtensor"
_FINDER = (
    f"import sys; sys.meta_path.insert(-1, type('{HOOK}', (), {{'find_spec': staticmethod(lambda name, "
    f"path=None, target=None: __import__('{HOOK}').find_spec() if name == 'torch' else None)}}))\n"
)
"""All in one line, as ``.pth`` files want it: to import a file would cost every process a millisecond."""
_METADATA = f"""\
Metadata-Version: 2.1
Name: torch
Version: {VERSION}
Summary: Not PyTorch: microtensor in its place. `python -m microtensor uninstall-as-torch` takes it away.
"""
_WHEEL = "Wheel-Version: 1.0\nGenerator: microtensor\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class InstallError(RuntimeError):
    """What stands in the way, as a sentence; nothing was changed."""


def install() -> str:
    """Write what makes ``import torch`` mean this package, and say what was done.

    It goes where pip would put a package: into this environment, or into the user's own packages if that is
    not to be written.  Raises `InstallError` if a PyTorch is there, or nothing can be written.
    """
    here = _place(ours())
    if here is None:
        _refuse_real_torch()
        here = _target()
    if all((here / name).is_file() and (here / name).read_bytes() == data for name, data in files().items()):
        return f"`import torch` means microtensor in {here} already"
    _exchange(here, _written(here), files())
    return (
        f"wrote {HOOK}.py, {HOOK}.pth and {INFO} into {here}: `import torch` means microtensor there, and "
        f"pip sees torch {VERSION}. `python -m microtensor uninstall-as-torch` takes it back"
    )


def uninstall() -> str:
    """Take away what `install` has written, or what is left of it, and say what was done.

    Raises `InstallError` if it cannot be removed.
    """
    there = [folder for folder in _folders() if _written(folder)]
    for folder in there:
        _exchange(folder, _written(folder), {})
    if there:
        return f"took microtensor as torch out of {', '.join(map(str, there))}"
    return "`import torch` does not mean microtensor in this environment: there was nothing to take away"


def files() -> dict[str, bytes]:
    """What is written, by name relative to ``site-packages``; the file that switches it on is the last."""
    texts = {
        f"{HOOK}.py": (Path(__file__).parent / "torch_hook.py").read_text("utf-8"),
        f"{INFO}/METADATA": _METADATA,
        f"{INFO}/WHEEL": _WHEEL,
        f"{INFO}/INSTALLER": f"{_INSTALLER}\n",
        f"{INFO}/top_level.txt": "torch\n",
        f"{HOOK}.pth": _FINDER,
    }
    found = {name: text.encode() for name, text in texts.items()}
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in found.items()]
    record = "".join([*lines, f"{INFO}/RECORD,,\n"]).encode()
    return {f"{INFO}/RECORD": record, **found}


def _digest(data: bytes) -> str:
    """A hash as ``RECORD`` has it: base64 for URLs, unpadded."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def ours() -> Distribution | None:
    """The distribution ``torch`` that `install` has written, if there is one."""
    return next((d for d in distributions(name="torch") if _mine(d.read_text("INSTALLER"))), None)


def _place(distribution: Distribution | None) -> Path | None:
    return Path(str(distribution.locate_file(""))) if distribution else None


def _refuse_real_torch() -> None:
    there = [d for d in distributions(name="torch") if d.metadata]
    found = PathFinder.find_spec("torch", [path for path in sys.path if path])
    if there or (found and found.origin):
        what = f"torch {there[0].version}" if there else f"a package torch ({found.origin if found else ''})"
        raise InstallError(
            f"{what} is in this environment: two libraries under one name would mix their tensors. Use an "
            "environment without it, or `pip uninstall torch` first"
        )


def _target() -> Path:
    """The folder into which pip would install; `InstallError` if there is none."""
    managed = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if sys.prefix == sys.base_prefix and managed.exists():
        raise InstallError(
            "this Python belongs to the operating system, which does not want packages from elsewhere: make "
            "an environment with `python -m venv`"
        )
    common = Path(sysconfig.get_path("purelib"))
    if os.access(common, os.W_OK):
        return common
    if not site.ENABLE_USER_SITE:
        raise InstallError(f"{common} cannot be written, and this Python has no packages of the user's own")
    return Path(site.getusersitepackages())


def _folders() -> list[Path]:
    """Where `install` may have written."""
    own = [Path(site.getusersitepackages())] if site.ENABLE_USER_SITE else []
    places = [_place(ours()), Path(sysconfig.get_path("purelib")), *own]
    return [path for path in dict.fromkeys(places) if path is not None]


def _written(folder: Path) -> list[Path]:
    """What of ours is in a folder: metadata of a torch only if `install` has written them."""
    hook = folder / f"{HOOK}.py"
    found = [folder / f"{HOOK}.pth", hook, Path(cache_from_source(str(hook)))]
    found += [
        d for d in folder.glob("torch-*.dist-info") if _mine(PathDistribution(d).read_text("INSTALLER"))
    ]
    return [path for path in found if path.exists()]


def _mine(installer: str | None) -> bool:
    return (installer or "").strip() == _INSTALLER


def _exchange(folder: Path, old: list[Path], contents: dict[str, bytes]) -> None:
    """Put files with these contents in the place of the old ones: all or, if something fails, nothing."""
    done: list[tuple[Path, Path]] = []
    try:
        aside = _beside(folder, contents)
        new = [(aside / "new" / name, folder / name) for name in _tops(contents)]
        for start, end in [*((path, aside / path.name) for path in old), *new]:
            os.replace(start, end)
            done.append((start, end))
    except OSError as error:
        for start, end in reversed(done):
            os.replace(end, start)
        raise InstallError(
            f"{error.filename2 or error.filename} cannot be written or removed ({error.strerror}): nothing "
            "was changed"
        ) from None
    finally:
        for left in folder.glob(f"{_ASIDE}*"):
            shutil.rmtree(left, ignore_errors=True)


_ASIDE = ".microtensor-as-torch-"


def _beside(folder: Path, contents: dict[str, bytes]) -> Path:
    """A new folder inside `folder`, in whose ``new`` the files are."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
    for name, data in contents.items():
        (aside / "new" / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / "new" / name).write_bytes(data)
    return aside


def _tops(contents: dict[str, bytes]) -> list[str]:
    return list(dict.fromkeys(name.partition("/")[0] for name in contents))
