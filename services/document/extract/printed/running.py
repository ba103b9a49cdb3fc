"""Finds running heads and feet: lines at a page's edge that return; they are not text."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from services.document.extract.printed.line import Line

_EDGE_ROWS: Final = 2
_LEAST: Final = 3
_BAND: Final = 6.0
_APART: Final = 1.6
_LARGER: Final = 1.1
_ZONE_SHARE: Final = 0.3
_LONGEST: Final = 120
_NUMBER: Final = re.compile(r"\d+|\b[ivxlcdm]+\b(?=\s*$)|^\s*[ivxlcdm]+\b")


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the top or bottom of a page, and what of it may return elsewhere."""

    page: int
    index: int
    top: bool
    band: int
    words: str
    size: float


def without_running(
    pages: Sequence[Sequence[Line]], *, body: float, leading: float
) -> list[list[Line]]:
    """Leave out heads, feet and page numbers, given the usual type size and leading."""
    gap = max(_APART, 1.3 * leading)
    edges = [edge for number, page in enumerate(pages) for edge in _edges(number, page, body, gap)]
    running = _returning(edges)
    running |= _in_zones(edges, running, len(pages))
    marked = {(edge.page, edge.index) for edge in running}
    kept = [
        [line for index, line in enumerate(page) if (number, index) not in marked]
        for number, page in enumerate(pages)
    ]
    # A page of nothing else is empty only if others show that these are heads: cards have no more.
    heads = {(edge.top, edge.words) for edge in running if kept[edge.page]}
    own = {edge.page for edge in running if (edge.top, edge.words) not in heads}
    return [
        list(page) if number in own and not kept[number] else kept[number]
        for number, page in enumerate(pages)
    ]


def _edges(number: int, page: Sequence[Line], body: float, gap: float) -> list[_Edge]:
    """Take the outermost rows of a page, if they stand apart from the rest."""
    rows = _rows(page)
    reach = min(_EDGE_ROWS, len(rows) // 2)
    found = []
    for top, inwards in ((True, rows), (False, rows[::-1])):
        steps = [
            abs(page[outer[0]].base - page[inner[0]].base) / page[outer[0]].size
            for outer, inner in pairwise(inwards[: reach + 1])
        ]
        for depth, row in enumerate(inwards[:reach]):
            if max(steps[depth:], default=0) > gap:
                found += [_edge(number, index, page[index], top, body) for index in row]
    return [edge for edge in found if len(page[edge.index].text) <= _LONGEST]


def _edge(number: int, index: int, line: Line, top: bool, body: float) -> _Edge:
    """Describe a line at the edge. Page numbers differ, so numbers count as equal in small type."""
    words = line.text.casefold()
    if line.size <= _LARGER * body:
        words = _NUMBER.sub("#", words)
    return _Edge(number, index, top, round(line.base / _BAND), words, line.size)


def _rows(page: Sequence[Line]) -> list[list[int]]:
    """Group the lines of a page by height, the uppermost first."""
    rows: list[list[int]] = []
    for index in sorted(range(len(page)), key=lambda index: -page[index].base):
        if rows and page[rows[-1][0]].beside(page[index]):
            rows[-1].append(index)
        else:
            rows.append([index])
    return rows


def _returning(edges: Sequence[_Edge]) -> set[_Edge]:
    """Find those whose words stand at the same height on several pages."""
    times = Counter((edge.top, edge.words, edge.band) for edge in edges)
    return {
        edge
        for edge in edges
        if sum(times[edge.top, edge.words, edge.band + near] for near in (-1, 0, 1)) >= _LEAST
    }


def _in_zones(edges: Sequence[_Edge], running: set[_Edge], pages: int) -> set[_Edge]:
    """Find the others that stand where most pages have a running line: a short chapter's name."""
    seats: dict[tuple[bool, int, float], set[int]] = {}
    for edge in running:
        seats.setdefault((edge.top, edge.band, edge.size), set()).add(edge.page)
    zones = {seat for seat, on in seats.items() if len(on) >= max(_LEAST, _ZONE_SHARE * pages)}
    return {edge for edge in edges if (edge.top, edge.band, edge.size) in zones}
