"""Writes down what was read of each part of a file, a line each, for others to read on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import BinaryIO, Final

from services.document.extract.outcome import TooMuch
from services.document.model.facts import Trouble

Cell = str | int | float | bool
Rows = Sequence[Sequence[Cell]]
"""What a format makes of one part, in plain values of its own order."""

_BYTES_A_CHARACTER: Final = 8


class Mark(StrEnum):
    """How far a part is."""

    BEGUN = "?"
    READ = "="
    DOUBTED = "~"
    PICTURE = "o"
    FAILED = "!"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is known of one part, counted from 1."""

    number: int
    mark: Mark = Mark.BEGUN
    rows: Rows = ()
    trouble: Trouble | None = None

    def failing(self, code: str, detail: str) -> "Leaf":
        """Say why it could not be read."""
        return replace(self, trouble=Trouble(code, detail, self.number))


class Log:
    """Lines `number, mark, content`; the last one of a number counts, a torn one does not."""

    def __init__(self, file: BinaryIO, characters: int) -> None:
        self._file = file
        self._longest = _BYTES_A_CHARACTER * characters + 1024 * 1024

    def add(self, number: int, mark: Mark, content: Rows | Mapping[str, str | Rows] = ()) -> None:
        """Write a line, which whoever reads the file sees at once."""
        written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        if self._file.seek(0, 2) + len(written) > self._longest:
            raise TooMuch(f"{self._longest:,} bytes of text")
        self._file.write(f"{number}\t{mark}\t{written}\n".encode())
        self._file.flush()

    def fail(self, number: int, code: str, detail: str) -> None:
        """Write down why a part cannot be read."""
        self.add(number, Mark.FAILED, {"code": code, "detail": detail})

    def doubt(self, number: int, rows: Rows, code: str, detail: str) -> None:
        """Write down what was read of a part, and why it should be read again."""
        self.add(number, Mark.DOUBTED, {"code": code, "detail": detail, "rows": rows})

    def marks(self) -> dict[int, Mark]:
        """Tell how far each part is."""
        return {number: mark for number, mark, _ in self._lines()}

    def begun(self) -> int | None:
        """Name the part that was begun last and never ended."""
        last = None
        for number, mark, _ in self._lines():
            last = number if mark is Mark.BEGUN else None
        return last

    def leaves(self, count: int) -> list[Leaf]:
        """Give what is known of every part."""
        found = {number: (mark, written) for number, mark, written in self._lines()}
        return [
            _leaf(number, *found[number]) if number in found else Leaf(number)
            for number in range(1, count + 1)
        ]

    def mend(self) -> None:
        """Take away a line that was torn."""
        whole = sum(len(line) for line in self._whole())
        self._file.truncate(whole)

    def _lines(self) -> Iterator[tuple[int, Mark, bytes]]:
        for line in self._whole():
            number, mark, written = line.split(b"\t", 2)
            yield int(number), Mark(mark.decode()), written

    def _whole(self) -> Iterator[bytes]:
        self._file.seek(0)
        return (line for line in self._file if line.endswith(b"\n"))


def _leaf(number: int, mark: Mark, written: bytes) -> Leaf:
    if mark in {Mark.READ, Mark.PICTURE}:
        return Leaf(number, mark, json.loads(written))
    if mark in {Mark.FAILED, Mark.DOUBTED}:
        why = json.loads(written)
        return Leaf(number, mark, why.get("rows", ())).failing(why["code"], why["detail"])
    return Leaf(number, mark)


def read_parts_of(log: bytes) -> bytes:
    """Keep of a log only what was read, to begin another reading with."""
    kept = (line for line in log.splitlines(keepends=True) if line.split(b"\t", 2)[1] == b"=")
    return b"".join(kept)
