"""Reads PDF: lines by pdfium, then running heads off, paragraphs together, headings found."""

from pathlib import Path
from typing import Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from services.document.extract.composer import Composer
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.pdf.flow import Flow
from services.document.extract.pdf.headings import levels_by_size, located, outline
from services.document.extract.pdf.line import Line, LineReader
from services.document.extract.pdf.running import without_running
from services.document.extract.pdf.writer import Writer
from services.document.facts import Trouble, Unreadable

_TAIL: Final = 8 * 1024
_TROUBLES: Final = 100


def read(path: Path, limits: Limits) -> Extracted:
    """Read a PDF file with its pages, and headings where it has any."""
    _check_whole(path)
    document = _open(path)
    try:
        if len(document) > limits.pages:
            raise Unreadable(
                "too-many-pages", f"it has {len(document):,} pages, and {limits.pages:,} are read"
            )
        pages, troubles = _lines(document, limits)
        entries = outline(document)
    finally:
        document.close()
    flow = Flow(pages)
    pages = without_running(pages, body=flow.body, leading=flow.leading)
    composer = Composer(limits)
    writer = Writer(composer, flow, levels_by_size(pages, flow.body))
    writer.write(pages)
    headings = located(entries, composer.text(), writer.placed) or writer.headings()
    return composer.finish(headings, troubles)


def _check_whole(path: Path) -> None:
    """Refuse a file whose end is missing: pdfium would mend it and silently leave pages out."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        if b"startxref" not in file.read():
            raise Unreadable("corrupt", "the end of the file is missing")


def _open(path: Path) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(path)
        if len(document) == 0:
            document.close()
            raise Unreadable("corrupt", "it has no pages that can be found")
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise Unreadable("encrypted", "it is protected with a password") from error
        raise Unreadable("corrupt", "it is not a valid PDF file") from error
    return document


def _lines(document: pdfium.PdfDocument, limits: Limits) -> tuple[list[list[Line]], list[Trouble]]:
    reader = LineReader()
    pages: list[list[Line]] = []
    troubles: list[Trouble] = []
    characters = 0
    for number in range(len(document)):
        lines: list[Line] = []
        try:
            page = document[number]
            lines = reader.read(page)
            if not lines and _has_picture(document[number]):
                troubles.append(Trouble("no-text", "this page is a picture", number + 1))
        except pdfium.PdfiumError:
            troubles.append(Trouble("corrupt", "this page cannot be read", number + 1))
        characters += sum(len(line.text) for line in lines)
        if characters > limits.characters:
            raise Unreadable(
                "too-much-text", f"it holds more than {limits.characters:,} characters of text"
            )
        pages.append(lines)
    if (
        pages
        and not any(pages)
        and all(trouble.code == "corrupt" for trouble in troubles)
        and troubles
    ):
        raise Unreadable("corrupt", "none of its pages can be read")
    return pages, troubles[:_TROUBLES]


def _has_picture(page: pdfium.PdfPage) -> bool:
    try:
        return (
            next(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=2), None) is not None
        )
    finally:
        page.close()
