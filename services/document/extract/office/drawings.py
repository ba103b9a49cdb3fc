"""Words in charts and diagrams: they lie in parts of their own, beside what shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from services.document.extract.office.package import (
    Package,
    Relation,
    child_of,
    link_of,
    name_of,
    value_of,
)

HOLDERS: Final = frozenset({"chart", "relIds"})
"""What stands in a text or on a slide for a chart, and for a diagram (SmartArt)."""
_WIDE: Final = 100
"""Series of a chart, and _LONG its points, that are read; more is data and no picture."""
_LONG: Final = 1_000


@dataclass(frozen=True, slots=True)
class Drawings:
    """The drawings that one part shows."""

    package: Package
    relations: dict[str, Relation]

    @classmethod
    def of(cls, package: Package, part: str) -> "Drawings":
        """Look up where a part leads to."""
        return cls(package, package.relations(part))

    def lines(self, holder: etree._Element) -> list[str]:
        """Read one: a chart's titles and its table, row by row; a diagram's entries."""
        if name_of(holder.tag) == "chart":
            drawn = self._part(link_of(holder))
            return [] if drawn is None else [*_titles(drawn), *_table(drawn)]
        drawn = self._part(value_of(holder, "dm"))
        points = child_of(drawn, "ptLst")
        return [] if points is None else list(_paragraphs(points))

    def within(self, element: etree._Element) -> Iterator[list[str]]:
        """Read all that an element shows."""
        for holder in element.iter("{*}chart", "{*}relIds"):
            yield self.lines(holder)

    def _part(self, link: str) -> etree._Element | None:
        relation = self.relations.get(link)
        if relation is None or relation.target not in self.package.archive:
            return None
        return self.package.xml(relation.target)


def _titles(chart: etree._Element) -> Iterator[str]:
    """Read the chart's title and those of its axes."""
    for title in chart.iter("{*}title"):
        yield from _paragraphs(title)


def _table(chart: etree._Element) -> Iterator[str]:
    """Read the figures as the table that they were drawn from; names of series are its head."""
    series = list(chart.iter("{*}ser"))[:_WIDE]
    names = [" ".join(_points(child_of(one, "tx")).values()) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories |= _points(_first(one, "cat", "xVal"))
    values = [_points(_first(one, "val", "yVal")) for one in series]
    if any(names):
        yield "\t".join(["", *names]) if categories else "\t".join(names)
    places = sorted({*categories, *(place for some in values for place in some)})[:_LONG]
    for place in places:
        head = [categories.get(place, "")] if categories else []
        yield "\t".join([*head, *(some.get(place, "") for some in values)])


def _first(series: etree._Element, *names: str) -> etree._Element | None:
    found = (child_of(series, name) for name in names)
    return next((one for one in found if one is not None), None)


def _points(holder: etree._Element | None) -> dict[int, str]:
    """Read what was kept of a column of the sheet behind the chart, by place."""
    points: dict[int, str] = {}
    for point in () if holder is None else holder.iter("{*}pt"):
        place, value = value_of(point, "idx"), child_of(point, "v")
        if place.isdecimal() and value is not None and value.text:
            points[int(place)] = " ".join(value.text.split())
    return points


def _paragraphs(element: etree._Element) -> Iterator[str]:
    for paragraph in element.iter("{*}p"):
        words = "".join(text.text or "" for text in paragraph.iter("{*}t")).strip()
        if words:
            yield words
