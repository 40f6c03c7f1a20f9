"""What `hub` does where PyTorch would go to GitHub."""

from __future__ import annotations

from pathlib import Path

import pytest

from microtensor import hub


def test_no_program_is_fetched() -> None:
    for call in (
        lambda: hub.load("owner/name", "model"),
        lambda: hub.list("owner/name"),
        lambda: hub.help("owner/name", "model"),
    ):
        with pytest.raises(RuntimeError, match=r'clone https://github\.com/owner/name, .* source="local"'):
            call()


def test_a_folder_is_listed(tmp_path: Path) -> None:
    (tmp_path / "hubconf.py").write_text('def net():\n    """A net."""\n\ndef _own():\n    pass\n')
    assert hub.list(tmp_path) == ["net"]
    assert hub.help(tmp_path, "net") == "A net."
    with pytest.raises(ValueError, match="model should be a string"):
        hub.load(tmp_path, hub.load, source="local")  # type: ignore[arg-type]
