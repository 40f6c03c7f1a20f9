"""One entry point says what must hold, and whatever runs it names steps that there are."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("ci_check", ROOT / ".ci" / "check.py")
check: Any = importlib.util.module_from_spec(_SPEC)  # type: ignore[arg-type]
_SPEC.loader.exec_module(check)  # type: ignore[union-attr]


def test_the_shell_script_and_the_workflow_run_the_entry_point() -> None:
    assert "python3 .ci/check.py" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    commands = re.findall(r"run: python3? \.ci/check\.py ?(.*)", workflow)
    assert commands
    assert set(" ".join(commands).split()) <= set(check.STEPS)


def test_every_promised_python_is_checked() -> None:
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert promised
    assert re.search(rf"python: \[{', '.join(f'{chr(34)}{v}{chr(34)}' for v in promised)}\]", workflow)


def test_steps_say_what_they_are() -> None:
    command = [sys.executable, ROOT / ".ci" / "check.py", "--list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(listed) == len(check.STEPS)
    assert all(function.__doc__ for function in check.STEPS.values())
    assert set(check.PARTS) < set(check.STEPS)


def test_an_unknown_step_is_named() -> None:
    with pytest.raises(SystemExit, match="no step 'nothing'; there are fast"):
        check.main(["nothing"])


def test_a_step_that_fails_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        """Fails."""
        check.run(sys.executable, "-c", "raise SystemExit(3)")

    monkeypatch.setattr(check, "STEPS", {"failing": failing})
    with pytest.raises(SystemExit, match="failing failed.*status 3"):
        check.main([])


def test_commands_see_nothing_of_the_callers_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "elsewhere")
    seen = check.variables(MORE="1")
    assert "PYTHONPATH" not in seen
    assert "VIRTUAL_ENV" not in seen
    assert (seen["OMP_NUM_THREADS"], seen["MORE"]) == ("1", "1")


def test_a_python_is_found_by_its_version() -> None:
    here = "{}.{}".format(*sys.version_info)
    found = check.python_of("9.9", here)
    assert found is None or Path(found).exists()
    assert check.python_of("9.9") is None


def test_a_wheel_without_the_page_is_refused(tmp_path: Path) -> None:
    names = sorted(check.page_files())
    assert {"microtensor/viz/render/page/style.css", "microtensor/viz/render/page/page.html"} <= set(names)
    for count in (len(names), len(names) - 1):
        file = tmp_path / f"{count}.whl"
        with zipfile.ZipFile(file, "w") as wheel:
            for name in names[:count]:
                wheel.writestr(name, "")
    check.check_pages(tmp_path / f"{len(names)}.whl")
    with pytest.raises(SystemExit, match=f"lacks .*{names[-1]}"):
        check.check_pages(tmp_path / f"{len(names) - 1}.whl")


def test_the_readme_has_the_command_that_is_run() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^python3 -m venv .*pytest.*$", text, re.MULTILINE)
