"""The course as files of every format, and files that nobody can read."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import docx
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from tests.e2e.course import CHAPTERS, Chapter
from tests.unit.document.extract.files import book

Chapters = tuple[Chapter, ...]


def pdf(chapters: Chapters = CHAPTERS, title: str = "A short course") -> bytes:
    """Typeset it, a page for each chapter."""
    styles = getSampleStyleSheet()
    story = []
    for chapter in chapters:
        story += [
            Paragraph(chapter.heading, styles["Heading1"]),
            Paragraph(chapter.text, styles["BodyText"]),
            PageBreak(),
        ]
    written = io.BytesIO()
    SimpleDocTemplate(written, pagesize=A4, title=title).build(story)
    return written.getvalue()


def word(chapters: Chapters = CHAPTERS) -> bytes:
    """Write it as Word does."""
    document = docx.Document()
    for chapter in chapters:
        document.add_heading(chapter.heading, level=1)
        document.add_paragraph(chapter.text)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def html(chapters: Chapters = CHAPTERS) -> bytes:
    """Mark it up."""
    body = "".join(f"<h1>{one.heading}</h1><p>{one.text}</p>" for one in chapters)
    page = f"<!doctype html><html><head><title>Course</title></head><body>{body}</body></html>"
    return page.encode()


def markdown(chapters: Chapters = CHAPTERS) -> bytes:
    """Write it down."""
    return "\n\n".join(f"# {one.heading}\n\n{one.text}" for one in chapters).encode()


def plain(chapters: Chapters = CHAPTERS) -> bytes:
    """Write it plainly."""
    return "\n\n".join(f"{one.heading}\n\n{one.text}" for one in chapters).encode()


def epub(chapters: Chapters = CHAPTERS) -> bytes:
    """Bind it as a book, a file for each chapter."""
    bound = [
        (f"{number}.xhtml", "", f"<body><h1>{one.heading}</h1><p>{one.text}</p></body>")
        for number, one in enumerate(chapters)
    ]
    with tempfile.TemporaryDirectory() as directory:
        return book(Path(directory) / "course.epub", bound).read_bytes()


def encrypted() -> bytes:
    """Lock a good PDF with a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("only the author knows", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def picture() -> bytes:
    """Draw a single pixel."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
        "789c6360f8cf50000003860180c0a5f3b40000000049454e44ae426082"
    )


GOOD: Final[dict[str, Callable[[], bytes]]] = {
    "course.docx": word,
    "course.epub": epub,
    "course.html": html,
    "course.md": markdown,
    "course.txt": plain,
}
BAD: Final[dict[str, tuple[str, Callable[[], bytes], frozenset[str]]]] = {
    "empty": ("notes.pdf", lambda: b"", frozenset({"empty"})),
    "a picture under a PDF's name": (
        "notes.pdf",
        picture,
        frozenset({"unsupported-type", "type-mismatch", "wrong-type"}),
    ),
    "truncated": ("notes.pdf", lambda: pdf()[:9_000], frozenset({"corrupt"})),
    "encrypted": ("notes.pdf", encrypted, frozenset({"encrypted"})),
}
