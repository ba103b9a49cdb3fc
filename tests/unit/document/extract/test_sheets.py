"""Pictures of every kind, and pages that are pictures, promise what every format does."""

from contextlib import closing
from itertools import chain
from pathlib import Path
from textwrap import wrap

import pypdfium2 as pdfium
from PIL import Image, ImageSequence
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import NO_PAGES, FormatBehaviour
from tests.unit.document.extract.eyes import MINDFUL, needs_tesseract

_WIDE = 44
"""Letters in a line of a sheet."""


class PictureBehaviour(FormatBehaviour):
    """For sheets that show words; several are pages, or else stand below one another."""

    kind: str
    eyes = MINDFUL

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        pairs = zip(titles, paragraphs, strict=True)
        blocks = [[title, "", *wrap(words, _WIDE), ""] for title, words in pairs]
        sheets = [[*chain(*blocks)]] if self.name in NO_PAGES else blocks
        return self.save(path, [files.scan(lines) for lines in sheets])

    def save(self, path: Path, sheets: list[Image.Image]) -> Path:
        """Write sheets as they are."""
        sheets[0].save(path, self.kind, lossless=True)
        return path

    def rewrite(self, path: Path, made: Path, way: str) -> Path:
        with Image.open(made) as picture:
            sheets = [
                sheet.convert(way, dither=Image.Dither.NONE)
                for sheet in ImageSequence.Iterator(picture)
            ]
        return self.save(path, sheets)


@needs_tesseract
class TestPng(PictureBehaviour):
    name, media_type, kind, ways = "PNG", "image/png", "png", ("1", "P", "RGBA")


@needs_tesseract
class TestJpeg(PictureBehaviour):
    name, media_type, kind, ways = "JPEG", "image/jpeg", "jpeg", ("L", "CMYK")


@needs_tesseract
class TestWebp(PictureBehaviour):
    name, media_type, kind, ways = "WebP", "image/webp", "webp", ("RGBA",)


@needs_tesseract
class TestGif(PictureBehaviour):
    name, media_type, kind, ways = "GIF", "image/gif", "gif", ("1",)


@needs_tesseract
class TestBmp(PictureBehaviour):
    name, media_type, kind, ways = "BMP", "image/bmp", "bmp", ("1", "P")


@needs_tesseract
class TestTiff(PictureBehaviour):
    name, media_type, kind, ways = "TIFF", "image/tiff", "tiff", ("1",)

    def save(self, path: Path, sheets: list[Image.Image]) -> Path:
        sheets[0].save(path, self.kind, save_all=True, append_images=sheets[1:])
        return path


@needs_tesseract
class TestScans(PictureBehaviour):
    name, media_type, kind, ways = "scanned PDF", files.PDF, "pdf", ("1",)

    def save(self, path: Path, sheets: list[Image.Image]) -> Path:
        book = files.Book(path)
        for sheet in sheets:
            book.picture(sheet)
        return book.done()

    def rewrite(self, path: Path, made: Path, way: str) -> Path:
        with closing(pdfium.PdfDocument(made)) as document:
            shown = [next(page.get_objects([FPDF_PAGEOBJ_IMAGE])) for page in document]
            sheets = [picture.get_bitmap().to_pil().convert(way) for picture in shown]
        return self.save(path, sheets)
