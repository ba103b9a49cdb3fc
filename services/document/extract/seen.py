"""What was seen of a picture: words, how sure of them the program is, and which way they lie."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from statistics import median
from typing import Final

from services.document.extract.characters import clean, one_line
from services.document.extract.printed.line import Line

POINTS: Final = 72
_LEAST_SURE: Final = 20.0
_WORD: Final = "5"
_TALL: Final = 0.9
"""How high a line's box is, in sizes of its type."""
_DOUBTED: Final = 65.0
"""Words that are seen upside down come to 17 to 40 of 100, right ones to more than 90."""
_LONG: Final = 3
"""From how many letters on a word's box tells which way it lies."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, how sure it is, and its box in pixels from the upper left corner."""

    text: str
    sure: float
    line: tuple[str, ...]
    left: int
    top: int
    width: int
    height: int

    @property
    def stands(self) -> bool:
        """Whether it is written downwards, as far as its box can tell."""
        return len(self.text) >= _LONG and self.height > self.width


@dataclass(frozen=True, slots=True)
class Seen:
    """The words of one picture."""

    words: Sequence[Word]
    width: int
    height: int

    @classmethod
    def of(cls, table: str, width: int, height: int) -> "Seen":
        """Read the table that the program writes."""
        rows = csv.DictReader(StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
        words = (_word(row) for row in rows if row["level"] == _WORD and row["text"].strip())
        return cls(tuple(words), width, height)

    @property
    def worth(self) -> float:
        """How much was read, and how surely."""
        return sum(word.sure * len(word.text) for word in self.words)

    @property
    def is_doubtful(self) -> bool:
        """Whether there are words, but hardly one of them is sure."""
        return self.worth < _DOUBTED * sum(len(word.text) for word in self.words)

    def upright(self) -> "Seen":
        """Give the page as it is read: lines that run downwards are laid down.

        The program finds lines that stand, and takes them to run from the top to the bottom.
        """
        standing = sum(len(word.text) for word in self.words if word.stands)
        long = sum(len(word.text) for word in self.words if len(word.text) >= _LONG)
        if 2 * standing <= long:
            return self
        return Seen([_laid_down(word, self.width) for word in self.words], self.height, self.width)

    def lines(self, resolution: float) -> list[Line]:
        """Put words together to lines, placed in points from the lower left corner."""
        found: dict[tuple[str, ...], list[Word]] = {}
        for word in self.words:
            if word.sure >= _LEAST_SURE:
                found.setdefault(word.line, []).append(word)
        if not found:
            return []
        scale = POINTS / resolution
        tall = median(_height(words) for words in found.values())
        size = max(1.0, round(tall * scale / _TALL, 1))
        return list(_lines(found.values(), self.height, scale, size))


def _word(row: dict[str, str]) -> Word:
    return Word(
        text=row["text"],
        sure=float(row["conf"]),
        line=(row["block_num"], row["par_num"], row["line_num"]),
        left=int(row["left"]),
        top=int(row["top"]),
        width=int(row["width"]),
        height=int(row["height"]),
    )


def _laid_down(word: Word, width: int) -> Word:
    """Turn a word with its picture, by a quarter to the left."""
    foot = width - (word.left + word.width)
    return replace(word, left=word.top, top=foot, width=word.height, height=word.width)


def _lines(
    found: Iterable[Sequence[Word]], height: int, scale: float, size: float
) -> Iterator[Line]:
    for words in found:
        if text := one_line(clean(" ".join(word.text for word in words))):
            yield Line(
                text=text,
                left=round(min(word.left for word in words) * scale, 1),
                right=round(max(word.left + word.width for word in words) * scale, 1),
                base=round((height - max(word.top + word.height for word in words)) * scale, 1),
                size=size,
                fixed=False,
                broken=False,
                recognised=True,
            )


def _height(words: Sequence[Word]) -> int:
    return max(word.top + word.height for word in words) - min(word.top for word in words)
