"""Every link of the built site leads somewhere, and nothing on it needs a network.

    python docs/sitegen/check_links.py SITE

A link within the site must name a file that is there, and an anchor that is in it. Scripts, styles, fonts and
pictures must come from the site itself. Links to other sites are counted and not followed.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {("script", "src"), ("img", "src"), ("link", "href"), ("source", "src"), ("iframe", "src")}
STYLE_URL = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]+)|@import\s+['\"]([^'\"]+)")


class Links(HTMLParser):
    """What a page links to and loads, and the anchors that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses and anchors."""
        found = {name: value for name, value in attrs if value}
        self.anchors.update(found[name] for name in ("id", "name") if name in found)
        for name, value in found.items():
            if (tag, name) in LOADS:
                self.loads.append(value)
            elif (tag, name) == ("a", "href"):
                self.links.append(value)


@cache
def parsed(file: Path) -> Links:
    """The links of one page."""
    links = Links()
    links.feed(file.read_text(encoding="utf-8"))
    return links


def check(site: Path) -> tuple[list[str], int]:
    """What is wrong, in words, and how many links lead to other sites."""
    site, wrong, outside = site.resolve(), [], 0
    for page in sorted(site.rglob("*.html")):
        here = page.relative_to(site).as_posix()
        for address in parsed(page).links:
            if urlsplit(address).scheme or address.startswith("//"):
                outside += 1
            elif why := broken(page, address):
                wrong.append(f"{here}: {address}: {why}")
        wrong += [f"{here}: loads {a}: {why}" for a in parsed(page).loads if (why := unloadable(page, a))]
    for style in sorted(site.rglob("*.css")):
        for match in STYLE_URL.finditer(style.read_text(encoding="utf-8")):
            if why := unloadable(style, match[1] or match[2]):
                wrong.append(f"{style.relative_to(site).as_posix()}: loads {match[1] or match[2]}: {why}")
    return wrong, outside


def unloadable(page: Path, address: str) -> str:
    """Why a page cannot load this without a network; nothing if it can."""
    parts = urlsplit(address)
    if parts.scheme == "data":
        return ""
    return "from another site" if parts.scheme or parts.netloc else broken(page, parts.path)


def broken(page: Path, address: str) -> str:
    """Why a link leads nowhere; nothing if it leads somewhere."""
    parts = urlsplit(address)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "there is no such file"
    anchor = unquote(parts.fragment)
    if anchor and target.suffix == ".html" and anchor not in parsed(target).anchors:
        return "there is no such anchor"
    return ""


if __name__ == "__main__":
    problems, others = check(Path(sys.argv[1]))
    print(*problems, sep="\n", end="\n" * bool(problems))
    pages = len(list(Path(sys.argv[1]).rglob("*.html")))
    print(f"{pages} pages, {len(problems)} broken links, {others} links to other sites, not followed")
    sys.exit(bool(problems) or not pages)
