"""Writes the bars of fractions into the words of formulas, so that a half does not become 12."""

import re
from typing import Final

from lxml import etree

_KINDS: Final = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}",
    "{http://purl.oclc.org/ooxml/officeDocument/math}",
)
_SIMPLE: Final = re.compile(r"\w*")


def with_bars(part: etree._Element) -> etree._Element:
    """Write each fraction of a part on one line, its sides in brackets where they need some."""
    for math in _KINDS:
        # The inner ones, which come later, first: then the outer ones see their bars.
        for fraction in reversed([*part.iter(f"{math}f")]):
            kind = fraction.find(f"{math}fPr/{math}type")
            bar = "/" if kind is None or kind.get(f"{math}val") != "noBar" else " "
            above, below = (fraction.findall(f"{math}{side}//{math}t") for side in ("num", "den"))
            _write(above, _between(fraction.getprevious(), -1), bar)
            _write(below, "", _between(fraction.getnext(), 0))
    return part


def _write(side: list[etree._Element], before: str, after: str) -> None:
    if side:
        simple = _SIMPLE.fullmatch("".join(piece.text or "" for piece in side))
        left, right = ("", "") if simple else ("(", ")")
        side[0].text = f"{before}{left}{side[0].text or ''}"
        side[-1].text = f"{side[-1].text or ''}{right}{after}"


def _between(neighbour: etree._Element | None, end: int) -> str:
    """Keep a fraction apart from the letter or number that stands right before or after it."""
    words = "" if neighbour is None else "".join(neighbour.itertext())
    return " " if words and words[end].isalnum() else ""
