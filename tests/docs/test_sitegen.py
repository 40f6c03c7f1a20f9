"""Quotations are the package's code, generated pages are whole, and links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from sitegen import check_links, differences, every_op, objects, quotes, source_pages

import microtensor as mt
from microtensor import errors

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


# ------------------------------------------------------------------------- quotations


@pytest.mark.parametrize("page", quotes.pages(), ids=lambda p: p.relative_to(DOCS).as_posix())
def test_what_a_page_quotes_is_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert quotes.refreshed(text, page) == text, "stale: run  python docs/sitegen/quotes.py"


def test_a_stale_quotation_is_seen() -> None:
    page = DOCS / "reading" / "tour.md"
    text = page.read_text(encoding="utf-8")
    stale = text.replace("x=lambda g, y: g * y,", "x=lambda g, y: g * y * 1,")
    assert stale != text
    assert quotes.refreshed(stale, page) == text


def test_a_quotation_of_nothing_is_refused() -> None:
    page = DOCS / "x.md"
    for what in ("no_such_name", "mt.no_such_name", "op no_such_op", 'sum_to from "no such line"'):
        with pytest.raises((LookupError, AttributeError), match=r"no[_ ]such"):
            quotes.source(what, page)


def test_objects_are_found_by_name() -> None:
    assert objects.find("mt.Tensor") is mt.Tensor
    assert objects.find("op mul") is mt.registry["mul"].function
    assert objects.find("mt.Tensor.grad").__name__ == "grad"
    path, line = objects.place_of(mt.registry["mul"].function)
    source = (ROOT / path).read_text(encoding="utf-8").splitlines()
    assert source[line - 1].startswith("@op(")
    with pytest.raises(LookupError, match="viz"):
        objects.find("record")


# --------------------------------------------------------------------- generated pages


def test_every_op_has_a_section_with_every_formula() -> None:
    pages = every_op.pages()
    written = "\n".join(pages.values())
    ours = [op for op in mt.registry.values() if op.ours]
    assert len(ours) > 200
    for op in ours:
        section = written.partition(f"({every_op.anchor(op)})=\n")[2].partition("\n(op-")[0]
        assert f"## `{op.name}`" in section
        for argument in op.partials:
            assert f"`{argument}`" in section, op.name
        for reason in op.exempt.values():
            assert reason in section, op.name
        assert f"{every_op.anchor(op)})" in pages["index.md"]


def test_a_section_tells_what_an_op_carries() -> None:
    section = every_op.section(mt.registry["mul"])
    assert "| `x` | `g * y` |" in section
    assert "| `y` | `g * x` |" in section
    assert "Called as `microtensor.mul`" in section
    assert "Keeps `y`, `x`; node `MulBackward0`; elementwise, its operands broadcast." in section
    assert "```pycon\n>>> mt.mul(" in section
    assert "It has no derivative" in every_op.section(mt.registry["argmax"])


def test_every_choice_of_a_subgradient_is_on_some_page() -> None:
    rows = every_op.subgradients()
    assert len(rows) > 30
    told = {row for found in every_op.chosen().values() for row, _, _ in found}
    assert told == set(rows)
    assert "abs at 0: gradient [0.0] at [0.0]" in every_op.section(mt.registry["abs"])


def test_every_marked_line_of_the_parity_tests_is_a_row() -> None:
    page = differences.page()
    lines = [
        line
        for table in (ROOT / "tests").rglob("parity/**/*.txt")
        for line in table.read_text(encoding="utf-8").splitlines()
        if "# differs: " in line and not line.startswith("#")
    ]
    assert len(lines) > 80
    for line in lines:
        program, _, why = line.partition("# differs: ")
        assert f"`{program.strip()}`".replace("|", "\\|") in page
        assert why[1:8] in re.sub(r"\\(.)", r"\1", page)


def test_marks_of_a_table() -> None:
    text = "# a comment  # differs: no\nx|y  # differs: we sort\nz\nw  # node: another\n"
    found = differences.in_table("t", text)
    assert [(d.program, d.kind, d.why) for d in found] == [
        ("x|y", "differs", "we sort"),
        ("w", "node", "another"),
    ]
    assert "| We sort | `x\\|y` |" in differences.page(found)


def test_writing_leaves_what_has_not_changed(tmp_path: Path) -> None:
    first = every_op.write(tmp_path)
    (tmp_path / "stale.md").write_text("an op that is gone")
    before = {p: p.stat().st_mtime_ns for p in first}
    assert every_op.write(tmp_path) == first
    assert {p: p.stat().st_mtime_ns for p in sorted(tmp_path.iterdir())} == before
    page = differences.write(tmp_path / "d" / "differences.md")
    assert page.read_text(encoding="utf-8") == differences.page()


# -------------------------------------------------------------------------- the errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_has_three_causes_with_remedies(name: str) -> None:
    """And each cause shows the class raised, which `test_pages` runs, and something that works."""
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    section = page.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
    causes = section.split("\n### ")[1:]
    assert len(causes) >= 3
    for cause in causes:
        assert f"microtensor.errors.{name}: " in cause
        assert ">>>" in cause.partition("\nInstead:\n")[2]


def test_the_tree_of_errors_is_the_one_in_the_module() -> None:
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    tree = re.search(r"```text\n(.*?)```", page, re.DOTALL)
    assert tree
    assert errors.__doc__ is not None
    assert [line.strip() for line in tree[1].splitlines()] == [
        line.strip() for line in errors.__doc__.splitlines() if line.startswith("    ")
    ]


# ------------------------------------------------------------------------ the first words


def test_the_tagline_is_one() -> None:
    """In the README, what an index shows, `help` and the site."""
    said = "PyTorch's whole model of differentiation, on NumPy alone, with a core small enough to read."
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["description"] == said
    assert (mt.__doc__ or "").startswith(f"microtensor: {said}")
    assert f"**{said}**" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert said in (DOCS / "index.md").read_text(encoding="utf-8")


def test_the_folder_picture_is_of_the_package() -> None:
    """Every folder that the README draws is there."""
    picture = re.search(
        r"^microtensor/\n((?:  .*\n)+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert picture
    drawn = [name for line in picture[1].splitlines() for name in re.findall(r"^  ((?:\w+/ ?)+)", line)]
    folders = [folder for names in drawn for folder in names.split()]
    assert len(folders) > 10
    assert [f for f in folders if not (ROOT / "microtensor" / f).is_dir()] == []


# ------------------------------------------------------------------------------- links

LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    return "".join(
        t for t, fenced in source_pages.outside_fences(page.read_text(encoding="utf-8")) if not fenced
    )


def anchors(page: Path) -> set[str]:
    """What a heading is linked by: its words in lower case, without what is neither letter nor digit."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted(ROOT.glob("*.md")), *quotes.pages()], ids=lambda p: p.name
)
def test_links_in_the_repository_lead_somewhere(page: Path) -> None:
    """Read as files: to a file that is there, to a page that is generated, and to headings that are there."""
    for address in LINK.findall(prose(page)):
        path, _, anchor = address.partition("#")
        if "://" in address or "generated/" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), address
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), address


