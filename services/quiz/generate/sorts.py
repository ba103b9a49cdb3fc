"""What sort of thing each term is, as the text itself says it, wherever it says so."""

from collections.abc import Iterable, Iterator
from typing import Final

from spacy.tokens import Span, Token

from services.quiz.generate.phrases import bare
from services.quiz.generate.sentences import Sentence, subject_of
from services.quiz.generate.terms import Terms
from services.quiz.generate.words import NAMING

_EMPTY: Final = frozenset({"kind", "type", "sort", "form", "class", "piece", "bit", "one", "part"})
"""Say nothing themselves: a kind of telescope is a telescope."""
_VAGUE: Final = frozenset(
    {
        "thing",
        "way",
        "example",
        "case",
        "name",
        "term",
        "result",
        "reason",
        "number",
        "feature",
        "system",
    }
)
"""What may be anything, makes nothing alike."""


def sort_out(sentences: Iterable[Sentence], terms: Terms) -> None:
    """Note of every term what it is said to be one of: `flux is the amount of …` is an amount."""
    for sentence in sentences:
        phrases = {chunk.root.i: bare(chunk) for chunk in sentence.span.noun_chunks}
        for named, general in _said(sentence.span):
            phrase = phrases.get(named.i)
            term = terms.find(phrase) if phrase is not None else None
            sort = _sort_of(general)
            if term is not None and sort and sort != term.key:
                term.sorts.add(sort)


def _said(span: Span) -> Iterator[tuple[Token, Token]]:
    """Find what is one of what: said with `is`, `is called`, `such as`, or set beside it."""
    for token in span:
        if token.dep_ in {"attr", "oprd"}:
            yield from _said_by_verb(token)
        elif token.dep_ == "appos" and token.head.pos_ == "PROPN":
            yield token.head, token
        elif token.dep_ == "appos" and token.i == token.head.i + 1:
            yield token, token.head
        elif token.dep_ == "pobj" and token.head.lower_ == "as" and _such(token.head):
            yield from ((one, token.head.head) for one in (token, *token.conjuncts))


def _said_by_verb(said: Token) -> Iterator[tuple[Token, Token]]:
    verb, subject = said.head, subject_of(said.head)
    if subject is None or any(one.dep_ == "neg" for one in verb.children):
        return
    if said.dep_ == "attr":
        yield subject, said
    elif verb.lemma_ in NAMING:
        yield said, subject


def _such(preposition: Token) -> bool:
    return any(child.lower_ == "such" for child in preposition.children)


def _sort_of(general: Token) -> str:
    if general.lemma_ in _EMPTY:
        parts = [of for of in general.children if of.lower_ == "of"]
        inner = [one for of in parts for one in of.children if one.dep_ == "pobj"]
        return _sort_of(inner[0]) if inner and inner[0].lemma_ not in _EMPTY else ""
    if general.pos_ != "NOUN" or general.lemma_ in _VAGUE:
        return ""
    return str(general.lemma_.casefold())
