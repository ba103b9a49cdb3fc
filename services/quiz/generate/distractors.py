"""Wrong answers: of the same kind, of the same form, and certainly wrong."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.facts import Fact, Form
from services.quiz.generate.language import content
from services.quiz.generate.phrases import Kind, key_of, plural, written
from services.quiz.generate.sentences import Sentence
from services.quiz.generate.terms import Term, Terms, akin, same

MOST: Final = 6

_FITS: Final = 0.7
"""Share of a fact's words that, said of another term too, may make that one right as well."""
_YEARS_APART: Final = 40
_TIMES_AS_LONG: Final = 2.5
_OFTEN: Final = 2


@dataclass(frozen=True, slots=True)
class Distractor:
    """A wrong answer: the term, how to write it here, and how near it is to the right one."""

    term: Term
    words: str
    nearness: float


class Distractors:
    """Finds wrong answers among a text's own terms: of the answer's sort, or none at all."""

    def __init__(self, sentences: Iterable[Sentence], terms: Terms) -> None:
        self._terms = terms
        self._said: dict[str, list[frozenset[str]]] = defaultdict(list)
        for sentence in sentences:
            said = content(sentence.span)
            for _, span in sentence.mentions:
                self._said[terms.canonical(key_of(span))].append(said)
        self._worthy = [term for term in terms if _worth_naming(term) and not term.topic]

    def of(self, fact: Fact) -> list[Distractor]:
        """List wrong answers to a fact, the nearest first."""
        found = [
            other for term in self._worthy if (other := self._distractor(term, fact)) is not None
        ]
        found.sort(key=lambda other: (-other.nearness, other.term.key))
        return _unlike(found)

    def _distractor(self, term: Term, fact: Fact) -> Distractor | None:
        right = fact.term
        if not akin(term, right) or same(term, right) or _misread(fact):
            return None
        words = term.words(of_several=plural(fact.answer))
        if words is None or words.casefold() in fact.sentence.span.text.casefold():
            return None
        if right.kind is Kind.YEAR:
            apart = abs(int(words) - int(fact.answer.text))
            return Distractor(term, words, -apart) if apart <= _YEARS_APART else None
        if right.kind is Kind.NUMBER:
            apart = abs(len(words) - len(right.key))
            return Distractor(term, words, -apart) if apart <= 1 else None
        right_words = right.words(of_several=plural(fact.answer)) or written(fact.answer)
        if not _alike(words, right_words):
            return None
        return None if self._fits(term, fact) else Distractor(term, words, _nearness(term, fact))

    def _fits(self, term: Term, fact: Fact) -> bool:
        needed = _FITS * len(fact.said)
        return any(len(said & fact.said) >= needed for said in self._said[term.key])


def _worth_naming(term: Term) -> bool:
    if term.kind is Kind.TERM:
        return term.defined or term.entitled or (term.named and term.count >= _OFTEN)
    return term.kind is not Kind.PERSON or " " in term.key


def _misread(fact: Fact) -> bool:
    """Whether a term was taken for somebody or some place: persons do things, places are where."""
    if fact.term.kind is Kind.PERSON:
        return fact.form in {Form.NAMING, Form.DEFINING}
    return fact.term.kind is Kind.PLACE and fact.form is not Form.STANDING


def _alike(one: str, right: str) -> bool:
    """Whether two phrases look alike: none is much longer, both are names or none is."""
    words = abs(len(one.split()) - len(right.split()))
    letters = max(len(one), len(right)) / min(len(one), len(right))
    first = one[0].isupper() == right[0].isupper()
    return words <= 1 and letters <= _TIMES_AS_LONG and first and one.isupper() == right.isupper()


def _nearness(term: Term, fact: Fact) -> float:
    right = fact.term
    same_section = not term.sections.isdisjoint(right.sections)
    same_length = term.key.count(" ") == right.key.count(" ")
    same_article = term.with_article == right.with_article
    near = 2.0 * same_section + 2.0 * term.defined + 1.0 * term.entitled
    return near + 0.5 * same_length + 0.5 * same_article + min(term.count, 10) / 10


def _unlike(found: list[Distractor]) -> list[Distractor]:
    """Keep none that may mean the same as one before it."""
    kept: list[Distractor] = []
    for other in found:
        if not any(same(other.term, one.term) for one in kept):
            kept.append(other)
        if len(kept) == MOST:
            break
    return kept