def test_links_out_of_the_docs_lead_to_source_pages() -> None:
    wanted: set[str] = set()
    page = DOCS / "reading" / "x.md"
    text = "[`errors`](../../microtensor/errors.py#L3), [tour](tour.md)\n```py\n[a](../../README.md)\n```\n"
    turned = source_pages.with_site_links(text, page, DOCS, wanted)
    assert (
        '<a href="../_source/microtensor/errors.py.html#L3"><code>errors</code></a>, [tour](tour.md)'
        in turned
    )
    assert "[a](../../README.md)" in turned
    assert wanted == {"microtensor/errors.py"}
    shown = source_pages.page_of("microtensor/errors.py")["body"]
    assert 'id="L3"' in shown or 'name="L3"' in shown
    assert "errors.py" in source_pages.page_of("microtensor")["body"]


def site(folder: Path, **pages: str) -> Path:
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    return folder


CASES: dict[str, tuple[str, str]] = {
    "a page that is missing": ('<a href="b.html">', "no such file"),
    "an anchor that is missing": ('<a href="#x">', "no such anchor"),
    "a script of another site": ('<script src="https://example.org/x.js">', "from another site"),
    "a picture that is missing": ('<img src="x.png">', "no such file"),
    "a style without a scheme": ('<link href="//example.org/x.css">', "from another site"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_link_is_named(case: str, tmp_path: Path) -> None:
    text, why = CASES[case]
    wrong, _ = check_links.check(site(tmp_path, a=text))
    assert len(wrong) == 1
    assert why in wrong[0]


def test_a_site_that_is_right(tmp_path: Path) -> None:
    links = '<a href="#x"></a><a href="b.html"></a><a href="https://example.org"></a>'
    right = f'<h1 id="x"></h1>{links}<img src="data:,">'
    assert check_links.check(site(tmp_path, a=right, b="")) == ([], 1)
    (tmp_path / "s.css").write_text("@import 'https://example.org/font.css'; a { background: url(data:x) }")
    assert check_links.check(tmp_path)[0] == ["s.css: loads https://example.org/font.css: from another site"]
