"""Noun phrases and names: what a sentence speaks of, without articles and empty words."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from spacy.tokens import Span, Token

from services.quiz.generate.language import is_name
from services.quiz.generate.words import GENERIC, WEAK

LONGEST: Final = 5
SHORTEST_WORD: Final = 3

_NAME: Final = re.compile(r"[^\W\d_]+(?:[-'\u2019. ]+[^\W\d_]+)*\.?")
_OF_SEVERAL: Final = re.compile(r"[^suiao]s$")
_SHORTEST_OF_SEVERAL: Final = 5
_YEAR: Final = re.compile(r"1[0-9]\d\d|20\d\d")


class Kind(StrEnum):
    """What sort of thing an answer is; wrong answers are of the same."""

    PERSON = "person"
    PLACE = "place"
    YEAR = "year"
    NUMBER = "number"
    TERM = "term"


_KINDS: Final = {"PERSON": Kind.PERSON, "GPE": Kind.PLACE, "LOC": Kind.PLACE, "ORG": Kind.TERM}


def mentions(span: Span) -> Iterator[tuple[Kind, Span]]:
    """Find what a sentence speaks of: names, years, and terms."""
    taken: set[int] = set()
    for entity in span.ents:
        found = _named(entity)
        if found is not None and not _serves(found[1]):
            taken.update(range(found[1].start, found[1].end))
            yield found
    for token in span:
        if token.pos_ == "NUM" and token.text.isdigit() and token.i not in taken:
            yield Kind.NUMBER, span.doc[token.i : token.i + 1]
    for chunk in span.noun_chunks:
        phrase = bare(chunk)
        if phrase is not None and taken.isdisjoint(range(phrase.start, phrase.end)):
            yield Kind.TERM, phrase


def strictly(chunk: Span, phrase: Span) -> bool:
    """Whether nothing but an article stands before the phrase in its noun phrase."""
    return all(token.pos_ == "DET" for token in chunk.doc[chunk.start : phrase.start])


def bare(chunk: Span) -> Span | None:
    """Strip a noun phrase of articles and weak words; None if nothing to ask for is left."""
    doc, start, end = chunk.doc, chunk.start, chunk.end
    while start < end and _is_weak(doc[start]):
        start += 1
    phrase = doc[start:end]
    if not 1 <= len(phrase) <= LONGEST or phrase[-1].pos_ not in {"NOUN", "PROPN"}:
        return None
    if len(phrase) == 1 and (is_generic(phrase[0]) or len(phrase.text) < SHORTEST_WORD):
        return None
    return phrase if all(_is_word(token) for token in phrase) else None


def key_of(span: Span) -> str:
    """Name a phrase by its lemmas, whatever its case and number."""
    first, last = span[:-1], span[-1]
    words = [token.lemma_.casefold() if token.pos_ == "NOUN" else token.lower_ for token in first]
    return " ".join([*words, singular(last)]).removesuffix(".")


def written(span: Span) -> str:
    """Write a phrase as it is written inside a sentence."""
    words = span.text
    first = span[0]
    if first.i == span.sent.start and not is_name(first) and first.text.istitle():
        return words[0].lower() + words[1:]
    return words


def plural(span: Span) -> bool:
    """Whether a phrase speaks of several."""
    head = span[-1]
    return head.tag_ in {"NNS", "NNPS"} or (head.tag_ == "NNP" and singular(head) != head.lower_)


def singular(token: Token) -> str:
    """Speak of one; that a name speaks of several is told by its ending, as in `Parallels`."""
    if token.pos_ == "NOUN":
        return token.lemma_.casefold()
    word = token.lower_
    if len(word) <= _SHORTEST_OF_SEVERAL or not _OF_SEVERAL.search(word):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


def is_generic(token: Token) -> bool:
    """Whether a noun is too wide to be asked for."""
    return token.pos_ == "NOUN" and token.lemma_.lower() in GENERIC


def _named(entity: Span) -> tuple[Kind, Span] | None:
    if entity.label_ == "DATE":
        years = [token for token in entity if _YEAR.fullmatch(token.text)]
        return (Kind.YEAR, entity.doc[years[0].i : years[0].i + 1]) if years else None
    kind = _KINDS.get(entity.label_)
    if kind is None:
        return None
    start = entity.start
    while start < entity.end and _is_weak(entity.doc[start]):
        start += 1
    name = entity.doc[start : entity.end]
    if not 1 <= len(name) <= LONGEST or not _NAME.fullmatch(name.text):
        return None
    named = all(token.pos_ == "PROPN" for token in name) and name.text[0].isupper()
    return (kind, name) if named else None


def _serves(name: Span) -> bool:
    """Whether a name only tells which thing is meant, as in `the Toy Story movies`."""
    return name.root.dep_ == "compound"


def _is_weak(token: Token) -> bool:
    return (
        token.pos_ in {"DET", "PRON", "PUNCT", "SYM", "NUM", "ADV", "SPACE", "CCONJ", "ADP"}
        or token.tag_ == "PRP$"
        or (token.pos_ != "PROPN" and token.lower_ in WEAK)
    )


def _is_word(token: Token) -> bool:
    if token.pos_ in {"PRON", "DET", "CCONJ"}:
        return False
    if token.pos_ == "VERB" and token.tag_ not in {"VBG", "VBN"}:
        return False
    return (
        token.is_alpha
        or token.text in {"-", "'s", "\u2019s"}
        or ("-" in token.text and token.text.replace("-", "").isalpha())
    )
