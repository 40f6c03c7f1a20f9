"""How Sphinx builds the site, without a network: ``python -m sphinx -W docs docs/_build``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from sitegen import differences, every_op  # noqa: E402 - the path is set above

import microtensor as mt  # noqa: E402

project = "microtensor"
release = mt.__version__
extensions = ["myst_parser", "sitegen.source_pages"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "sitegen", "Thumbs.db", "**/node_modules"]
html_theme = "furo"
html_title = "microtensor"
html_show_sphinx = html_show_copyright = False
html_copy_source = html_show_sourcelink = False
pygments_style, pygments_dark_style = "friendly", "monokai"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
nitpicky = True


def setup(app: Any) -> None:
    """Write the generated pages before anything is read, and list the guides that are folders."""
    every_op.write(HERE / "generated" / "ops")
    differences.write(HERE / "generated" / "differences.md")
    app.connect("source-read", list_folders)


def list_folders(app: Any, name: str, content: list[str]) -> None:
    """Put guides with a folder of their own, ``docs/NAME/index.md``, below those that are one page.

    A pattern in the page would do if Sphinx did not warn where none matches.
    """
    if name == "index":
        folders = sorted(f"{p.parent.name}/index" for p in HERE.glob("*/index.md"))
        content[0] = content[0].replace("\n*\n", "\n".join(["\n*", *folders, ""]))
