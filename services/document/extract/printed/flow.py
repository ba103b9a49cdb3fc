"""Decides what stands between two lines of print: nothing, a space, a break or a paragraph."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import Final

from services.document.extract.printed.line import Line

_NEIGHBOURS: Final = 8
_WIDER: Final = 1.25
_BULLET: Final = re.compile(
    r"(?:[\u2022\u2023\u25aa\u25cf\u25e6\u2013*\u00b7-]|\(?(?:\d{1,3}|[a-z])[.)])\s"
)
_LISTED: Final = re.compile(r"\u2026 [\divxlc]+$")
"""A line of a table of contents, dots and page number at its end."""
_SENTENCE_END: Final = re.compile(r"[.!?:;\u2026][\"'\u201d\u2019)\]]*$")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS: Final = "-\u2010"
_AFTER_OPEN_HYPHEN: Final = frozenset({"and", "or", "to", "und", "oder", "bis"})
_LAST_PART: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")


class Seam(Enum):
    """What joins a line to the one before."""

    NOTHING = ""
    SPACE = " "
    BREAK = "\n"
    PARAGRAPH = "\n\n"


class Flow:
    """The habits of one document: its type size, its leading, its words."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        sizes: Counter[float] = Counter()
        for page in pages:
            for line in page:
                sizes[line.size] += len(line.text)
        self.body = sizes.most_common(1)[0][0] if sizes else 10.0
        self.leading = _leading(pages, self.body)
        self._words = frozenset(
            word.casefold() for page in pages for line in page for word in _WORD.findall(line.text)
        )

    def seams(self, page: Sequence[Line]) -> Iterator[tuple[Seam, Line]]:
        """Give each line of a page but the first the seam before it."""
        for index, (above, below) in enumerate(pairwise(page)):
            yield _kept_apart(above, below) or self._seam(page, index, above, below), below

    def turn(self, above: Line, below: Line) -> Seam:
        """Join the first line of a page to the last of the page before it."""
        if above.hyphened:
            return Seam.NOTHING
        if above.row or below.row:
            return Seam.BREAK if above.row and below.row else Seam.PARAGRAPH
        goes_on = not _SENTENCE_END.search(above.text) and not above.fixed
        if goes_on and self.alike(above, below) and below.text[:1].islower():
            return Seam.SPACE
        return Seam.PARAGRAPH

    def alike(self, above: Line, below: Line) -> bool:
        """Whether both are set in about the same type."""
        return abs(above.size - below.size) <= 0.08 * max(above.size, below.size)

    def rejoined(self, above: Line, below: Line) -> str:
        """Write the line above as it goes on below: a word broken at its end loses the hyphen."""
        left, right = _LAST_PART.search(above.text.rstrip(_HYPHENS)), _WORD.match(below.text)
        stem = above.text.rstrip(_HYPHENS)
        if left is None or right is None or not below.text[:1].islower():
            return f"{stem}-"
        if right.group() in _AFTER_OPEN_HYPHEN:
            return f"{stem}- "
        first, second = left.group().casefold(), right.group().casefold()
        spelt = f"{first}-{second}" in self._words and first + second not in self._words
        return f"{stem}-" if spelt else stem

    def _seam(self, page: Sequence[Line], index: int, above: Line, below: Line) -> Seam:
        if above.hyphened:
            return Seam.NOTHING
        if above.beside(below):
            return Seam.SPACE
        if not self.alike(above, below):
            return Seam.PARAGRAPH
        pitch = (above.base - below.base) / below.size
        if pitch < 0:
            return self.turn(above, below)
        if pitch > _WIDER * max(self.leading, 1.1):
            return Seam.PARAGRAPH
        return Seam.BREAK if above.fixed and below.fixed else self._soft(page, index)

    def _soft(self, page: Sequence[Line], index: int) -> Seam:
        """A line ended for want of room if the next line's first word would not have fitted."""
        above, below = page[index], page[index + 1]
        if _BULLET.match(below.text) or _LISTED.search(above.text):
            return Seam.BREAK
        first = len(below.text.split(" ", 1)[0]) + 1
        needed = first * (below.right - below.left) / max(1, len(below.text))
        fitted = _margin(page, index) - above.right > needed + 0.1 * above.size
        if fitted:
            return Seam.PARAGRAPH if _SENTENCE_END.search(above.text) else Seam.BREAK
        indented = below.left - above.left > 0.9 * below.size and _SENTENCE_END.search(above.text)
        return Seam.PARAGRAPH if indented and not _BULLET.match(above.text) else Seam.SPACE


def _kept_apart(above: Line, below: Line) -> Seam | None:
    """Keep additions apart from print, and rows from text but for more lines of their last cell."""
    if above.added != below.added:
        return Seam.PARAGRAPH
    if above.row and below.row:
        return Seam.BREAK
    is_listing = above.fixed and below.fixed  # whose lines are lines, aligned or not
    if is_listing or not (above.row or below.row):
        return None
    near = 0 < above.base - below.base < 1.3 * below.size
    goes_on = above.row and near and below.left - above.left > 2 * below.size
    return Seam.SPACE if goes_on else Seam.PARAGRAPH


def _leading(pages: Sequence[Sequence[Line]], body: float) -> float:
    """Measure the usual distance of two lines of body type, in sizes."""
    pitches = [
        (above.base - below.base) / body
        for page in pages[:200]
        for above, below in pairwise(page)
        if above.size == below.size == body and 0.8 * body < above.base - below.base < 3 * body
    ]
    return median(pitches) if pitches else 1.2


def _margin(page: Sequence[Line], index: int) -> float:
    """Find how far right lines reach here, among near ones that begin at about the same place."""
    line = page[index]
    near = page[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS + 2]
    return max(
        other.right
        for other in near
        if other is line or abs(other.left - line.left) < 5 * line.size
    )
