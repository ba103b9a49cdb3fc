"""Writes lines of print into a text, and notes where lines and large type came to stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.document.extract.composer import Composer
from services.document.extract.outcome import Heading
from services.document.extract.printed.flow import Flow, Seam
from services.document.extract.printed.headings import Placed, is_large
from services.document.extract.printed.line import Line

_LONGEST_TITLE = 300


@dataclass(slots=True)
class _Large:
    """Consecutive lines in the same large type: one heading."""

    level: int
    page: int
    start: int
    end: int


class Writer:
    """Writes a line when the next one is known, for that one decides how this one ends."""

    def __init__(self, composer: Composer, flow: Flow, levels: dict[float, int]) -> None:
        self.placed: list[Placed] = []
        self._composer = composer
        self._flow = flow
        self._levels = levels
        self._large: list[_Large] = []
        self._pending: Line | None = None

    def write(self, pages: Sequence[Sequence[Line]]) -> None:
        """Write all pages; one without text is an empty span where the next one starts."""
        empty = 0
        for page in pages:
            if not page:
                empty += 1
                continue
            self._before(page[0], turning=True)
            self._turn(empty + 1)
            empty = 0
            self._pending = page[0]
            for seam, line in self._flow.seams(page):
                self._before(line, seam)
                self._pending = line
        if self._pending is not None:
            self._put(self._pending, self._pending.text, "")
        self._turn(empty)
        for placed, following in zip(self.placed, self.placed[1:], strict=False):
            placed.end = following.start
        if self.placed:
            self.placed[-1].end = self._composer.position

    def headings(self) -> list[Heading]:
        """Tell the headings that type size gives away."""
        text = self._composer.text()
        return [
            Heading(large.level, text[large.start : large.end], large.page, large.start)
            for large in self._large
            if large.end - large.start <= _LONGEST_TITLE
        ]

    def _turn(self, pages: int) -> None:
        for _ in range(pages):
            self._composer.turn_page()
            self.placed.append(Placed(self._composer.position))

    def _before(self, line: Line, seam: Seam = Seam.PARAGRAPH, *, turning: bool = False) -> None:
        """Write the line that waits, now that it is known what follows."""
        last = self._pending
        if last is None:
            return
        if turning:
            seam = self._flow.turn(last, line)
        if self._level(last) != self._level(line):
            seam = Seam.PARAGRAPH
        elif self._level(line):
            near = not turning and abs(last.base - line.base) < 1.9 * line.size
            seam = Seam.SPACE if near and self._flow.alike(last, line) else Seam.PARAGRAPH
        words = self._flow.rejoined(last, line) if seam is Seam.NOTHING else last.text
        self._put(last, words, seam.value)

    def _put(self, line: Line, words: str, after: str) -> None:
        level = self._level(line)
        start = self._composer.append(words)
        self.placed[-1].lines.append((start, line))
        if level:
            # Within a heading stands one space, between two of them a blank line.
            if self._large and self._large[-1].end == start - 1:
                self._large[-1].end = start + len(words)
            else:
                self._large.append(_Large(level, len(self.placed), start, start + len(words)))
        self._composer.append(after)

    def _level(self, line: Line) -> int:
        if line.size in self._levels and is_large(line, self._flow.body):
            return self._levels[line.size]
        return 0
