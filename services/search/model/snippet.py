"""The most telling lines of a passage, safe to show as HTML."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

LENGTH: Final = 240

_SPECIAL: Final = re.compile("[&<>\"']")


class Span(NamedTuple):
    """A half-open range of characters; `what` tells different matches apart."""

    start: int
    end: int
    what: str


def snippet(text: str, marks: Sequence[Span], length: int = LENGTH) -> str:
    """Cut out the window with the most different matches; `<mark>` them and escape all else.

    Marks are in order and do not overlap.
    """
    start, end = _window(text, marks, length)
    # Most lines have nothing to escape: to look once is less than to look piece by piece.
    safe = escape if _SPECIAL.search(text, start, end) else str
    parts = ["… " if start else ""]
    here = start
    for mark in marks:
        if here <= mark.start and mark.end <= end:
            parts += [
                safe(text[here : mark.start]),
                "<mark>",
                safe(text[mark.start : mark.end]),
                "</mark>",
            ]
            here = mark.end
    parts += [safe(text[here:end]), " …" if end < len(text) else ""]
    return "".join(parts)


def _window(text: str, marks: Sequence[Span], length: int) -> tuple[int, int]:
    if len(text) <= length:
        return 0, len(text)
    first = _fullest(marks, length * 7 // 8) if marks else Span(0, 0, "")
    start = max(0, min(first.start - length // 8, len(text) - length))
    return _at_blank(text, start, first.start), _before_blank(text, start + length, first.end)


def _fullest(marks: Sequence[Span], length: int) -> Span:
    """Find the mark behind which most different ones fit, then most of all; the first best wins."""
    inside: dict[str, int] = {}
    best, worth, behind = marks[0], (0, 0), 0
    for number, mark in enumerate(marks):
        while behind < len(marks) and marks[behind].end <= mark.start + length:
            what = marks[behind].what
            inside[what] = inside.get(what, 0) + 1
            behind += 1
        if (here := (len(inside), behind - number)) > worth:
            best, worth = mark, here
        if behind > number:
            inside[mark.what] -= 1
            if not inside[mark.what]:
                del inside[mark.what]
        else:
            behind = number + 1
    return best


def _at_blank(text: str, start: int, latest: int) -> int:
    if start == 0:
        return 0
    blank = text.find(" ", start - 1, latest)
    return blank + 1 if blank >= 0 else start


def _before_blank(text: str, end: int, earliest: int) -> int:
    if end >= len(text):
        return len(text)
    blank = text.rfind(" ", earliest, end + 1)
    return blank if blank > earliest else max(end, earliest)
