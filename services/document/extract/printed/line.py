"""Lines of a PDF page with what they look like, as pdfium sees them."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median_low
from typing import Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from services.document.extract.characters import clean, one_line

# pdfium writes this, instead of a line end, where a line ends with a hyphen.
_BROKEN: Final = "\ufffe"
_ENDS: Final = re.compile(f"\r\n|{_BROKEN}")
_FIXED_PITCH: Final = 1
_FIXED_NAMES: Final = re.compile(
    rb"mono|courier|typewriter|consol|cmtt|nimbusmon|menlo", re.IGNORECASE
)
_LEADERS: Final = re.compile(r"(?:\s?[.\u2026\u00b7_]){5,}")
_SPACES: Final = re.compile(r"\s+")
_WIDE: Final = 1.15
"""From how many sizes on a gap parts two cells; words of justified print stand closer."""
_ASKED: Final = 5
"""Letters of a page that are asked which way they run."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print: its words, its box in points (y grows upwards) and its type size."""

    text: str
    left: float
    right: float
    base: float
    size: float
    fixed: bool
    broken: bool
    """Whether its last word goes on in the next line, after a hyphen."""
    recognised: bool = False
    """Whether it was read from a picture, so that its type size is but a guess."""
    cell: bool = False
    """Whether it follows the one before in the same line of print, after a wide gap."""
    row: bool = False
    """Whether it is a row of a table, its cells parted by tabs."""
    added: bool = False
    """Whether somebody added it to the print: the value of a field, or a note."""

    @property
    def hyphened(self) -> bool:
        """Whether it ends with a hyphen right after a letter, seen or told by pdfium."""
        if self.row or self.added:
            return False
        return self.broken or (self.text[-1] in "-\u2010" and self.text[-2:-1].isalpha())

    def beside(self, other: "Line") -> bool:
        """Whether they stand at the same height, as cells or a raised index do."""
        return abs(self.base - other.base) < 0.55 * max(self.size, other.size)


@dataclass(frozen=True, slots=True)
class _Type:
    """How one character is set: size as printed, foot, and whether all are as wide."""

    size: float
    base: float
    fixed: bool


