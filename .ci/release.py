"""The check-list of a release: each item is done or checked, in order, up to the first that fails.

    python .ci/release.py            everything but the tag
    python .ci/release.py --tag      and the tag, made here and not pushed

It uploads nothing. What was built is left in ``dist/``.
"""

from __future__ import annotations

import argparse
import datetime
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from check import ROOT, Environment, check_pages, run, temporary

DIST = ROOT / "dist"
SMOKE = """
import microtensor as torch
from microtensor import nn, optim
torch.manual_seed(0)
model, x = nn.Linear(2, 1), torch.ones(4, 2)
optimizer = optim.Adam(model.parameters(), lr=0.1)
losses = []
for _ in range(20):
    optimizer.zero_grad()
    loss = (model(x) ** 2).mean()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < losses[0]
assert torch.__version__ == {version!r}, torch.__version__
import sys
assert 'site-packages' in torch.__file__, torch.__file__
assert not {{'torch', 'scipy', 'matplotlib'}} & set(sys.modules)
"""


def version() -> str:
    """The version, which is written in two places."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    init = (ROOT / "microtensor" / "__init__.py").read_text("utf-8")
    package = re.search(r'^__version__ = "(.+)"$', init, re.MULTILINE)
    if package is None or package[1] != project:
        raise SystemExit(f"pyproject.toml says {project}, and the package {package and package[1]}")
    return str(project)


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def items(tag: bool) -> Iterator[str]:
    """The list: each item is named before it is done."""
    number = version()
    yield "nothing is uncommitted"
    if changed := output("git", "status", "--porcelain"):
        raise SystemExit(f"commit or stash first:\n{changed}")
    yield "the changelog has this version with a date, and no notes are left to fold"
    check_changelog(number)
    yield f"the tag v{number} is not taken"
    if output("git", "tag", "--list", f"v{number}"):
        raise SystemExit(f"v{number} exists: raise the version in pyproject.toml and microtensor/__init__.py")
    yield "everything that must hold holds"
    run(sys.executable, ".ci/check.py")
    yield "an sdist, and a wheel that is built from it"
    sdist, wheel = build()
    yield "what was built has what it should, and its description can be shown"
    check_built(sdist, wheel)
    yield "the wheel and the sdist, each in a fresh environment"
    for file in (wheel, sdist):
        env = Environment(f"installed-{file.suffix[1:]}").install(file)
        run(env.python, "-W", "error", "-c", SMOKE.format(version=number), cwd=temporary())
    yield "the tests that came with the sdist, against the wheel"
    test_sdist(sdist, wheel)
    if tag:
        yield f"the tag v{number}"
        run("git", "tag", "-a", f"v{number}", "-m", f"microtensor {number}")


def check_changelog(number: str) -> None:
    """The newest section is of this version and of a day; the folder of notes is empty."""
    left = [p.name for p in (ROOT / "changes").iterdir() if p.name != "README.md"]
    if left:
        raise SystemExit(f"fold {', '.join(left)}: python .ci/changes.py --fold")
    heading = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    expected = f"{number} ({datetime.date.today().isoformat()})"
    if heading is None or heading[1] != expected:
        raise SystemExit(f"CHANGELOG.md begins with {heading and heading[1]!r}: expected ## {expected}")


def build() -> tuple[Path, Path]:
    """Build both, the wheel from the sdist."""
    shutil.rmtree(DIST, ignore_errors=True)
    Environment("build").install("build").run("-m", "build", "--outdir", DIST)
    (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
    return sdist, wheel


def check_built(sdist: Path, wheel: Path) -> None:
    """The wheel's pages, the sdist's folders, and their metadata."""
    check_pages(wheel)
    with tarfile.open(sdist) as archive:
        top = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    missing = {"microtensor", "tests", "docs", "examples", "benchmarks", "LICENSE", "CHANGELOG.md"} - top
    if missing:
        raise SystemExit(f"{sdist.name} lacks {', '.join(sorted(missing))}")
    Environment("twine").install("twine").run("-m", "twine", "check", "--strict", sdist, wheel)


def test_sdist(sdist: Path, wheel: Path) -> None:
    """The fast tests of the sdist, where the package is the one that was installed."""
    folder = temporary() / "unpacked"
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    shutil.rmtree(source / "microtensor")
    env = Environment("sdist-tests").install(f"{wheel}[test]")
    run(env.python, "-m", "pytest", "-q", "-m", "fast", "-p", "no:cacheprovider", "tests", cwd=source)


def main() -> None:
    """Go through the list."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tag", action="store_true", help="make the tag, when all else is done")
    asked = parser.parse_args()
    for count, item in enumerate(items(asked.tag), 1):
        print(f"\n[{count}] {item}", flush=True)
    print(f"\ndone: {', '.join(p.name for p in sorted(DIST.iterdir()))} in dist/")
    if not asked.tag:
        print("left to do: python .ci/release.py --tag, push the tag, upload what is in dist/")


if __name__ == "__main__":
    main()
