"""Splits sentences that are too long, with semchunk: at lines, clauses, words, letters."""

from collections.abc import Callable, Iterator
from typing import cast

from services.indexing.passages.spans import Span

WINDOW = 8_000
"""Characters given to semchunk at once: it weighs the same text many times over."""


def split(text: str, span: Span, size: int, weigh: Callable[[str], int]) -> Iterator[Span]:
    """Split into spans of at most `size` by weight; all that lies between them is white space."""
    from semchunk.semchunk import chunk  # most texts never need it  # noqa: PLC0415

    for window in _windows(text, span):
        content = text[window.start : window.end]
        found = chunk(content, size, weigh, memoize=False, offsets=True)
        for start, end in cast("tuple[list[str], list[tuple[int, int]]]", found)[1]:
            part = Span(window.start + start, window.start + end).trimmed(text)
            if part.start < part.end:
                yield part


def _windows(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > WINDOW:
        end = start + WINDOW
        pause = max(text.rfind(sign, start + WINDOW // 2, end) for sign in "\n ")
        if pause > 0:
            end = pause
        yield Span(start, end)
        start = end
    yield Span(start, span.end)
