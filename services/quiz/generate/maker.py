"""The best questions of a text, and why there are not more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.asking import Asker
from services.quiz.generate.budget import affordable
from services.quiz.generate.facts import Fact, Form, facts
from services.quiz.generate.others import Others
from services.quiz.generate.sentences import sentences
from services.quiz.generate.terms import Term, Terms
from services.quiz.generate.text import DocumentText
from services.quiz.model.draft import Draft, Made, Wanted
from services.quiz.model.question import Type

_WORTH: Final = {
    Form.NAMING: 4.0,
    Form.DEFINING: 3.5,
    Form.EXPLAINING: 2.5,
    Form.DOING: 2.5,
    Form.DATING: 2.0,
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A fact and what asking about it is worth."""

    fact: Fact
    worth: float


def make(text: DocumentText, wanted: Wanted) -> Made:
    """Make at most as many questions as wanted, the best first."""
    read = list(sentences(affordable(text)))
    terms = Terms(read, [heading.title for heading in text.headings])
    alone = [sentence for sentence in read if sentence.alone]
    found = [fact for sentence in alone for fact in facts(sentence, terms)]
    for fact in found:
        if fact.form in {Form.NAMING, Form.DEFINING}:
            fact.term.defined = True
    asked = _Asked(Asker(text, wanted.seed), Others(read, terms), terms, wanted)
    drafts = asked.best(_ranked(found))
    if len(drafts) >= wanted.count:
        return Made(tuple(drafts))
    note = (
        f"of {len(read)} sentences read, {len(alone)} stand on their own"
        f" and {len(drafts)} gave a question with one certain answer"
    )
    return Made(tuple(drafts), note)


def _ranked(found: Sequence[Fact]) -> list[Ranked]:
    return sorted(
        (Ranked(fact, _worth(fact)) for fact in found),
        key=lambda ranked: (-ranked.worth, ranked.fact.sentence.start),
    )


def _worth(fact: Fact) -> float:
    term = fact.term
    length = len(fact.sentence.span)
    worth = _WORTH[fact.form] + 1.0 * term.entitled + min(term.count, 5) / 5
    return worth - abs(length - 18) / 18


class _Asked:
    """Asks fact after fact: no sentence twice, no answer twice, every type its share."""

    def __init__(self, asker: Asker, others: Others, terms: Terms, wanted: Wanted) -> None:
        self._asker = asker
        self._others = others
        self._terms = terms
        self._wanted = wanted
        self._made: Counter[Type] = Counter()
        self._true = 0

    def best(self, ranked: list[Ranked]) -> list[Draft]:
        """Ask the best first, until there are as many as wanted."""
        drafts: list[Draft] = []
        sentences: set[int] = set()
        answers: set[str] = set()
        for one in ranked:
            fact = one.fact
            if len(drafts) == self._wanted.count:
                break
            if fact.sentence.start in sentences or fact.term.key in answers:
                continue
            draft = self._ask(fact)
            if draft is not None:
                drafts.append(draft)
                sentences.add(fact.sentence.start)
                answers.add(fact.term.key)
        return drafts

    def _ask(self, fact: Fact) -> Draft | None:
        others = self._others.of(fact)
        for type_ in sorted(self._wanted.types, key=lambda type_: self._made[type_]):
            draft = self._as(type_, fact, others)
            if draft is not None:
                self._made[type_] += 1
                return draft
        return None

    def _as(self, type_: Type, fact: Fact, others: list[Term]) -> Draft | None:
        if type_ is Type.SINGLE:
            return self._asker.single(fact, others)
        if type_ is Type.CLOZE:
            return self._asker.cloze(fact, self._terms.aliases_of(fact.term))
        draft = self._asker.true_false(fact, others, true=self._true <= 0)
        if draft is not None:
            self._true += 1 if draft.answer == "True" else -1
        return draft
