"""Tells which pages of a PDF are pictures of pages, and paints them to be looked at."""

from collections.abc import Sequence
from typing import Final

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from services.document.extract.printed.line import Line
from services.document.extract.recognise import RESOLUTION
from services.document.extract.seen import POINTS

_WORDY: Final = frozenset({raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT})
_STROKES: Final = 50
"""More than a ruled page has, and fewer than a line of outlined letters."""
_MOST_PIXELS: Final = 30_000_000
_STAMP_LINES: Final = 3
_STAMP_LETTERS: Final = 240
_EDGE: Final = 0.1
_COVERED: Final = 0.75


def is_bare(lines: Sequence[Line]) -> bool:
    """Whether a page has so few words that it may be a scan."""
    letters = sum(len(line.text) for line in lines)
    return len(lines) <= _STAMP_LINES and letters <= _STAMP_LETTERS


def is_scan(page: pdfium.PdfPage, lines: Sequence[Line]) -> bool:
    """Whether a bare page has no words of its own, but may show some."""
    return _is_stamped(page, lines) if lines else _shows_something(page)


def painted(page: pdfium.PdfPage, *, additions: bool) -> tuple[Image.Image, float]:
    """Paint a page, as fine as recognition likes it, but within bounds; with additions or bare."""
    inches = page.get_width() * page.get_height() / POINTS**2
    resolution = min(RESOLUTION, (_MOST_PIXELS / max(inches, 0.01)) ** 0.5)
    scale = resolution / POINTS
    bitmap = page.render(scale, grayscale=True, draw_annots=additions, may_draw_forms=False)
    return bitmap.to_pil(), resolution


def _shows_something(page: pdfium.PdfPage) -> bool:
    """Whether there may be words to see: a picture, letters without meaning, or many strokes."""
    strokes = 0
    for shown in page.get_objects(max_depth=2):
        strokes += shown.type == raw.FPDF_PAGEOBJ_PATH
        if shown.type in _WORDY or strokes > _STROKES:
            return True
    return False


def _is_stamped(page: pdfium.PdfPage, lines: Sequence[Line]) -> bool:
    """Whether a picture fills the page and some program only wrote its name at the edge."""
    left, bottom, right, top = page.get_bbox()
    edge = _EDGE * (top - bottom)
    if any(bottom + edge < line.base < top - edge for line in lines):
        return False
    boxes = (one.get_bounds() for one in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=2))
    covered: float = sum(
        max(0.0, min(box[2], right) - max(box[0], left))
        * max(0.0, min(box[3], top) - max(box[1], bottom))
        for box in boxes
    )
    whole: float = (right - left) * (top - bottom)
    return covered >= _COVERED * whole
