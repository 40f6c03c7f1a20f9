"""Fold the notes of ``changes/`` into the changelog.

    python .ci/changes.py            show what would be added
    python .ci/changes.py --fold     add it to CHANGELOG.md, and remove the notes
    python .ci/changes.py --check    exit with 1 if a note is not one

A note is a file ``changes/NAME.KIND.md`` with one entry in Markdown, without a bullet; KIND is one of the
`KINDS`. Each change brings its own, so that two changes never meet in CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KINDS = {"added": "Added", "changed": "Changed", "fixed": "Fixed", "removed": "Removed"}
WIDTH = 110


@dataclass(frozen=True)
class Note:
    """One entry: its file, its kind, its text on one line."""

    file: Path
    kind: str
    text: str


def notes(folder: Path) -> list[Note]:
    """All notes, by kind and name; ``ValueError`` names a file that is none."""
    found = [note_in(file) for file in sorted(folder.glob("*")) if file.name != "README.md"]
    return sorted(found, key=lambda note: (list(KINDS).index(note.kind), note.file.name))


def note_in(file: Path) -> Note:
    """The note in a file."""
    match = re.fullmatch(r"[\w\-]+\.(\w+)\.md", file.name)
    if match is None or match[1] not in KINDS:
        raise ValueError(f"{file.name}: expected NAME.KIND.md, where KIND is one of {', '.join(KINDS)}")
    text = " ".join(file.read_text(encoding="utf-8").split())
    if not text or re.match(r"[-*+] |#", text):
        raise ValueError(f"{file.name}: expected one entry, without a bullet or a heading")
    return Note(file, match[1], text)


def folded(changelog: str, found: list[Note]) -> str:
    """The changelog with the notes at the end of its first section, which is to be the unreleased one."""
    first = re.search(r"^## .*$", changelog, re.MULTILINE)
    if first is None or "unreleased" not in first[0]:
        raise ValueError("CHANGELOG.md: the first section is to be that of ## VERSION (unreleased)")
    following = re.search(r"^## ", changelog[first.end() :], re.MULTILINE)
    end = first.end() + following.start() if following else len(changelog)
    section = changelog[:end].rstrip("\n")
    for kind in dict.fromkeys(note.kind for note in found):
        section = with_entries(section, first.start(), kind, [n.text for n in found if n.kind == kind])
    return f"{section}\n" + (f"\n{changelog[end:]}" if following else "")


def with_entries(text: str, start: int, kind: str, entries: list[str]) -> str:
    """The text with entries below the heading of their kind, which is made if the section has none."""
    heading = f"### {KINDS[kind]}"
    added = "\n".join(map(bullet, entries))
    if heading not in text[start:].splitlines():
        return f"{text}\n\n{heading}\n\n{added}"
    place = text.index(f"{heading}\n", start) + len(heading) + 1
    after = re.search(r"^###? ", text[place:], re.MULTILINE)
    end = place + after.start() if after else len(text)
    rest = f"\n\n{text[end:]}" if after else ""
    return text[:end].rstrip("\n") + f"\n{added}" + rest


def bullet(text: str) -> str:
    """One entry of the list, wrapped."""
    return textwrap.fill(f"- {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def main() -> None:
    """Show, check or fold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--fold", action="store_true", help="change CHANGELOG.md, and remove the notes")
    parser.add_argument("--check", action="store_true", help="only say whether all notes are notes")
    asked = parser.parse_args()
    file = ROOT / "CHANGELOG.md"
    try:
        found = notes(ROOT / "changes")
        text = folded(file.read_text(encoding="utf-8"), found)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    if asked.fold:
        file.write_text(text, encoding="utf-8")
        for note in found:
            note.file.unlink()
    elif not asked.check:
        print("\n".join(f"{note.kind:8} {note.text}" for note in found) or "no notes")


if __name__ == "__main__":
    main()
