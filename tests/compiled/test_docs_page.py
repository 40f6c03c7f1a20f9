"""The page on `compile`: its program runs, and the source that it shows is the one that comes out."""

from __future__ import annotations

import linecache
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "compile.md"


def test_the_source_of_xor_is_the_one_on_the_page() -> None:
    text = PAGE.read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    linecache.cache["xor.py"] = (len(code), None, code.splitlines(keepends=True), "xor.py")
    scope: dict[str, Any] = {"__name__": "xor"}
    exec(compile(code, "xor.py", "exec"), scope)
    assert scope["step"].source + "\n" == shown
