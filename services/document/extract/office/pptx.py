"""Reads PPTX: slides are pages, their titles headings, notes follow; feet are left out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from services.document.extract.composer import Composer
from services.document.extract.leaves import Leaf, Rows
from services.document.extract.office.drawings import HOLDERS, Drawings
from services.document.extract.office.formulas import with_bars
from services.document.extract.office.package import (
    Package,
    child_of,
    link_of,
    name_of,
    open_package,
    value_of,
)
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.parts import Parts, troubles_of
from services.document.extract.recognise import Eyes
from services.document.extract.scroll import Scroll, unroll
from services.document.model.facts import Unreadable

_TITLES: Final = frozenset({"title", "ctrTitle"})
_FURNITURE: Final = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})
_SKIPPED: Final = frozenset({"Fallback"})
_RETURNS: Final = 3
"""Slides on which the same small text makes a running foot."""
_SHARE: Final = 0.5
_LONGEST_FOOT: Final = 120


@contextmanager
def open_pptx(path: Path, limits: Limits) -> Iterator[Parts]:
    """Open a presentation; its slides are its parts."""
    with open_package(path, limits, "presentation") as package:
        slides = _slides(package)
        if not slides:
            raise Unreadable("corrupt", "it has no slides that can be found")
        if len(slides) > limits.pages:
            raise Unreadable(
                "too-many-pages", f"it has {len(slides):,} slides, and {limits.pages:,} are read"
            )
        yield _Presentation(package, slides, limits)


def _slides(package: Package) -> list[str]:
    relations = package.relations(package.main)
    listed = child_of(package.xml(package.main), "sldIdLst")
    found = (relations.get(link_of(slide)) for slide in (() if listed is None else listed))
    targets = (relation.target for relation in found if relation and relation.kind == "slide")
    return [*dict.fromkeys(targets)]


@dataclass(frozen=True, slots=True)
class _Presentation:
    package: Package
    slides: list[str]
    limits: Limits

    @property
    def count(self) -> int:
        return len(self.slides)

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        del eyes
        part = self.slides[number - 1]
        scroll = Scroll(self.limits)
        _write(with_bars(self.package.xml(part)), Drawings.of(self.package, part), scroll)
        notes = self.package.related(part, "notesSlide")
        if notes is not None:
            _write(self.package.xml(notes), Drawings.of(self.package, notes), scroll)
        return scroll.rows

    def compose(self, leaves: Sequence[Leaf]) -> Extracted:
        running = _running([leaf.rows for leaf in leaves])
        composer = Composer(self.limits)
        for leaf in leaves:
            composer.turn_page()
            unroll([row for row in leaf.rows if tuple(row[:2]) not in running], composer)
        return composer.finish(troubles=troubles_of(leaves))


def _running(slides: Sequence[Rows]) -> set[tuple[object, ...]]:
    """Find short texts that stand on most slides: somebody's own foot or watermark."""
    times = Counter(place for rows in slides for place in {tuple(row[:2]) for row in rows})
    least = max(_RETURNS, _SHARE * len(slides))
    return {
        (level, words)
        for (level, words), number in times.items()
        if number >= least and not level and len(str(words)) <= _LONGEST_FOOT
    }


def _write(slide: etree._Element, drawings: Drawings, scroll: Scroll) -> None:
    """Write a slide's title first, as a heading, then all else in the order of its shapes."""
    shapes = list(_shapes(slide))
    titles = [shape for shape in shapes if _place(shape) in _TITLES]
    for shape in titles:
        scroll.heading(1, " ".join(_paragraphs(shape)))
    for shape in shapes:
        if shape in titles or _place(shape) in _FURNITURE:
            continue
        if name_of(shape.tag) == "tbl":
            rows = (child for child in shape if name_of(child.tag) == "tr")
            for number, row in enumerate(rows):
                scroll.block("\t".join(_cells(row)), between="\n" if number else "\n\n")
        else:
            is_drawing = name_of(shape.tag) in HOLDERS
            lines = drawings.lines(shape) if is_drawing else _paragraphs(shape)
            for number, words in enumerate(lines):
                scroll.block(words, between="\n" if number else "\n\n")


def _shapes(slide: etree._Element) -> Iterator[etree._Element]:
    """Find shapes with text, tables and drawings, through groups and alternatives."""
    waiting = [iter(slide)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        name = name_of(child.tag)
        is_text = name == "sp" and child_of(child, "txBody") is not None
        if is_text or name == "tbl" or name in HOLDERS:
            yield child
        elif name not in _SKIPPED:
            waiting.append(iter(child))


def _place(shape: etree._Element) -> str:
    """Tell which place of the layout a shape fills."""
    holder = child_of(shape, "nvSpPr", "nvPr", "ph")
    return "" if holder is None else value_of(holder, "type")


def _cells(row: etree._Element) -> Iterator[str]:
    for cell in row:
        if name_of(cell.tag) == "tc":
            yield " ".join(_paragraphs(cell))


def _paragraphs(shape: etree._Element) -> list[str]:
    """Read paragraphs and their formulas; numbers of slides are not words of theirs."""
    found = []
    for paragraph in shape.iter("{*}p"):
        pieces = []
        for run in paragraph:
            name = name_of(run.tag)
            if name == "br":
                pieces.append("\n")
            elif name == "r" or (
                name == "fld" and not value_of(run, "type").startswith("slidenum")
            ):
                pieces += [text.text or "" for text in run if name_of(text.tag) == "t"]
            elif name == "m":
                pieces += [text.text or "" for text in run.iter("{*}t")]
        words = "".join(pieces).strip()
        if words:
            found.append(words)
    return found
