"""What a sentence says of what: one fact, with the words that one can be asked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spacy.tokens import Span, Token

from services.quiz.generate.language import content
from services.quiz.generate.phrases import Kind, bare, is_generic, strictly
from services.quiz.generate.sentences import Sentence, subject_of
from services.quiz.generate.terms import Term, Terms
from services.quiz.generate.words import EXPLAINING, IDLE, JUDGING, MEANING, NAMING

LEAST_SAID: Final = 3
"""Words of content besides the answer, or the answer is anybody's guess."""

_OFTEN_ENOUGH: Final = 5
_FOUR_DIGITS: Final = re.compile(r"\b\d{4}\b")


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
    STANDING = "standing"
    """ANSWER stands in the sentence, for want of anything better."""


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
    subject = subject_of(root)
    if subject is None or any(child.dep_ == "neg" for child in root.children):
        return
    if not _introduced(subject, terms):
        return
    for form, answer, opening in (
        *_naming(root),
        *_of_subject(root, subject, terms),
        *_doing(sentence, root),
        *(_dating(sentence, root) if _known(subject, terms) else ()),
    ):
        term = terms.find(answer)
        said = content(sentence.span) - content(answer)
        told = len(said - _when(sentence.span)) >= LEAST_SAID
        if term is not None and told and _worth_asking(form, term, answer):
            yield Fact(sentence, form, term, answer, opening, said)


def loose_facts(sentence: Sentence, terms: Terms) -> Iterator[Fact]:
    """Find every word that can be asked for, whatever its part in the sentence."""
    for _, answer in sentence.mentions:
        term = terms.find(answer)
        said = content(sentence.span) - content(answer)
        once = sentence.span.text.count(answer.text) == 1
        if term is not None and once and len(said) >= LEAST_SAID and not _continued(answer):
            yield Fact(sentence, Form.STANDING, term, answer, None, said)


Found = tuple[Form, Span, Span | None]


def _introduced(subject: Token, terms: Terms) -> bool:
    """Whether the subject is known without an earlier sentence: `the release` alone is not."""
    whole = subject.doc[subject.left_edge.i : subject.right_edge.i + 1]
    if any(token.pos_ == "PROPN" for token in whole):
        return not _lone_person(whole, terms)
    definite = any(child.lower_ == "the" for child in subject.children if child.dep_ == "det")
    if not definite:
        return not is_generic(subject) or len(whole) > 1
    phrase = _phrase(subject)
    if (
        phrase is not None
        and len(phrase) == 1
        and _form(subject.head, terms, phrase) is Form.DEFINING
    ):
        return True
    term = terms.find(phrase) if phrase is not None else None
    if term is not None and (term.entitled or (" " in term.key and term.count >= LEAST_SAID)):
        return True
    return any(child.dep_ in {"relcl", "acl"} or child.lower_ == "of" for child in subject.children)


def _known(subject: Token, terms: Terms) -> bool:
    """Whether the text speaks of it often enough for its dates to matter."""
    phrase = _phrase(subject)
    term = terms.find(phrase) if phrase is not None else None
    return term is not None and (term.entitled or term.count >= _OFTEN_ENOUGH)


def _when(span: Span) -> frozenset[str]:
    """Gather the words of dates: that somebody did it then says nothing more of what was done."""
    dates = [content(entity) for entity in span.ents if entity.label_ == "DATE"]
    return frozenset().union(*dates)


def _lone_person(whole: Span, terms: Terms) -> bool:
    """Whether it is somebody by first or last name only."""
    names = [token for token in whole if token.pos_ == "PROPN"]
    return len(names) == 1 and (
        terms.is_part_of_a_name(names[0].text) or names[0].ent_type_ == "PERSON"
    )


def _worth_asking(form: Form, term: Term, answer: Span) -> bool:
    """Whether the answer is something to know, not just a word that stands there."""
    if term.topic:
        return False
    if term.kind is not Kind.TERM:
        return term.kind is not Kind.PERSON or " " in term.key
    if form is Form.NAMING or term.entitled:
        return True
    if is_generic(answer[-1]) and len(answer) == 1:
        return False
    if all(token.pos_ == "PROPN" for token in answer) and term.count >= LEAST_SAID:
        return True
    return form is Form.DEFINING


