"""Finds the headings of a PDF: from its outline, else from lines in larger type."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pypdfium2 as pdfium

from services.document.extract.characters import clean, one_line
from services.document.extract.outcome import Heading
from services.document.extract.printed.line import Line

_LARGER: Final = 1.12
_LONGEST: Final = 200
_LEVELS: Final = 6
_MOST: Final = 0.3
_OUTLINE_ENTRIES: Final = 5_000
_OUTLINE_DEPTH: Final = 15
_NUMBERING: Final = re.compile(
    r"(?:chapter\s+|part\s+|appendix\s+)?[\divxlc]*[\d.:)\s\u2014-]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline: where it leads, and how high on the page if it says so."""

    level: int
    title: str
    page: int
    height: float | None


@dataclass(slots=True)
class Placed:
    """A page as composed: its span of the text, and where each of its lines came to stand."""

    start: int
    end: int = 0
    lines: list[tuple[int, Line]] = field(default_factory=list)


def outline(document: pdfium.PdfDocument) -> list[Entry]:
    """Read the outline as far as it leads to pages of this document."""
    entries = []
    for bookmark in document.get_toc(max_depth=_OUTLINE_DEPTH):
        destination = bookmark.get_dest()
        page = destination.get_index() if destination else None
        title = one_line(clean(bookmark.get_title()))
        if destination is not None and page is not None and title:
            _, view = destination.get_view()
            height = float(view[1]) if len(view) > 1 else None
            entries.append(Entry(bookmark.level + 1, title, page, height))
        if len(entries) >= _OUTLINE_ENTRIES:
            break
    return entries


def located(entries: Iterable[Entry], text: str, pages: Sequence[Placed]) -> list[Heading]:
    """Find each entry's title in the text of its page; what stands nowhere is left out."""
    skeletons: dict[int, _Skeleton] = {}
    found: dict[int, Heading] = {}
    for entry in entries:
        for number in (entry.page, entry.page + 1):
            if not 0 <= number < len(pages):
                continue
            if number not in skeletons:
                skeletons[number] = _Skeleton(text, pages[number].start, pages[number].end)
            height = entry.height if number == entry.page else None
            span = _best(skeletons[number], entry.title, pages[number], height)
            if span is not None:
                start, end = span
                found.setdefault(start, Heading(entry.level, text[start:end], number + 1, start))
                break
    return [found[start] for start in sorted(found)]


def levels_by_size(pages: Sequence[Sequence[Line]], body: float) -> dict[float, int]:
    """Rank the type sizes of headings; empty if large type is too common to mean one."""
    sizes: Counter[float] = Counter()
    lines = 0
    for page in pages:
        for line in page:
            lines += 1
            if is_large(line, body):
                sizes[line.size] += 1
    if not lines or sum(sizes.values()) > _MOST * lines + 3:
        return {}
    levels: dict[float, int] = {}
    level, last = 0, 0.0
    for size in sorted(sizes, reverse=True):
        if level == 0 or last - size > 0.04 * last:
            level, last = level + 1, size
        levels[size] = min(level, _LEVELS)
    return levels


def is_large(line: Line, body: float) -> bool:
    """Whether a line looks like a heading: larger than the body, short, and with words in it."""
    if line.recognised or line.row or line.added:
        return False
    letters = sum(character.isalpha() for character in line.text)
    return line.size >= _LARGER * body and len(line.text) <= _LONGEST and letters > 1


class _Skeleton:
    """The letters and digits of a span, and where each stands: titles differ in all else."""

    def __init__(self, text: str, start: int, end: int) -> None:
        letters: list[str] = []
        self.positions: list[int] = []
        for position in range(start, end):
            if text[position].isalnum():
                folded = text[position].casefold()
                letters.append(folded)
                self.positions.extend([position] * len(folded))
        self.letters = "".join(letters)

    def spans(self, title: str) -> list[tuple[int, int]]:
        """Find every place where the title's letters stand one after the other, as whole words."""
        wanted = "".join(character.casefold() for character in title if character.isalnum())
        found = []
        at = self.letters.find(wanted) if wanted else -1
        while at >= 0:
            last = at + len(wanted) - 1
            start, end = self.positions[at], self.positions[last] + 1
            whole_start = at == 0 or self.positions[at - 1] < start - 1
            whole_end = last + 1 == len(self.positions) or self.positions[last + 1] > end
            if whole_start and whole_end:
                found.append((start, end))
            at = self.letters.find(wanted, at + 1)
        return found


def _best(
    skeleton: _Skeleton, title: str, page: Placed, height: float | None
) -> tuple[int, int] | None:
    spans = skeleton.spans(title) or skeleton.spans(_NUMBERING.sub("", title, count=1))
    if not spans:
        return None

    def distance(span: tuple[int, int]) -> tuple[bool, float, int]:
        """Prefer the start of a line, then the height the outline leads to, then the first."""
        above = [(start, line) for start, line in page.lines if start <= span[0]]
        if not above:
            return True, 0.0, span[0]
        start, line = above[-1]
        prefix = span[0] - start
        inside = prefix > 0 and _NUMBERING.fullmatch(line.text[:prefix]) is None
        off = abs(line.base + line.size - height) if height is not None else 0.0
        return inside, off, span[0]

    return min(spans, key=distance)