class LineReader:
    """Reads lines from pages; its buffers are made once, for pages are many."""

    def __init__(self) -> None:
        self._box = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._name = ctypes.create_string_buffer(64)
        self._flags = ctypes.c_int()
        self._turn = 0

    def read(self, page: pdfium.PdfPage) -> list[Line]:
        """Read a page's lines in the order in which they were set."""
        text_page = page.get_textpage()
        try:
            return list(self._lines(text_page))
        finally:
            text_page.close()

    def upright(self, box: raw.FS_RECTF) -> tuple[float, float, float, float]:
        """Give a box's left, right, foot and head as of whoever turns the page to read it."""
        match self._turn:
            case 0:
                return box.left, box.right, box.bottom, box.top
            case 1:
                return box.bottom, box.top, -box.right, -box.left
            case 2:
                return -box.right, -box.left, -box.top, -box.bottom
            case _:
                return -box.top, -box.bottom, box.left, box.right

    def _lines(self, page: pdfium.PdfTextPage) -> Iterator[Line]:
        text = page.get_text_range(errors="replace")
        self._turn = self._most_common_turn(page, text)
        start = units = 0  # pdfium counts UTF-16 units
        for end in (*_ENDS.finditer(text), None):
            piece = text[start : end.start() if end else len(text)]
            if piece.strip():
                broken = bool(end and end.group() == _BROKEN)
                line = self._line(page, piece, units, broken=broken)
                if line is not None:
                    yield from self._cells(page, piece, units, line)
            if end:
                units += _units(text[start : end.end()])
                start = end.end()

    def _line(self, page: pdfium.PdfTextPage, piece: str, at: int, *, broken: bool) -> Line | None:
        words = one_line(_LEADERS.sub(" \u2026 ", clean(piece)))
        if not words:
            return None
        first = at + _units(piece[: len(piece) - len(piece.lstrip())])
        last = at + _units(piece.rstrip()) - 1
        left, _ = self._edges(page, first)
        _, right = self._edges(page, last)
        kinds = [self._type(page, at + _units(piece[:place])) for place in _places(piece)]
        size = median_low([kind.size for kind in kinds])
        base = median_low([kind.base for kind in kinds])
        fixed = all(kind.fixed for kind in kinds)
        return Line(words, left, max(left, right), base, size, fixed, broken)

    def _cells(self, page: pdfium.PdfTextPage, piece: str, at: int, line: Line) -> Iterator[Line]:
        """Part a line at wide gaps; whether they are those of a table, its neighbours tell."""
        start, left = 0, line.left
        # Most lines have no wide gap: what costs time comes after it is found.
        for space in () if _LEADERS.search(piece) else _SPACES.finditer(piece.rstrip()):
            if not space.start():
                continue
            _, right = self._edges(page, at + _units(piece[: space.start()]) - 1)
            following, _ = self._edges(page, at + _units(piece[: space.end()]))
            if following - right <= _WIDE * line.size:
                continue
            words = one_line(clean(piece[start : space.start()]))
            if words:
                yield replace(
                    line, text=words, left=left, right=right, broken=False, cell=start > 0
                )
                start, left = space.end(), following
        words = one_line(clean(piece[start:]))
        if words and start:
            yield replace(line, text=words, left=left, cell=True)
        elif not start:
            yield line

    def _edges(self, page: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
        at = raw.FPDFText_GetCharIndexFromTextIndex(page.raw, index)
        raw.FPDFText_GetLooseCharBox(page.raw, at, self._box)
        left, right, *_ = self.upright(self._box)
        return left, right

    def _most_common_turn(self, page: pdfium.PdfTextPage, text: str) -> int:
        """Count by how many quarters to the left most lines are turned, as on a landscape page."""
        turns: Counter[int] = Counter()
        for place in range(0, len(text), len(text) // _ASKED + 1):
            at = raw.FPDFText_GetCharIndexFromTextIndex(page.raw, _units(text[:place]))
            if text[place].isalnum() and raw.FPDFText_GetMatrix(page.raw, at, self._matrix):
                across, up = self._matrix.a, self._matrix.b
                steep = abs(up) > abs(across)
                turns[(1 if up > 0 else 3) if steep else (0 if across >= 0 else 2)] += 1
        return turns.most_common(1)[0][0] if turns else 0

    def _type(self, page: pdfium.PdfTextPage, index: int) -> _Type:
        at = raw.FPDFText_GetCharIndexFromTextIndex(page.raw, index)
        size = raw.FPDFText_GetFontSize(page.raw, at)
        scale = 1.0
        if raw.FPDFText_GetMatrix(page.raw, at, self._matrix):
            scale = (self._matrix.c**2 + self._matrix.d**2) ** 0.5
        raw.FPDFText_GetLooseCharBox(page.raw, at, self._box)
        raw.FPDFText_GetFontInfo(page.raw, at, self._name, len(self._name), self._flags)
        fixed = bool(self._flags.value & _FIXED_PITCH or _FIXED_NAMES.search(self._name.value))
        _, _, base, _ = self.upright(self._box)
        return _Type(round(size * scale, 1) or 1.0, base, fixed)


def _units(text: str) -> int:
    """Count UTF-16 units, of which characters beyond the basic plane take two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _places(piece: str) -> list[int]:
    """Pick three letters or digits across the line: they show its type better than its ends."""
    spread = (len(piece) // 5, len(piece) // 2, 4 * len(piece) // 5)
    return [_near(piece, place) for place in spread]


def _near(piece: str, place: int) -> int:
    for index in chain(range(place, len(piece)), range(place - 1, -1, -1)):
        if piece[index].isalnum():
            return index
    return max(0, len(piece.rstrip()) - 1)