def _naming(root: Token) -> Iterator[Found]:
    if root.lemma_ not in NAMING or not any(child.dep_ == "auxpass" for child in root.children):
        return
    named = [one for one in root.children if one.dep_ == "oprd"]
    for preposition in root.children:
        if preposition.dep_ == "prep" and preposition.lower_ in {"as", "to"}:
            named += [one for one in preposition.children if one.dep_ == "pobj"]
    for head in named[:1]:
        phrase = _phrase(head)
        if phrase is not None and not _continued(phrase):
            yield Form.NAMING, phrase, None


def _of_subject(root: Token, subject: Token, terms: Terms) -> Iterator[Found]:
    phrase = _phrase(subject)
    if phrase is None or subject.right_edge.i != phrase.end - 1:
        return
    if phrase[0].i - subject.sent.start > 1 or _continued(phrase):
        return
    form = _form(root, terms, phrase)
    if form is not None:
        yield form, phrase, root.doc[subject.left_edge.i : phrase.end]


def _form(root: Token, terms: Terms, phrase: Span | None) -> Form | None:
    if phrase is None or root.tag_ not in {"VBZ", "VBP", "VBD", "VBN"}:
        return None
    if root.lemma_ == "be":
        return Form.DEFINING if _defines(_attribute(root)) else None
    term = terms.find(phrase)
    if term is not None and term.kind is Kind.PERSON:
        return Form.DOING
    if root.lemma_ in MEANING:
        told = any(child.dep_ in {"agent", "aux"} for child in root.children)
        return None if told else Form.DEFINING
    if root.lemma_ in EXPLAINING:
        return Form.EXPLAINING
    named = all(token.pos_ == "PROPN" for token in phrase)
    return Form.DOING if named and root.lemma_ not in IDLE else None


def _attribute(root: Token) -> Token | None:
    return next((one for one in root.children if one.dep_ == "attr"), None)


def _defines(attribute: Token | None) -> bool:
    """Whether it says what something is, not how many: `a sphere that …`, but not `16 octets`."""
    if attribute is None or attribute.pos_ not in {"NOUN", "PROPN"}:
        return False
    about = attribute.doc[attribute.left_edge.i : attribute.right_edge.i + 1]
    if len(content(about)) < LEAST_SAID:
        return False
    if any(child.lower_ in JUDGING or child.lower_ == "some" for child in attribute.children):
        return False
    kinds = {child.dep_ for child in attribute.children}
    several = attribute.tag_ in {"NNS", "NNPS"}
    return "nummod" not in kinds and (several or "det" in kinds or "poss" in kinds)


def _doing(sentence: Sentence, root: Token) -> Iterator[Found]:
    for kind, span in sentence.mentions:
        by = span.root.head
        if kind is Kind.PERSON and by.dep_ == "agent" and by.head == root:
            yield Form.DOING, span, None


def _dating(sentence: Sentence, root: Token) -> Iterator[Found]:
    years = [span for kind, span in sentence.mentions if kind is Kind.YEAR]
    once = len(_FOUR_DIGITS.findall(sentence.span.text)) == 1
    if len(years) == 1 and once and root.tag_ in {"VBD", "VBN"}:
        yield Form.DATING, years[0], None


def _phrase(head: Token) -> Span | None:
    for chunk in head.sent.noun_chunks:
        if chunk.root == head:
            phrase = bare(chunk)
            known = phrase is not None and phrase[-1] == head and strictly(chunk, phrase)
            return phrase if known else None
    return None


def _continued(phrase: Span) -> bool:
    """Whether it goes on, as `equator of the Earth`, so that the phrase alone is not its name."""
    following = phrase.doc[phrase.end] if phrase.end < len(phrase.doc) else None
    return following is not None and (
        following.lower_ in {"(", "-", ",", "and", "or", "of", "'s", "for"}
        or following.dep_ == "conj"
        or following.pos_ in {"NOUN", "PROPN"}
    )
