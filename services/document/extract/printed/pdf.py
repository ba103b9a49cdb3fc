"""Reads PDF: a page's lines, what was added to them, and what a page shows only as a picture."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from services.document.extract.leaves import Leaf, Rows
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.parts import Parts, Picture
from services.document.extract.printed.additions import additions, form_of
from services.document.extract.printed.composition import compose, rows_of
from services.document.extract.printed.headings import outline
from services.document.extract.printed.line import LineReader
from services.document.extract.printed.placing import Added, with_additions
from services.document.extract.printed.scans import is_bare, is_scan, painted
from services.document.extract.recognise import Eyes
from services.document.model.facts import Unreadable

_TAIL: Final = 8 * 1024


@contextmanager
def open_pdf(path: Path, limits: Limits) -> Iterator[Parts]:
    """Open a PDF file; its pages are its parts."""
    _check_whole(path)
    document = _open(path)
    try:
        if len(document) > limits.pages:
            raise Unreadable(
                "too-many-pages", f"it has {len(document):,} pages, and {limits.pages:,} are read"
            )
        with form_of(document) as form:
            yield _Pdf(document, form, limits)
    finally:
        document.close()


@dataclass(slots=True)
class _Pdf:
    document: pdfium.PdfDocument
    form: raw.FPDF_FORMHANDLE
    limits: Limits
    lines: LineReader = field(default_factory=LineReader)

    @property
    def count(self) -> int:
        return len(self.document)

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        try:
            with closing(self.document[number - 1]) as page:
                return self._read(page, eyes)
        except pdfium.PdfiumError:
            raise Unreadable("corrupt", "this page cannot be read") from None

    def _read(self, page: pdfium.PdfPage, eyes: Eyes | None) -> Rows:
        lines = self.lines.read(page)
        added = [
            Added(one.lines, *self.lines.upright(one.box), one.note)
            for one in additions(page, self.form)
        ]
        if not is_bare(lines) or not is_scan(page, lines):
            return rows_of(with_additions(lines, added))
        if eyes is None:
            raise Picture(rows_of(with_additions([], added)))
        sight = eyes.see(*painted(page, additions=not added))
        return rows_of(with_additions(sight.lines or lines, added), sight.doubt)

    def compose(self, leaves: Sequence[Leaf]) -> Extracted:
        return compose(leaves, outline(self.document), self.limits)


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
