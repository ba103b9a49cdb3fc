"""Composes a text piece by piece and remembers exactly where everything came to stand."""

from collections.abc import Iterable

from services.document.extract.characters import clean, one_line
from services.document.extract.outcome import Extracted, Heading, Limits, Page, TooMuch
from services.document.model.facts import Trouble, Unreadable

BETWEEN_BLOCKS = "\n\n"


class Composer:
    """A text that grows. Positions are counted as pieces are added, so they cannot drift."""

    def __init__(self, limits: Limits) -> None:
        self.position = 0
        self._limits = limits
        self._pieces: list[str] = []
        self._headings: list[Heading] = []
        self._starts: list[int] = []
        self._blocks = 0
        self._titled = False

    def turn_page(self) -> None:
        """Begin the next page where the text ends now."""
        self._starts.append(self.position)

    def block(self, text: str, *, between: str = BETWEEN_BLOCKS) -> None:
        """Add a paragraph, a list or a table; blank ones leave no trace."""
        self._add(clean(text).strip("\n").rstrip(), between)

    def heading(self, level: int, title: str) -> None:
        """Add a heading as a paragraph of its own."""
        title = one_line(clean(title))
        if self._add(title, BETWEEN_BLOCKS):
            self._titled = True
            start = self.position - len(title)
            self._headings.append(Heading(level, title, max(1, len(self._starts)), start))

    def append(self, piece: str) -> int:
        """Add a piece exactly as it is and tell where it starts."""
        start = self.position
        self.position += len(piece)
        if self.position > self._limits.characters:
            raise TooMuch(f"{self._limits.characters:,} characters of text")
        self._pieces.append(piece)
        return start

    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._pieces)

    def finish(
        self, headings: Iterable[Heading] = (), troubles: Iterable[Trouble] = ()
    ) -> Extracted:
        """Hand over the whole; `Unreadable` if there is nothing to read in it."""
        text = self.text()
        if not any(character.isalnum() for character in text):
            raise Unreadable("no-text", "it holds no text that can be read")
        starts = self._starts or [0]
        ends = [*starts[1:], len(text)]
        pages = tuple(
            Page(number, start, end)
            for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
        )
        return Extracted(text, pages, (*self._headings, *headings), tuple(troubles))

    def _add(self, text: str, between: str) -> bool:
        if not text.strip():
            return False
        self._blocks += 1
        if self._blocks > self._limits.blocks:
            raise TooMuch(f"{self._limits.blocks:,} paragraphs and rows")
        if self.position:
            self.append(BETWEEN_BLOCKS if self._titled else between)
        self._titled = False
        self.append(text)
        return True
