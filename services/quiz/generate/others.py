"""Wrong answers: of the same kind, of the same form, and certainly wrong."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.facts import Fact
from services.quiz.generate.language import content
from services.quiz.generate.sentences import Sentence
from services.quiz.generate.terms import Kind, Term, Terms, key_of, mentions

_FITS: Final = 0.45
"""Share of a fact's words that, said of another term too, may make that one right as well."""
_YEARS_APART: Final = 40


@dataclass(frozen=True, slots=True)
class Other:
    """A wrong answer as it is written, and how near it is to the right one."""

    term: Term
    nearness: float


class Others:
    """Finds wrong answers among a text's own terms."""

    def __init__(self, sentences: Iterable[Sentence], terms: Terms) -> None:
        self._terms = terms
        self._said: dict[str, list[frozenset[str]]] = defaultdict(list)
        for sentence in sentences:
            said = content(sentence.span)
            for _, span in mentions(sentence.span):
                self._said[terms.canonical(key_of(span))].append(said)

    def of(self, fact: Fact) -> list[Term]:
        """List wrong answers to a fact, the nearest first."""
        words = fact.sentence.span.text.casefold()
        found = [
            Other(term, _nearness(term, fact))
            for term in self._terms
            if self._may_stand_for(term, fact)
            and term.words.casefold() not in words
            and not self._fits(term, fact)
        ]
        found.sort(key=lambda other: (-other.nearness, other.term.key))
        return _unlike([other.term for other in found], self._terms)

    def _may_stand_for(self, term: Term, fact: Fact) -> bool:
        right = fact.term
        if term.kind is not right.kind or self._terms.same(term, right):
            return False
        if right.kind is Kind.YEAR:
            return abs(int(term.words) - int(right.words)) <= _YEARS_APART
        if term.plural != right.plural or not _worth_naming(term):
            return False
        return _alike(term.words, right.words) and term.with_article == right.with_article

    def _fits(self, term: Term, fact: Fact) -> bool:
        needed = _FITS * len(fact.said)
        return any(len(said & fact.said) > needed for said in self._said[term.key])


def _worth_naming(term: Term) -> bool:
    if term.kind is Kind.TERM:
        return term.defined or term.entitled or term.count >= 2
    return term.kind is not Kind.PERSON or " " in term.key


def _alike(one: str, other: str) -> bool:
    """Whether two phrases look alike: none is much longer, both are names or none is."""
    words = abs(len(one.split()) - len(other.split()))
    letters = max(len(one), len(other)) / max(1, min(len(one), len(other)))
    return words <= 1 and letters <= 2.5 and one[0].isupper() == other[0].isupper()


def _nearness(term: Term, fact: Fact) -> float:
    right = fact.term
    if right.kind is Kind.YEAR:
        return -abs(int(term.words) - int(right.words))
    shared = set(term.key.split()) & set(right.key.split())
    near = 2.0 * bool(term.sections & right.sections) + 1.5 * bool(shared)
    same_length = len(term.words.split()) == len(right.words.split())
    return near + 2.0 * term.defined + term.entitled + same_length + min(term.count, 10) / 10


def _unlike(found: list[Term], terms: Terms) -> list[Term]:
    """Keep none that may mean the same as one before it."""
    kept: list[Term] = []
    for term in found:
        if not any(terms.same(term, other) for other in kept):
            kept.append(term)
        if len(kept) == 8:
            break
    return kept
