"""Finds blocks (between blank lines) and the sentences in them, in time linear in the text.

Patterns are possessive, so that no text, however hostile, makes them try again and again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.indexing.passages.spans import Span

_GAP = re.compile(r"\n[^\S\n]*+\n\s*+")
_END = re.compile(
    r"""(?<![.!?…])[.!?…]++['"’”»)\]]*+(?=\s)  # Latin: a mark, closing signs, white space
    |   [。！？｡]++['"’”」』）]*+              # Chinese and Japanese: a mark is enough
    """,  # noqa: RUF001  # these are the signs meant
    re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"(\S{1,12})\.$")
_NUMBERING = re.compile(r"\s*+(?:[0-9]{1,3}(?:\.[0-9]{1,3})*|[A-Za-z])")
_NEXT = re.compile(r"\s*+(\S?)")
_OPENING = "(['\"“‘[«"  # noqa: RUF001  # these are the signs meant
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "al approx ca capt cf ch col dept dr ed eds eq eqs est e.g fig figs gen gov i.e inc jr lt "
        "ltd mr mrs ms no nos nr p pp prof ref refs rev sec sr st viz vol vols vs",
    )
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or what stands for one where a block has none, as in a table."""

    span: Span
    opens_block: bool


def sentences(text: str, within: Span) -> Iterator[Sentence]:
    """Find them in order; all that lies between them is white space."""
    for block in _blocks(text, within):
        opens = True
        for span in _sentences(text, block):
            yield Sentence(span, opens)
            opens = False


def _blocks(text: str, within: Span) -> Iterator[Span]:
    start = within.start
    for gap in _GAP.finditer(text, within.start, within.end):
        yield Span(start, gap.start())
        start = gap.end()
    yield Span(start, within.end)


def _sentences(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    for mark in _END.finditer(text, block.start, block.end):
        if not _ends(text, start, mark):
            continue
        yield from _unless_blank(text, Span(start, mark.end()))
        start = mark.end()
    yield from _unless_blank(text, Span(start, block.end))


def _ends(text: str, start: int, mark: re.Match[str]) -> bool:
    """Tell the end of a sentence from the full stop of an abbreviation."""
    following = _NEXT.match(text, mark.end())
    if following is not None and following[1].islower():
        return False
    if not mark[0].startswith("."):
        return True
    if _NUMBERING.fullmatch(text, max(start, mark.start() - 24), mark.start()):
        return False
    before = _WORD_BEFORE.search(text[max(start, mark.start() - 12) : mark.start() + 1])
    if before is None:
        return True
    word = before[1].lstrip(_OPENING)
    is_initial = len(word) == 1 and word.isupper()
    return not is_initial and word.lower() not in _ABBREVIATIONS


def _unless_blank(text: str, span: Span) -> Iterator[Span]:
    trimmed = span.trimmed(text)
    if trimmed.start < trimmed.end:
        yield trimmed
