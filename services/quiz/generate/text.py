"""A document's text with its pages and headings, as `GET …/text` tells them."""

from bisect import bisect_right
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(_Part):
    """Where a page stands in the text."""

    page: int
    start: int
    end: int


class Heading(_Part):
    """Where a heading stands in the text."""

    level: int
    title: str
    page: int
    start: int

    @property
    def end(self) -> int:
        """Where it ends, about: in the text its spaces may differ from those of the title."""
        return self.start + len(self.title)


class DocumentText(_Part):
    """The whole of it; offsets count code points."""

    text: str
    version: str = ""
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "DocumentText":
        """Read it from a file."""
        return cls.model_validate_json(path.read_bytes())

    def page_at(self, offset: int) -> int:
        """Name the page that an offset is on; a text without pages is one page."""
        index = bisect_right(self.pages, offset, key=lambda page: page.start) - 1
        return self.pages[index].page if index >= 0 else 1

    def section_at(self, offset: int) -> Heading | None:
        """Find the heading that an offset stands under."""
        index = bisect_right(self.headings, offset, key=lambda heading: heading.start) - 1
        return self.headings[index] if index >= 0 else None
