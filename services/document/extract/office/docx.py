"""Reads DOCX: paragraphs, tables and headings in their order, notes after what they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from services.document.extract.composer import Composer
from services.document.extract.office.drawings import Drawings
from services.document.extract.office.formulas import with_bars
from services.document.extract.office.package import (
    Package,
    child_of,
    name_of,
    open_package,
    value_of,
)
from services.document.extract.outcome import Extracted, Limits, TooMuch

_DEEPEST_STYLE: Final = 20
_LEVELS: Final = 6
_BODY_TEXT: Final = 9
_SKIPPED: Final = frozenset({"del", "moveFrom", "Fallback"})
_NOTES: Final = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
"""What stands in a text for a note, and the part where the note is kept."""
_GLYPHS: Final = {"t": "", "tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


_BOX: Final = frozenset({"txbxContent"})
"""A text box, which stands anywhere within a paragraph, but is written after it."""


def read(path: Path, limits: Limits) -> Extracted:
    """Read a DOCX file."""
    with open_package(path, limits, "Word document") as package:
        composer = Composer(limits)
        body = child_of(with_bars(package.xml(package.main)), "body")
        if body is not None:
            _Writer(composer, package, limits).write(body)
        return composer.finish()


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str
    level: int | None


def _levels(package: Package) -> dict[str, int]:
    """Tell which styles are headings: by outline level or name, their own or inherited."""
    part = package.related(package.main, "styles")
    if part is None or part not in package.archive:
        return {}
    styles = {
        value_of(style, "styleId"): _Style(
            _said(child_of(style, "name")).casefold(),
            _said(child_of(style, "basedOn")),
            _outline_level(child_of(style, "pPr")),
        )
        for style in package.xml(part)
        if name_of(style.tag) == "style"
    }
    return {key: level for key in styles if (level := _level(styles, key))}


def _level(styles: dict[str, _Style], key: str) -> int:
    for _ in range(_DEEPEST_STYLE):
        style = styles.get(key)
        if style is None:
            return 0
        if style.name == "title":
            return 1
        if style.name.startswith("heading ") and style.name[8:].isdecimal():
            return min(int(style.name[8:]), _LEVELS) or 1
        if style.level is not None:
            return style.level
        key = style.parent
    return 0


def _outline_level(properties: etree._Element | None) -> int | None:
    """Read an outline level, 0 for body text; None where nothing is said."""
    value = _said(child_of(properties, "outlineLvl"))
    if not value.isdecimal():
        return None
    return min(int(value) + 1, _LEVELS) if int(value) < _BODY_TEXT else 0


def _said(element: etree._Element | None) -> str:
    return value_of(element, "val") if element is not None else ""


class _Writer:
    """Writes the body's blocks."""

    def __init__(self, composer: Composer, package: Package, limits: Limits) -> None:
        self._composer = composer
        self._levels = _levels(package)
        self._drawings = Drawings.of(package, package.main)
        self._notes = dict(_notes(package))
        self._limits = limits

    def write(self, body: etree._Element) -> None:
        """Write paragraphs and table rows, however they are wrapped."""
        for number, block in enumerate(_blocks(body)):
            if number >= self._limits.blocks:
                raise TooMuch(f"{self._limits.blocks:,} paragraphs and rows")
            if name_of(block.tag) == "tr":
                self._composer.block("\t".join(_cells(block)), between="\n")
            else:
                self._paragraph(block)
            for note in self._noted(block):
                self._composer.block(" ".join(_paragraphs(note)))
            for box in _shown(block, _BOX):
                if name_of(box.tag) in _BOX:
                    self.write(box)

    def _paragraph(self, block: etree._Element) -> None:
        properties = child_of(block, "pPr")
        if level := self._level(properties):
            self._composer.heading(level, _words(block))
        else:
            between = "\n" if _listed(properties) else "\n\n"
            self._composer.block(_words(block), between=between)
        for lines in self._drawings.within(block):
            for place, line in enumerate(lines):
                self._composer.block(line, between="\n" if place else "\n\n")

    def _noted(self, block: etree._Element) -> Iterator[etree._Element]:
        for element in _shown(block, _BOX | frozenset(_NOTES)) if self._notes else ():
            kind = _NOTES.get(name_of(element.tag))
            note = self._notes.get((kind, value_of(element, "id"))) if kind else None
            if note is not None:
                yield note

    def _level(self, properties: etree._Element | None) -> int:
        if properties is None:
            return 0
        own = _outline_level(properties)
        return self._levels.get(_said(child_of(properties, "pStyle")), 0) if own is None else own


def _listed(properties: etree._Element | None) -> bool:
    if properties is None:
        return False
    named = _said(child_of(properties, "pStyle")).startswith("List")
    return named or child_of(properties, "numPr") is not None


def _notes(package: Package) -> Iterator[tuple[tuple[str, str], etree._Element]]:
    """Read footnotes and endnotes, by kind and by the id that the text has for them."""
    for kind in _NOTES.values():
        part = package.related(package.main, kind)
        if part is not None and part in package.archive:
            yield from (
                ((kind, value_of(note, "id")), note) for note in with_bars(package.xml(part))
            )


def _cells(row: etree._Element) -> Iterator[str]:
    for cell in row.iter("{*}tc"):
        yield " ".join(_paragraphs(cell)).strip()


def _paragraphs(parent: etree._Element) -> Iterator[str]:
    return (_words(part) for part in _blocks(parent) if name_of(part.tag) == "p")


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """Find paragraphs and rows, through content controls, none twice."""
    blocks = frozenset({"p", "tr"})
    return (one for one in _shown(parent, blocks) if name_of(one.tag) in blocks)


def _words(paragraph: etree._Element) -> str:
    """Put a paragraph's own words together: inserted ones count, deleted ones do not."""
    pieces = []
    for element in _shown(paragraph, _BOX | frozenset(_GLYPHS)):
        name = name_of(element.tag)
        if name in _GLYPHS:
            pieces.append(_GLYPHS[name] or element.text or "")
    return "".join(pieces).strip()


def _shown(parent: etree._Element, whole: frozenset[str]) -> Iterator[etree._Element]:
    """Walk through all that is shown, but not into what is taken as a whole."""
    waiting = [iter(parent)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        name = name_of(child.tag)
        if name in _SKIPPED:
            continue
        yield child
        if name not in whole:
            waiting.append(iter(child))
