"""Mixed documents, generated: the same seed writes the same texts in the same formats."""

import html
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import StyleSheet1, getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from benchmarks.words import heading, paragraph

_PARAGRAPHS: Final = 4
_SENTENCES: Final = 6
_LENGTHS: Final = ((1, 40), (3, 30), (8, 20), (20, 10))
"""How many pages, and how many of a hundred documents have so many: five pages on average."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page's worth: a heading and paragraphs of some 320 words."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A document on the disk."""

    path: Path
    media_type: str
    pages: int


def pages(by: Random, count: int) -> list[Page]:
    """Write so many pages."""
    return [
        Page(heading(by), tuple(paragraph(by, _SENTENCES) for _ in range(_PARAGRAPHS)))
        for _ in range(count)
    ]


def write(folder: Path, count: int, seed: int) -> Iterator[Written]:
    """Write so many documents into a folder, the formats in turn, the lengths by lot."""
    lengths, weights = zip(*_LENGTHS, strict=True)
    for number in range(count):
        by = Random(f"{seed} {number}")  # noqa: S311  # no secret
        suffix = list(FORMATS)[number % len(FORMATS)]
        length = by.choices(lengths, weights)[0]
        yield write_one(folder / f"{number:05}{suffix}", pages(by, length))


def write_one(path: Path, content: Sequence[Page]) -> Written:
    """Write one document in the format that its name says."""
    media_type, writer = FORMATS[path.suffix]
    path.write_bytes(writer(content))
    return Written(path, media_type, len(content))


def _pdf(content: Sequence[Page]) -> bytes:
    styles = _styles()
    story = []
    for page in content:
        story.append(Paragraph(page.heading, styles["Heading1"]))
        story.extend(Paragraph(text, styles["BodyText"]) for text in page.paragraphs)
        story.append(PageBreak())
    written = io.BytesIO()
    SimpleDocTemplate(written, pagesize=A4, invariant=1).build(story)
    return written.getvalue()


@cache
def _styles() -> StyleSheet1:
    return getSampleStyleSheet()


def _docx(content: Sequence[Page]) -> bytes:
    document = docx.Document()
    for page in content:
        document.add_heading(page.heading, level=1)
        for text in page.paragraphs:
            document.add_paragraph(text)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _html(content: Sequence[Page]) -> bytes:
    body = "".join(
        f"<h1>{html.escape(page.heading)}</h1>"
        + "".join(f"<p>{html.escape(text)}</p>" for text in page.paragraphs)
        for page in content
    )
    return (
        f"<!doctype html><html><head><title>Notes</title></head><body>{body}</body></html>".encode()
    )


def _markdown(content: Sequence[Page]) -> bytes:
    return "\n\n".join(
        "\n\n".join((f"# {page.heading}", *page.paragraphs)) for page in content
    ).encode()


def _plain(content: Sequence[Page]) -> bytes:
    return "\n\n".join("\n\n".join((page.heading, *page.paragraphs)) for page in content).encode()


FORMATS: Final[dict[str, tuple[str, Callable[[Sequence[Page]], bytes]]]] = {
    ".pdf": ("application/pdf", _pdf),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx),
    ".html": ("text/html", _html),
    ".md": ("text/markdown", _markdown),
    ".txt": ("text/plain", _plain),
}
