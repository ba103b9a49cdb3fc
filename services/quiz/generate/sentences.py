"""Sentences that can be understood by somebody who has read nothing before them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from spacy.tokens import Span, Token

from services.quiz.generate.blocks import Block
from services.quiz.generate.language import grammar
from services.quiz.generate.phrases import Kind, mentions
from services.quiz.generate.text import Heading
from services.quiz.generate.words import HEDGES, LINKING, POINTING

FEWEST: Final = 6
MOST: Final = 38

_SHOWING: Final = re.compile(
    r"\b(?:figure|fig\.|table|section|chapter|appendix|page|equation|listing|example|step|part|"
    r"item|note|diagram|image|picture|paragraph)s?\s+\(?[\dA-Z]\b|\b(?:as|is|are) (?:shown|"
    r"described|explained|discussed|mentioned|noted|listed|seen) |\bsee\b|\bfor (?:example|"
    r"instance|more|details)\b|\be\.g\.|\bi\.e\.|\betc\b|\bin (?:this|that|other|fact|addition|"
    r"contrast|the following)\b|\bthis\b|\bthere (?:is|are|was|were|exist|has|have)\b"
    r"|\bthe (?:new|resulting|current)\b|\b(?:extremely|turned out|relatively|basically)\b",
    re.IGNORECASE,
)
_SYMBOLS: Final = re.compile(
    r"[{}<>=\\|~^$`#@*\[\]/;:\u2022\u2013\u2014]|--|\w_\w|\w\(\)|\?|!|\.\.\.|\u2026|\"[^\"\w]"
)
_OPENING: Final = 3
_NUMBERED: Final = re.compile(r"[a-z]*\d")
_UNPRINTABLE: Final = re.compile(r"[{}<>=\\|~^$`#\[\]\u2022:]|--|\w_\w|\?|!|\.\.\.|\u2026")
_ITEM: Final = re.compile(r"\(?\d{1,2}[.)]|[.)\u2022\u2013-]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its place in the document's text."""

    start: int
    end: int
    section: Heading | None
    span: Span
    alone: bool
    """Whether it can be understood without what stands before it."""
    nearly: bool
    """Whether it at least points to nothing before it."""
    mentions: tuple[tuple[Kind, Span], ...]

    def place_of(self, part: Span) -> tuple[int, int]:
        """Find a part of it in the document's text."""
        offset = self.start - self.span.start_char
        return part.start_char + offset, part.end_char + offset


def sentences(blocks: list[Block]) -> Iterator[Sentence]:
    """Read blocks, and find every sentence in them."""
    parsed = grammar().pipe(
        ((block.words, block) for block in blocks), as_tuples=True, batch_size=32
    )
    for doc, block in parsed:
        for span in doc.sents:
            trimmed = _trimmed(span)
            if len(trimmed) < FEWEST:
                continue
            start = block.start + trimmed.start_char
            yield Sentence(
                start,
                start + len(trimmed.text),
                block.section,
                trimmed,
                stands_alone(trimmed),
                nearly_alone(trimmed),
                tuple(mentions(trimmed)),
            )


def stands_alone(span: Span) -> bool:
    """Whether it is a whole statement, of no pronoun, and points to nothing outside."""
    words = span.text
    if not FEWEST <= sum(token.is_alpha for token in span) <= MOST or span[-1].text != ".":
        return False
    if not (words[0].isupper() or _NUMBERED.match(words)) or _SYMBOLS.search(words):
        return False
    if _SHOWING.search(words) or span[0].lower_ in LINKING or words.count("(") != words.count(")"):
        return False
    if any(_points(token) for token in span):
        return False
    return _is_statement(span)


def nearly_alone(span: Span) -> bool:
    """Whether it is a whole sentence that refers to nothing by pointing."""
    words = span.text
    if not FEWEST <= sum(token.is_alpha for token in span) <= MOST or span[-1].text != ".":
        return False
    if not (words[0].isupper() or _NUMBERED.match(words)) or _SHOWING.search(words):
        return False
    if span[0].lower_ in LINKING or any(token.tag_ in {"PRP", "WP"} for token in span):
        return False
    return not _UNPRINTABLE.search(words) and subject_of(span.root) is not None


def _points(token: Token) -> bool:
    if token.lower_ == "that":
        return token.dep_ in {"det", "nsubj", "dobj", "pobj"} and token.tag_ == "DT"
    if token.lower_ in {"its", "their"}:
        return token.i - token.sent.start < _OPENING
    if token.lower_ == "one" and token.pos_ in {"PRON", "NOUN"}:
        return True
    if token.lower_ in {"other", "others", "both", "two", "three", "each"}:
        return token.i == token.sent.start or (
            token.head.dep_ in {"nsubj", "nsubjpass"} and token.i - token.sent.start < _OPENING
        )
    return token.lower_ in POINTING or token.lemma_.lower() in HEDGES


def _is_statement(span: Span) -> bool:
    root = span.root
    if root.pos_ not in {"VERB", "AUX"} or (root.tag_ == "VB" and not _finite(root)):
        return False
    subject = subject_of(root)
    return subject is not None and subject.pos_ in {"NOUN", "PROPN", "NUM"}


def _finite(verb: Token) -> bool:
    return any(child.dep_ in {"aux", "auxpass"} for child in verb.children)


def subject_of(verb: Token) -> Token | None:
    """Find who or what does it, or has it done to them."""
    return next((one for one in verb.children if one.dep_ in {"nsubj", "nsubjpass"}), None)


def _trimmed(span: Span) -> Span:
    """Leave spaces at the ends out, and the number of a list's item."""
    start, end = span.start, span.end
    while start < end and (span.doc[start].is_space or _ITEM.fullmatch(span.doc[start].text)):
        start += 1
    while end > start and span.doc[end - 1].is_space:
        end -= 1
    return span.doc[start:end]
