"""Reads CSV and the like: lists of values in any encoding, parted by any usual mark."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final

from services.document.extract.composer import Composer
from services.document.extract.encoding import decode
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.tables import write_headed

_MARKS: Final = ",;\t|"
_TOLD: Final = re.compile(r"\ufeff?\"?sep=(\S|\t)\"?\r?\n", re.IGNORECASE)
"""The line in which Excel writes what parts the values."""
_SAMPLE: Final = 100
_LONGEST: Final = 1_000_000
"""Characters of one value; a longer one is a quote that nobody closed."""


def read(path: Path, limits: Limits) -> Extracted:
    """Read a list of values row by row, each with its header."""
    source = decode(path.read_bytes())
    told = _TOLD.match(source)
    mark = told.group(1) if told else _mark(source)
    composer = Composer(limits)
    write_headed(_rows(source[told.end() :] if told else source, mark), composer)
    return composer.finish()


def _mark(source: str) -> str:
    """Find what parts the values: what makes most rows equally wide."""
    found = {mark: Counter(map(len, islice(_rows(source, mark), _SAMPLE))) for mark in _MARKS}

    def worth(mark: str) -> tuple[int, int]:
        widths = Counter({width: rows for width, rows in found[mark].items() if width > 1})
        width, rows = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        return rows, width

    return max(_MARKS, key=worth)


def _rows(source: str, mark: str) -> Iterator[list[str]]:
    """Read rows; where a quote is never closed, quotes are words in the line that opens it."""
    csv.field_size_limit(_LONGEST)
    lines = _Lines(source)
    rows = csv.reader(lines, delimiter=mark)
    while True:
        begun = lines.place
        try:
            row = next(rows, None)
        except csv.Error:
            lines.over = True
            row = []
        if row is None:
            return
        if lines.over:
            plain = lines.go_back(begun)
            row = plain.rstrip("\r\n").split(mark)
            rows = csv.reader(lines, delimiter=mark)
        yield row


class _Lines(Iterator[str]):
    """Lines that can be read again, and tell whether somebody wanted more than there are."""

    def __init__(self, source: str) -> None:
        self._file = StringIO(source, newline="")
        self.over = False

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            self.over = True
            raise StopIteration
        return line

    @property
    def place(self) -> int:
        """How far they were read."""
        return self._file.tell()

    def go_back(self, place: int) -> str:
        """Give the line at a place again, and go on after it."""
        self.over = False
        self._file.seek(place)
        return self._file.readline()
