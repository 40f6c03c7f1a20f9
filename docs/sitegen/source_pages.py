"""The package's files as pages of the site, so that a link into the source leads somewhere without a network.

The hand-written pages link to files as they lie in the repository, ``../../microtensor/errors.py``, which is
right for whoever reads them there. When the site is built, such a link becomes one to a page that shows the
file, with an anchor for each line; a picture or another file is copied beside it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

from sitegen.objects import ROOT

LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<path>(?:\.\./)+[^)#\s]+)(?P<hash>#[^)]*)?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
SHOWN = {".py", ".sh", ".js", ".css", ".toml", ".yml", ".yaml", ".txt", ".md", ".c", ".json", ""}


def outside_fences(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether a piece is a fenced block."""
    last = 0
    for match in FENCE.finditer(text):
        yield text[last : match.start()], False
        yield match[0], True
        last = match.end()
    yield text[last:], False


def with_site_links(text: str, page: Path, docs: Path, wanted: set[str]) -> str:
    """A page's text with links that lead out of `docs` turned to the site's; the files go into `wanted`."""

    def replace(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(page.parent / match["path"]))
        if target.is_relative_to(docs) or not target.is_relative_to(ROOT) or not target.exists():
            return match[0]  # another page, or a link that the check of links will name
        path = target.relative_to(ROOT).as_posix()
        wanted.add(path)
        up = "../" * len(page.relative_to(docs).parents[:-1])
        return f'<a href="{up}{address(path)}{match["hash"] or ""}">{_inline(match["text"])}</a>'

    pieces = outside_fences(text)
    return "".join(piece if fenced else LINK.sub(replace, piece) for piece, fenced in pieces)


def address(path: str) -> str:
    """Where the site has a file of the repository."""
    if (ROOT / path).is_dir() or Path(path).suffix in SHOWN:
        return f"_source/{path.rstrip('/')}.html"
    return f"_source/{path}"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def page_of(path: str) -> dict[str, Any]:
    """The context of the page that shows a file, or a folder's list of files."""
    target = ROOT / path
    if target.is_dir():
        body = "<ul>" + "".join(f"<li><code>{name}</code></li>" for name in listing(target)) + "</ul>"
    else:
        formatter = HtmlFormatter(linenos="inline", lineanchors="L", anchorlinenos=True, wrapcode=True)
        text = target.read_text(encoding="utf-8")
        body = re.sub(r'(["#])L-(\d+)"', r'\1L\2"', highlight(text, lexer_of(path), formatter))
    return {"title": path, "body": f"<h1><code>{path}</code></h1>\n{body}"}


def listing(folder: Path) -> list[str]:
    """The names of what is in a folder, without what the interpreter leaves there."""
    return sorted(p.name + "/" * p.is_dir() for p in folder.iterdir() if p.name != "__pycache__")


def lexer_of(path: str) -> Any:
    """What colours a file."""
    try:
        return get_lexer_for_filename(path)
    except ClassNotFound:
        return TextLexer()


# -------------------------------------------------------------------------- Sphinx


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", lambda app: _wanted(app).clear())
    app.connect("source-read", _read)
    app.connect("html-collect-pages", _pages)
    app.connect("build-finished", _files)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def _wanted(app: Any) -> set[str]:
    found: set[str] = app.__dict__.setdefault("source_pages_wanted", set())
    return found


def _read(app: Any, name: str, content: list[str]) -> None:
    docs = Path(app.srcdir)
    content[0] = with_site_links(content[0], docs / f"{name}.md", docs, _wanted(app))


def _pages(app: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    for path in sorted(_wanted(app)):
        if address(path).endswith(".html"):
            yield address(path).removesuffix(".html"), page_of(path), "page.html"


def _files(app: Any, failed: Exception | None) -> None:
    """Copy what is no text, pictures and the like, and folders that are pages already."""
    if failed is not None:
        return
    for index in Path(app.srcdir).glob("*/index.html"):
        if not index.parent.name.startswith("_"):
            shutil.copytree(index.parent, Path(app.outdir) / index.parent.name, dirs_exist_ok=True)
    for path in sorted(_wanted(app)):
        if not address(path).endswith(".html"):
            target = Path(app.outdir) / address(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target)
