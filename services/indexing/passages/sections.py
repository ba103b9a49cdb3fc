"""Parts a text along its pages and headings; no passage reaches across such a border."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from services.indexing.model import Heading, Text
from services.indexing.passages.spans import Span

SLACK = 8
"""Numbering and punctuation that may stand beside a title in the text."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text on one page below one path of headings."""

    span: Span
    page: int
    path: tuple[str, ...]
    bare: int = 0
    """How long its text may be and still be nothing but titles; 0 where it begins with none."""


def sections(text: Text) -> Iterator[Section]:
    """Part the whole text, leaving out nothing; titles without text go with what follows them."""
    waiting: Section | None = None
    for section in _parted(text):
        if waiting is None:
            waiting = section
        elif _is_bare(text.text, waiting) and section.bare and section.page == waiting.page:
            span = Span(waiting.span.start, section.span.end)
            waiting = replace(section, span=span, bare=waiting.bare + section.bare)
        else:
            yield waiting
            waiting = section
    if waiting is not None:
        yield waiting


def _parted(text: Text) -> Iterator[Section]:
    end = len(text.text)
    pages = sorted((page.start, page.number) for page in text.pages) or [(0, 1)]
    headings = deque(sorted(text.headings, key=lambda heading: heading.start))
    borders = {0, *(start for start, _ in pages), *(heading.start for heading in headings)}
    inner = sorted(border for border in borders if 0 <= border < end)
    above: list[Heading] = []
    for start, stop in pairwise([*inner, end]):
        bare = 0
        while headings and headings[0].start <= start:
            bare += _open(headings.popleft(), above, start)
        page = pages[max(0, bisect_right(pages, start, key=lambda one: one[0]) - 1)][1]
        yield Section(Span(start, stop), page, tuple(heading.title for heading in above), bare)


def _open(heading: Heading, above: list[Heading], start: int) -> int:
    while above and above[-1].level >= heading.level:
        above.pop()
    above.append(heading)
    return len(heading.title) + SLACK if heading.start == start else 0


def _is_bare(text: str, section: Section) -> bool:
    span = section.span.trimmed(text)
    return section.bare > 0 and span.end - span.start <= section.bare
