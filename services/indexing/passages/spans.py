"""Where things stand in a text: half-open ranges of code points."""

from typing import NamedTuple


class Span(NamedTuple):
    """From `start` up to, not including, `end`."""

    start: int
    end: int

    def trimmed(self, text: str) -> "Span":
        """Leave out white space at both ends; a blank span becomes empty."""
        piece = text[self.start : self.end]
        start = self.start + len(piece) - len(piece.lstrip())
        return Span(start, max(start, self.start + len(piece.rstrip())))
