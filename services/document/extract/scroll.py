"""Blocks and headings on their way into a text: written at once, or kept for later."""

from typing import Final, Protocol

from services.document.extract.composer import BETWEEN_BLOCKS, Composer
from services.document.extract.leaves import Cell, Rows
from services.document.extract.outcome import Limits, TooMuch

LINE: Final = "\n"


class Sink(Protocol):
    """Where blocks and headings go."""

    def block(self, text: str, *, between: str = BETWEEN_BLOCKS) -> None: ...

    def heading(self, level: int, title: str) -> None: ...


class Scroll:
    """Keeps blocks and headings as rows: level (0 for a block), words, and what stands before."""

    def __init__(self, limits: Limits) -> None:
        self.rows: list[list[Cell]] = []
        self._limits = limits
        self._characters = 0

    def block(self, text: str, *, between: str = BETWEEN_BLOCKS) -> None:
        """Keep a paragraph, a list's or a table's row."""
        self._keep(0, text, between)

    def heading(self, level: int, title: str) -> None:
        """Keep a heading."""
        self._keep(level, title, BETWEEN_BLOCKS)

    def _keep(self, level: int, text: str, between: str) -> None:
        if not text.strip():
            return
        self._characters += len(text)
        if self._characters > self._limits.characters or len(self.rows) >= self._limits.blocks:
            raise TooMuch(f"{self._limits.characters:,} characters or {self._limits.blocks:,} rows")
        self.rows.append([level, text, between])


def unroll(rows: Rows, composer: Composer) -> None:
    """Write what was kept."""
    for level, text, between in rows:
        if level:
            composer.heading(int(level), str(text))
        else:
            composer.block(str(text), between=str(between))
