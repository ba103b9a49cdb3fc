"""What reading a file gives, whatever its format: the text, and where its pages and headings are.

Offsets count Unicode code points of `text`, zero-based and half-open.
"""

import hashlib
from dataclasses import dataclass, field

from services.document.model.facts import Trouble, Unreadable


class TooMuch(Unreadable):
    """The file holds more than is read of any."""

    def __init__(self, what: str) -> None:
        super().__init__("too-much-text", f"it holds more than {what}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file we are willing to read."""

    characters: int = 20_000_000
    pages: int = 10_000
    blocks: int = 500_000
    """Paragraphs, rows and headings."""
    elements: int = 10_000_000
    """Tags of the marked-up text that one part of a file may hold."""
    unpacked: int = 512 * 1024 * 1024
    """Bytes of text that a packed file (DOCX, EPUB, …) may unfold to."""
    pixels: int = 100_000_000
    """Of one picture, or one page of pictures."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page's span; the pages of a text follow each other without a gap."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; its title is what stands in the text from `start` on."""

    level: int
    title: str
    page: int
    start: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file that was read."""

    text: str
    pages: tuple[Page, ...]
    headings: tuple[Heading, ...] = ()
    troubles: tuple[Trouble, ...] = field(default=())

    @property
    def version(self) -> str:
        """Name this text: the SHA-256 of it in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()
