"""User's words in DOT: a name is text, whatever it contains.

DOT gives a meaning to backslashes, to entities such as ``&amp;``, to braces and bars in records, and to a
label in angle brackets; a drawing program that writes SVG escapes the rest.  Nothing of the user's is ever
put anywhere but into a label or a tooltip, so a name such as ``javascript:alert(1)`` cannot become a link.
"""

from __future__ import annotations

import unicodedata


def ascii_of(words: str) -> str:
    r"""`words` in ASCII: Greek letters by name, other characters without accents or as an escape.

    >>> ascii_of("βeta"), ascii_of("é"), ascii_of("日")
    ('betaeta', 'e', '\\u65e5')
    """
    return words if words.isascii() else "".join(map(_letter, words))


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK") and "LETTER" in name:
        word = name.split("LETTER ")[1].split()[0].lower()
        return word if "SMALL" in name else word.capitalize()
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or letter.encode("ascii", "backslashreplace").decode()


def shortened(words: str, length: int = 40) -> str:
    """`words`, with its middle left out if it is long."""
    if len(words) <= length:
        return words
    half = (length - 3) // 2
    return f"{words[:half]}...{words[-half:]}"


def _printable(words: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in words)


def in_a_row(words: str) -> str:
    r"""For a line of plain text: nothing that ends the line, moves the cursor, or colours a terminal.

    >>> in_a_row("two\nlines \x1b[31m")
    'two\\nlines \\x1b[31m'
    """
    return _printable(words).replace("\n", "\\n")


def tip(words: str) -> str:
    r"""For a tooltip, whose backslashes Graphviz interprets twice.

    >>> tip("a\\N")
    'a\\\\\\\\N'
    """
    return _printable(words).replace("\\", "\\" * 4).replace("\n", "\\n").replace("&", "&amp;")


def text(words: str) -> str:
    r"""For a label: every backslash is one, and lines are lines.

    >>> text("a\\N")
    'a\\\\N'
    """
    return _printable(words).replace("\\", "\\\\").replace("\n", "\\n").replace("&", "&amp;")


def field(words: str) -> str:
    r"""For a field of a record: braces, bars, angles and spaces are themselves, too.

    >>> field("a|b")
    'a\\|b'
    """
    return "".join("\\" + c if c in "{}|<>" else c for c in text(words))


def quoted(written: str) -> str:
    """A DOT string around what was escaped already."""
    return '"' + written.replace('"', '\\"') + '"'
