"""Reads DOCX: paragraphs, tables and headings in their order, after a look into the zip."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.styles.style import BaseStyle

from services.document.extract.composer import Composer
from services.document.extract.outcome import Extracted, Limits
from services.document.facts import Unreadable

_ENTRIES: Final = 10_000
_ENCRYPTED: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Word keeps a protected document in an OLE container, not in a zip."""
_DEEPEST_STYLE: Final = 20
_LEVELS: Final = 6
_BODY_TEXT: Final = 9
_PARAGRAPH: Final = qn("w:p")
_ROW: Final = qn("w:tr")
_CELL: Final = qn("w:tc")
_SKIPPED: Final = frozenset(
    {
        qn("w:del"),
        qn("w:moveFrom"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)


def read(path: Path, limits: Limits) -> Extracted:
    """Read a DOCX file."""
    _check(path, limits)
    try:
        document = docx.Document(str(path))
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable("corrupt", "it is not a valid DOCX file") from error
    composer = Composer(limits)
    writer = _Writer(composer, _levels(document))
    writer.write(document.element.body)
    return composer.finish()


def _check(path: Path, limits: Limits) -> None:
    """Refuse what would unfold beyond measure, from the directory alone."""
    with path.open("rb") as file:
        if file.read(8) == _ENCRYPTED:
            raise Unreadable(
                "encrypted", "it is protected with a password, or an old Word document"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("corrupt", "it is not a valid DOCX file") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted", "it is protected with a password")
    if "[Content_Types].xml" not in {entry.filename for entry in entries}:
        raise Unreadable("unsupported-type", "it is an archive, but not a Word document")
    if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise Unreadable("too-large", "it unfolds to more than is read")


def _levels(document: Document) -> dict[str, int]:
    """Tell which styles are headings: by outline level or name, their own or inherited."""
    levels = {}
    for style in document.styles:
        level = _level(style)
        if level:
            levels[style.style_id] = level
    return levels


def _level(style: BaseStyle) -> int:
    seen: BaseStyle | None = style
    for _ in range(_DEEPEST_STYLE):
        if seen is None:
            return 0
        name = (seen.name or "").casefold()
        if name == "title":
            return 1
        if name.startswith("heading ") and name[8:].isdigit():
            return min(int(name[8:]), _LEVELS) or 1
        outline = _outline_level(seen.element.find(qn("w:pPr")))
        if outline is not None:
            return outline
        seen = getattr(seen, "base_style", None)
    return 0


def _outline_level(properties: BaseOxmlElement | None) -> int | None:
    """Read an outline level, 0 for body text; None where nothing is said."""
    outline = properties.find(qn("w:outlineLvl")) if properties is not None else None
    value = outline.get(qn("w:val"), "") if outline is not None else ""
    if not value.isdigit():
        return None
    return min(int(value) + 1, _LEVELS) if int(value) < _BODY_TEXT else 0


class _Writer:
    """Writes the body's blocks."""

    def __init__(self, composer: Composer, levels: dict[str, int]) -> None:
        self._composer = composer
        self._levels = levels

    def write(self, body: BaseOxmlElement) -> None:
        """Write paragraphs and table rows, however they are wrapped."""
        for block in _blocks(body):
            if block.tag == _ROW:
                cells = (
                    " ".join(_words(part) for part in _blocks(cell) if part.tag == _PARAGRAPH)
                    for cell in block.iter(_CELL)
                )
                self._composer.block("\t".join(cell.strip() for cell in cells), between="\n")
            elif level := self._level(block):
                self._composer.heading(level, _words(block))
            else:
                self._composer.block(_words(block), between="\n" if _listed(block) else "\n\n")

    def _level(self, paragraph: BaseOxmlElement) -> int:
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return 0
        own = _outline_level(properties)
        if own is not None:
            return own
        style = properties.find(qn("w:pStyle"))
        return self._levels.get(style.get(qn("w:val"), ""), 0) if style is not None else 0


def _listed(paragraph: BaseOxmlElement) -> bool:
    properties = paragraph.find(qn("w:pPr"))
    if properties is None:
        return False
    style = properties.find(qn("w:pStyle"))
    named = style is not None and style.get(qn("w:val"), "").startswith("List")
    return named or properties.find(qn("w:numPr")) is not None


def _blocks(parent: BaseOxmlElement) -> Iterator[BaseOxmlElement]:
    """Find paragraphs and rows, through content controls and text boxes, none twice."""
    waiting = [iter(parent)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in {_PARAGRAPH, _ROW}:
            yield child
        elif child.tag not in _SKIPPED:
            waiting.append(iter(child))


def _words(paragraph: BaseOxmlElement) -> str:
    """Put a paragraph's words together: inserted ones count, deleted ones do not."""
    pieces = []
    waiting = [iter(paragraph)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in _GLYPHS:
            pieces.append(_GLYPHS[child.tag] or child.text or "")
        elif child.tag not in _SKIPPED:
            waiting.append(iter(child))
    return "".join(pieces).strip()


_GLYPHS: Final = {
    qn("w:t"): "",
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
