"""The most telling lines of a passage, safe to show as HTML."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

LENGTH: Final = 240


class Span(NamedTuple):
    """A half-open range of characters; `what` tells different matches apart."""

    start: int
    end: int
    what: str


def snippet(text: str, marks: Sequence[Span], length: int = LENGTH) -> str:
    """Cut out the window with the most different matches; `<mark>` them and escape all else."""
    start, end = _window(text, marks, length)
    parts = ["… " if start else ""]
    here = start
    for mark in marks:
        if here <= mark.start and mark.end <= end:
            parts += [
                escape(text[here : mark.start]),
                "<mark>",
                escape(text[mark.start : mark.end]),
                "</mark>",
            ]
            here = mark.end
    parts += [escape(text[here:end]), " …" if end < len(text) else ""]
    return "".join(parts)


def _window(text: str, marks: Sequence[Span], length: int) -> tuple[int, int]:
    if len(text) <= length:
        return 0, len(text)
    first = max(marks, key=lambda mark: _worth(mark.start, marks, length), default=Span(0, 0, ""))
    start = max(0, min(first.start - length // 8, len(text) - length))
    return _at_blank(text, start, first.start), _before_blank(text, start + length, first.end)


def _worth(start: int, marks: Sequence[Span], length: int) -> tuple[int, int]:
    """Count different matches, then all, that fit behind a start; the first best wins."""
    inside = [
        mark.what for mark in marks if start <= mark.start and mark.end <= start + length * 7 // 8
    ]
    return len(set(inside)), len(inside)


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
