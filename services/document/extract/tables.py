"""Writes sheets and lists of values: every row names what its values are, as its header says."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from services.document.extract.characters import clean, one_line
from services.document.extract.scroll import LINE, Sink

_LOOK_AHEAD: Final = 20
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_NUMBER: Final = re.compile(r"[-+(]?[$€£]?\d[\d.,:/ -]*[%)]?")


def write_headed(rows: Iterable[Iterable[str]], sink: Sink) -> None:
    """Write titles as they are, then the header, then each row as `name: value; …`."""
    filled = _filled(rows)
    ahead = [row for _, row in zip(range(_LOOK_AHEAD), filled, strict=False)]
    place = _header(ahead)
    header: list[str] = []
    for number, row in enumerate(chain(ahead, filled)):
        between = LINE if number and number != place else "\n\n"
        sink.block(row_of(header, row), between=between)
        if number == place:
            header = row


def row_of(header: list[str], cells: list[str]) -> str:
    """Write one row, with its header or bare."""
    if not header:
        return "\t".join(cells).strip()
    names = header[: len(cells)] + [""] * (len(cells) - len(header))
    pairs = ((name, cell) for name, cell in zip(names, cells, strict=True) if cell)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)


def _filled(rows: Iterable[Iterable[str]]) -> Iterator[list[str]]:
    """Leave blank rows out, and blank cells at the end of a row."""
    for row in rows:
        cells = [one_line(clean(cell)) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield cells


def _header(rows: list[list[str]]) -> int | None:
    """Find the header: the first row as wide as any, of words; single cells above are titles."""
    width = max((sum(1 for cell in row if cell) for row in rows), default=0)
    if width < 2:  # noqa: PLR2004  # one column is a list, and needs no names
        return None
    for number, row in enumerate(rows[:-1]):
        words = [cell for cell in row if cell]
        if 2 * len(words) > width or len(words) == width:
            return number if _are_names(words) else None
    return None


def _are_names(words: list[str]) -> bool:
    """Whether cells look like names of columns: words, and after a word also years."""
    numbers = [cell for cell in words if _NUMBER.fullmatch(cell)]
    return words[0] not in numbers and all(_YEAR.fullmatch(cell) for cell in numbers)
