"""What a sentence says of what: one fact, with the words that one can be asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spacy.tokens import Span, Token

from services.quiz.generate.language import content, word_set
from services.quiz.generate.sentences import Sentence, subject_of
from services.quiz.generate.terms import Kind, Term, Terms, bare, is_generic, mentions

_NAMING: Final = frozenset({"call", "name", "term", "dub", "know", "refer", "designate"})
_EXPLAINING: Final = word_set(
    "define denote describe measure consist contain represent specify determine indicate mean "
    "refer provide allow enable produce convert control store cause prevent detect require include "
    "discover invent found develop introduce propose write create design announce publish lead "
    "coin name use mark divide connect"
)


class Form(StrEnum):
    """How the fact is said, best to ask about first."""

    NAMING = "naming"
    """X is called ANSWER."""
    DEFINING = "defining"
    """ANSWER is an X that …."""
    EXPLAINING = "explaining"
    """ANSWER measures X."""
    DOING = "doing"
    """ANSWER did X, or X was done by ANSWER."""
    DATING = "dating"
    """X was so in ANSWER."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, the words of it that are the answer, and how they stand in it."""

    sentence: Sentence
    form: Form
    term: Term
    answer: Span
    subject: Span | None
    """The whole subject with its article, if the answer is the subject and opens the sentence."""
    said: frozenset[str]
    """What is said of the answer, in lemmas."""


def facts(sentence: Sentence, terms: Terms) -> Iterator[Fact]:
    """Find what can be asked of a sentence that stands alone."""
    root = sentence.span.root
    if any(child.dep_ == "neg" for child in root.children):
        return
    yield from _named(sentence, root, terms)
    yield from _of_subject(sentence, root, terms)
    yield from _agents(sentence, root, terms)
    yield from _dated(sentence, root, terms)


def _named(sentence: Sentence, root: Token, terms: Terms) -> Iterator[Fact]:
    if root.lemma_ not in _NAMING or not any(child.dep_ == "auxpass" for child in root.children):
        return
    named = [one for one in root.children if one.dep_ == "oprd"]
    named += [
        one
        for preposition in root.children
        if preposition.dep_ == "prep" and preposition.lower_ in {"as", "to"}
        for child in preposition.subtree
        if child.dep_ == "pobj"
        for one in (child,)
    ][:1]
    for head in named:
        phrase = _phrase(head)
        if phrase is not None and not _continued(phrase):
            yield from _fact(sentence, Form.NAMING, phrase, None, terms)


def _of_subject(sentence: Sentence, root: Token, terms: Terms) -> Iterator[Fact]:
    head = subject_of(root)
    if head is None or any(
        child.dep_ in {"conj", "appos", "relcl", "acl"} for child in head.children
    ):
        return
    phrase = _phrase(head)
    if phrase is None or phrase[0].i - sentence.span.start > 1 or _continued(phrase):
        return
    subject = sentence.span.doc[sentence.span.start : phrase.end]
    form = _form(root, sentence, terms, phrase)
    if form is not None:
        yield from _fact(sentence, form, phrase, subject, terms)


def _form(root: Token, sentence: Sentence, terms: Terms, phrase: Span) -> Form | None:
    if root.lemma_ == "be":
        attribute = next((one for one in root.children if one.dep_ == "attr"), None)
        if attribute is None or attribute.pos_ not in {"NOUN", "PROPN"}:
            return None
        about = content(sentence.span.doc[attribute.left_edge.i : attribute.right_edge.i + 1])
        return Form.DEFINING if len(about) >= 3 else None
    term = terms.find(phrase)
    if term is None or root.tag_ not in {"VBZ", "VBP", "VBD", "VBN"}:
        return None
    if term.kind in {Kind.PERSON, Kind.ORGANISATION}:
        return Form.DOING
    return Form.EXPLAINING if root.lemma_ in _EXPLAINING else None


def _agents(sentence: Sentence, root: Token, terms: Terms) -> Iterator[Fact]:
    for kind, span in mentions(sentence.span):
        by = span.root.head
        if kind in {Kind.PERSON, Kind.ORGANISATION} and by.dep_ == "agent" and by.head == root:
            yield from _fact(sentence, Form.DOING, span, None, terms)


def _dated(sentence: Sentence, root: Token, terms: Terms) -> Iterator[Fact]:
    years = [span for kind, span in mentions(sentence.span) if kind is Kind.YEAR]
    if len(years) == 1 and root.tag_ in {"VBD", "VBN"}:
        yield from _fact(sentence, Form.DATING, years[0], None, terms)


def _fact(
    sentence: Sentence, form: Form, phrase: Span, subject: Span | None, terms: Terms
) -> Iterator[Fact]:
    term = terms.find(phrase)
    if term is None:
        return
    said = content(sentence.span) - content(phrase)
    if len(said) >= 3:
        yield Fact(sentence, form, term, phrase, subject, said)


def _phrase(head: Token) -> Span | None:
    doc = head.doc
    for chunk in head.sent.noun_chunks:
        if chunk.root == head:
            phrase = bare(chunk)
            return phrase if phrase is not None and phrase[-1] == head else None
    phrase = bare(doc[head.left_edge.i : head.i + 1])
    return phrase if phrase is not None and not is_generic(head) else None


def _continued(phrase: Span) -> bool:
    """Whether it goes on, as `equator of the Earth`, so that the phrase alone is not its name."""
    following = phrase.doc[phrase.end] if phrase.end < len(phrase.doc) else None
    return following is not None and (
        following.text in {"(", "-", ",", "and", "or", "of", "'s"} or following.dep_ == "conj"
    )
