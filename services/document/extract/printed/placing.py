"""Puts what was added to a page among its lines of print, at the place where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.document.extract.printed.line import Line

_SIZE: Final = 10.0
"""Type of an addition that has no print near it; else it takes that of its neighbour."""
_HALF: Final = 0.58
"""How many sizes above its foot a line has its middle."""
_PITCH: Final = 1.2
_CLOSE: Final = 1.5
"""How many sizes lie at most between two lines of a paragraph."""
_LABEL: Final = 40
"""Characters of a line that may be but the label of what a note says."""
_MOST_COMPARED: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Added:
    """Lines that somebody added, and their box as of whoever reads the page."""

    lines: tuple[str, ...]
    left: float
    right: float
    foot: float
    head: float
    note: bool
    """Whether it stands for itself; a value belongs to what is printed beside it."""

    @property
    def middle(self) -> float:
        return (self.foot + self.head) / 2


def with_additions(lines: Sequence[Line], additions: Sequence[Added]) -> list[Line]:
    """Put values into the rows of their labels, and notes after the paragraphs they stand at."""
    placed = list(lines)
    many = len(additions) * (len(lines) + len(additions)) > _MOST_COMPARED
    for added in sorted(additions, key=lambda one: (-one.head, one.left)):
        if many:
            placed += _lines(added, _SIZE)
        else:
            _put(placed, added)
    return placed


def _put(lines: list[Line], added: Added) -> None:
    row = [n for n, line in enumerate(lines) if added.foot <= _middle(line) <= added.head]
    left = [n for n in row if lines[n].left < added.left]
    if not row:
        at = _after_row(lines, _above(lines, added))
        lines[at:at] = _lines(added, lines[at - 1].size if at else _SIZE)
    elif not _is_value(lines, added, row, left):
        label = max(left or row, key=lambda n: lines[n].left)
        at = _after_paragraph(lines, label) if added.note else _after_row(lines, label)
        lines[at:at] = _lines(added, lines[label].size)
    elif left:
        label = max(left, key=lambda n: lines[n].left)
        (value,) = _lines(added, lines[label].size)
        lines.insert(label + 1, replace(value, cell=True))
    else:
        label = min(row, key=lambda n: lines[n].left)
        (value,) = _lines(added, lines[label].size)
        value, lines[label] = (
            replace(value, cell=lines[label].cell),
            replace(lines[label], cell=True),
        )
        lines.insert(label, value)


def _middle(line: Line) -> float:
    return line.base + _HALF * line.size


def _is_value(lines: list[Line], added: Added, row: list[int], left: list[int]) -> bool:
    """Whether it belongs to the print beside it: all values do, and notes typed after a label."""
    if len(added.lines) > 1:
        return False
    return not added.note or (left == row and all(len(lines[n].text) <= _LABEL for n in left))


def _above(lines: Sequence[Line], added: Added) -> int | None:
    """Find the nearest line above, in the same column if there is one."""
    above = [n for n, line in enumerate(lines) if _middle(line) > added.middle]

    def distance(n: int) -> tuple[bool, float, float]:
        beside = lines[n].right < added.left or lines[n].left > added.right
        return beside, lines[n].base, -lines[n].left

    return min(above, key=distance, default=None)


def _after_row(lines: Sequence[Line], at: int | None) -> int:
    if at is None:
        return 0
    while at + 1 < len(lines) and lines[at + 1].cell:
        at += 1
    return at + 1


def _after_paragraph(lines: Sequence[Line], at: int) -> int:
    """Find where lines that stand close below one another end; a note parts no sentence."""
    after = _after_row(lines, at)
    while after < len(lines) and 0 < lines[at].base - lines[after].base < _CLOSE * lines[at].size:
        at, after = after, _after_row(lines, after)
    return after


def _lines(added: Added, size: float) -> list[Line]:
    first = added.middle - _HALF * size
    if len(added.lines) > 1:
        first = added.head - _PITCH * size
    return [
        Line(
            text=words,
            left=round(added.left, 1),
            right=round(added.right, 1),
            base=round(first - _PITCH * size * number, 1),
            size=size,
            fixed=True,
            broken=False,
            added=True,
        )
        for number, words in enumerate(added.lines)
    ]
