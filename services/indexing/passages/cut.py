"""Cuts a text into passages of whole sentences, neither too short to mean nor too long to embed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from services.indexing.model import Passage, Text
from services.indexing.passages.oversize import split
from services.indexing.passages.sections import sections
from services.indexing.passages.sentences import Sentence, sentences
from services.indexing.passages.spans import Span

TARGET = 180
"""Tokens that a passage should have."""
LIMIT = 240
"""Tokens that it may have; the model reads 254 and drops the rest unseen."""
FAIR = 110
"""Tokens after which a passage rather ends with its paragraph than goes on into the next."""
SCRAP = 40
"""A rest below this many tokens joins the passage before it."""
DENSE = 10
"""So many characters weigh as a token at least: to the model the longest word is but one."""
AT_ONCE = 512

Count = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of one that is too long, with its weight in tokens."""

    span: Span
    weight: int
    opens_block: bool


def cut(text: Text, count: Count) -> list[Passage]:
    """Cut the whole text; together the passages hold everything in it but white space."""
    found: list[Passage] = []
    for section in sections(text):
        for span in _packed(_pieces(text.text, section.span, count)):
            content = text.text[span.start : span.end]
            found.append(Passage(len(found), *span, content, section.page, section.path))
    return found


def weigh(texts: Sequence[str], count: Count) -> list[int]:
    """Weigh texts in tokens, or by their length where tokens are few and long."""
    weighed = zip(texts, count(texts), strict=True)
    return [max(tokens, -(-len(text) // DENSE)) for text, tokens in weighed]


def _pieces(text: str, within: Span, count: Count) -> Iterator[Piece]:
    for group in _grouped(sentences(text, within)):
        long = [_length(sentence.span) > LIMIT * DENSE for sentence in group]
        brief = [
            "" if is_long else text[one.span.start : one.span.end]
            for one, is_long in zip(group, long, strict=True)
        ]
        weights = weigh(brief, count)
        for sentence, is_long, weight in zip(group, long, weights, strict=True):
            if is_long or weight > LIMIT:
                yield from _split(text, sentence, count)
            else:
                yield Piece(sentence.span, weight, sentence.opens_block)


def _split(text: str, sentence: Sentence, count: Count) -> Iterator[Piece]:
    opens = sentence.opens_block
    for span in split(text, sentence.span, TARGET, lambda part: weigh([part], count)[0]):
        weight = weigh([text[span.start : span.end]], count)[0]
        yield Piece(span, weight, opens)
        opens = False


def _packed(pieces: Iterable[Piece]) -> Iterator[Span]:
    """Fill passages up; one that waits may still take a scrap that follows it."""
    waiting: list[Piece] = []
    filling: list[Piece] = []
    for piece in pieces:
        if filling and _is_full(filling, piece):
            if waiting:
                yield _whole(waiting)
            waiting, filling = filling, []
        filling.append(piece)
    if _weight(filling) < SCRAP and _weight(waiting) + _weight(filling) <= LIMIT:
        waiting, filling = waiting + filling, []
    for group in (waiting, filling):
        if group:
            yield _whole(group)


def _is_full(filling: list[Piece], further: Piece) -> bool:
    weight = _weight(filling)
    return weight + further.weight > TARGET or (further.opens_block and weight >= FAIR)


def _weight(pieces: Iterable[Piece]) -> int:
    return sum(piece.weight for piece in pieces)


def _whole(pieces: Sequence[Piece]) -> Span:
    return Span(pieces[0].span.start, pieces[-1].span.end)


def _length(span: Span) -> int:
    return span.end - span.start


def _grouped(found: Iterator[Sentence]) -> Iterator[list[Sentence]]:
    while group := list(islice(found, AT_ONCE)):
        yield group
